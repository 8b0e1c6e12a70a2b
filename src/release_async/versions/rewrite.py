"""Replaces one version token in one file's bytes and proves that nothing else changed. Writes no file."""

import re
from collections.abc import Callable
from importlib import import_module
from typing import Final

from release_async.errors import FailedError
from release_async.versions.forms import Form, UnspellableError, respelled
from release_async.versions.pep440 import parse
from release_async.versions.site import Site
from release_async.versions.text import UnreadableError, decode, plain

_READERS: Final = {
    "toml": "toml", "cfg": "ini", "py": "python", "pyi": "python", "json": "notation", "cff": "citation",
}  # fmt: skip
"""The module that reads what a kind of file says; any other kind is text, and proven by its lines."""

_ITEM: Final = re.compile(r"[\w.!+-]+|[^\w.!+-]+")


def rewrite(data: bytes, site: Site, new: str) -> bytes:
    """Replace the version that stands at a site.

    Args:
        data: The whole file in which the site was found.
        site: One place in it.
        new: The text to put there; for a site of several pieces, one for each, joined by commas.

    Returns:
        The file with that one token replaced: line ends, quotes, comments and encoding stay.

    Raises:
        FailedError: The site is no single token, the file is not the one it was found in, or reading the
            result back does not prove that exactly this value changed.
    """
    if site.text == new:
        return data
    suffix = site.path.rpartition(".")[2]
    try:
        before = decode(data, cookie=suffix in {"py", "pyi"})
        after = _spliced(before.text, site, new)
        _prove((before.text, after), site, new)
        return before.encoded(after)
    except (UnreadableError, UnicodeEncodeError, UnprovenError) as error:
        raise FailedError(
            f"{plain(site.path)}:{site.line}: the version cannot be replaced safely: {error}.",
            cure=f"Edit line {site.line} of {plain(site.path)} by hand.",
        ) from None


class UnprovenError(ValueError):
    """An edit would touch more, or something else, than one value."""

    def __init__(self) -> None:
        super().__init__("the change would touch more, or something else, than this one value")


def spelled(site: Site, version: str) -> str:
    """How a place will say a version: in its own form and style.

    Args:
        site: The place.
        version: The version in its normal form.

    Raises:
        UnspellableError: The place's form has no words for it.
    """
    wanted = parse(version)
    if wanted is None:
        raise UnspellableError(f"{version} is no version")
    same = site.form is Form.PEP440 or not site.agrees(wanted)
    return respelled(site.form, site.text, wanted) if same else site.text


def _spliced(text: str, site: Site, new: str) -> str:
    """The text with every piece of a place replaced."""
    pieces = site.pieces or ((site.start, site.end),)
    texts = new.split(", ") if site.pieces else [new]
    found = ", ".join(text[start:end] for start, end in pieces)
    if site.start < 0 or len(texts) != len(pieces) or found != site.text:
        raise UnprovenError
    for (start, end), piece in reversed(list(zip(pieces, texts, strict=True))):
        text = text[:start] + piece + text[end:]
    return text


def _prove(texts: tuple[str, str], site: Site, new: str) -> None:
    """Read both texts and hold that nothing differs but the one value, or the literals of the one tuple."""
    before, after = (_contents(site.path, text) for text in texts)
    head = next((at for at, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), 0)
    tail = _same(before[head:][::-1], after[head:][::-1])
    old, now = before[head : len(before) - tail], after[head : len(after) - tail]
    plain_text = (old, now) == ((site.text,), (new,)) or _within(old, now, (site.text, new))
    if not plain_text and not (_literals(old, site.text) and _literals(now, new)):
        raise UnprovenError


def _same(left: tuple[object, ...], right: tuple[object, ...]) -> int:
    pairs = zip(left, right, strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(left), len(right)))


def _within(old: tuple[object, ...], new: tuple[object, ...], change: tuple[str, str]) -> bool:
    """Whether one text became another by this change inside it: a version within a longer string."""
    if len(old) != 1 or len(new) != 1 or not isinstance(old[0], str) or not isinstance(new[0], str):
        return False
    parts = old[0].split(change[0])
    return any(
        change[0].join(parts[:at]) + change[1] + change[0].join(parts[at:]) == new[0]
        for at in range(1, len(parts))
    )


_STRUCTURE: Final = frozenset(("Constant", "Load", "Tuple", "List", "UnaryOp", "USub", "keyword"))


def _literals(items: tuple[object, ...], text: str) -> bool:
    """Whether items of a syntax tree are what a tuple's source says, and no more."""
    words = set(re.findall(r"[\w.+-]+", text))
    return all(
        item is None
        or item in _STRUCTURE
        or isinstance(item, list)
        or str(item) in words
        or f"-{item}" in words
        for item in items
    )


def _contents(path: str, text: str) -> tuple[object, ...]:
    """Everything a file says, flat and in order."""
    reader = _READERS.get(path.rpartition(".")[2])
    if reader is None:
        return tuple(_ITEM.findall(text))
    contents: Callable[[str], tuple[object, ...]] = import_module(f"release_async.versions.{reader}").contents
    return contents(text)
