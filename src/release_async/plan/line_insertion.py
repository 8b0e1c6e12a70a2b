"""Lines put into a text, with the ends that its others have, and shown. Changes no other byte."""

import re
from collections.abc import Sequence
from difflib import unified_diff
from typing import NamedTuple

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class UnplacedError(ValueError):
    """Our lines have no place in a file as it is written, so a person has to add them.

    Attributes:
        reason: Why, in a few words.
        lines: What is to be added.
    """

    def __init__(self, reason: str, lines: Sequence[str]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.lines = tuple(lines)


def split(text: str) -> list[str]:
    """The lines of a text with their ends, which are line feeds only, as git counts them."""
    return _LINE.findall(text)


def put(text: str, at: int, lines: Sequence[str]) -> str:
    """Put lines before the line number ``at`` of a text, counted from 0.

    Args:
        text: The whole file.
        at: Where; the number of lines of the text is its end.
        lines: What is put there, without line ends.

    Returns:
        The text with them. A last line without an end is given one where something follows it.
    """
    progress, end = split(text), _line_end(text)
    if at == len(progress) and progress and not progress[-1].endswith("\n"):
        progress[-1] += end
    return "".join((*progress[:at], *(f"{line}{end}" for line in lines), *progress[at:]))


def add(text: str, lines: Sequence[str]) -> str:
    """Put lines at the end of a text, after an empty line where there is something before them."""
    progress = split(text)
    apart = [""] if progress and progress[-1].strip() else []
    return put(text, len(progress), [*apart, *lines])


def _line_end(text: str) -> str:
    return "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"


class Difference(NamedTuple):
    """What becomes of one file, for a person to read.

    Attributes:
        path: The file, relative to the top of the repository.
        new: Whether it is made.
        diff: The hunks of a unified diff, without its head.
    """

    path: str
    new: bool
    diff: str


def difference(path: str, before: str | None, after: str, *, context: int = 2) -> Difference:
    """Compare a file with what it will be.

    Args:
        path: The file, relative to the top of the repository.
        before: Its text; None where it is made.
        after: Its new text.
        context: How many lines around each change are told too.
    """
    old, new = (_bare(text) for text in (before or "", after))
    hunks = list(unified_diff(old, new, lineterm="", n=context))[2:]
    return Difference(path, before is None, "\n".join(hunks))


def _bare(text: str) -> list[str]:
    return [line.rstrip("\r\n") for line in split(text)]
