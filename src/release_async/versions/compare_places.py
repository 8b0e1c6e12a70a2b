"""Checks that all places of a distribution state the same version, compared by value. Opens no file."""

from release_async.base.lazy_typing import Final, Iterator
from release_async.base.problems import Problem, Problems, refuse, warn
from release_async.versions.distribution import Distribution, Role, Site, is_before_release, is_last_release
from release_async.versions.pep440 import Pep440, is_placeholder
from release_async.versions.text_encoding import plain, quoted
from release_async.versions.version_spellings import Form

_EXPLAIN: Final = "to see every place: release-async versions --explain"


def compare(distribution: Distribution) -> Problems:
    """Check one distribution.

    Args:
        distribution: The distribution, as it was found.

    Returns:
        A refusal for each place that cannot be read, states no version or differs from the source; a warning
        for each that is only spelled differently (unless ``exact`` is set) or is only known by running code.
    """
    places = distribution.compared
    if distribution.source is None and any(site.role is Role.OPAQUE for site in distribution.sites):
        return (*distribution.problems, *_unknown(distribution))  # nobody knows which of them is right
    source = next((site for site in places if site.version), None)
    expected = source.version if source else None
    command = bump_command(distribution, expected)
    found: list[Problem] = []
    for site in places:
        alike = source is not None and site.text == source.text and site.form is source.form
        if not alike or expected is None:
            found += _check(site, source, (command, distribution.exact))
    return (*distribution.problems, *found, *_group(distribution), *_unknown(distribution))


def bump_command(distribution: Distribution, version: Pep440 | None) -> str:
    """The command that makes every place of a distribution state ``version``."""
    if not distribution.root:
        return f"release-async bump {version or 'VERSION'}"
    from shlex import quote  # noqa: PLC0415 - a project at the top of its repository does not pay for it

    return f"release-async -C {quote(plain(distribution.root))} bump {version or 'VERSION'}"


def _check(site: Site, source: Site | None, wanted: tuple[str, bool]) -> Iterator[Problem]:
    """Compare one place with the first that holds a version."""
    command, exact = wanted
    where = f"{plain(site.path)}:{site.line}"
    expected = source.version if source else None
    if source is None or expected is None or site.version is None:
        kind = "PEP 440" if site.form is not Form.SEMVER else "SemVer"
        yield refuse(
            f"{site.key} is {quoted(site.text)}, which is no {kind} version", where=where, cure=command
        )
    elif not site.agrees(expected) and is_last_release(site, expected):
        what = f"{site.key} is {_text(site)}, the last release; {_place(source)} is {_text(source)} by now"
        yield warn(what, where=where, cure=f"nothing before the next release; or: {command}")
    elif not site.agrees(expected) and is_before_release(site, expected):
        what = f"{site.key} is {_text(site)}, a pre-release of {_text(source)} in {_place(source)}"
        yield warn(what, where=where, cure=f"nothing, as the next release ends that; or: {command}")
    elif not site.agrees(expected):
        what = f"{site.key} is {_text(site)}, but {_place(source)} is {_text(source)}"
        cure = (
            f"{plain(site.path)} is generated: generate it again" if site.role is Role.GENERATED else command
        )
        yield refuse(what, where=where, cure=cure)
    elif site.text != source.text and {site.form, source.form} <= {Form.PEP440, Form.YAML}:
        what = f"{plain(site.text)} is {plain(source.text)} of {_place(source)} spelled differently"
        tell = refuse if exact else warn
        yield tell(what, where=where, cure=f"to spell them alike: {command}")


def _text(site: Site) -> str:
    """The version in a place, as it is written there, on one line."""
    return " ".join(plain(line.strip()) for line in site.text.splitlines()) or quoted(site.text)


def _group(distribution: Distribution) -> Iterator[Problem]:
    """Compare the source with that of the first distribution in the group."""
    first = next((peer for peer in distribution.peers if peer.source and peer.source.version), None)
    own, source = distribution.source, first.source if first else None
    if (
        first is None
        or own is None
        or source is None
        or source.version is None
        or first.root == distribution.root
    ):
        return
    if not own.agrees(source.version):
        name, other = plain(distribution.name), plain(first.name)
        what = f"{name} is {_text(own)}, but {other} of its group is {_text(source)}"
        cure = bump_command(first, source.version)
        yield refuse(what, where=f"{plain(own.path)}:{own.line}", cure=cure)


def _place(site: Site) -> str:
    return f"{site.key} in {plain(site.path)}:{site.line}"


def _is_stale(site: Site, distribution: Distribution) -> bool:
    """Whether a fallback names a real version that is wrong, or will be after the next release."""
    source = distribution.source
    known = source.version if source else None
    if is_placeholder(site.text) or not (known or distribution.tag_tool):
        return False
    return known is None or not site.agrees(known)


def _unknown(distribution: Distribution) -> Iterator[Problem]:
    """Warnings for places that cannot be checked, so that a pass never hides them."""
    if not distribution.sites and not distribution.problems:
        yield warn("no place states a version", where=plain(distribution.root or "."), cure=_EXPLAIN)
    for site in distribution.sites:
        if site.role is Role.GENERATED and distribution.tag_tool:
            what = f"a generated file, which {distribution.tag_tool} writes, is committed"
            yield warn(
                what, where=f"{plain(site.path)}:{site.line}", cure=f"git rm --cached {plain(site.path)}"
            )
        if site.role is Role.FALLBACK and site.text and _is_stale(site, distribution):
            known = distribution.tag_tool or plain(distribution.version or "")
            what = f"{site.key} falls back to {plain(site.text)}, which is not what {known} says"
            yield warn(
                what,
                where=f"{plain(site.path)}:{site.line}",
                cure="update it, or use a placeholder: 0+unknown",
            )
        if site.role is Role.OPAQUE and not distribution.tag_tool:
            where = f"{plain(site.path)}:{site.line}"
            yield warn(f"not checked, because {plain(site.note)}", where=where, cure=_EXPLAIN)
