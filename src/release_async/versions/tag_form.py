"""The form of a project's tags, taken from the tags that its repository has. Asks nobody."""

import re

from release_async.base.errors import ConfigurationError
from release_async.base.lazy_typing import Iterable, NamedTuple
from release_async.versions import version_settings
from release_async.versions.import_packages import normalised
from release_async.versions.pep440 import Pep440, parse

_PLACEHOLDER = "{version}"
_TAG = re.compile(r"(?P<prefix>.*?)(?P<version>\d+(?:\.\d+)+\S*)")
_WHOLE = re.compile(r"(?P<prefix>\D*)(?P<version>\d+)")
_COMMON = frozenset(
    f"{word}{v}" for word in ("", "release-", "release/", "rel-", "version-") for v in ("", "v", "V")
)
_NAMED = re.compile(r"(?P<name>.+?)(?:[-_@/]v?|==)")


class Member(NamedTuple):
    """A project, and whether the tags of its repository are all its own.

    Attributes:
        name: The name of the distribution.
        alone: Whether a tag ``1.2.0`` means this project, and no other in the repository.
        version: The version that it states; empty where no file does.
    """

    name: str
    alone: bool = True
    version: str = ""


def tag_format(tags: Iterable[str], member: Member) -> str:
    """The format of a project's tags, taken from the highest version among them that is not ahead of it.

    A tag of a later version than the project states is no tag of its releases: ``release-2026.11`` is an
    event beside ``v1.2.0``.

    Args:
        tags: The names of all tags of the repository.
        member: The project. Tags with its name take precedence. Without any, a project that shares its
            repository gets its name into its tags, so that they do not collide with others'.
    """
    forms: dict[str, list[Pep440]] = {}
    stated = parse(member.version)
    for name in tags:
        found = (_WHOLE if member.version.isdecimal() else _TAG).fullmatch(name)
        version = parse(found["version"]) if found else None
        if found and version and not (stated and version > stated):
            forms.setdefault(found["prefix"], []).append(version)
    named = {prefix: versions for prefix, versions in forms.items() if _is_own(prefix, member.name)}
    common = {prefix: versions for prefix, versions in forms.items() if prefix in _COMMON}
    usable = named or (common if member.alone else {})
    unused = "v" if member.alone else f"{normalised(member.name).replace('_', '-')}-v"
    return _accepted(max(usable, key=lambda prefix: (max(usable[prefix]), prefix == "v"), default=unused))


def used_form(tags: Iterable[str], member: Member) -> str:
    """The format of the tags that a project has already, as ``tag_format``; empty where it has none.

    Args:
        tags: The names of all tags of the repository.
        member: The project.
    """
    names = tuple(tags)
    form = tag_format(names, member)
    return form if is_used(form, names) else ""


def is_used(form: str, tags: Iterable[str]) -> bool:
    """Whether any of these tags has this form."""
    prefix = form.partition(_PLACEHOLDER)[0]
    return any(tag.startswith(prefix) and parse(tag.removeprefix(prefix)) for tag in tags)


def _is_own(prefix: str, name: str) -> bool:
    found = _NAMED.fullmatch(prefix)
    return found is not None and normalised(found["name"]) == normalised(name)


def _accepted(prefix: str) -> str:
    try:
        return version_settings.tag_format(prefix + _PLACEHOLDER)
    except ConfigurationError:
        return version_settings.DEFAULT_TAG_FORMAT
