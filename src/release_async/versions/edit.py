"""All edits that give a distribution a new version, as values: each file before and after. Writes nothing."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from release_async.errors import ConfigurationError, FailedError, UsageError
from release_async.versions.find import distributions
from release_async.versions.packages import joined
from release_async.versions.rewrite import rewrite
from release_async.versions.site import Distribution, Site, Tree
from release_async.versions.text import plain


class Edit(NamedTuple):
    """One token that changes.

    Attributes:
        path: The file, relative to the top of the tree.
        line: The line, counted from 1.
        old: The version as it is spelled there.
        new: The version as it will be spelled.
    """

    path: str
    line: int
    old: str
    new: str


class Change(NamedTuple):
    """One file that changes.

    Attributes:
        path: The file, relative to the top of the tree. Where it is a symbolic link, write its target.
        before: What it holds.
        after: What it will hold.
        edits: The tokens that differ, in the order of their lines.
    """

    path: str
    before: bytes
    after: bytes
    edits: tuple[Edit, ...]


def distribution(tree: Tree, root: str = "") -> Distribution:
    """The distribution at a folder.

    Raises:
        UsageError: There is none; the cure lists those that are elsewhere.
    """
    found = distributions(tree)
    for candidate in found:
        if candidate.root == joined(root):
            return candidate
    others = ", ".join(f"{plain(other.root or '.')} ({plain(other.name)})" for other in found)
    raise UsageError(
        f"There is no distribution in {plain(root) or 'the top folder'}.",
        cure=f"Choose one with -C: {others}" if others else "Add a pyproject.toml with name and version.",
    )


def changes(distribution: Distribution, tree: Tree, version: str) -> tuple[Change, ...]:
    """What must change so that every place states a version.

    Args:
        distribution: As it was found in ``tree``.
        tree: The files, as they are.
        version: The new version, in its normal form.

    Returns:
        One change for each file that differs, in the order of their paths; nothing where all is so already.

    Raises:
        ConfigurationError: No place can be edited, a file cannot be read, or a version is no single literal.
        FailedError: An edit could not be proven right.
    """
    _editable(distribution)
    sites = sorted(
        (site for site in distribution.sites if site.counts), key=lambda site: (site.path, site.start)
    )
    paths = dict.fromkeys(site.path for site in sites)
    made = tuple(_change(tree, [site for site in sites if site.path == path], version) for path in paths)
    _prove(distribution, _Overlay(tree, {change.path: change.after for change in made}), version)
    return tuple(change for change in made if change.edits)


def _editable(distribution: Distribution) -> None:
    """Refuse what no edit can mend."""
    for problem in distribution.problems:
        raise ConfigurationError(f"{problem.where}: {problem.what}.", cure=problem.cure)
    if not any(site.counts for site in distribution.sites):
        notes = "; ".join(f"{plain(site.path)}: {plain(site.note)}" for site in distribution.sites)
        why = f"{distribution.tag_tool} takes it from the git tag" if distribution.tag_tool else notes
        raise ConfigurationError(
            f"{plain(distribution.name)} has no file that states its version: {why or 'none was found'}.",
            cure="To see every place that was looked at: release-async versions --explain",
        )
    for site in distribution.sites:
        if site.counts and site.start < 0:
            raise ConfigurationError(
                f"{plain(site.path)}:{site.line}: the version is not one literal: {plain(site.note)}.",
                cure="Write it as one string in quotes.",
            )


def _change(tree: Tree, sites: Sequence[Site], version: str) -> Change:
    """Rewrite one file, its last token first so that the places of the others stay true."""
    path = sites[0].path
    before = after = tree.read(path) or b""
    for site in reversed(sites):
        after = rewrite(after, site, version)
    edits = tuple(Edit(path, site.line, site.text, version) for site in sites if site.text != version)
    return Change(path, before, after, edits)


def _prove(old: Distribution, tree: Tree, version: str) -> None:
    """Find everything again in the changed files: the same places, all with the new version."""
    new = distribution(tree, old.root)
    places = [(site.path, site.key) for site in old.sites if site.counts]
    if [(site.path, site.key, site.text) for site in new.sites if site.counts] != [
        (*place, version) for place in places
    ]:
        raise FailedError(
            f"The edit would not make every place of {plain(old.name)} state {version}: nothing is written.",
            cure="To see every place: release-async versions --explain",
        )


class _Overlay:
    """A tree in which some files hold something else."""

    def __init__(self, tree: Tree, files: Mapping[str, bytes]) -> None:
        self._tree = tree
        self._files = files

    def paths(self) -> Sequence[str]:
        return self._tree.paths()

    def read(self, path: str) -> bytes | None:
        return self._files[path] if path in self._files else self._tree.read(path)
