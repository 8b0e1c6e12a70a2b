"""Where a version stands in text without structure: a whole file, a build backend's regex, a line with a gap.

A project's own regex is run line by line, and only if no repetition in it repeats itself, so that it ends.
"""

import re

from release_async.base.lazy_typing import Final, Iterator, NamedTuple
from release_async.versions.encoding import UnreadableError

HATCH: Final = r"(?i)^(__version__|VERSION) *= *(['\"])v?(?P<version>.+?)\2"
"""What hatchling looks for where it is given a path only."""

PDM: Final = r"^(?:__version__|VERSION)\s*=\s*[\"'](.+?)[\"']\s*(?:#.*)?$"
"""What pdm-backend looks for where it is given a path only."""

SCIKIT: Final = r"(?i)^(__version__|VERSION)(?: ?\: ?str)? *= *(['\"])v?(?P<value>.+?)\2"
"""What scikit-build-core's regex provider looks for where it is given an input only."""

_GAP: Final = "{version}"
_VERSION: Final = r"(?P<version>v?\d+[0-9A-Za-z.!+_-]*[0-9A-Za-z]|\d)"
_LARGEST: Final = 65_536
_LONGEST_LINE: Final = 512
_MOST_REPEATS: Final = 4
_REPEAT: Final = re.compile(r"[*+]|\{\d*,\d*\}")
_LINE: Final = re.compile(r"[^\r\n]+")


class Found(NamedTuple):
    """One version in a text.

    Attributes:
        text: The version.
        start: The offset of its first character.
        end: The offset after its last one.
        line: Its line, counted from 1.
    """

    text: str
    start: int
    end: int
    line: int


def whole(text: str) -> Found:
    """The content of a file that holds nothing but the version: outer white space is not part of it."""
    stripped = text.strip()
    return _found(text, *(2 * (0,) if not stripped else _around(text, stripped)))


def _around(text: str, stripped: str) -> tuple[int, int]:
    start = text.index(stripped)
    return start, start + len(stripped)


def _found(text: str, start: int, end: int) -> Found:
    return Found(text[start:end], start, end, text.count("\n", 0, start) + 1)


def searched(text: str, pattern: str, *groups: str | int) -> Found | None:
    """Find what a build backend's regex finds first.

    Args:
        text: The file.
        pattern: The regex, as the project or the backend gives it.
        groups: The names or numbers of the group that is the version; the first that exists counts.

    Returns:
        The version; None where the regex does not match.

    Raises:
        UnreadableError: The regex is malformed or could run for ever, or the text is too large for one.
    """
    expression = _compiled(pattern)
    if len(text) > _LARGEST:
        raise UnreadableError("is too large to be searched with a pattern")
    group = next(
        (each for each in groups if each in expression.groupindex or each in range(1, expression.groups + 1)),
        0,
    )
    for line in _LINE.finditer(text):
        if len(line[0]) <= _LONGEST_LINE and (match := expression.search(text, line.start(), line.end())):
            return _found(text, *match.span(group)) if match[group] is not None else None
    return None


def _compiled(pattern: str) -> re.Pattern[str]:
    if not is_bounded(pattern):
        raise UnreadableError("by a pattern that could run for ever")
    try:
        return re.compile(pattern, re.MULTILINE)
    except (re.error, RecursionError, OverflowError):
        raise UnreadableError("by a pattern that Python does not take") from None


def is_bounded(pattern: str) -> bool:
    """Whether a regex has few repetitions, none inside another: its time on a short line is then bounded."""
    bare = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "x", pattern, flags=re.DOTALL)
    inside: list[bool] = [False]
    at = 0
    while at < len(bare):
        sign = bare[at]
        if sign == "(":
            inside.append(False)
        elif sign == ")" and len(inside) > 1:
            repeats = inside.pop()
            if repeats and _REPEAT.match(bare, at + 1):
                return False
            inside[-1] |= repeats
        elif repeat := _REPEAT.match(bare, at):
            inside[-1] = True
            at = repeat.end() - 1
        at += 1
    return len(_REPEAT.findall(bare)) <= 2 * _MOST_REPEATS


def gaps(text: str, line: str) -> Iterator[Found]:
    """Find every version that stands where a person's pattern has ``{version}``; all else is taken literally.

    Args:
        text: The file.
        line: The pattern, with ``{version}`` exactly once.
    """
    before, _, after = line.partition(_GAP)
    closed = re.escape(after) if after else r"(?![0-9A-Za-z.!+_-])"
    opened = re.escape(before) if before else r"(?<![0-9A-Za-z.!+_-])"
    for match in re.finditer(opened + _VERSION + closed, text):
        yield _found(text, *match.span("version"))
