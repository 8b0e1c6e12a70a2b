"""A fast reader for modules that contain little but their version. It gives up on anything else."""

from keyword import iskeyword

from release_async.base.lazy_typing import Iterator

Assigned = tuple[str, str, int, int]
"""A name, the string it is set to, the offset of that string's first character, and the line."""


class NotPlainError(Exception):
    """A line is of another kind: the syntax tree is needed."""


def strings(text: str, names: tuple[str, ...]) -> Iterator[Assigned]:
    """The strings that a module assigns to some names, if every line is plain.

    Plain are comments, docstrings, imports of other names, ``__all__`` on one line, and a name set to a
    string without escapes or quotes in it.

    Raises:
        NotPlainError: A line is anything else.
    """
    if text.count("\r") != text.count("\r\n"):
        raise NotPlainError
    at, line = 0, 1
    while at < len(text):
        end = _line_end(text, at)
        row = text[at:end].removesuffix("\r")
        if row.startswith('"""'):
            end, lines = _docstring(text, at)
            line += lines
        elif row and row[0] != "#":
            name, value, column = _assigned(row, names)
            if value is not None:
                yield name, value, at + column, line
        at = end + 1
        line += 1


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _docstring(text: str, at: int) -> tuple[int, int]:
    """The end of the last line of a triple-quoted string, and the number of line ends inside the string."""
    close = text.find('"""', at + 3)
    inner = text[at + 3 : close]
    end = _line_end(text, close)
    if close < 0 or '"' in inner or "\\" in inner or text[close + 3 : end].strip(" \t\r"):
        raise NotPlainError
    return end, inner.count("\n")


def _assigned(row: str, names: tuple[str, ...]) -> tuple[str, str | None, int]:
    """The name that a line assigns, the string and its column; None as the string for other names."""
    name, sign, value = row.partition(" = ")
    if not sign:
        _check_import(row, names)
    elif name == "__all__":
        _check_exported(value)
    else:
        quote = value[:1]
        text, closed, rest = value[1:].partition(quote or "-")
        comment = rest.strip(" \t")
        if not _is_name(name) or quote not in "\"'" or not closed or (comment and comment[0] != "#"):
            raise NotPlainError
        if "\\" in text or '"' in text or "'" in text:
            raise NotPlainError
        if name in names:
            return name, text, len(name) + len(sign) + 1
    return name, None, 0


def _check_import(row: str, names: tuple[str, ...]) -> None:
    """Accept only imports of whole modules, and of other names."""
    kind, _, rest = row.partition(" ")
    module, sign, imported = rest.partition(" import ") if kind == "from" else (rest, "", "")
    parts = (module.lstrip(".") if sign else module).split(".")
    known = kind == "import" or (kind == "from" and sign)
    if not known or not (all(map(_is_name, parts)) or (sign and parts == [""] != [module])):
        raise NotPlainError
    given = imported.split(", ") if sign else []
    if not all(map(_is_name, given)) or not set(given).isdisjoint(names):
        raise NotPlainError


def _check_exported(value: str) -> None:
    """Accept only a list of quoted names."""
    inner = value[1:-1].strip(" ")
    if value[:1] != "[" or value[-1:] != "]":
        raise NotPlainError
    for item in map(str.strip, inner.removesuffix(",").split(",") if inner else ()):
        if len(item) < 3 or item[0] not in "\"'" or item[-1] != item[0] or not _is_name(item[1:-1]):  # noqa: PLR2004 - two quotes and a letter
            raise NotPlainError


def _is_name(text: str) -> bool:
    """Whether a text is an ASCII identifier; Python normalises others."""
    return text.isascii() and text.isidentifier() and not iskeyword(text)
