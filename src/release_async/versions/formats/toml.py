"""Locates values in TOML files: the standard library parses TOML but gives no positions.

Simple documents are read by ``fast_toml``. The scanner never guesses: an edit only counts if ``tomllib``
proves that it changed one value.
"""

from release_async.base.lazy_typing import TYPE_CHECKING, Final, NamedTuple, pattern
from release_async.versions.formats import fast_toml
from release_async.versions.text_encoding import Lines, UnreadableError

if TYPE_CHECKING:
    import re

Table = fast_toml.Table
Path = fast_toml.Path

_BLANK: Final = pattern(r"(?:[ \t\r\n]|#[^\n]*)*")
_BASIC: Final = r'"(?:[^"\\\n]|\\.)*"'
_LITERAL: Final = r"'[^'\n]*'"
_KEY: Final = pattern(rf"[ \t]*([A-Za-z0-9_-]+|{_BASIC}|{_LITERAL})[ \t]*")
_STRING: Final = pattern(r'(?s)"""(?:[^\\]|\\.)*?"""(?:"{0,2})|' + rf"'''.*?''''{{0,2}}|{_BASIC}|{_LITERAL}")
_SCALAR: Final = pattern(r"[^\s,\]}#](?:[^,\]}#\r\n]*[^\s,\]}#])?")
_AT: Final = pattern(r"at line (\d+)")


class Span(NamedTuple):
    """The position of a value: offsets into the text, and its line.

    For a string, the offsets exclude the quotes; for any other value, both are those of its start.
    """

    start: int
    end: int
    line: int


def load(text: str) -> Table:
    """Parse a TOML document.

    Raises:
        UnreadableError: It is not TOML; has the line if the parser knows it.
    """
    import tomllib  # noqa: PLC0415 - most documents are read by fast_toml

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _AT.search(str(error))
        line = int(found[1]) if found else 1 + text.count("\n")
        raise UnreadableError(f"is not valid TOML: {str(error).partition(' (at ')[0]}", line) from None
    except (RecursionError, ValueError, OverflowError):
        raise UnreadableError("is not valid TOML: nested too deep, or a number too large") from None


class Document(NamedTuple):
    """A parsed TOML file.

    Attributes:
        text: The file.
        table: Its content.
        places: The offsets of each value by its path of keys; filled by ``read`` or the first ``span``.
    """

    text: str
    table: Table
    places: dict[Path, tuple[int, int]]

    def span(self, path: Path) -> Span | None:
        """The position of the value at a path; None if there is none."""
        if not self.places:
            self.places.update({each: (found.start, found.end) for each, found in spans(self.text).items()})
        if path not in self.places:
            return None
        start, end = self.places[path]
        return Span(start, end, self.text.count("\n", 0, start) + 1)

    def line(self, *path: str) -> int:
        """The line of a value; 1 if it is not found."""
        span = self.span(path)
        return span.line if span else 1


def read(text: str) -> Document:
    """Parse a document and keep the positions of its values.

    Raises:
        UnreadableError: It is not TOML; has the line if the parser knows it.
    """
    plain = fast_toml.PlainToml(text)
    try:
        plain.read()
    except fast_toml.NotPlainError:
        return Document(text, load(text), {})
    return Document(text, plain.table, plain.places)


def table(document: object, *path: str) -> Table:
    """The table at a path; an empty one if there is none."""
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def spans(text: str) -> dict[Path, Span]:
    """Find every value of a document by its path of keys; items of an array have an empty key.

    Args:
        text: A document that ``load`` has accepted.

    Returns:
        The position of each value; empty if the scanner does not understand the document.
    """
    scanner = _Scanner(text)
    try:
        scanner.document()
    except (RecursionError, _LostError):
        return {}
    return scanner.found


def contents(text: str) -> tuple[object, ...]:
    """All content of a document as a flat sequence, to prove that an edit changed only one value."""
    flat: list[object] = []
    waiting: list[tuple[str, object]] = [("", load(text))]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(f"{place}.{key!r}", item) for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{place}.{number}", item) for number, item in enumerate(value)]
        else:
            flat += [place, value]
    return tuple(flat)


class _LostError(Exception):
    """The scanner does not understand the text: better no positions than wrong ones."""


class _Scanner:
    """One pass over a document, statement by statement."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.found: dict[Path, Span] = {}
        self._lines = Lines(text)

    def document(self) -> None:
        """Read all statements: table headers and assignments."""
        prefix: Path = ()
        self._blank()
        while self.position < len(self.text):
            if self._take("[["):
                prefix = (*self._key(), "")
                self._expect("]]")
            elif self._take("["):
                prefix = self._key()
                self._expect("]")
            else:
                self._assignment(prefix)
            self._blank()

    def _assignment(self, prefix: Path) -> None:
        path = prefix + self._key()
        self._expect("=")
        self._blank()
        self._value(path)

    def _value(self, path: Path) -> None:
        self.found[path] = Span(self.position, self.position, self._lines.number(self.position))
        if self._take("["):
            self._items("]", path)
        elif self._take("{"):
            self._items("}", path)
        elif string := _STRING.match(self.text, self.position):
            quotes = 3 if string[0].startswith(('"""', "'''")) else 1
            start, end = string.start() + quotes, string.end() - quotes
            self.found[path] = Span(start, end, self._lines.number(start))
            self.position = string.end()
        else:
            self.position = self._matched(_SCALAR).end()

    def _items(self, closing: str, path: Path) -> None:
        """Read the items of an array or of an inline table."""
        self._blank()
        while not self._take(closing):
            if closing == "}":
                self._assignment(path)
            else:
                self._value((*path, ""))
            self._blank()
            self._take(",")
            self._blank()

    def _key(self) -> Path:
        parts = []
        while True:
            found = self._matched(_KEY)
            self.position = found.end()
            parts.append(_unquoted(found[1]))
            if not self._take("."):
                return tuple(parts)

    def _blank(self) -> None:
        self.position = self._matched(_BLANK).end()

    def _take(self, token: str) -> bool:
        taken = self.text.startswith(token, self.position)
        self.position += len(token) if taken else 0
        return taken

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise _LostError

    def _matched(self, wanted: "re.Pattern[str]") -> "re.Match[str]":
        found = wanted.match(self.text, self.position)
        if found is None:
            raise _LostError
        return found


def _unquoted(key: str) -> str:
    """A key without its quotes; ``tomllib`` resolves the escapes of a basic string."""
    if key.startswith('"'):
        return next(iter(load(f"{key}=0")))
    return key[1:-1] if key.startswith("'") else key
