"""Locates values in JSON files: the standard library parses JSON but gives no positions."""

import json
import re

from release_async.base.lazy_typing import Final
from release_async.versions.formats.toml import Path, Span
from release_async.versions.text_encoding import UnreadableError

_TOKEN: Final = re.compile(
    r'[ \t\r\n]*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<sign>[{}\[\],:])|(?P<word>[^\s{}\[\],:"]+))'
)


_MOST_DIGITS: Final = 9


def load(text: str) -> object:
    """Parse a document.

    Raises:
        UnreadableError: It is not JSON, or has a duplicate key.
    """
    try:
        return json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise UnreadableError(f"is not valid JSON: {error.msg}", error.lineno) from None
    except (RecursionError, ValueError):
        raise UnreadableError("is not valid JSON: nested too deep, or a duplicate key") from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("duplicate key")
    return table


def value(document: object, path: Path) -> object:
    """The value at a path of keys and, in lists, of positions from 0; None if there is none."""
    for key in path:
        if isinstance(document, list):
            document = document[int(key)] if _is_position(key, len(document)) else None
        else:
            document = document.get(key) if isinstance(document, dict) else None
    return document


def _is_position(key: str, length: int) -> bool:
    return key.isascii() and key.isdecimal() and len(key) < _MOST_DIGITS and int(key) < length


def span(text: str, path: Path) -> Span | None:
    """The position of the string at a path of keys, quotes excluded.

    Args:
        text: A document that ``load`` has accepted.
        path: The keys from the top, and positions in lists.

    Returns:
        Its position; None if there is no string.
    """
    keys: list[str] = []
    lists: list[bool] = []
    is_key, last = False, ""
    for token in _TOKEN.finditer(text):
        sign, string = token["sign"], token["string"]
        if sign in {"{", "["}:
            keys.append("" if sign == "{" else "0")
            lists.append(sign == "[")
            is_key = sign == "{"
        elif sign in {"}", "]"}:
            keys.pop()
            lists.pop()
            is_key = False
        elif sign == ",":
            is_key = bool(lists) and not lists[-1]
            if lists and lists[-1]:
                keys[-1] = str(int(keys[-1]) + 1)
        elif sign == ":":
            keys[-1], is_key = last, False
        elif string and is_key:
            last = json.loads(string)
        elif string and tuple(keys) == path:
            start = token.start("string") + 1
            return Span(start, token.end("string") - 1, text.count("\n", 0, start) + 1)
    return None


def contents(text: str) -> tuple[object, ...]:
    """All content of a document as a flat sequence, to prove that an edit changed only one value."""
    flat: list[object] = []
    waiting: list[tuple[str, object]] = [("", load(text))]
    while waiting:
        place, each = waiting.pop()
        if isinstance(each, dict):
            waiting += [(f"{place}.{key!r}", item) for key, item in each.items()]
        elif isinstance(each, list):
            waiting += [(f"{place}.{number}", item) for number, item in enumerate(each)]
        else:
            flat += [place, each]
    return tuple(flat)
