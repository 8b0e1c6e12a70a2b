"""What a project lets into its artefacts although a gate refuses it: a path, and why. Judges no file."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from release_async.errors import ConfigurationError
from release_async.guard.archived import Finding

SETTING: Final = "allow-in-artifacts"
"""The key in ``[tool.release-async]``."""


class Allowance(NamedTuple):
    """One exception.

    Attributes:
        path: A pattern of paths in an archive, below the top of an sdist; ``*`` stands for any part.
        reason: Why, for whoever reads the release.
    """

    path: str
    reason: str


def read(value: object) -> tuple[Allowance, ...]:
    """Check the setting: a list of tables of ``path`` and ``reason``.

    Raises:
        ConfigurationError: It is something else, or a reason is missing.
    """
    if not isinstance(value, list):
        raise _wrong()
    return tuple(_allowance(entry) for entry in value)


def _allowance(entry: object) -> Allowance:
    if not isinstance(entry, dict) or entry.keys() != {"path", "reason"}:
        raise _wrong()
    path, reason = entry["path"], entry["reason"]
    if not all(isinstance(text, str) and text.strip() and text.isprintable() for text in (path, reason)):
        raise _wrong()
    if not path.strip("*?/."):
        raise ConfigurationError(
            f"[tool.release-async] {SETTING} has the path {path!r}, which lets everything in.",
            cure="Name the files in pyproject.toml.",
        )
    return Allowance(path, reason)


def _wrong() -> ConfigurationError:
    return ConfigurationError(
        f"[tool.release-async] {SETTING} is not a list of tables of path and reason.",
        cure=f"Correct it in pyproject.toml, for example: {SETTING} = "
        '[{ path = "tests/data/server.pem", reason = "a key of the tests, trusted by nobody" }]',
    )


class Sifted(NamedTuple):
    """Findings, with what is allowed taken out.

    Attributes:
        refused: What stays.
        allowed: What is let in, each with why.
    """

    refused: tuple[Finding, ...]
    allowed: tuple[tuple[Finding, Allowance], ...]


def sift(findings: Iterable[Finding], allowances: Sequence[Allowance]) -> Sifted:
    """Tell what is allowed from what is not.

    Args:
        findings: What the gates found.
        allowances: What the project says; the first that fits counts.
    """
    refused, allowed = [], []
    for finding in findings:
        why = next((each for each in allowances if fnmatchcase(finding.path, each.path)), None)
        if why is None:
            refused.append(finding)
        else:
            allowed.append((finding, why))
    return Sifted(tuple(refused), tuple(allowed))
