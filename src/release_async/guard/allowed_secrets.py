"""Reads ``.release-async-secrets``: the SHA-256 hashes of findings that a project allows."""

import re
from typing import Final, NamedTuple

from release_async.guard.token_patterns import as_utf8

PATH: Final = ".release-async-secrets"
"""The list, at the top of the repository. It holds hashes, since it must not hold the secrets."""

_HASH: Final = re.compile(rb"[0-9a-f]{64}", re.IGNORECASE)


class AllowedSecrets(NamedTuple):
    """The content of the list.

    Attributes:
        hashes: In lower-case hexadecimal.
        malformed: The numbers of all lines that are no hash, counted from 1.
    """

    hashes: frozenset[str] = frozenset()
    malformed: tuple[int, ...] = ()


def read(content: bytes) -> AllowedSecrets:
    """Read the list: one hash per line; ``#`` begins a comment, on a line of its own or after a hash.

    Args:
        content: The file's bytes, in UTF-8 or UTF-16 with a byte order mark.
    """
    hashes, malformed = set(), []
    for number, line in enumerate(as_utf8(content).split(b"\n"), 1):
        text = line.partition(b"#")[0].strip()
        if _HASH.fullmatch(text):
            hashes.add(text.decode("ascii").lower())
        elif text:
            malformed.append(number)
    return AllowedSecrets(frozenset(hashes), tuple(malformed))
