"""Every spelling of a secret that a text is searched for, and its masking. It prints and stores nothing."""

import base64
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus

from release_async.base.secret import MASK, Secret, to_bytes


def redact(text: str, secrets: Iterable[Secret]) -> str:
    """``text`` with each secret masked, even if it is percent-encoded or in base64."""
    return redactor(secrets)(text)


def redactor(secrets: Iterable[Secret]) -> Callable[[str], str]:
    """`redact` for many texts and the same secrets."""
    spellings = Spellings(secrets)

    def redacted(text: str) -> str:
        return Redaction(spellings).finish(text)

    return redacted


def redact_tail(text: str, spellings: "Spellings") -> str:
    """Redact a text whose beginning was cut off, and drop what may be the end of a secret."""
    begin = max(0, spellings.longest - 1)
    for first, last in spellings.found(text):
        if first >= begin:
            break
        begin = max(begin, last)
    return Redaction(spellings).finish(text[begin:])


class Spellings:
    """Every encoding of some secrets that a text is searched for.

    Attributes:
        longest: The length of the longest, in characters; 0 if there is nothing to hide.
    """

    __slots__ = ("_known", "_pattern", "longest")

    def __init__(self, secrets: Iterable[Secret]) -> None:
        known = {spelling for secret in secrets for spelling in _spellings(secret.reveal())}
        self._known = sorted(known, key=len, reverse=True)
        self.longest = len(self._known[0]) if self._known else 0
        # A look-ahead consumes nothing, so overlapping spellings are all found.
        self._pattern = re.compile(f"(?=({'|'.join(map(re.escape, self._known))}))")

    def found(self, text: str) -> Iterator[tuple[int, int]]:
        """The start and end of the longest spelling at each position where one begins, in order."""
        if any(spelling in text for spelling in self._known):  # rarely true, and fast to test
            yield from (match.span(1) for match in self._pattern.finditer(text))


class Redaction:
    """Redacts a text that arrives in pieces; the result does not depend on where it is cut.

    What could be the beginning of a secret is held back until the next piece or the end.
    """

    def __init__(self, spellings: Spellings) -> None:
        self._spellings = spellings
        self._held = ""
        self._masked = 0  # so many characters of what is held are covered by a mask already returned

    def feed(self, piece: str) -> str:
        """Take one more piece; return the redacted text that is certain by now."""
        self._held += piece
        return self._redacted_up_to(max(0, len(self._held) - self._spellings.longest + 1))

    def finish(self, piece: str = "") -> str:
        """Take the last piece; return the rest, redacted. Another text may follow."""
        self._held += piece
        rest = self._redacted_up_to(len(self._held))
        self._held, self._masked = "", 0
        return rest

    def _redacted_up_to(self, until: int) -> str:
        """Redact what is held up to ``until``: for every place before it we know whether a secret begins."""
        redacted, masked = [], self._masked
        for begin, end in self._spellings.found(self._held):
            if begin >= until:
                break
            if begin >= masked:
                redacted += [self._held[masked:begin], MASK]
            masked = max(masked, end)
        redacted.append(self._held[masked:until])
        self._held, self._masked = self._held[until:], max(0, masked - until)
        return "".join(redacted)


def _spellings(value: str) -> set[str]:
    if not value:
        return set()
    raw = to_bytes(value)
    quoted = {quote(raw, safe=""), quote(raw), quote_plus(raw)}
    in_lower_case = {_PERCENT.sub(lambda code: code[0].lower(), spelling) for spelling in quoted}
    escaped = {json.dumps(value)[1:-1], html.escape(value)}
    return {value, *quoted, *in_lower_case, *escaped, *_in_base64(raw)}


_PERCENT = re.compile("%[0-9A-F]{2}")
_SHORTEST_DISTINCTIVE = 8
"""Fewer characters could be part of an ordinary word."""


def is_distinctive(secret: Secret) -> bool:
    """Whether a secret is so long that no ordinary word is taken for it, or for a part of it."""
    return len(secret.reveal()) >= _SHORTEST_DISTINCTIVE


def _in_base64(raw: bytes) -> Iterator[str]:
    """The value by itself, and the characters that stay the same after any prefix (RFC 4648, 4)."""
    whole = base64.b64encode(raw)
    yield whole.decode()
    yield base64.urlsafe_b64encode(raw).decode()
    for before in range(3):
        padded = bytes(before) + raw
        begin, end = (before * 8 + 5) // 6, len(padded) * 8 // 6
        if end - begin >= _SHORTEST_DISTINCTIVE:
            yield base64.b64encode(padded)[begin:end].decode()
            yield base64.urlsafe_b64encode(padded)[begin:end].decode()


def without_secrets(environ: Mapping[str, str], secrets: Iterable[Secret]) -> dict[str, str]:
    """The variables that hold none of some secrets, in any spelling.

    A very short secret is part of many an ordinary value, and counts only if it is the whole of one.
    """
    words = {secret.reveal() for secret in secrets} - {""}
    short = {word for word in words if len(word) < _SHORTEST_DISTINCTIVE}
    spelled = {spelling for word in words - short for spelling in _spellings(word)}
    return {
        name: value
        for name, value in environ.items()
        if value not in short and not any(spelling in value for spelling in spelled)
    }
