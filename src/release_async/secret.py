"""What a secret is, and what keeps it out of texts; nothing here prints, stores or sends one."""

import base64
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Never
from urllib.parse import quote

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
    spellings = {spelling for secret in secrets for spelling in _spellings(secret.reveal())}
    longest_first = sorted(spellings, key=len, reverse=True)

    def redacted(text: str) -> str:
        for spelling in longest_first:
            text = text.replace(spelling, MASK)
        return text

    return redacted


def _spellings(value: str) -> set[str]:
    if not value:
        return set()
    raw = _bytes(value)
    return {value, quote(raw, safe=""), quote(raw), base64.b64encode(raw).decode()}


def _bytes(value: str) -> bytes:
    return value.encode(errors="surrogateescape")  # the environment holds bytes of any kind
