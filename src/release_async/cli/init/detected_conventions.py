"""Detects a project's conventions: branch, remote, tag format. Only what is no default becomes a setting."""

from collections.abc import Mapping
from dataclasses import dataclass

from release_async.plan import settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What git says about the repository of a project.

    Attributes:
        remotes: The names of all remotes.
        tracked: The remote that the current branch tracks; empty where it tracks none.
        default: The remote's default branch; empty where it is not known.
        branches: The local branches.
        current: The branch that is checked out, or will be by the first commit; empty where HEAD is detached.
        tags: The names of all tags.
    """

    remotes: tuple[str, ...] = ()
    tracked: str = ""
    default: str = ""
    branches: tuple[str, ...] = ()
    current: str = ""
    tags: tuple[str, ...] = ()


def remote(repository: Repository) -> str:
    """The remote to push to; the default name where only a person could decide."""
    default = str(_DEFAULTS["remote"])
    others = [repository.tracked] if repository.tracked else list(repository.remotes)
    return others[0] if default not in repository.remotes and len(others) == 1 else default


def branch(repository: Repository) -> str:
    """The branch to release: the remote's default branch, else the most likely local one."""
    default = str(_DEFAULTS["branch"])
    if repository.default:
        return repository.default
    known = (name for name in (default, "master") if name in repository.branches)
    return next(known, repository.current or default)


def non_defaults(values: Mapping[str, object], given: frozenset[str]) -> dict[str, object]:
    """The values to be written: neither set already nor the default."""
    return {name: value for name, value in values.items() if name not in given and value != _DEFAULTS[name]}


_DEFAULTS = {key.name: key.default for key in settings.KEYS}
