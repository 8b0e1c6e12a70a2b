"""The addresses in a changelog that compare two versions: read, and written for the next one. Pure text."""

import re
from typing import NamedTuple

from release_async.base.lazy_typing import pattern
from release_async.versions.pep440 import Pep440, parse

DEFINITION = pattern(
    r"(?P<before> {0,3}\[)(?P<label>[^\]]+)(?P<between>\]:[ \t]*<?)(?P<url>[^\s<>]+)(?P<after>.*)"
    r"|(?P<rst_before>\.\. _`?)(?P<rst_label>[^`:]+)(?P<rst_between>`?:[ \t]+)"
    r"(?P<rst_url>\S+)(?P<rst_after>\s*)"
)
_COMPARED = pattern(
    r"(?P<start>.*?/(?:-/)?(?:branches/)?compare/|.*/)(?P<base>[^?#]+?)(?P<dots>\.{2,3}|%0D)(?P<head>[^?#]+)(?P<rest>.*)"
)
_HEADS = ("head", "main", "master", "develop", "dev", "trunk")
_NUMBER = pattern(r"\d+(?:\.\d+)*(?:[-_.]?(?:a|b|c|rc|alpha|beta|pre|post|dev)[-.]?\d*)*", re.IGNORECASE)


class Definition(NamedTuple):
    """A line that gives a label its address, in Markdown or in reStructuredText.

    Attributes:
        line: Which line it is, counted from 0.
        pieces: The line, cut before and behind label and address.
    """

    line: int
    pieces: tuple[str, str, str, str, str]

    @property
    def label(self) -> str:
        """What refers to it."""
        return self.pieces[1]

    @property
    def url(self) -> str:
        """The address."""
        return self.pieces[3]

    @property
    def version(self) -> Pep440 | None:
        """The version that it is the label of."""
        return parse(self.label.strip())

    def written(self, label: str, url: str) -> str:
        """The same line for another label and address."""
        before, _, between, _, after = self.pieces
        return f"{before}{label}{between}{url}{after}"


def definitions(lines: list[str]) -> tuple[Definition, ...]:
    """The lines of a text that give labels their addresses."""
    found = ((number, DEFINITION.fullmatch(line)) for number, line in enumerate(lines))
    return tuple(Definition(number, _pieces(match)) for number, match in found if match)


def _pieces(match: re.Match[str]) -> tuple[str, str, str, str, str]:
    names = ("before", "label", "between", "url", "after")
    prefix = "" if match["before"] is not None else "rst_"
    before, label, between, url, after = (match[prefix + name] for name in names)
    return before, label, between, url, after


class Comparison(NamedTuple):
    """An address that compares two states.

    Attributes:
        start: The address up to the older state.
        base: The older state.
        dots: What stands between the two.
        head: The newer state.
        rest: What follows.
        newest_first: Whether the newer state is written before the older one.
    """

    start: str
    base: str
    dots: str
    head: str
    rest: str
    newest_first: bool

    def of(self, base: str, head: str) -> str:
        """The address that compares two other states."""
        first, second = (head, base) if self.newest_first else (base, head)
        return f"{self.start}{first}{self.dots}{second}{self.rest}"


def comparison(url: str) -> Comparison | None:
    """What an address compares; None where it compares nothing."""
    match = _COMPARED.fullmatch(url)
    if match is None:
        return None
    start, base, dots, head, rest = match.group("start", "base", "dots", "head", "rest")
    older, newer = version_in(base), version_in(head)
    if newer and (base.lower() in _HEADS or (older is not None and older > newer)):
        return Comparison(start, head, dots, base, rest, newest_first=True)
    return Comparison(start, base, dots, head, rest, newest_first=False)


def version_in(text: str) -> Pep440 | None:
    """The version that the name of a tag ends with."""
    found = [match for match in _NUMBER.finditer(text) if match.end() == len(text)]
    return parse(found[0][0]) if found else None


def replaced(text: str, old: Pep440, new: str) -> str:
    """A text with another version wherever the old one stands, in any spelling that is equal to it."""
    return _NUMBER.sub(lambda match: new if parse(match[0]) == old else match[0], text)
