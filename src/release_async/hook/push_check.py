"""Checks what a push sends: the files of every ref, and whether a tag matches the version in them.

Imports the standard library only.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from release_async.base.errors import CommandError, UsageError
from release_async.base.problems import Level, Problem, Problems, refuse, warn
from release_async.repository import git_process, snapshot
from release_async.versions import version_settings
from release_async.versions.compare_places import compare
from release_async.versions.distribution import Distribution
from release_async.versions.find_distributions import distributions
from release_async.versions.formats import toml
from release_async.versions.pep440 import parse
from release_async.versions.text_encoding import UnreadableError, decode, plain, quoted

_TAGS: Final = "refs/tags/"
_NO_TREE: Final = "not a tree object"


class Ref(NamedTuple):
    """One ref that is pushed: its full name at the remote, and the id of its new object."""

    name: str
    oid: str


def refs(lines: str, environ: Mapping[str, str]) -> tuple[Ref, ...]:
    """Read what git passes to a pre-push hook (githooks), directly or through a hook manager.

    Args:
        lines: The standard input: lines of ``<local ref> <local oid> <remote ref> <remote oid>``.
        environ: pre-commit and prek pass one ref in variables instead; if the whole history is new to the
            remote, only its names.

    Returns:
        The refs, without deleted ones.

    Raises:
        UsageError: A line has another format.
    """
    if is_in_variables(environ):
        oid = environ.get("PRE_COMMIT_TO_REF") or environ.get("PRE_COMMIT_LOCAL_BRANCH", "")
        return (Ref(environ.get("PRE_COMMIT_REMOTE_BRANCH", ""), oid),) if oid.strip("0") else ()
    pushed = []
    for line in filter(None, lines.split("\n")):
        fields = line.split(" ")
        if len(fields) != 4:  # noqa: PLR2004 - see above
            raise UsageError(
                f"{quoted(line)} is no line of a pre-push hook.", cure="Run this as a pre-push hook."
            )
        pushed.append(Ref(fields[2], fields[1]))
    return tuple(ref for ref in pushed if ref.oid.strip("0"))


def is_in_variables(environ: Mapping[str, str]) -> bool:
    """Whether a hook manager passes the ref in variables, so that standard input is empty."""
    return "PRE_COMMIT_TO_REF" in environ or "PRE_COMMIT_LOCAL_BRANCH" in environ


def check(root: str, environ: Mapping[str, str], pushed: Sequence[Ref]) -> Problems:
    """Check every ref that is pushed.

    Args:
        root: The top folder of the work tree.
        environ: The environment that git gave the hook.
        pushed: See ``refs``.

    Returns:
        A refusal for each place that disagrees, and for a version tag that matches no distribution.

    Raises:
        CommandError: git is missing, or refuses.
    """
    others = _other_tags(root, environ, pushed)
    return tuple(problem for ref in pushed for problem in _check((root, environ, others), ref))


_Place = tuple[str, Mapping[str, str], Sequence[str]]
"""The work tree, the environment of git there, and the names of the tags that are not pushed."""


def _other_tags(root: str, environ: Mapping[str, str], pushed: Sequence[Ref]) -> Sequence[str]:
    """The tags whose form shows what a pushed tag is; without one nobody asks."""
    sent = {ref.name for ref in pushed if ref.name.startswith(_TAGS)}
    if not sent:
        return ()
    env = git_process.environment(root, environ)
    listed = git_process.output(root, env, "for-each-ref", "--format=%(refname)", _TAGS)
    names = listed.decode(errors="surrogateescape").splitlines()
    return [name.removeprefix(_TAGS) for name in names if name not in sent]


def _check(place: _Place, ref: Ref) -> Iterator[Problem]:
    root, environ, others = place
    try:
        tree = snapshot.revision(root, ref.oid, environ)
    except CommandError as error:
        if _NO_TREE not in error.detail:
            raise
        _require(root, environ, ref.oid)
        return  # a tag of a blob, such as a public key
    name = plain(ref.name.removeprefix("refs/heads/"))
    with tree:
        found = distributions(tree)
        for problem in (problem for one in found for problem in compare(one)):
            if problem.level is Level.REFUSE:
                cure = f"{problem.cure}, then commit that and push again"
                yield problem._replace(where=f"{name}: {problem.where}", cure=cure)
        if ref.name.startswith(_TAGS):
            yield from _check_tag(tree, (ref.name.removeprefix(_TAGS), others), found)


def _require(root: str, environ: Mapping[str, str], oid: str) -> None:
    """Raise if an object is missing, which must not pass for one without versions."""
    try:
        git_process.output(root, git_process.environment(root, environ), "cat-file", "-e", oid)
    except CommandError as error:
        raise CommandError(
            f"git cannot give the object {plain(oid)}.", cure=git_process.MISSING_OBJECT_CURE
        ) from error


def _check_tag(
    tree: snapshot.Snapshot, named: tuple[str, Sequence[str]], found: Sequence[Distribution]
) -> Iterator[Problem]:
    """A refusal if a tag is a version tag of distributions here, but for none of their versions."""
    tag, others = named
    if any(one.tag_tool for one in found):
        yield from _check_read(tree, tag, [one for one in found if one.tag_tool])
        return
    forms = [(one, _form(tree, one, others, alone=len(found) == 1)) for one in found]
    stated = [(one, version) for one, form in forms if (version := _version_in(tag, form))]
    known = [(one, version) for one, version in stated if one.version and parse(one.version)]
    if not known or len(known) < len(stated):
        return  # no version tag
    if all(parse(one.version or "") != parse(version) for one, version in known):
        one, version = known[0]
        yield refuse(
            f"the tag says {plain(version)}, but {plain(one.name)} is {plain(one.version or '')} there",
            where=f"{_TAGS}{plain(tag)}",
            cure=f"git tag --delete {plain(tag)}, and tag the commit that holds {plain(version)}",
        )


def _check_read(tree: snapshot.Snapshot, tag: str, found: Sequence[Distribution]) -> Iterator[Problem]:
    """What the tools that take the version from the tag would make of this one, as far as it can be told.

    Only a tag in the form that a project has set is refused: others may be of something else.
    """
    from release_async.versions import tag_rules  # noqa: PLC0415 - most pushes send no tag

    for one in found:
        version = _version_in(tag, _tag_format(tree, one.root))
        rules = tag_rules.read_rules(tree, one)
        if not version or not _is_set(tree, one.root):
            continue
        read, where = rules.read(tag), f"{_TAGS}{plain(tag)}"
        if rules.unread:
            what = f"only running {one.tag_tool} shows what it makes of the tag {plain(tag)}"
            yield warn(what, where=where, cure=f"nothing, where {rules.unread} reads it as {plain(version)}")
        elif read is None or read.version != parse(version):
            seen = f"as {read.version}" if read else "as no version"
            yield refuse(
                f"the tag says {plain(version)}, and {one.tag_tool} reads it {seen} "
                f"({rules.said_by or rules.table})",
                where=where,
                cure=f"git tag --delete {plain(tag)}, and give it a name that {one.tag_tool} reads so",
            )


def _form(tree: snapshot.Snapshot, one: Distribution, others: Sequence[str], *, alone: bool) -> str:
    """The form of a project's tags, as a release finds it: what is set, else that of its other tags."""
    if _is_set(tree, one.root) or not others:
        return _tag_format(tree, one.root)
    from release_async.versions import tag_form  # noqa: PLC0415 - as above

    is_alone = alone or not one.root or bool(one.peers)
    member = tag_form.Member(name=one.name, alone=is_alone, version=one.version or "")
    return tag_form.used_or_shared(others, member) or version_settings.DEFAULT_TAG_FORMAT


def _is_set(tree: snapshot.Snapshot, root: str) -> bool:
    """Whether a project says itself what form its tags have."""
    try:
        text = decode(tree.read(f"{root}/pyproject.toml" if root else "pyproject.toml") or b"").text
        return "tag-format" in toml.table(toml.load(text), "tool", "release-async")
    except UnreadableError:
        return False


def _version_in(tag: str, tag_format: str) -> str:
    """The version in the name of a tag; empty if it does not have the tag format."""
    version = version_settings.version_in(tag_format, tag)
    return version if parse(version) else ""


def _tag_format(tree: snapshot.Snapshot, root: str) -> str:
    """The ``tag-format`` of a distribution."""
    try:
        text = decode(tree.read(f"{root}/pyproject.toml" if root else "pyproject.toml") or b"").text
        return version_settings.read(toml.table(toml.load(text), "tool", "release-async")).tag_format
    except UnreadableError:
        return version_settings.DEFAULT_TAG_FORMAT
