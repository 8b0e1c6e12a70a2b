"""What a project does in its own way: its branch, its remote, its tags. Only that becomes a setting."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from release_async.base.errors import ConfigurationError
from release_async.plan import settings
from release_async.versions import config
from release_async.versions.import_packages import normalised
from release_async.versions.pep440 import Pep440, parse

_PLACE = "{version}"
_TAG = re.compile(r"(?P<prefix>.*?)(?P<version>\d+(?:\.\d+)+\S*)")
_COMMON = frozenset(
    f"{word}{v}" for word in ("", "release-", "release/", "rel-", "version-") for v in ("", "v", "V")
)
_OWN = re.compile(r"(?P<name>.+?)(?:[-_@/]v?|==)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What git says of the repository that a project lies in.

    Attributes:
        remotes: The names of all remotes.
        tracked: The remote that the branch checked out follows; empty where it follows none.
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
    """A project, and whether it has the tags of its repository for itself.

    Attributes:
        name: The name of the distribution.
        alone: Whether ``1.2.0`` of this project is ``1.2.0`` of all that the repository holds.
    """

    name: str
    alone: bool = True


def remote(repository: Repository) -> str:
    """The remote that is pushed to; the default's name where only a person could tell."""
    usual = str(_DEFAULTS["remote"])
    others = [repository.tracked] if repository.tracked else list(repository.remotes)
    return others[0] if usual not in repository.remotes and len(others) == 1 else usual


def branch(repository: Repository) -> str:
    """The branch that is released: the remote's default one, else the one that looks like it here."""
    usual = str(_DEFAULTS["branch"])
    if repository.default:
        return repository.default
    known = (name for name in (usual, "master") if name in repository.branches)
    return next(known, repository.current or usual)


def tag_format(tags: Iterable[str], member: Member) -> str:
    """The form of a project's tags: that of the highest version among them.

    Args:
        tags: The names of all tags of the repository.
        member: Whose form is wanted. Tags that name it go first; without any, a project that shares its
            repository with others has its name in its tags, or they would meet in one.
    """
    forms: dict[str, list[Pep440]] = {}
    for name in tags:
        found = _TAG.fullmatch(name)
        version = parse(found["version"]) if found else None
        if found and version:
            forms.setdefault(found["prefix"], []).append(version)
    own = {prefix: versions for prefix, versions in forms.items() if _is_own(prefix, member.name)}
    common = {prefix: versions for prefix, versions in forms.items() if prefix in _COMMON}
    usable = own or (common if member.alone else {})
    unused = "v" if member.alone else f"{normalised(member.name).replace('_', '-')}-v"
    return _accepted(max(usable, key=lambda prefix: (max(usable[prefix]), prefix == "v"), default=unused))


def _is_own(prefix: str, name: str) -> bool:
    found = _OWN.fullmatch(prefix)
    return found is not None and normalised(found["name"]) == normalised(name)


def _accepted(prefix: str) -> str:
    try:
        return config.tag_format(prefix + _PLACE)
    except ConfigurationError:
        return config.DEFAULT_TAG_FORMAT


def differing(values: Mapping[str, object], given: frozenset[str]) -> dict[str, object]:
    """What has to be written down: neither made already nor the default."""
    return {name: value for name, value in values.items() if name not in given and value != _DEFAULTS[name]}


_DEFAULTS = {key.name: key.default for key in settings.KEYS}
