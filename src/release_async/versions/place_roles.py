"""Decides which of the places found is the source of the version, and the roles of the others."""

from release_async.base.lazy_typing import Final, NamedTuple, Sequence
from release_async.base.problems import Problem, refuse
from release_async.versions.distribution import Role, Site
from release_async.versions.pep440 import is_placeholder
from release_async.versions.places.declared_metadata import ProjectMetadata
from release_async.versions.text_encoding import plain, quoted
from release_async.versions.version_spellings import Form

NOT_COMPARED: Final = "not compared: the version comes from the git tag"


class BackendSource(NamedTuple):
    """Where the build backend takes the version from, as far as its rule can tell.

    Attributes:
        sites: The source; empty if there is no literal.
        reason: Why there is none; empty if the rule does not know.
        tag_tool: The tool that takes the version from the git tag; empty if none does.
        named: The places that a person, or the backend when it was asked, has named: the first of them is the
            source where code computes the version.
    """

    sites: tuple[Site, ...] = ()
    reason: str = ""
    tag_tool: str = ""
    named: tuple[Site, ...] = ()


def without_duplicates(sites: Sequence[Site]) -> list[Site]:
    """Remove duplicates of the same place: keep the entry with the most specific role."""
    if len({(site.path, site.start) for site in sites}) == len(sites):
        return list(sites)
    sites = list(dict.fromkeys(sites))
    weight = (Role.SOURCE, Role.OPAQUE, *Role)
    best: dict[tuple[str, int], Site] = {}
    for site in sites:
        place = (site.path, site.start)
        if site.start >= 0 and (
            place not in best or weight.index(site.role) < weight.index(best[place].role)
        ):
            best[place] = site
    return [site for site in sites if site.start < 0 or best[site.path, site.start] is site]


def without_contradictions(sites: list[Site], problems: list[Problem]) -> list[Site]:
    """Report modules that set one name to two versions, of which Python uses the last."""
    first: dict[tuple[str, str], Site] = {}
    kept: list[Site] = []
    for site in sites:
        other = (
            first.setdefault((site.path, site.key), site)
            if site.counts and site.path.endswith(".py")
            else site
        )
        if other is not site and site.text != other.text:
            what = f"{site.key} is {plain(site.text)} here, but {plain(other.text)} in line {other.line}"
            where = f"{plain(site.path)}:{site.line}"
            problems.append(refuse(what, where=where, cure=f"keep one of the two in {plain(site.path)}"))
            kept.append(site._replace(role=Role.DERIVED, note="set a second time"))
        else:
            kept.append(site)
    return kept


def with_source(sites: list[Site], project: ProjectMetadata, rule: BackendSource) -> tuple[Site, ...]:
    """Mark the source among the literals; without one, note where the version comes from."""
    source = next((site for site in sites if site.role is Role.SOURCE), None) or _default_source(
        sites, project, rule
    )
    if project.tag_tool or rule.tag_tool:
        sites = [_not_compared(site) for site in sites]
        source = None
    if source is None:
        reason = rule.reason or "no literal version was found in the metadata or the import package"
        unknown = [
            site
            if site.role is Role.OPAQUE
            else site._replace(role=Role.OPAQUE, note=f"{site.note}; {reason}")
            for site in project.references
        ]
        return (*unknown, *map(_mark_invalid, sites))
    note = source.note or ("the metadata declares the version dynamic" if project.references else "")
    rest = [_adjusted(site, source) for site in sites if site is not source]
    return (source._replace(role=Role.SOURCE, note=note), *rest, *project.references)


def _not_compared(site: Site) -> Site:
    """Mark a literal as not compared, because the version comes from the git tag."""
    if not site.counts:
        return site
    return site._replace(role=Role.OPAQUE, note=NOT_COMPARED)


def _mark_invalid(site: Site) -> Site:
    """Mark a mirror that is no PEP 440 version as unknown, if there is no source."""
    if site.role is not Role.MIRROR or site.version is not None:
        return site
    return site._replace(role=Role.OPAQUE, note=f"{quoted(site.text)} is not PEP 440")


def _adjusted(site: Site, source: Site) -> Site:
    """Adjust the role of another place once the source is known.

    A tuple of numbers only has to agree with the release part; a module that contains the source is edited
    even if its header says that it is generated. The ``0`` of a ``conf.py`` was never raised: it is none.
    """
    if site.text == "0" and site.path.endswith("/conf.py") and source.version and source.version.release[0]:
        return site._replace(role=Role.FALLBACK, note="a placeholder, which is left as it is")
    if site.role is Role.GENERATED and site.path == source.path:
        return site._replace(role=Role.MIRROR, note="")
    if site.counts and site.start < 0 and site.path == source.path and "several literals" in site.note:
        return site._replace(role=Role.DERIVED, note=f"made of {source.key or 'the source'} and more")
    if site.form is Form.TUPLE and site.counts and not any(sign in site.text for sign in "\"'"):
        return site._replace(form=Form.RELEASE)
    return site


def _default_source(sites: list[Site], project: ProjectMetadata, rule: BackendSource) -> Site | None:
    """The source if no rule names one: what the metadata states, or else the import package's literal."""
    if project.sites:
        return next((site for site in sites if site.role is Role.MIRROR), None)
    if project.tag_tool or rule.tag_tool:
        return None
    if rule.reason:
        return _named(sites, rule)
    modules = [
        site for site in sites if site.path.endswith(".py") and site.role in {Role.MIRROR, Role.GENERATED}
    ]
    readable = [site for site in modules if site.version]
    return next(iter(readable), None) or _only_fallback(sites) or _named(sites, rule)


def _named(sites: list[Site], rule: BackendSource) -> Site | None:
    """The first place that was named, if it states a version."""
    named = {(site.path, site.start) for site in rule.named}
    return next((site for site in sites if (site.path, site.start) in named and site.version), None)


def _only_fallback(sites: list[Site]) -> Site | None:
    """A version inside ``try`` or ``if``, if it is the only one there is."""
    stated = [site for site in sites if site.text]
    if len(stated) != 1 or stated[0].role is not Role.FALLBACK or is_placeholder(stated[0].text):
        return None
    return stated[0]


def without_ignored(sites: tuple[Site, ...], root: str, ignored: Sequence[str]) -> tuple[Site, ...]:
    """Exclude places in ignored files from the comparison; they stay in the list, with the reason."""
    from fnmatch import fnmatchcase  # noqa: PLC0415 - few projects ignore anything

    def is_ignored(site: Site) -> bool:
        below = site.path.removeprefix(f"{root}/") if root else site.path
        return site.role is not Role.SOURCE and any(fnmatchcase(below, each) for each in ignored)

    note = "ignored: [tool.release-async] ignore names it"
    return tuple(site._replace(role=Role.DERIVED, note=note) if is_ignored(site) else site for site in sites)
