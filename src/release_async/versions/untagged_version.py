"""What a project's backend says of a commit that has no version tag, where its own way is known. Pure."""

from release_async.base.lazy_typing import Final, Mapping
from release_async.versions.pep440 import Pep440
from release_async.versions.tag_history import TagHistory


def untagged_version(found: TagHistory, node: str) -> str:
    """The version that a build of HEAD would have today; empty where only running the tool would tell.

    Args:
        found: What the tags say of the project.
        node: The object id of HEAD.
    """
    rules, version = found.rules, found.version
    if rules.unread or version is None:
        return ""
    if not found.distance:
        return str(version)
    form = _FORMS.get(rules.tool)
    if form is None or rules.scheme:
        return ""
    said = form.format(last=version, next=_next(version), distance=found.distance, node=node)
    return said.partition("+")[0] if "no-local-version" in rules.local_scheme else said


def _next(version: Pep440) -> str:
    """The version that comes after a release, or after the last of its pre-releases."""
    if version.pre:
        return str(version._replace(pre=(version.pre[0], version.pre[1] + 1), post=None, dev=None, local=()))
    *before, last = version.release
    return str(Pep440((*before, last + 1), epoch=version.epoch))


_FORMS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("setuptools-scm", "vcs-versioning", "flit-scm", "hatch-vcs"), "{next}.dev{distance}+g{node:.9}"
    ),
    "pdm-backend's scm source": "{next}.dev{distance}+g{node:.7}",
    "versioneer": "{last}+{distance}.g{node:.7}",
    "versioningit": "{last}.post{distance}+g{node:.7}",
    **dict.fromkeys(
        ("dunamai", "uv-dynamic-versioning", "poetry-dynamic-versioning"),
        "{last}.post{distance}.dev0+{node:.7}",
    ),
    "setuptools-git-versioning": "{last}.post{distance}+git.{node:.8}",
}
"""pbr counts by the words in commit messages, and so is not among them."""
