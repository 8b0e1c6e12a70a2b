"""Finds the version in a data file that code reads: at the keys that the code names. Runs nothing."""

from release_async.base.lazy_typing import Callable, Final, Iterator, NamedTuple, Sequence
from release_async.versions.distribution import Role, Site
from release_async.versions.formats import ini, json, toml
from release_async.versions.pep440 import parse

_DEEPEST: Final = 3


class _Value(NamedTuple):
    """One text in a file, where it stands, and the keys that lead to it."""

    keys: tuple[str, ...]
    text: str
    span: toml.Span


def stated(path: str, text: str, words: Sequence[str]) -> Iterator[Site]:
    """Find the texts that are versions and whose keys the code names, the last of them a kind of "version".

    Args:
        path: A JSON, TOML or INI file.
        text: Its content. Of those that are named, the ones below the most keys count.
        words: Every string in the code that reads it.

    Raises:
        UnreadableError: The file is not what its ending says.
    """
    kind = next(kind for ending, kind in _KINDS.items() if path.endswith(ending))
    named = [each for each in kind(text) if _is_named(each, words)]
    deepest = max((len(each.keys) for each in named), default=0)
    for found in named:
        key, span = ".".join(found.keys), found.span
        if len(found.keys) == deepest:
            yield Site(path, span.line, Role.SOURCE, found.text, "", key, span.start, span.end)


def values(path: str, text: str) -> Iterator[tuple[tuple[int, str], str]]:
    """Every text in a JSON, TOML or INI file, not too deep: its line and itself, and the dotted key.

    Raises:
        UnreadableError: The file is not what its ending says.
    """
    kind = next((kind for ending, kind in _KINDS.items() if path.endswith(ending)), None)
    for keys, value, span in kind(text) if kind else ():
        yield (span.line, value), ".".join(keys)


def _is_named(found: _Value, words: Sequence[str]) -> bool:
    """Whether a text is a version that code with these words may mean."""
    is_version = "version" in found.keys[-1].lower() and parse(found.text) is not None
    return is_version and all(key in words for key in found.keys)


def _json(text: str) -> Iterator[_Value]:
    for keys, value in _texts(json.load(text)):
        span = json.span(text, keys)
        if span:
            yield _Value(keys, value, span)


def _toml(text: str) -> Iterator[_Value]:
    document = toml.read(text)
    for keys, value in _texts(document.table):
        span = document.span(keys)
        if span:
            yield _Value(keys, value, span)


def _ini(text: str) -> Iterator[_Value]:
    for each in ini.options(text):
        yield _Value((each.section, each.key), each.value, toml.Span(each.start, each.end, each.line))


def _texts(value: object, keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text below an object, and the keys that lead to it."""
    if isinstance(value, str) and keys:
        yield keys, value
    elif isinstance(value, dict) and len(keys) < _DEEPEST:
        for key, inner in value.items():
            yield from _texts(inner, (*keys, str(key)))


_KINDS: Final[dict[str, Callable[[str], Iterator[_Value]]]] = {
    ".json": _json,
    ".toml": _toml,
    ".cfg": _ini,
    ".ini": _ini,
}
