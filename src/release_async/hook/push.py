"""Judges what a push sends: the files behind every ref, and whether a tag says the version that they hold.

Imports the standard library only: it runs on git's door.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from release_async.base.errors import CommandError, UsageError
from release_async.base.problems import Level, Problem, Problems, refuse
from release_async.repository import git_process, snapshot
from release_async.versions import config
from release_async.versions.compare import compare
from release_async.versions.encoding import UnreadableError, decode, plain, quoted
from release_async.versions.find import distributions
from release_async.versions.formats import toml
from release_async.versions.pep440 import parse
from release_async.versions.site import Distribution

_TAGS: Final = "refs/tags/"
_NO_TREE: Final = "not a tree object"


class Ref(NamedTuple):
    """One ref that is pushed: its full name at the remote, and the object it is to be."""

    name: str
    oid: str


def refs(lines: str, environ: Mapping[str, str]) -> tuple[Ref, ...]:
    """What git tells a pre-push hook (githooks), or a hook manager has made of it.

    Args:
        lines: What came on standard input: ``<local ref> <local oid> <remote ref> <remote oid>`` a line.
        environ: pre-commit and prek put one ref into variables instead; of a history that is new to the
            remote as a whole, only its names.

    Returns:
        The refs; of those that are deleted there is nothing to judge.

    Raises:
        UsageError: A line says something else.
    """
    if is_told(environ):
        oid = environ.get("PRE_COMMIT_TO_REF") or environ.get("PRE_COMMIT_LOCAL_BRANCH", "")
        return (Ref(environ.get("PRE_COMMIT_REMOTE_BRANCH", ""), oid),) if oid.strip("0") else ()
    told = []
    for line in filter(None, lines.split("\n")):
        fields = line.split(" ")
        if len(fields) != 4:  # noqa: PLR2004 - see above
            raise UsageError(f"git says {quoted(line)} of a push.", cure="Call this as a pre-push hook.")
        told.append(Ref(fields[2], fields[1]))
    return tuple(ref for ref in told if ref.oid.strip("0"))


def is_told(environ: Mapping[str, str]) -> bool:
    """Whether a hook manager says in variables what is pushed, so that standard input holds nothing."""
    return "PRE_COMMIT_TO_REF" in environ or "PRE_COMMIT_LOCAL_BRANCH" in environ


def judge(root: str, environ: Mapping[str, str], pushed: Sequence[Ref]) -> Problems:
    """Look at every ref that is pushed.

    Args:
        root: The top folder of the work tree.
        environ: The environment that git gave the hook.
        pushed: See ``refs``.

    Returns:
        A refusal for each place in it that disagrees, and for a version tag that no distribution agrees with.

    Raises:
        CommandError: git is missing, or refuses.
    """
    return tuple(problem for ref in pushed for problem in _judged(root, environ, ref))


def _judged(root: str, environ: Mapping[str, str], ref: Ref) -> Iterator[Problem]:
    try:
        tree = snapshot.revision(root, ref.oid, environ)
    except CommandError as error:
        if _NO_TREE not in error.detail:
            raise
        _exists(root, environ, ref.oid)
        return  # the tag of a blob, such as a public key
    name = plain(ref.name.removeprefix("refs/heads/"))
    with tree:
        found = distributions(tree)
        for problem in (problem for one in found for problem in compare(one)):
            if problem.level is Level.REFUSE:
                cure = f"{problem.cure}, then commit that and push again"
                yield problem._replace(where=f"{name}: {problem.where}", cure=cure)
        if ref.name.startswith(_TAGS):
            yield from _tag_says_so(tree, ref.name.removeprefix(_TAGS), found)


def _exists(root: str, environ: Mapping[str, str], oid: str) -> None:
    """Raise where there is no such object: what is not here must not pass for a tree without versions."""
    try:
        git_process.output(root, git_process.environment(root, environ), "cat-file", "-e", oid)
    except CommandError as error:
        raise CommandError(
            f"git cannot give the object {plain(oid)}.", cure=git_process.MISSING_OBJECT_CURE
        ) from error


def _tag_says_so(tree: snapshot.Snapshot, tag: str, found: Sequence[Distribution]) -> Iterator[Problem]:
    """A refusal where a tag is a version tag of distributions here, and the version of none of them."""
    stated = [(one, version) for one in found if (version := _said(tag, _form(tree, one.root)))]
    known = [(one, version) for one, version in stated if one.version and parse(one.version)]
    if not known or len(known) < len(stated):
        return  # no version tag, or the version is made from it
    if all(parse(one.version or "") != parse(version) for one, version in known):
        one, version = known[0]
        yield refuse(
            f"the tag says {plain(version)}, but {plain(one.name)} is {plain(one.version or '')} there",
            where=f"{_TAGS}{plain(tag)}",
            cure=f"git tag --delete {plain(tag)}, and tag the commit that holds {plain(version)}",
        )


def _said(tag: str, form: str) -> str:
    """The version in the name of a tag, or nothing where it is no version tag of this form."""
    before, _, after = form.partition("{version}")
    match = re.fullmatch(f"{re.escape(before)}(.+){re.escape(after)}", tag)
    return match[1] if match and parse(match[1]) else ""


def _form(tree: snapshot.Snapshot, root: str) -> str:
    """The ``tag-format`` of a distribution."""
    try:
        text = decode(tree.read(f"{root}/pyproject.toml" if root else "pyproject.toml") or b"").text
        return config.read(toml.table(toml.load(text), "tool", "release-async")).tag_format
    except UnreadableError:
        return config.DEFAULT_TAG_FORMAT
