"""What collecting fragments changes: the lines of the changelog, and the files that go. It runs no tool."""

from typing import NamedTuple

from release_async.plan.changelog_roll import LineChange


class Collected(NamedTuple):
    """What a tool has made of the fragments of a commit.

    Attributes:
        changelog: The path of the changelog, relative to the top of the repository.
        changes: Its lines that change, from the top down.
        removed: The fragments that are in it now, and whose files go.
    """

    changelog: str
    changes: tuple[LineChange, ...]
    removed: tuple[str, ...]


def line_changes(before: str, after: str) -> tuple[LineChange, ...]:
    """The lines that differ, from the first to the last of them; how lines end does not count.

    Args:
        before: The text; empty where there is no file.
        after: The text that takes its place.

    Returns:
        One change; none where all lines are equal.
    """
    old, new = ([line.removesuffix("\r") for line in text.split("\n")] for text in (before, after))
    if old == new:
        return ()
    begin = _common(old, new)
    end = _common(old[begin:][::-1], new[begin:][::-1])
    return (LineChange(begin + 1, tuple(old[begin : len(old) - end]), tuple(new[begin : len(new) - end])),)


def _common(some: list[str], others: list[str]) -> int:
    """How many lines are equal at the beginning."""
    pairs = zip(some, others, strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(some), len(others)))
