"""Computes the edits of ``version-sync``: sets every copy to the version of its source. Writes nothing."""

from collections.abc import Iterator
from typing import NamedTuple

from release_async.base.errors import ConfigurationError, FailedError
from release_async.base.problems import Level, Problem, Problems, refuse
from release_async.versions.compare_places import compare
from release_async.versions.distribution import Distribution, Role, Site, Tree
from release_async.versions.find_distributions import distributions
from release_async.versions.pep440 import Pep440
from release_async.versions.replace_version_text import spelled
from release_async.versions.text_encoding import plain
from release_async.versions.version_edits import Change, Overlay, Wanted, rewritten, template_of
from release_async.versions.version_spellings import Form, UnspellableError


class MirrorChanges(NamedTuple):
    """The changes that set the mirrors of a tree, and the problems that remain.

    Attributes:
        changes: One for each file that differs, in the order of their paths.
        unfixed: The places that stay wrong (refusals) or unknown (warnings).
    """

    changes: tuple[Change, ...]
    unfixed: Problems


def mirror_changes(tree: Tree) -> MirrorChanges:
    """Set every copy of every distribution to its source; in a group, to that of the first project.

    Places that agree keep their spelling, unless ``exact`` is set. Left alone are generated files, and places
    that are not a single literal or cannot express the version.

    Raises:
        ConfigurationError: The places of a distribution disagree, and it has no source with a version or a
            file that cannot be read.
        FailedError: An edit could not be proven right.
    """
    found = distributions(tree)
    files = frozenset(tree.paths())
    wanted: dict[tuple[str, int], Wanted] = {}
    unfixed: dict[tuple[str, str], Problem] = {}
    for each in found:
        for site, outcome in _wanted(each):
            problem = _template(site, tree, files) if isinstance(outcome, str) else outcome
            if problem:
                unfixed[site.path, site.key] = problem
            elif isinstance(outcome, str):
                wanted[site.path, site.start] = site, outcome
    changes = rewritten(tree, [wanted[place] for place in sorted(wanted)])
    after = distributions(Overlay(tree, {change.path: change.after for change in changes}))
    _prove(found, after, frozenset(unfixed))
    return MirrorChanges(changes, (*unfixed.values(), *_remaining(after)))


def _wanted(distribution: Distribution) -> Iterator[tuple[Site, str | Problem]]:
    """Every place that disagrees, with its new text or the problem that prevents the edit."""
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
            yield site, _problem(site, str(error), "choose a version that every place can state")
            continue
        what = f"the version is not one literal: {plain(site.note)}"
        yield site, text if site.start >= 0 else _problem(site, what, "write it as one string in quotes")


def _source(distribution: Distribution) -> tuple[Site | None, Pep440 | None]:
    """The place that decides and its version; None if there is none."""
    peers = distribution.peers or (distribution,)
    source = next((peer.source for peer in peers if peer.source and peer.source.version), None)
    wrong = next((problem for problem in compare(distribution) if problem.level is Level.REFUSE), None)
    if wrong and (distribution.problems or source is None):
        raise ConfigurationError(f"{wrong.where}: {wrong.what}.", cure=wrong.cure)
    return source, source.version if source else None


def _problem(site: Site, what: str, cure: str) -> Problem:
    return refuse(what, where=f"{plain(site.path)}:{site.line}", cure=cure)


def _template(site: Site, tree: Tree, files: frozenset[str]) -> Problem | None:
    """The problem that an edit of a generated file would not last."""
    template = plain(template_of(site.path, tree, files))
    path = plain(site.path)
    cure = f"edit {template}, and generate {path} from it"
    return _problem(site, f"{path} is generated from {template}", cure) if template else None


def _prove(
    before: tuple[Distribution, ...], after: tuple[Distribution, ...], unfixed: frozenset[tuple[str, str]]
) -> None:
    """Search the changed files again: the same places, and all agree except those that are left."""
    for place, old in enumerate(before):
        version = _source(old)[1]
        sites = [site for site in after[place].sites if site.counts] if place < len(after) else []
        places = [(site.path, site.key) for site in sites]
        same = places == [(site.path, site.key) for site in old.sites if site.counts]
        stated = [site for site in sites if (site.path, site.key) not in unfixed]
        if not same or (version is not None and not all(site.agrees(version) for site in stated)):
            raise FailedError(
                f"The edit would not make all of {plain(old.name)} agree: nothing is written.",
                cure="To see every place: release-async versions --explain",
            )


def _remaining(found: tuple[Distribution, ...]) -> Iterator[Problem]:
    """The problems of generated files, and of places that are only known by running code."""
    for distribution in found:
        roles = {f"{plain(site.path)}:{site.line}": site.role for site in distribution.sites}
        for problem in compare(distribution):
            if roles.get(problem.where) in {Role.GENERATED, Role.OPAQUE}:
                yield problem
