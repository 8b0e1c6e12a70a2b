"""The setting ``allow-in-artifacts``: files that may be uploaded although a check refuses them."""

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
        path: A pattern for paths in an archive, relative to the top of an sdist; ``*`` matches anything.
        reason: Why, for the readers of the release.
    """

    path: str
    reason: str


def read(value: object) -> tuple[Allowance, ...]:
    """Read the setting: a list of tables of ``path`` and ``reason``.

    Raises:
        ConfigurationError: It is something else, or a reason is missing.
    """
    if not isinstance(value, list):
        raise _invalid()
    return tuple(_allowance(entry) for entry in value)


def _allowance(entry: object) -> Allowance:
    if not isinstance(entry, dict) or entry.keys() != {"path", "reason"}:
        raise _invalid()
    path, reason = entry["path"], entry["reason"]
    if not all(isinstance(text, str) and text.strip() and text.isprintable() for text in (path, reason)):
        raise _invalid()
    if not path.strip("*?/."):
        raise ConfigurationError(
            f"[tool.release-async] {SETTING} has the path {path!r}, which allows every file.",
            cure="Name the files in pyproject.toml.",
        )
    return Allowance(path, reason)


def _invalid() -> ConfigurationError:
    return ConfigurationError(
        f"[tool.release-async] {SETTING} is not a list of tables of path and reason.",
        cure="Correct it in pyproject.toml, for example: "
        + example("tests/data/server.pem", "a key of the tests, trusted by nobody"),
    )


def example(path: str, reason: str) -> str:
    """The setting as written in ``pyproject.toml`` for one path."""
    return f'{SETTING} = [{{ path = "{path}", reason = "{reason}" }}]'


class AllowanceResult(NamedTuple):
    """Findings, divided by the allowances of the project.

    Attributes:
        refused: The findings that no allowance matches.
        allowed: The others, each with its allowance.
        unused: The allowances that match no finding.
    """

    refused: tuple[Finding, ...]
    allowed: tuple[tuple[Finding, Allowance], ...]
    unused: tuple[Allowance, ...] = ()


def divide(findings: Iterable[Finding], allowances: Sequence[Allowance]) -> AllowanceResult:
    """Divide findings into refused and allowed ones.

    Args:
        findings: What the checks found.
        allowances: The project's allowances; the first match counts.
    """
    refused, allowed = [], []
    for finding in findings:
        allowance = matching(finding.path, allowances)
        if allowance is None:
            refused.append(finding)
        else:
            allowed.append((finding, allowance))
    paths = [*(finding.path for finding in refused), *(finding.path for finding, _ in allowed)]
    unused = (each for each in allowances if not any(fnmatchcase(path, each.path) for path in paths))
    return AllowanceResult(tuple(refused), tuple(allowed), tuple(unused))


def matching(path: str, allowances: Iterable[Allowance]) -> Allowance | None:
    """The first allowance that matches a path; None if none does."""
    return next((each for each in allowances if fnmatchcase(path, each.path)), None)
