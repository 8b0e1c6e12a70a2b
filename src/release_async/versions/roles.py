"""Which of the places found is the source, and what the others are beside it. Finds none itself."""

from release_async.base.lazy_typing import NamedTuple, Sequence
from release_async.base.problems import Problem, refuse
from release_async.versions.encoding import plain, quoted
from release_async.versions.pep440 import is_placeholder
from release_async.versions.places.declared_metadata import Declared
from release_async.versions.site import Role, Site
from release_async.versions.spellings import Form


class Rule(NamedTuple):
    """What the rule of the build backend said."""

    sites: tuple[Site, ...] = ()
    reason: str = ""
    tag_tool: str = ""


def told_apart(sites: Sequence[Site]) -> list[Site]:
    """Every place once: the source's own entry, or a mirror's, before one that says less of it."""
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
    """Take a module that sets one name to two versions for the fault it is: Python takes the last of them."""
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


def with_source(sites: list[Site], project: Declared, rule: Rule) -> tuple[Site, ...]:
    """Name the source among the literals, and say where the version comes from if there is none."""
    source = next((site for site in sites if site.role is Role.SOURCE), None) or _chosen(sites, project, rule)
    if project.tag_tool or rule.tag_tool:
        sites = [_from_the_tag(site) for site in sites]
        source = None
    if source is None:
        reason = rule.reason or "no literal version was found in the metadata or the import package"
        unknown = [
            site
            if site.role is Role.OPAQUE
            else site._replace(role=Role.OPAQUE, note=f"{site.note}; {reason}")
            for site in project.references
        ]
        return (*unknown, *map(_unreadable, sites))
    note = source.note or ("the metadata declares the version dynamic" if project.references else "")
    rest = [_beside_source(site, source) for site in sites if site is not source]
    return (source._replace(role=Role.SOURCE, note=note), *rest, *project.references)


def _from_the_tag(site: Site) -> Site:
    """A literal that no tag can be compared with: it is right only when the release is made."""
    if not site.counts:
        return site
    return site._replace(role=Role.OPAQUE, note="not compared: the version comes from the git tag")


def _unreadable(site: Site) -> Site:
    """A literal that is no version, where nothing else says what the version is: decorated, or a name."""
    if site.role is not Role.MIRROR or site.version is not None:
        return site
    return site._replace(role=Role.OPAQUE, note=f"{quoted(site.text)} is not PEP 440")


def _beside_source(site: Site, source: Site) -> Site:
    """What another place is, now that the source is known.

    A tuple of numbers need only agree with the release part; a module that holds the source is edited,
    whatever its header says.
    """
    if site.role is Role.GENERATED and site.path == source.path:
        return site._replace(role=Role.MIRROR, note="")
    if site.form is Form.TUPLE and site.counts and not any(sign in site.text for sign in "\"'"):
        return site._replace(form=Form.RELEASE)
    return site


def _chosen(sites: list[Site], project: Declared, rule: Rule) -> Site | None:
    """The source where no rule names one: what the metadata states, else the import package's literal."""
    if project.sites:
        return next((site for site in sites if site.role is Role.MIRROR), None)
    if project.tag_tool or rule.tag_tool or rule.reason:
        return None
    modules = [
        site for site in sites if site.path.endswith(".py") and site.role in {Role.MIRROR, Role.GENERATED}
    ]
    readable = [site for site in modules if site.version]
    return next(iter(readable), None) or _only_fallback(sites)


def _only_fallback(sites: list[Site]) -> Site | None:
    """A version inside ``try`` or ``if`` is the source where it is a version and the only one there is."""
    stated = [site for site in sites if site.text]
    if len(stated) != 1 or stated[0].role is not Role.FALLBACK or is_placeholder(stated[0].text):
        return None
    return stated[0]


def without_ignored(sites: tuple[Site, ...], root: str, ignored: Sequence[str]) -> tuple[Site, ...]:
    """Take places in ignored files out of the comparison; they stay in the list, with the reason."""
    from fnmatch import fnmatchcase  # noqa: PLC0415 - few projects ignore anything

    def is_ignored(site: Site) -> bool:
        below = site.path.removeprefix(f"{root}/") if root else site.path
        return site.role is not Role.SOURCE and any(fnmatchcase(below, each) for each in ignored)

    note = "ignored: [tool.release-async] ignore names it"
    return tuple(site._replace(role=Role.DERIVED, note=note) if is_ignored(site) else site for site in sites)
