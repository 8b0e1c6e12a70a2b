"""Locates a version in plain text: a whole file, the match of a backend's regex, or a ``{version}`` pattern.

A project's own regex is run line by line, and only without nested repetitions, so that its time is bounded.
"""

import re

from release_async.base.lazy_typing import Final, Iterator, NamedTuple
from release_async.versions.text_encoding import UnreadableError

HATCH: Final = r"(?i)^(__version__|VERSION) *= *(['\"])v?(?P<version>.+?)\2"
"""What hatchling looks for if only a path is given."""

PDM: Final = r"^(?:__version__|VERSION)\s*=\s*[\"'](.+?)[\"']\s*(?:#.*)?$"
"""What pdm-backend looks for if only a path is given."""

SCIKIT: Final = r"(?i)^(__version__|VERSION)(?: ?\: ?str)? *= *(['\"])v?(?P<value>.+?)\2"
"""What scikit-build-core's regex provider looks for if only an input is given."""

_GAP: Final = "{version}"
_VERSION: Final = r"(?P<version>v?\d+[0-9A-Za-z.!+_-]*[0-9A-Za-z]|\d)"
_LARGEST: Final = 65_536
_LONGEST_LINE: Final = 512
_MOST_REPEATS: Final = 4
_REPEAT: Final = re.compile(r"[*+]|\{\d*,\d*\}")
_LINE: Final = re.compile(r"[^\r\n]+")


class TextMatch(NamedTuple):
    """One version in a text.

    Attributes:
        text: The version.
        start: The offset of its first character.
        end: The offset after its last character.
        line: Its line, counted from 1.
    """

    text: str
    start: int
    end: int
    line: int


def whole_file(text: str) -> TextMatch:
    """The content of a file that contains only the version, without outer white space."""
    stripped = text.strip()
    return _found(text, *(2 * (0,) if not stripped else _offsets(text, stripped)))


def _offsets(text: str, stripped: str) -> tuple[int, int]:
    start = text.index(stripped)
    return start, start + len(stripped)


def _found(text: str, start: int, end: int) -> TextMatch:
    return TextMatch(text[start:end], start, end, text.count("\n", 0, start) + 1)


def search_regex(text: str, pattern: str, *groups: str | int) -> TextMatch | None:
    """The first match of a build backend's regex.

    Args:
        text: The file.
        pattern: The regex of the project or the backend.
        groups: Names or numbers of the group that is the version; the first that exists is used.

    Returns:
        The version; None if the regex does not match.

    Raises:
        UnreadableError: The regex is invalid or could run for ever, or the text is too large.
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
        raise UnreadableError("by a pattern that is not valid in Python") from None


def is_bounded(pattern: str) -> bool:
    """Whether a regex has few repetitions and none nested, so that its time on a short line is bounded."""
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


def pattern_matches(text: str, line: str) -> Iterator[TextMatch]:
    """Every version that a pattern with ``{version}`` matches; the rest of the pattern is literal text.

    Args:
        text: The file.
        line: The pattern, with ``{version}`` exactly once.
    """
    before, _, after = line.partition(_GAP)
    closed = re.escape(after) if after else r"(?![0-9A-Za-z.!+_-])"
    opened = re.escape(before) if before else r"(?<![0-9A-Za-z.!+_-])"
    for match in re.finditer(opened + _VERSION + closed, text):
        yield _found(text, *match.span("version"))
