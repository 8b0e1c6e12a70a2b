"""What a secret is, and what keeps it out of texts; nothing here prints, stores or sends one."""

import base64
import hmac
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Never
from urllib.parse import quote, quote_plus

MASK = "[secret]"


class Secret:
    """A value that shows itself only where it is asked by name: ``secret.reveal()``.

    It prints as a mask, has no ``__dict__`` for a traceback to walk, and refuses to be pickled or copied.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        """The mask."""
        return MASK

    __str__ = __repr__

    def __format__(self, _: str) -> str:
        """The mask, whatever the format."""
        return MASK

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same value; takes the same time wherever they differ."""
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_bytes(self._value), _bytes(other._value))

    def __hash__(self) -> int:
        """Equal secrets hash alike."""
        return hash((Secret, self._value))

    def __reduce__(self) -> Never:
        """Refuses: a pickle would be a copy on the disk or in another process."""
        raise TypeError("a secret is neither pickled nor copied")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who uploads: an account of the index, or ``__token__`` where the secret is an API token."""

    user: str
    secret: Secret

    @property
    def basic(self) -> Secret:
        """The pair as HTTP's basic scheme spells it (RFC 7617), without the word ``Basic``."""
        pair = f"{self.user}:{self.secret.reveal()}"
        return Secret(base64.b64encode(_bytes(pair)).decode())


def redact(text: str, secrets: Iterable[Secret]) -> str:
    """``text`` with a mask in the place of each secret, also where it is percent-encoded or in base64."""
    return redactor(secrets)(text)


def redactor(secrets: Iterable[Secret]) -> Callable[[str], str]:
    """`redact` for many texts and the same secrets."""
    spellings = Spellings(secrets)

    def redacted(text: str) -> str:
        return Redaction(spellings).ended(text)

    return redacted


def redact_rest(text: str, spellings: "Spellings") -> str:
    """Redact a text whose beginning was cut off: what may be the end of a secret is left out."""
    begin = max(0, spellings.longest - 1)
    for first, last in spellings.found(text):
        if first >= begin:
            break
        begin = max(begin, last)
    return Redaction(spellings).ended(text[begin:])


class Spellings:
    """Every way to write some secrets that a text is searched for.

    Attributes:
        longest: Characters of the longest; 0 where there is nothing to hide.
    """

    __slots__ = ("_known", "_pattern", "longest")

    def __init__(self, secrets: Iterable[Secret]) -> None:
        known = {spelling for secret in secrets for spelling in _spellings(secret.reveal())}
        self._known = sorted(known, key=len, reverse=True)
        self.longest = len(self._known[0]) if self._known else 0
        # A look-ahead takes no characters away: of spellings that overlap, each is found.
        self._pattern = re.compile(f"(?=({'|'.join(map(re.escape, self._known))}))")

    def found(self, text: str) -> Iterator[tuple[int, int]]:
        """Begin and end of the longest spelling at each place where there is one, in order."""
        if any(spelling in text for spelling in self._known):  # nearly always not, and that is told fast
            yield from (match.span(1) for match in self._pattern.finditer(text))


class Redaction:
    """Redacts a text that comes in pieces: wherever it is cut, the result is that of the whole.

    What could be the beginning of a secret is held back until the next piece, or the end, has come.
    """

    def __init__(self, spellings: Spellings) -> None:
        self._spellings = spellings
        self._held = ""
        self._masked = 0  # so much of what is held lies under a mask that was told already

    def told(self, piece: str) -> str:
        """What can be told after one more piece."""
        self._held += piece
        return self._decided(max(0, len(self._held) - self._spellings.longest + 1))

    def ended(self, piece: str = "") -> str:
        """All the rest, where this is the last piece; then another text may begin."""
        self._held += piece
        told = self._decided(len(self._held))
        self._held, self._masked = "", 0
        return told

    def _decided(self, until: int) -> str:
        """Tell what is held up to there: of every place before it is known whether a secret begins."""
        told, masked = [], self._masked
        for begin, end in self._spellings.found(self._held):
            if begin >= until:
                break
            if begin >= masked:
                told += [self._held[masked:begin], MASK]
            masked = max(masked, end)
        told.append(self._held[masked:until])
        self._held, self._masked = self._held[until:], max(0, masked - until)
        return "".join(told)


def _spellings(value: str) -> set[str]:
    if not value:
        return set()
    raw = _bytes(value)
    quoted = {quote(raw, safe=""), quote(raw), quote_plus(raw)}
    in_lower_case = {_PERCENT.sub(lambda code: code[0].lower(), spelling) for spelling in quoted}
    escaped = {json.dumps(value)[1:-1], html.escape(value)}
    return {value, *quoted, *in_lower_case, *escaped, *_in_base64(raw)}


_PERCENT = re.compile("%[0-9A-F]{2}")
_TELLING = 8
"""Characters of base64 below which they could be any word's."""


def _in_base64(raw: bytes) -> Iterator[str]:
    """As it is, and what of it is the same behind any user name and before anything else (RFC 4648, 4)."""
    whole = base64.b64encode(raw)
    yield whole.decode()
    yield base64.urlsafe_b64encode(raw).decode()
    for before in range(3):
        padded = bytes(before) + raw
        begin, end = (before * 8 + 5) // 6, len(padded) * 8 // 6
        if end - begin >= _TELLING:
            yield base64.b64encode(padded)[begin:end].decode()
            yield base64.urlsafe_b64encode(padded)[begin:end].decode()


def holds(text: str, secret: Secret) -> bool:
    """Whether a text gives a secret away; of one so short that it could be any word, whether it is that."""
    value = secret.reveal()
    return value in text if len(value) >= _TELLING else bool(value) and value == text


def _bytes(value: str) -> bytes:
    return value.encode(errors="surrogateescape")  # the environment holds bytes of any kind
