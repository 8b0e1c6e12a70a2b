"""How much a release has to raise the version for its commits, by Conventional Commits 1.0.0. Pure text.

Only what an author says on purpose is breaking: ``!`` before the colon, or a footer ``BREAKING CHANGE:`` in
upper case at the start of a paragraph that has a text. The words in running text, in code, or with "none"
behind them are not. The rules of https://www.conventionalcommits.org/en/v1.0.0/ leave types other than
``feat`` and ``fix`` open; here they are a patch.
"""

import re
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

from release_async.base.lazy_typing import pattern

_HEADER = pattern(r"(?P<type>[A-Za-z][\w-]*)(?:\([^()]*\))?(?P<mark>!)?:[ \t]+\S.*")
_TYPES = frozenset(
    (
        *("feat", "feature", "fix", "bugfix", "hotfix", "perf", "refactor", "docs", "doc", "style", "test"),
        *("tests", "build", "ci", "chore", "revert", "deps", "security", "types", "typing", "wip", "release"),
    )
)
_FEATURES = ("feat", "feature")
_FOOTER = pattern(r"(?:BREAKING[ -]CHANGE|[A-Za-z][\w-]*)(?:: | #)\S.*")
_BREAKING = pattern(r"BREAKING[ -]CHANGE(?:: | #)(?P<text>.*)")
_NOTHING = frozenset(
    ("", "-", "na", "n/a", "no", "none", "nothing", "false", "not applicable", "no breaking changes")
)
_REVERTS = pattern(r"(?:This reverts commit|^Refs?:)[ \t]+(?P<oid>[0-9a-f]{7,64})", re.MULTILINE)
_REVERT = pattern(r"Revert \"|revert(?:\([^()]*\))?!?:")
_SQUASHED = pattern(r".*\(#\d+\)\s*")
_FENCE = ("```", "~~~")


class Level(IntEnum):
    """How much a change raises the version."""

    PATCH = 1
    MINOR = 2
    MAJOR = 3


class Commit(NamedTuple):
    """One commit: its object id, and its whole message."""

    oid: str
    message: str


class Reason(NamedTuple):
    """What one change says about the next version.

    Attributes:
        where: The commit, the fragment, or the changelog and its line.
        text: The line that says it.
        level: How much it raises the version.
    """

    where: str
    text: str
    level: Level


class Judged(NamedTuple):
    """What the commits of a release say.

    Attributes:
        reasons: One of each commit that counts, the newest first.
        follows: Whether the project writes its commits so: at least half of them are.
    """

    reasons: tuple[Reason, ...]
    follows: bool


def judged(commits: Sequence[Commit]) -> Judged:
    """What commits say about the next version.

    A commit that was reverted says nothing, and neither does the one that reverted it. A squashed request
    whose title follows no convention speaks by the list of its commits.

    Args:
        commits: Without merges, the newest first.
    """
    left = list(_left(commits))
    found = [(commit, tuple(_lines(commit))) for commit in left]
    follows = sum(bool(lines) for _, lines in found) * 2 >= len(found) > 0
    reasons = (max(lines, key=lambda line: line.level) for _, lines in found if lines)
    return Judged(tuple(reasons), follows)


def _left(commits: Sequence[Commit]) -> Iterator[Commit]:
    """The commits whose changes are there: a revert of a revert brings the first one back."""
    undone: list[str] = []
    for commit in commits:
        if any(commit.oid.startswith(oid) for oid in undone):
            continue
        target = _REVERTS.search(commit.message) if _REVERT.match(commit.message) else None
        is_here = target and any(each.oid.startswith(target["oid"]) for each in commits)
        if target and is_here:
            undone.append(target["oid"])
        else:
            yield commit


def _lines(commit: Commit) -> Iterator[Reason]:
    """The lines of a message that say something, each with its level."""
    where, (title, *body) = commit.oid[:9], commit.message.splitlines() or [""]
    level = _level(title)
    if level is None and _REVERT.match(title):
        level = Level.PATCH
    if level:
        yield Reason(where, title, level)
    elif _SQUASHED.fullmatch(title):
        items = (line[2:] for line in body if line.startswith(("* ", "- ")))
        yield from (Reason(where, item, found) for item in items if (found := _level(item)))
    yield from (Reason(where, line, Level.MAJOR) for line in _breaking(body))


def _level(title: str) -> Level | None:
    """What a title says; None where it follows no convention."""
    match = _HEADER.fullmatch(title.strip())
    if match is None:
        return None
    kind, is_breaking = match["type"], bool(match["mark"])
    if kind.lower() not in _TYPES and not (is_breaking and kind.islower()):
        return None
    if is_breaking:
        return Level.MAJOR
    return Level.MINOR if kind.lower() in _FEATURES else Level.PATCH


def _breaking(body: Sequence[str]) -> Iterator[str]:
    """The footers that say that something breaks."""
    may_be, fenced = False, False
    for line in body:
        fenced ^= line.startswith(_FENCE)
        if not line.strip():
            may_be = True
        elif may_be and not fenced and (match := _BREAKING.fullmatch(line)):
            if match["text"].strip().rstrip(".").lower() not in _NOTHING:
                yield line
        elif not line[:1].isspace():
            may_be = may_be and bool(_FOOTER.fullmatch(line))
