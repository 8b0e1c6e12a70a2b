"""Secrets and credentials that never show themselves. It prints, stores and sends nothing."""

import base64
import hmac
from dataclasses import dataclass
from typing import Never

MASK = "[secret]"


class Secret:
    """A value that shows itself only by an explicit call: ``secret.reveal()``.

    It prints as a mask, has no ``__dict__`` for a traceback to walk, and refuses to be pickled or copied.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the code that sends it."""
        return self._value

    def __repr__(self) -> str:
        """The mask."""
        return MASK

    __str__ = __repr__

    def __format__(self, _: str) -> str:
        """The mask, whatever the format."""
        return MASK

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same value, compared in constant time."""
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(to_bytes(self._value), to_bytes(other._value))

    def __hash__(self) -> int:
        """Equal secrets hash alike."""
        return hash((Secret, self._value))

    def __reduce__(self) -> Never:
        """Refuses: a pickle would be a copy on the disk or in another process."""
        raise TypeError("a secret is neither pickled nor copied")


@dataclass(frozen=True, slots=True)
class Credentials:
    """The user name and secret for uploads; the user is ``__token__`` if the secret is an API token."""

    user: str
    secret: Secret

    @property
    def basic(self) -> Secret:
        """The pair for HTTP basic authentication (RFC 7617), without the word ``Basic``."""
        pair = f"{self.user}:{self.secret.reveal()}"
        return Secret(base64.b64encode(to_bytes(pair)).decode())


def to_bytes(value: str) -> bytes:
    """The bytes of a value that may come from the environment."""
    return value.encode(errors="surrogateescape")  # environment variables may hold any bytes
