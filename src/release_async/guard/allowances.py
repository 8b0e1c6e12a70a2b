"""What a project lets into its artefacts although a gate refuses it: a path, and why. Judges no file."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from release_async.base.errors import ConfigurationError
from release_async.guard.archive_members import Finding

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
        cure="Correct it in pyproject.toml, for example: "
        + example("tests/data/server.pem", "a key of the tests, trusted by nobody"),
    )


def example(path: str, reason: str) -> str:
    """The setting as a person would write it for one path."""
    return f'{SETTING} = [{{ path = "{path}", reason = "{reason}" }}]'


class AllowanceResult(NamedTuple):
    """Findings, with what is allowed taken out.

    Attributes:
        refused: What stays.
        allowed: What is let in, each with why.
        unneeded: What the project says and nothing was found for.
    """

    refused: tuple[Finding, ...]
    allowed: tuple[tuple[Finding, Allowance], ...]
    unneeded: tuple[Allowance, ...] = ()


def sift(findings: Iterable[Finding], allowances: Sequence[Allowance]) -> AllowanceResult:
    """Tell what is allowed from what is not.

    Args:
        findings: What the gates found.
        allowances: What the project says; the first that fits counts.
    """
    refused, allowed = [], []
    for finding in findings:
        why = allowing(finding.path, allowances)
        if why is None:
            refused.append(finding)
        else:
            allowed.append((finding, why))
    paths = [*(finding.path for finding in refused), *(finding.path for finding, _ in allowed)]
    unneeded = (each for each in allowances if not any(fnmatchcase(path, each.path) for path in paths))
    return AllowanceResult(tuple(refused), tuple(allowed), tuple(unneeded))


def allowing(path: str, allowances: Iterable[Allowance]) -> Allowance | None:
    """The first allowance that fits a path; None where none does."""
    return next((each for each in allowances if fnmatchcase(path, each.path)), None)
