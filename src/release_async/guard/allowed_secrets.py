"""The project's list of findings that may stay: their SHA-256 hashes, since a secret must not stand there."""

import re
from typing import Final, NamedTuple

from release_async.guard.tokens import as_bytes

PATH: Final = ".release-async-secrets"
"""At the top of the repository."""

_HASH: Final = re.compile(rb"[0-9a-f]{64}", re.IGNORECASE)


class AllowedSecrets(NamedTuple):
    """What a list says.

    Attributes:
        hashes: In hexadecimal, small letters.
        malformed: The numbers of the lines that hold something else, counted from 1.
    """

    hashes: frozenset[str] = frozenset()
    malformed: tuple[int, ...] = ()


def read(content: bytes) -> AllowedSecrets:
    """Read a list: one hash to a line; ``#`` begins a comment, on a line of its own or behind a hash.

    Args:
        content: The file's bytes, in UTF-8 or UTF-16 with a byte order mark.
    """
    hashes, malformed = set(), []
    for number, line in enumerate(as_bytes(content).split(b"\n"), 1):
        said = line.partition(b"#")[0].strip()
        if _HASH.fullmatch(said):
            hashes.add(said.decode("ascii").lower())
        elif said:
            malformed.append(number)
    return AllowedSecrets(frozenset(hashes), tuple(malformed))
