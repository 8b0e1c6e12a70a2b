"""Computes the next version from a part such as ``minor``, as ``uv version --bump`` does. Touches no file."""

from release_async.base.errors import UsageError
from release_async.base.lazy_typing import Callable, Final, StrEnum
from release_async.versions.pep440 import Pep440, parse
from release_async.versions.text_encoding import quoted

CURRENT: Final = "current"
"""What is asked for where the version that is stated already shall be released, without a bump."""


class Part(StrEnum):
    """What may be given instead of a whole version."""

    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"
    ALPHA = "alpha"
    BETA = "beta"
    RC = "rc"
    STABLE = "stable"
    POST = "post"
    DEV = "dev"


def resolve(current: Pep440, request: str) -> Pep440:
    """Turn a part or a version, as typed by the user, into a version.

    Args:
        current: The version the project states now.
        request: A part such as ``minor``, or a whole PEP 440 version without a local part.

    Returns:
        The version asked for. A whole version is returned unchanged, even if it is not greater.

    Raises:
        UsageError: ``request`` is neither, or the part cannot be bumped from ``current``.
    """
    return bump(current, Part(request)) if request in list(Part) else whole_version(request)


def whole_version(request: str) -> Pep440:
    """Parse a whole version.

    Raises:
        UsageError: It is no PEP 440 version, or has a local part.
    """
    version = parse(request) if request.isprintable() else None  # PEP 440 ignores white space at the ends
    if version is None:
        raise UsageError(f"{quoted(request)} is neither a part nor a PEP 440 version.", cure=_near(request))
    if version.local:
        raise UsageError(
            f"{quoted(request)} has a local part ({quoted('+' + str(version).partition('+')[2])}), "
            "which no package index accepts.",
            cure=f"Leave it out: {version._replace(local=())}",
        )
    return version


def _near(request: str) -> str:
    """What to type instead of a request that was not understood."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistyped request pays for it

    close = get_close_matches(request[:40].lower(), [*Part, CURRENT], n=1)
    hint = f"Did you mean {close[0]}? " if close else ""
    return f"{hint}Give one of {', '.join((*Part, CURRENT))}, or a version such as 1.2.3."


def bump(version: Pep440, part: Part) -> Pep440:
    """The next version by one part.

    Args:
        version: The version to start from; its epoch is kept, its local part is not.
        part: Which part goes up.

    Returns:
        The next version, always greater than ``version``.

    Raises:
        UsageError: The result would not be greater.
    """
    version = version._replace(local=())  # 1.3.0+dev comes after 1.3.0: the next patch of both is 1.3.1
    bumped = _BUMPS[part](version)
    if bumped <= version:
        raise UsageError(
            f"{part} would change {version} to {bumped}, which is not greater.",
            cure=_greater(version, part),
        )
    return bumped


def led_to(version: Pep440) -> Pep440 | None:
    """The release that a development version leads to: 0.1.0 of 0.1.0.dev0; None where it is none."""
    return None if version.dev is None or version.post is not None else bump(version, Part.STABLE)


def next_free(version: Pep440, is_taken: Callable[[Pep440], bool]) -> str:
    """The next versions that are not taken: ``1.3.1 (patch), 1.4.0 (minor) or 2.0.0 (major)``.

    Args:
        version: The version to start from.
        is_taken: Whether a version cannot be had any more.
    """
    found = [(part, free(version, part, is_taken)) for part in _parts(version)]
    *others, last = [f"{following} ({part})" for part, following in found if following]
    return f"{', '.join(others)} or {last}"


def _parts(version: Pep440) -> tuple[Part, ...]:
    """The parts that may be meant: after a pre-release also the next one, and the release itself."""
    dev = () if version.dev is None else (Part.DEV,)
    pre = (_KINDS[version.pre[0]],) if version.pre else ()
    stable = (Part.STABLE,) if dev or pre else ()
    return (*dev, *pre, *stable, Part.PATCH, Part.MINOR, Part.MAJOR)


_KINDS: Final = {"a": Part.ALPHA, "b": Part.BETA, "rc": Part.RC}


def free(version: Pep440, part: Part, is_taken: Callable[[Pep440], bool]) -> Pep440 | None:
    """The next version by one part that is not taken; None where the release after a pre-release is."""
    following = bump(version, part)
    while is_taken(following):
        if part is Part.STABLE:
            return None
        following = bump(following, part)
    return following


def _greater(version: Pep440, part: Part) -> str:
    """What to ask for if the part would not give a greater version."""
    if part is Part.STABLE:
        return f"{version} is not a pre-release: ask for patch, minor or major."
    following = _BUMPS[part](_release(version, 2))
    return f"Give the whole version, such as {following}."


def _release(version: Pep440, place: int) -> Pep440:
    """Increase one number of the release, zero those after it, drop all suffixes; the length stays."""
    padded = (*version.release, *(0,) * (place + 1 - len(version.release)))
    zeros = (0,) * (len(padded) - place - 1)
    return Pep440((*padded[:place], padded[place] + 1, *zeros), epoch=version.epoch)


def _pre(version: Pep440, letter: str) -> Pep440:
    """The next pre-release of one kind, numbered from 1."""
    number = version.pre[1] + 1 if version.pre and version.pre[0] == letter else 1
    return Pep440(version.release, epoch=version.epoch, pre=(letter, number))


_BUMPS: Final[dict[Part, Callable[[Pep440], Pep440]]] = {
    Part.MAJOR: lambda version: _release(version, 0),
    Part.MINOR: lambda version: _release(version, 1),
    Part.PATCH: lambda version: _release(version, 2),
    Part.ALPHA: lambda version: _pre(version, "a"),
    Part.BETA: lambda version: _pre(version, "b"),
    Part.RC: lambda version: _pre(version, "rc"),
    Part.STABLE: lambda version: Pep440(version.release, epoch=version.epoch),
    Part.POST: lambda version: version._replace(post=(version.post or 0) + 1, dev=None),
    Part.DEV: lambda version: version._replace(dev=(version.dev or 0) + 1),
}
