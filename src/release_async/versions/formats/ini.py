"""Locates values in ``setup.cfg`` and other INI files: ``configparser`` gives no positions."""

from io import StringIO

from release_async.base.lazy_typing import NamedTuple
from release_async.versions.text_encoding import UnreadableError


class Option(NamedTuple):
    """One option of a file.

    Attributes:
        section: Its section.
        key: Its name in lower case, with dashes as underscores: setuptools accepts both.
        value: Its value, lines joined, without outer white space.
        start: The offset of the value's first character, which may be on a later line.
        end: The offset after the last character on that line.
        line: The line of ``start``, counted from 1.
    """

    section: str
    key: str
    value: str
    start: int
    end: int
    line: int


def options(text: str) -> tuple[Option, ...]:
    """Read every option of a file.

    Args:
        text: The file.

    Returns:
        The options, in order.

    Raises:
        UnreadableError: The file is not valid for ``configparser`` either.
    """
    reader = _Reader()
    offset = 0
    for number, line in enumerate(StringIO(text, newline=""), start=1):
        reader.line(line, offset, number)
        offset += len(line)
    return tuple(reader.found)


def contents(text: str) -> tuple[object, ...]:
    """All content of a file as a flat sequence, to prove that an edit changed only one value."""
    return tuple(item for option in options(text) for item in (option.section, option.key, option.value))


class _Reader:
    """The state of the parser between two lines, as in ``configparser``."""

    def __init__(self) -> None:
        self.found: list[Option] = []
        self._section: str | None = None
        self._open = False
        self._indent = 0
        self._seen: set[tuple[str, str]] = set()

    def line(self, line: str, offset: int, number: int) -> None:
        """Read one line: a comment, a section, an option, or a continuation of the last option."""
        value = line.strip()
        if not value or value[0] in "#;":
            return
        indent = len(line) - len(line.lstrip())
        offset += indent
        if self._open and indent > self._indent:
            self._continue(value, offset, number)
            return
        self._indent = indent
        closing = value.rfind("]")
        if value[0] == "[" and closing > 1:
            self._begin(value[1:closing], number)
        else:
            self._option(value, offset, number)

    def _continue(self, value: str, offset: int, number: int) -> None:
        last = self.found[-1]
        if last.value:
            self.found[-1] = last._replace(value=f"{last.value}\n{value}")
        else:
            self.found[-1] = last._replace(value=value, start=offset, end=offset + len(value), line=number)

    def _begin(self, name: str, number: int) -> None:
        if (name, "") in self._seen:
            raise UnreadableError("states a section twice", number)
        self._seen.add((name, ""))
        self._section = name
        self._open = False

    def _option(self, value: str, offset: int, number: int) -> None:
        at = next((place for place, sign in enumerate(value) if sign in "=:"), 0)
        written, text = value[:at].rstrip(), value[at + 1 :].lstrip()
        if self._section is None or not written:
            raise UnreadableError("is not a valid INI file", number)
        key = written.lower()
        if (self._section, key) in self._seen:
            raise UnreadableError("states an option twice", number)
        self._seen.add((self._section, key))
        end = offset + len(value)
        key = key.replace("-", "_")
        self.found.append(Option(self._section, key, text, end - len(text), end, number))
        self._open = True
