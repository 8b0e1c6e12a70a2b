"""Secrets that nobody ever gave out, made anew for every test: no file of this repository holds one.

Each holds the word of ``support.canary``, by which every test is searched for leaks.
"""

import secrets
import string
from typing import Any

import pypitoken  # type: ignore[import-untyped]  # it has no type hints

from support import canary

_LETTERS = string.ascii_letters + string.digits


def characters(count: int, alphabet: str = _LETTERS) -> str:
    """Random characters around the canary, ten of them at least, that no rule takes for a placeholder."""
    canary.made()
    free = count - len(canary.ROOT)
    assert free >= 0, "too short to be told from any other word"
    around = "".join(secrets.choice(alphabet) for _ in range(free))
    made = around[: free // 2] + canary.ROOT + around[free // 2 :]
    return characters(count, alphabet) if "xxx" in made.lower() else made


def pypi(count: int = 180) -> str:
    """The shape of a PyPI API token."""
    return "pypi-" + "AgEIcHlwaS5vcmc" + characters(count)


def pypi_for_tests(count: int = 180) -> str:
    """The shape of a TestPyPI API token."""
    return "pypi-" + "AgENdGVzdC5weXBpLm9yZw" + characters(count)


def token(location: str, *caveats: dict[str, Any], key: str = "") -> str:
    """A whole token as PyPI makes one, for the index at ``location``.

    Args:
        location: The host of the index.
        caveats: What restricts it, each in the words of ``pypitoken.Token.restrict``.
        key: What the index proves it with; without one, nobody can.
    """
    made = pypitoken.Token.create(location, characters(12), key or characters(32))
    for caveat in caveats:
        made.restrict(**caveat)
    return str(made.dump())


def github() -> str:
    """The shape of a classic GitHub token."""
    return "ghp" + "_" + characters(36)


def aws() -> str:
    """The shape of an AWS access key."""
    return "AKI" + "A" + characters(16, string.ascii_uppercase + "234567")


def private_key(kind: str = "RSA PRIVATE KEY", lines: int = 4) -> str:
    """The shape of a key in PEM form, as RFC 7468 lays it out."""
    body = "\n".join(characters(64) for _ in range(lines))
    return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n"
