"""Why a tag would not give a project the version that is planned, in the terms of its own tool. Pure."""

from release_async.base.lazy_typing import Container, Iterator, Mapping, NamedTuple, Sequence
from release_async.base.problems import Problem, Problems, refuse
from release_async.versions.pep440 import parse
from release_async.versions.tag_history import Tag, TagHistory, TagKind
from release_async.versions.text_encoding import plain, quoted


class PlannedTag(NamedTuple):
    """The tag that a release makes.

    Attributes:
        name: Its name.
        version: The version that it stands for, in its normal form.
        kind: What it is to git.
    """

    name: str
    version: str
    kind: TagKind


def obstacles(found: TagHistory, planned: PlannedTag, environ: Mapping[str, str]) -> Problems:
    """What certainly keeps the tool from reading the planned version off the planned tag.

    Args:
        found: What the tags say of the project.
        planned: The tag.
        environ: The environment that the backend will have.
    """
    return (*_unread(found, planned), *_beside(found, planned), *_pretended(found, environ))


def _unread(found: TagHistory, planned: PlannedTag) -> Iterator[Problem]:
    """The name of the tag is none that the tool takes, or says another version to it."""
    rules, read = found.rules, found.rules.read(planned.name)
    if rules.unread or (read and str(read.version) == planned.version):
        return
    tool, name = rules.tool, plain(planned.name)
    if read:
        what = f"{tool} reads the tag {name} as version {read.version}, not {planned.version}"
    elif not rules.is_asked_for(planned.name):
        what = f"{tool} asks git for tags like {' or '.join(rules.match)}, and {name} is none"
    elif rules.needs_prefix and not planned.name.startswith(rules.prefix):
        what = f"{tool} wants {quoted(rules.prefix)} in front of a version tag, and {name} has another"
    else:
        by = rules.said_by or f"the pattern of {tool} for version tags"
        what = f"{by} does not match the tag {name}"
    where = rules.said_by or rules.table
    yield refuse(
        what, cure=f"set tag-format in [tool.release-async] to a form that it reads; or change {where}"
    )


def _beside(found: TagHistory, planned: PlannedTag) -> Iterator[Problem]:
    """Another version tag on the same commit, which ``git describe`` names instead of ours."""
    if found.rules.tool not in _DESCRIBING:
        return
    for tag in found.here:
        if tag.name != planned.name and _wins(tag, planned):
            kinds = f"a tag that is {tag.kind.value} goes before one that is {planned.kind.value}"
            if tag.kind is planned.kind:
                kinds = "of two such tags git names the one whose name comes first"
            tool, name = found.rules.tool, plain(tag.name)
            what = f"HEAD has the version tag {name}, which {tool} reads instead: {kinds}"
            cure = (
                "release another commit: git commit --allow-empty, then git push; or, if nobody needs that "
                f"tag: git tag -d {name}"
            )
            yield refuse(what, cure=cure)


def _wins(tag: Tag, planned: PlannedTag) -> bool:
    """Whether git describes a commit by this tag; of annotated ones the newest counts (git-describe)."""
    light = TagKind.LIGHTWEIGHT
    if planned.kind is not light:
        return False
    return tag.kind is not light or tag.name < planned.name


_DESCRIBING = frozenset(
    (
        *("setuptools-scm", "vcs-versioning", "flit-scm", "hatch-vcs", "pdm-backend's scm source"),
        *("versioneer", "versioningit"),
    )
)
"""The tools that go by ``git describe``; the others look at all tags of a commit themselves."""


def _pretended(found: TagHistory, environ: Mapping[str, str]) -> Iterator[Problem]:
    for name in found.rules.pretenders:
        if name in environ:
            what = f"{name} is set to {quoted(environ[name])}: {found.rules.tool} takes it instead of any tag"
            yield refuse(what, cure=f"unset {name}")


class Built(NamedTuple):
    """What came of a build from the planned tag.

    Attributes:
        version: The version that was built.
        tracked: The paths of the commit.
        shallow: Whether the repository is a shallow clone.
        changed: The files that count as changed in a fresh clone, if all are compared.
    """

    version: str
    tracked: Container[str]
    shallow: bool = False
    changed: Sequence[str] = ()


def explanation(found: TagHistory, planned: PlannedTag, built: Built) -> tuple[str, str]:
    """Why a build has another version than planned, as far as can be told from what is there.

    Returns:
        What happened, and what to do.
    """
    rules = found.rules
    what = f"{rules.tool} made {built.version} of the tag {planned.name}, not {planned.version}"
    reasons = [*_reasons(found, built)]
    if not reasons:
        return what, f"see what it says of a clone that has the tag; it is set up in {rules.table}"
    return f"{what}: {reasons[0][0]}", "; or ".join(dict.fromkeys(cure for _, cure in reasons))


def _reasons(found: TagHistory, built: Built) -> Sequence[tuple[str, str]]:
    rules, version, reasons = found.rules, parse(built.version), []
    committed = [path for path in rules.writes if path in built.tracked]
    if committed:
        path = plain(committed[0])
        cure = f"git rm --cached {path}, list it in .gitignore, and commit"
        reasons.append(
            (f"the file {path}, which the build writes, is committed, and so makes the tree dirty", cure)
        )
    elif built.changed:
        path = plain(built.changed[0])
        what = f"{path} counts as changed in a fresh clone: its line ends are not what its attributes say"
        cure = 'git add --renormalize . && git commit -m "Normalise line ends", then git push'
        reasons.append((what, cure))
    if built.shallow:
        reasons.append(("the clone is shallow", "git fetch --unshallow --tags"))
    if rules.blind:
        what = (
            f"{rules.tool} looks for the tags in the project's own folder, not at the top of the repository"
        )
        reasons.append((what, f"{rules.blind}, and commit"))
    elif rules.fallback and version == parse(rules.fallback):
        reasons.append((f"that is its fallback: it found no tag ({rules.table})", "git fetch --tags"))
    if version and version.local and rules.local_scheme:
        reasons.append((f"{rules.local_scheme} adds a local part", f"change it in {rules.table}, and commit"))
    if rules.scheme:
        reasons.append(
            (f"{rules.scheme} decides it", "make a tagged commit give the tag's own version there")
        )
    if rules.unread:
        reasons.append(
            (f"{rules.unread} decides it", "run it on the name of the tag to see what it makes of it")
        )
    return reasons
