"""Detects a project's conventions: branch, remote, tag format. Only what is no default becomes a setting."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from release_async.base.errors import ConfigurationError
from release_async.plan import settings
from release_async.versions import version_settings
from release_async.versions.import_packages import normalised
from release_async.versions.pep440 import Pep440, parse

_PLACEHOLDER = "{version}"
_TAG = re.compile(r"(?P<prefix>.*?)(?P<version>\d+(?:\.\d+)+\S*)")
_COMMON = frozenset(
    f"{word}{v}" for word in ("", "release-", "release/", "rel-", "version-") for v in ("", "v", "V")
)
_NAMED = re.compile(r"(?P<name>.+?)(?:[-_@/]v?|==)")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A project, and whether the tags of its repository are all its own.

    Attributes:
        name: The name of the distribution.
        alone: Whether a tag ``1.2.0`` means this project, and no other in the repository.
    """

    name: str
    alone: bool = True


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


def tag_format(tags: Iterable[str], member: Member) -> str:
    """The format of a project's tags, taken from the highest version among them.

    Args:
        tags: The names of all tags of the repository.
        member: The project. Tags with its name take precedence. Without any, a project that shares its
            repository gets its name into its tags, so that they do not collide with others'.
    """
    forms: dict[str, list[Pep440]] = {}
    for name in tags:
        found = _TAG.fullmatch(name)
        version = parse(found["version"]) if found else None
        if found and version:
            forms.setdefault(found["prefix"], []).append(version)
    named = {prefix: versions for prefix, versions in forms.items() if _is_own(prefix, member.name)}
    common = {prefix: versions for prefix, versions in forms.items() if prefix in _COMMON}
    usable = named or (common if member.alone else {})
    unused = "v" if member.alone else f"{normalised(member.name).replace('_', '-')}-v"
    return _accepted(max(usable, key=lambda prefix: (max(usable[prefix]), prefix == "v"), default=unused))


def _is_own(prefix: str, name: str) -> bool:
    found = _NAMED.fullmatch(prefix)
    return found is not None and normalised(found["name"]) == normalised(name)


def _accepted(prefix: str) -> str:
    try:
        return version_settings.tag_format(prefix + _PLACEHOLDER)
    except ConfigurationError:
        return version_settings.DEFAULT_TAG_FORMAT


def non_defaults(values: Mapping[str, object], given: frozenset[str]) -> dict[str, object]:
    """The values to be written: neither set already nor the default."""
    return {name: value for name, value in values.items() if name not in given and value != _DEFAULTS[name]}


_DEFAULTS = {key.name: key.default for key in settings.KEYS}
