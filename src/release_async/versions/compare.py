"""Whether the places of a distribution state one version: by value, reported as spelled. Opens no file."""

from collections.abc import Iterator
from typing import Final

from release_async.problems import Problem, Problems, refuse, warn
from release_async.versions.pep440 import Pep440, parse
from release_async.versions.site import Distribution, Role, Site
from release_async.versions.text import plain, quoted

_EXPLAIN: Final = "to see every place: release-async versions --explain"


def compare(distribution: Distribution) -> Problems:
    """Judge one distribution.

    Args:
        distribution: As it was found.

    Returns:
        A refusal for each place that cannot be read, is no PEP 440 version or differs from the source; a
        warning for each that is only spelled differently, or that cannot be known without running code.
    """
    places = [site for site in distribution.sites if site.counts]
    source = next((site for site in places if parse(site.text)), None)
    expected = parse(source.text) if source else None
    command = mending(distribution, expected)
    judged: list[Problem] = []
    for site in places:
        judged += _judged(site, source, command)
    return (*distribution.problems, *judged, *_unknown(distribution))


def mending(distribution: Distribution, version: Pep440 | None) -> str:
    """The command that makes every place of a distribution state ``version``."""
    if not distribution.root:
        return f"release-async bump {version or 'VERSION'}"
    from shlex import quote  # noqa: PLC0415 - a project at the top of its repository does not pay for it

    return f"release-async -C {quote(plain(distribution.root))} bump {version or 'VERSION'}"


def _judged(site: Site, source: Site | None, command: str) -> Iterator[Problem]:
    """Compare one place with the first that holds a version."""
    where = f"{plain(site.path)}:{site.line}"
    version = parse(site.text)
    if version is None or source is None:
        yield refuse(
            f"{site.key} is {quoted(site.text)}, which is no PEP 440 version", where=where, cure=command
        )
        return
    expected = parse(source.text)
    if version != expected:
        what = f"{site.key} is {plain(site.text)}, but {_place(source)} is {plain(source.text)}"
        yield refuse(what, where=where, cure=command)
    elif site.text != source.text:
        what = f"{plain(site.text)} is {plain(source.text)} of {_place(source)} spelled differently"
        yield warn(what, where=where, cure=f"to spell all alike: {command}")


def _place(site: Site) -> str:
    return f"{site.key} in {plain(site.path)}:{site.line}"


def _unknown(distribution: Distribution) -> Iterator[Problem]:
    """Places that cannot be checked, so that a silent pass is never taken for agreement."""
    if not distribution.sites and not distribution.problems:
        yield warn("no place states a version", where=plain(distribution.root or "."), cure=_EXPLAIN)
    for site in distribution.sites:
        if site.role is Role.OPAQUE and not distribution.tag_tool:
            where = f"{plain(site.path)}:{site.line}"
            yield warn(f"not checked, because {plain(site.note)}", where=where, cure=_EXPLAIN)
