"""The form of a project's tags, taken from the tags that its repository has. Asks nobody."""

import re

from release_async.base.errors import ConfigurationError
from release_async.base.lazy_typing import Iterable, NamedTuple
from release_async.versions import version_settings
from release_async.versions.import_packages import normalised
from release_async.versions.pep440 import Pep440, parse

_PLAIN, _UNDERSCORES, _TWO_DIGITS = version_settings.TAG_PLACES
_TAG = re.compile(r"(?P<prefix>.*?)(?P<version>\d+(?:\.\d+)+\S*)")
_UNDERSCORED = re.compile(r"(?P<prefix>.*?)(?P<version>\d+(?:_\d+)+[a-z\d_]*)")
_WHOLE = re.compile(r"(?P<prefix>\D*)(?P<version>\d+)")
_WORDS = ("", "release-", "release/", "release_", "rel-", "rel_", "version-", "version_")
_COMMON = frozenset(f"{word}{v}" for word in _WORDS for v in ("", "v"))
_NAMED = re.compile(r"(?P<name>.+?)(?:[-_@/]v?|==)")
_ZERO = re.compile(r"\d+\.(?:\d\d\.)*0\d(?:\.\d\d)*(?!\d)")
_RECENT = 12
"""So many of the highest versions tell how a project writes the numbers of its tags."""


_Forms = dict[str, list[tuple[Pep440, str]]]


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
    event beside ``v1.2.0``. Of two forms with the same version that one counts which has more of them: some
    projects move ``v1.2`` along with each ``1.2.3``.

    Args:
        tags: The names of all tags of the repository.
        member: The project. Tags with its name take precedence, unless it has the repository for itself and
            its last ones have none. Without any, a project that shares its
            repository gets its name into its tags, so that they do not collide with others'.
    """
    unused = "v" if member.alone else f"{normalised(member.name).replace('_', '-')}-v"
    return _accepted(_highest(_own(_forms(tags, member), member), member.name) or f"{unused}{_PLAIN}")


def used_form(tags: Iterable[str], member: Member) -> str:
    """The format of the tags that a project has already, as ``tag_format``; empty where it has none.

    Args:
        tags: The names of all tags of the repository.
        member: The project.
    """
    names = tuple(tags)
    form = tag_format(names, member)
    return form if is_used(form, names) else ""


def used_or_shared(tags: Iterable[str], member: Member) -> str:
    """The same, or the format of the tags that it has together with others; empty where there is neither.

    Projects of one repository that are released together have one tag: it is of the same major version.
    """
    names = tuple(tags)
    stated = parse(member.version)
    if (form := used_form(names, member)) or stated is None:
        return form
    common = {form: found for form, found in _forms(names, member).items() if _is_common(form)}
    near = {form: found for form, found in common.items() if max(found)[0].release[0] == stated.release[0]}
    return _accepted(_highest(near, member.name)) if near else ""


def _forms(tags: Iterable[str], member: Member) -> _Forms:
    """The versions of all tags that are not ahead of a project, as written, by the form of the tags."""
    forms: _Forms = {}
    stated = parse(member.version)
    for name in tags:
        form, text = _divided(name, whole=member.version.isdecimal())
        version = parse(text)
        if version and not (stated and version > stated):
            forms.setdefault(form, []).append((version, text))
    return forms


def _divided(tag: str, *, whole: bool) -> tuple[str, str]:
    """The form of a tag, and the version in it with dots; two empty texts where there is none."""
    if found := (_WHOLE if whole else _TAG).fullmatch(tag):
        return f"{found['prefix']}{_PLAIN}", found["version"]
    if found := _UNDERSCORED.fullmatch(tag):
        return f"{found['prefix']}{_UNDERSCORES}", found["version"].replace("_", ".")
    return "", ""


def _own(forms: _Forms, member: Member) -> _Forms:
    """Those with the name of a project; else, of a project that shares its repository, with the end of it."""
    named = {form: found for form, found in forms.items() if _is_own(_prefix(form), member.name)}
    common = {form: found for form, found in forms.items() if _is_common(form)}
    if member.alone and member.version:  # then nothing is ahead of it: a name may have been given up
        return named | common
    if named or member.alone:
        return named or common
    return {form: found for form, found in forms.items() if _is_end(_prefix(form), member.name)}


def _highest(forms: _Forms, name: str) -> str:
    """The form with the highest version; of equal ones that with the name of the project; empty for none."""

    def rank(form: str) -> tuple[Pep440, bool, int, bool]:
        found = forms[form]
        return max(found)[0], _is_own(_prefix(form), name), len(found), form == f"v{_PLAIN}"

    form = max(forms, key=rank, default="")
    texts = [text for _, text in sorted(forms.get(form, ()), reverse=True)[:_RECENT]]
    return form.replace(_PLAIN, _TWO_DIGITS) if any(map(_ZERO.match, texts)) else form


def _prefix(form: str) -> str:
    return version_settings.divided(form)[0]


def _is_common(form: str) -> bool:
    return _prefix(form).lower() in _COMMON


def is_used(form: str, tags: Iterable[str]) -> bool:
    """Whether any of these tags has this form."""
    return any(parse(version_settings.version_in(form, tag)) for tag in tags)


def _is_own(prefix: str, name: str) -> bool:
    found = _NAMED.fullmatch(prefix)
    return found is not None and normalised(found["name"]) == normalised(name)


def _is_end(prefix: str, name: str) -> bool:
    """Whether ``pool-`` are the tags of ``psycopg-pool``."""
    found = _NAMED.fullmatch(prefix)
    return found is not None and normalised(name).endswith(f"_{normalised(found['name'])}")


def _accepted(form: str) -> str:
    try:
        return version_settings.tag_format(form)
    except ConfigurationError:
        return version_settings.DEFAULT_TAG_FORMAT
