"""Copies of a version that a project keeps in files although its tool takes it from the git tag. Pure."""

from release_async.versions.distribution import Distribution, Role, Site
from release_async.versions.pep440 import Pep440, parse
from release_async.versions.place_roles import NOT_COMPARED


def with_copies(distribution: Distribution, current: str) -> Distribution:
    """The distribution, in which each copy that states the last tag's version counts, and follows the next.

    Another copy is left from an earlier time, or of something else: it is compared with nothing.

    Args:
        distribution: One whose version comes from the tag.
        current: The version of the last tag, in its normal form; empty before the first.
    """
    version = parse(current)
    if version is None or not any(_is_kept(site, version) for site in distribution.sites):
        return distribution
    sites, role = [], Role.SOURCE
    for site in distribution.sites:
        kept = _is_kept(site, version)
        sites.append(site._replace(role=role, note="") if kept else site)
        role = Role.MIRROR if kept else role
    return distribution._replace(sites=tuple(sites))


def _is_kept(site: Site, version: Pep440) -> bool:
    """Whether a place was kept in step with the tags; the text must be one that can be replaced."""
    is_copy = site.role is Role.OPAQUE and site.note == NOT_COMPARED and site.start >= 0
    return is_copy and site.agrees(version)
