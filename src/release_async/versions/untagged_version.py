"""What a project's backend says of a commit that has no version tag, where its own way is known. Pure."""

from release_async.base.lazy_typing import Callable, Final, Mapping
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
    way = _WAYS.get(rules.tool)
    if way is None or rules.scheme:
        return ""
    said = way(version, found.distance, node)
    return said.partition("+")[0] if "no-local-version" in rules.local_scheme else said


def _next(version: Pep440) -> str:
    """The version that comes after a release, or after the last of its pre-releases."""
    if version.pre:
        return str(version._replace(pre=(version.pre[0], version.pre[1] + 1), post=None, dev=None, local=()))
    *before, last = version.release
    return str(Pep440((*before, last + 1), epoch=version.epoch))


def _scm(version: Pep440, distance: int, node: str) -> str:
    return f"{_next(version)}.dev{distance}+g{node[:9]}"


def _pdm(version: Pep440, distance: int, node: str) -> str:
    return f"{_next(version)}.dev{distance}+g{node[:7]}"


def _versioneer(version: Pep440, distance: int, node: str) -> str:
    return f"{version}+{distance}.g{node[:7]}"


def _versioningit(version: Pep440, distance: int, node: str) -> str:
    return f"{version}.post{distance}+g{node[:7]}"


def _dunamai(version: Pep440, distance: int, node: str) -> str:
    return f"{version}.post{distance}.dev0+{node[:7]}"


def _git_versioning(version: Pep440, distance: int, node: str) -> str:
    return f"{version}.post{distance}+git.{node[:8]}"


_WAYS: Final[Mapping[str, Callable[[Pep440, int, str], str]]] = {
    **dict.fromkeys(("setuptools-scm", "vcs-versioning", "flit-scm", "hatch-vcs"), _scm),
    "pdm-backend's scm source": _pdm,
    "versioneer": _versioneer,
    "versioningit": _versioningit,
    **dict.fromkeys(("dunamai", "uv-dynamic-versioning", "poetry-dynamic-versioning"), _dunamai),
    "setuptools-git-versioning": _git_versioning,
}
"""pbr counts by the words in commit messages, and so is not among them."""
