"""Asks git for the tags that a commit goes back to, for one project. It changes nothing."""

import os
from collections.abc import Iterator, Mapping

from release_async.repository import git_process
from release_async.versions import tag_history as histories
from release_async.versions.tag_form import Member
from release_async.versions.tag_history import Tag, TagHistory, TagKind
from release_async.versions.tag_rules import TagRules

Place = tuple[str | os.PathLike[str], Mapping[str, str]]
"""The top of a working tree, and the environment of git there."""

_FIELDS = (
    "%(refname:strip=2)",
    "%(objecttype)",
    "%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)",
    "%(creatordate:unix)",
    "%(if)%(contents:signature)%(then)signed%(end)",
)
_LISTED = ("for-each-ref", f"--format={'%00'.join(_FIELDS)}")


def tag_history(place: Place, commit: str, rules: TagRules, member: Member) -> TagHistory:
    """What the tags say of a project at a commit.

    Args:
        place: The repository.
        commit: The object id of the commit.
        rules: How the project's tool reads tags.
        member: The project.

    Raises:
        CommandError: Git failed.
    """
    return histories.history(rules, tags(place, commit), commit, member)


def with_distance(place: Place, found: TagHistory, commit: str) -> TagHistory:
    """The same with how many commits there are since the last tag, or of all; only who shows it has to ask.

    Raises:
        CommandError: Git failed.
    """
    without = (f"^{found.last.commit}",) if found.last else ()
    return found._replace(distance=int(_told(place, "rev-list", "--count", commit, *without, "--")))


def tags(place: Place, commit: str) -> tuple[Tag, ...]:
    """The tags that a commit goes back to, or has itself.

    Raises:
        CommandError: Git failed.
    """
    return tuple(_tags(_told(place, *_LISTED, f"--merged={commit}", "refs/tags")))


def tags_elsewhere(place: Place, commit: str) -> tuple[Tag, ...]:
    """The tags that a commit does not go back to, such as those of releases made on branches of their own.

    Raises:
        CommandError: Git failed.
    """
    return tuple(_tags(_told(place, *_LISTED, f"--no-merged={commit}", "refs/tags")))


def _tags(told: str) -> Iterator[Tag]:
    for line in told.splitlines():
        name, kind, oid, made, signed = line.split("\0")
        annotated = TagKind.SIGNED if signed else TagKind.ANNOTATED
        yield Tag(name, oid, annotated if kind == "tag" else TagKind.LIGHTWEIGHT, int(made or 0))


def _told(place: Place, *arguments: str) -> str:
    root, environ = place
    return os.fsdecode(git_process.output(root, git_process.environment(root, environ), *arguments))
