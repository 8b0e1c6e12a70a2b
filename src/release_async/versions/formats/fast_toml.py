"""A fast reader for the TOML that people write by hand. It gives up on anything it is not certain about.

It reads headers, arrays of tables, bare, quoted and dotted keys, strings with the common escapes, small
numbers, booleans, arrays and inline tables. Dates, rare escapes, a table opened twice, and whatever may be an
error are left to ``tomllib``.
"""

from release_async.base.lazy_typing import Final

Path = tuple[str, ...]
Table = dict[str, object]

_BARE: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_BLANK: Final = frozenset(" \t\r")
_AFTER_WORD: Final = frozenset(",]}# \t\r\n")
_ESCAPES: Final = {'"': '"', "\\": "\\", "n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_LONGEST_NUMBER: Final = 9


class NotPlainError(Exception):
    """The document contains something that the fast reader does not know, valid or not."""


class PlainToml:
    """A parser for one document.

    Attributes:
        table: The content of the document.
        places: The start and end offsets of each value, by its path of keys; see ``toml.spans``.
    """

    def __init__(self, text: str) -> None:
        self.table: Table = {}
        self.places: dict[Path, tuple[int, int]] = {}
        self._text = text + "\n"  # so that every search ends
        self._at = 0
        self._current = self.table
        self._prefix: Path = ()
        self._headed: set[int] = set()
        self._dotted: dict[int, int] = {}
        self._closed: set[int] = set()
        self._growing: set[int] = set()

    def read(self) -> None:
        """Read the whole document.

        Raises:
            NotPlainError: It contains anything that is not listed above.
        """
        text = self._text
        controls = text.replace("\n", "").replace("\t", "").replace("\r", "")
        if not controls.isprintable() or text.count("\r") != text.count("\r\n", 0, len(text) - 1):
            raise NotPlainError
        try:
            while self._at < len(text) - 1:
                self._line()
        except (IndexError, RecursionError):
            raise NotPlainError from None

    def _line(self) -> None:
        """Read a header, an assignment or nothing, and the end of its line."""
        sign = self._next()
        if sign == "[":
            self._header()
        elif sign not in "#\n":
            self._assignment(self._current, self._prefix)
        if self._next() == "#":
            self._at = self._text.index("\n", self._at)
        self._take("\n")

    def _header(self) -> None:
        """Read a header and open its table."""
        self._at += 1
        many = self._text[self._at] == "["
        self._at += many
        keys = self._key()
        self._take("]")
        if many:
            self._take("]")
        *parents, last = keys
        above = self.table
        for key in parents:
            above = self._inner(above, key)
        if many:
            self._prefix, self._current = (*keys, ""), self._appended(above, last)
        else:
            self._prefix, self._current = keys, self._inner(above, last)
            if id(self._current) in self._headed or isinstance(above[last], list):
                raise NotPlainError
        self._headed.add(id(self._current))

    def _inner(self, above: Table, key: str) -> Table:
        """The table at a key of another, for a header; of an array of tables, the last one."""
        inner = above.setdefault(key, {})
        if isinstance(inner, list) and id(inner) in self._growing:
            inner = inner[-1]
        if not isinstance(inner, dict) or id(inner) in self._closed or id(inner) in self._dotted:
            raise NotPlainError
        return inner

    def _appended(self, above: Table, key: str) -> Table:
        """A new table at the end of an array of tables."""
        if key not in above:
            array: list[Table] = []
            above[key] = array
            self._growing.add(id(array))
        tables = above[key]
        if not isinstance(tables, list) or id(tables) not in self._growing:
            raise NotPlainError
        table: Table = {}
        tables.append(table)
        return table

    def _assignment(self, table: Table, prefix: Path) -> None:
        """Read a key and its value into a table."""
        keys = self._key()
        owner = id(table)
        for key in keys[:-1]:
            if key not in table:
                inner: Table = {}
                table[key] = inner
                self._dotted[id(inner)] = owner
            found = table[key]
            if not isinstance(found, dict) or self._dotted.get(id(found)) != owner:
                raise NotPlainError
            table = found
        self._take("=")
        if keys[-1] in table:
            raise NotPlainError
        table[keys[-1]] = self._value((*prefix, *keys))

    def _key(self) -> Path:
        """Read the parts of a key."""
        parts = []
        while True:
            if self._next() in "\"'":
                parts.append(self._string()[0])
            else:
                start = self._at
                while self._text[self._at] in _BARE:
                    self._at += 1
                if self._at == start:
                    raise NotPlainError
                parts.append(self._text[start : self._at])
            if self._next() != ".":
                return tuple(parts)
            self._at += 1

    def _value(self, path: Path) -> object:
        """Read any value and record its place."""
        sign = self._next()
        self.places[path] = self._at, self._at
        if sign in "\"'":
            text, *place = self._string(lines=True)
            self.places[path] = place[0], place[1]
            return text
        if sign == "[":
            return self._array((*path, ""))
        return self._inline_table(path) if sign == "{" else self._word()

    def _string(self, *, lines: bool = False) -> tuple[str, int, int]:
        """Read a string; return its text, start and end."""
        quote = self._text[self._at]
        if self._text.startswith(quote * 3, self._at):
            return self._long_string(quote * 3, lines=lines)
        start = self._at + 1
        end = self._text.find(quote, start)
        if quote == '"' and "\\" in self._text[start:end]:
            return self._escaped(start)
        text = self._text[start:end]
        if end < 0 or "\n" in text:
            raise NotPlainError
        self._at = end + 1
        return text, start, end

    def _escaped(self, start: int) -> tuple[str, int, int]:
        """Read a basic string with escapes."""
        pieces, at = [], start
        while (sign := self._text[at]) != '"':
            if sign == "\n":
                raise NotPlainError
            if sign == "\\":
                at += 1
                sign = _ESCAPES.get(self._text[at], "")
                if not sign:
                    raise NotPlainError
            pieces.append(sign)
            at += 1
        self._at = at + 1
        return "".join(pieces), start, at

    def _long_string(self, quotes: str, *, lines: bool) -> tuple[str, int, int]:
        """Read a string of several lines, without escapes."""
        start = self._at + 3
        end = self._text.find(quotes, start)
        text = self._text[start:end]
        if end < 0 or not lines or "\r" in text or self._text[end + 3] == quotes[0]:
            raise NotPlainError
        if quotes == '"""' and "\\" in text:
            raise NotPlainError
        self._at = end + 3
        return text.removeprefix("\n"), start, end

    def _array(self, path: Path) -> list[object]:
        """Read the items of an array over any number of lines."""
        items: list[object] = []
        self._at += 1
        while self._past_lines() != "]":
            items.append(self._value(path))
            if self._past_lines() == ",":
                self._at += 1
            elif self._text[self._at] != "]":
                raise NotPlainError
        self._at += 1
        return items

    def _inline_table(self, path: Path) -> Table:
        """Read an inline table, to which nothing can be added later."""
        table: Table = {}
        self._at += 1
        if self._next() != "}":
            self._assignment(table, path)
        while self._next() == ",":
            self._at += 1
            self._assignment(table, path)
        self._take("}")
        self._closed.add(id(table))
        return table

    def _word(self) -> object:
        """Read a boolean or a small number."""
        start = self._at
        while self._text[self._at] not in _AFTER_WORD:
            self._at += 1
        word = self._text[start : self._at]
        if word in {"true", "false"}:
            return word == "true"
        whole, point, rest = word.partition(".")
        digits = whole + rest
        if not (digits.isdigit() and digits.isascii()) or len(digits) > _LONGEST_NUMBER or not whole:
            raise NotPlainError
        if (whole[0] == "0" and whole != "0") or (point and not rest):
            raise NotPlainError
        return float(word) if point else int(word)

    def _next(self) -> str:
        """The next character on this line that is not blank."""
        text, at = self._text, self._at
        while text[at] in _BLANK:
            at += 1
        self._at = at
        return text[at]

    def _past_lines(self) -> str:
        """The next character that is not white space and not in a comment."""
        while (sign := self._next()) in "#\n":
            self._at = self._text.index("\n", self._at) + 1
        return sign

    def _take(self, sign: str) -> None:
        if self._next() != sign:
            raise NotPlainError
        self._at += 1
