"""What must change so that every mirror states what its source does, as values. Writes nothing."""

from collections.abc import Iterator
from typing import NamedTuple

from release_async.base.errors import ConfigurationError, FailedError
from release_async.base.problems import Level, Problem, Problems, refuse
from release_async.versions.compare import compare
from release_async.versions.edit import Change, Overlay, Wanted, rewritten, template_of
from release_async.versions.encoding import plain
from release_async.versions.find import distributions
from release_async.versions.pep440 import Pep440
from release_async.versions.rewrite import spelled
from release_async.versions.site import Distribution, Role, Site, Tree
from release_async.versions.spellings import Form, UnspellableError


class Mended(NamedTuple):
    """What sets the mirrors of a tree, and what no edit can set.

    Attributes:
        changes: One for each file that differs, in the order of their paths.
        left: What stays wrong (refusals) or unknown (warnings).
    """

    changes: tuple[Change, ...]
    left: Problems


def mended(tree: Tree) -> Mended:
    """Set every mirror of every distribution from its source; in a group, from that of its first project.

    Places that agree already stay as they are spelled, unless ``exact`` is set. What no edit can mend is
    left alone: a place that is no single literal or whose form has no words for the version, and generated
    files.

    Raises:
        ConfigurationError: A distribution whose places disagree has no source with a version, or a file
            cannot be read: then nothing is known to be a mirror of what.
        FailedError: An edit could not be proven right.
    """
    found = distributions(tree)
    files = frozenset(tree.paths())
    wanted: dict[tuple[str, int], Wanted] = {}
    left: dict[tuple[str, str], Problem] = {}
    for each in found:
        for site, told in _wanted(each):
            hindrance = _template(site, tree, files) if isinstance(told, str) else told
            if hindrance:
                left[site.path, site.key] = hindrance
            elif isinstance(told, str):
                wanted[site.path, site.start] = site, told
    changes = rewritten(tree, [wanted[place] for place in sorted(wanted)])
    after = distributions(Overlay(tree, {change.path: change.after for change in changes}))
    _prove(found, after, frozenset(left))
    return Mended(changes, (*left.values(), *_still(after)))


def _wanted(distribution: Distribution) -> Iterator[tuple[Site, str | Problem]]:
    """Every place that does not say what it should: with what it should say, or why it cannot be made to."""
    source, version = _source(distribution)
    if source is None or version is None:
        return
    for site in distribution.sites:
        alike = distribution.exact and site.form is source.form is Form.PEP440
        if not site.counts or (site.text == source.text if alike else site.agrees(version)):
            continue
        try:
            text = source.text if alike else spelled(site, str(version))
        except UnspellableError as error:
            yield site, _left(site, str(error), "choose a version that every place can state")
            continue
        what = f"the version is not one literal: {plain(site.note)}"
        yield site, text if site.start >= 0 else _left(site, what, "write it as one string in quotes")


def _source(distribution: Distribution) -> tuple[Site | None, Pep440 | None]:
    """The place that decides and what it says; None where there is nothing to decide."""
    peers = distribution.peers or (distribution,)
    source = next((peer.source for peer in peers if peer.source and peer.source.version), None)
    wrong = next((problem for problem in compare(distribution) if problem.level is Level.REFUSE), None)
    if wrong and (distribution.problems or source is None):
        raise ConfigurationError(f"{wrong.where}: {wrong.what}.", cure=wrong.cure)
    return source, source.version if source else None


def _left(site: Site, what: str, cure: str) -> Problem:
    return refuse(what, where=f"{plain(site.path)}:{site.line}", cure=cure)


def _template(site: Site, tree: Tree, files: frozenset[str]) -> Problem | None:
    """Why an edit of a file that is made from a template would not last."""
    template = plain(template_of(site.path, tree, files))
    path = plain(site.path)
    cure = f"edit {template}, and make {path} from it"
    return _left(site, f"{path} is made from {template}", cure) if template else None


def _prove(
    before: tuple[Distribution, ...], after: tuple[Distribution, ...], left: frozenset[tuple[str, str]]
) -> None:
    """Hold that the changed files have the same places, and that all but those left now agree."""
    for place, old in enumerate(before):
        version = _source(old)[1]
        sites = [site for site in after[place].sites if site.counts] if place < len(after) else []
        places = [(site.path, site.key) for site in sites]
        same = places == [(site.path, site.key) for site in old.sites if site.counts]
        stated = [site for site in sites if (site.path, site.key) not in left]
        if not same or (version is not None and not all(site.agrees(version) for site in stated)):
            raise FailedError(
                f"The edit would not make all of {plain(old.name)} agree: nothing is written.",
                cure="To see every place: release-async versions --explain",
            )


def _still(found: tuple[Distribution, ...]) -> Iterator[Problem]:
    """What is wrong with generated files, and the places that only running code could tell."""
    for distribution in found:
        roles = {f"{plain(site.path)}:{site.line}": site.role for site in distribution.sites}
        for problem in compare(distribution):
            if roles.get(problem.where) in {Role.GENERATED, Role.OPAQUE}:
                yield problem
