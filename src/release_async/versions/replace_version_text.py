"""Replaces one version token in a file's bytes and proves that nothing else changed. Writes no file."""

import re
from collections import Counter
from importlib import import_module

from release_async.base.errors import FailedError
from release_async.base.lazy_typing import Callable, Final, Iterable
from release_async.versions.distribution import Site
from release_async.versions.pep440 import parse
from release_async.versions.text_encoding import UnreadableError, decode, plain
from release_async.versions.version_spellings import Form, UnspellableError, respell

_READERS: Final = {
    "toml": "formats.toml", "cfg": "formats.ini", "py": "formats.python", "pyi": "formats.python",
    "json": "formats.json", "cff": "places.citation",
}  # fmt: skip
"""The module whose ``contents`` proves an edit, by file suffix; all other files are compared as words."""

_ITEM: Final = re.compile(r"[\w.!+-]+|[^\w.!+-]+")


def rewrite(data: bytes, site: Site, new: str) -> bytes:
    """Replace the version at one site.

    Args:
        data: The whole file in which the site was found.
        site: One place in it.
        new: The new text; for a site of several pieces, the text of each, joined by commas.

    Returns:
        The file with that one token replaced; line ends, quotes, comments and encoding stay.

    Raises:
        FailedError: The site is not a single token, the file has changed since, or parsing the result does
            not prove that exactly this value changed.
    """
    if site.text == new:
        return data
    suffix = site.path.rpartition(".")[2]
    try:
        before = decode(data, cookie=suffix in {"py", "pyi"})
        return before.encoded(_replaced(before.text, site, new))
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
    """The text of a version in the form and style of a place.

    Args:
        site: The place.
        version: The version in its normal form.

    Raises:
        UnspellableError: The place's form cannot express it.
    """
    wanted = parse(version)
    if wanted is None:
        raise UnspellableError(f"{version} is no version")
    stays = site.form not in {Form.PEP440, Form.NORMAL, Form.YAML} and site.agrees(wanted)
    return site.text if stays else respell(site.form, site.text, wanted)


def _replaced(text: str, site: Site, new: str) -> str:
    """The text with every piece of a place replaced, each replacement proven by itself."""
    pieces = site.pieces or ((site.start, site.end),)
    texts = new.split(", ") if site.pieces else [new]
    if (
        site.start < 0
        or len(texts) != len(pieces)
        or ", ".join(text[slice(*piece)] for piece in pieces) != site.text
    ):
        raise UnprovenError
    for (start, end), piece in sorted(zip(pieces, texts, strict=True), reverse=True):
        after = text[:start] + piece + text[end:]
        value = piece.strip('"') if site.form is Form.YAML else piece
        _prove(site, (text, after), (text[start:end], value))
        text = after
    return text


def _prove(site: Site, texts: tuple[str, str], change: tuple[str, str]) -> None:
    """Parse both texts and check that only one value, or only the literals of one tuple, differ."""
    before, after = (_contents(site.path, text) for text in texts)
    if site.form in _TUPLE_FORMS:
        gone, come = Counter(map(repr, before)), Counter(map(repr, after))
        proven = _literals(gone - come, change[0]) and _literals(come - gone, change[1])
    else:
        pairs = [pair for pair in zip(before, after, strict=False) if pair[0] != pair[1]]
        proven = len(before) == len(after) and (
            not pairs or (len(pairs) == 1 and _is_change(*pairs[0], change))
        )
    if not proven or (texts[0] != texts[1] and before == after):
        raise UnprovenError


_TUPLE_FORMS: Final = frozenset((Form.TUPLE, Form.RELEASE, Form.INCREMENTAL))
_STRUCTURE: Final = frozenset(("None", "'Constant'", "'Load'", "'UnaryOp'", "'USub'", "'keyword'"))


def _is_change(old: object, new: object, change: tuple[str, str]) -> bool:
    """Whether this change explains a changed item: it is the whole item or one part of it."""
    if (str(old), str(new)) == change:
        return True
    if not isinstance(old, str) or not isinstance(new, str):
        return False
    parts = old.split(change[0])
    heads = (change[0].join(parts[:at]) for at in range(1, len(parts)))
    tails = (change[0].join(parts[at:]) for at in range(1, len(parts)))
    return any(f"{head}{change[1]}{tail}" == new for head, tail in zip(heads, tails, strict=True))


def _literals(items: Iterable[str], text: str) -> bool:
    """Whether all items of a syntax tree come from the source of a tuple."""
    words = (
        {repr(word) for word in re.findall(r"[\w.+-]+", text)} | set(re.findall(r"\d+", text)) | _STRUCTURE
    )
    return all(item in words for item in items)


def _contents(path: str, text: str) -> tuple[object, ...]:
    """All content of a file, as a flat sequence."""
    reader = _READERS.get(path.rpartition(".")[2])
    if reader is None:
        return tuple(_ITEM.findall(text))
    reader_module = import_module(f"release_async.versions.{reader}")
    contents: Callable[[str], tuple[object, ...]] = reader_module.contents
    return contents(text)
