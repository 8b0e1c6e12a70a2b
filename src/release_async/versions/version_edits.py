"""Computes the edits that give a distribution a new version: each file before and after. Writes nothing."""

from release_async.base.errors import ConfigurationError, FailedError, UsageError
from release_async.base.lazy_typing import Final, Iterable, Mapping, NamedTuple, Sequence
from release_async.base.problems import Problems, refuse
from release_async.versions.distribution import Distribution, Role, Site, Tree
from release_async.versions.find_distributions import distributions
from release_async.versions.import_packages import join_path
from release_async.versions.pep440 import parse
from release_async.versions.replace_version_text import rewrite, spelled
from release_async.versions.tagged_copies import with_copies
from release_async.versions.text_encoding import UnreadableError, decode, plain
from release_async.versions.version_spellings import Form, UnspellableError

Wanted = tuple[Site, str]
"""A place, and its new text."""


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


class EditedLine(NamedTuple):
    """The line around one token, to show an edit in context.

    Attributes:
        path: The file, relative to the top of the tree.
        line: The line, counted from 1.
        column: The token's position in ``text``, counted from 0.
        text: The line without its end; of a very long line, the part around the token.
        old: The token before the edit.
        new: The token after the edit.
    """

    path: str
    line: int
    column: int
    text: str
    old: str
    new: str


class Change(NamedTuple):
    """One file that changes.

    Attributes:
        path: The file, relative to the top of the tree. If it is a symbolic link, write its target.
        before: Its content before the change; None if it does not exist.
        after: Its content after the change.
        edits: The tokens that change, in the order of their lines.
    """

    path: str
    before: bytes | None
    after: bytes
    edits: tuple[Edit, ...] = ()


def distribution(tree: Tree, root: str = "") -> Distribution:
    """The distribution in a folder.

    Raises:
        UsageError: There is none; the cure lists those in other folders.
    """
    found = distributions(tree, join_path(root))
    for candidate in found:
        if candidate.root == join_path(root):
            return candidate
    others = ", ".join(f"{plain(other.root or '.')} ({plain(other.name)})" for other in found)
    raise UsageError(
        f"There is no distribution in {plain(root) or 'the top folder'}.",
        cure=f"Choose one with -C: {others}" if others else "Add a pyproject.toml with name and version.",
    )


def changes(distribution: Distribution, tree: Tree, version: str, released: str = "") -> tuple[Change, ...]:
    """The changes that make every place state a version.

    Args:
        distribution: As it was found in ``tree``.
        tree: The current files.
        version: The new version, in its normal form.
        released: The day of the release, as ``2026-01-31``; if empty, dates are not changed.

    Returns:
        One change for each file that differs, in the order of their paths.

    Raises:
        ConfigurationError: No place can be edited, a file cannot be read, a version is not a single literal,
            or a place cannot express the new version.
        FailedError: An edit could not be proven right.
    """
    for each in distribution.peers or (distribution,):
        _editable(each)
    wanted = _wanted(distribution, version, released)
    _no_template(tree, {site.path for site, _ in wanted})
    made = rewritten(tree, wanted)
    _prove(distribution, Overlay(tree, {change.path: change.after for change in made}), version)
    return tuple(change for change in made if change.edits)


def rewritten(tree: Tree, wanted: Sequence[Wanted]) -> tuple[Change, ...]:
    """The files with new text in some places, each edit proven; sorted within each file by position.

    Raises:
        FailedError: An edit could not be proven right.
    """
    paths = dict.fromkeys(site.path for site, _ in wanted)
    return tuple(_change(tree, [each for each in wanted if each[0].path == path]) for path in paths)


_HEADER: Final = 600
_AROUND: Final = 120
"""Characters that are shown before and after a token, since a line may be very long."""

_TEMPLATES: Final = (".in", ".m4", ".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".template")


def _no_template(tree: Tree, paths: Iterable[str]) -> None:
    """Refuse to edit a file generated from a template beside it, which would undo the edit."""
    files = frozenset(tree.paths())
    for path in paths:
        template = template_of(path, tree, files)
        if template:
            raise ConfigurationError(
                f"{plain(path)} is generated from {plain(template)}, so an edit would not last.",
                cure=f"Edit {plain(template)}, and generate {plain(path)} from it.",
            )


def template_of(path: str, tree: Tree, files: frozenset[str]) -> str:
    """The template beside a file that its header names; empty if there is none.

    Args:
        path: The file.
        tree: The tree that contains it.
        files: Every path in the tree.
    """
    template = next((path + suffix for suffix in _TEMPLATES if path + suffix in files), "")
    named = template and template.rpartition("/")[2].encode() in (tree.read(path) or b"")[:_HEADER]
    return template if named else ""


def planned_edits(distribution: Distribution, version: str, released: str = "") -> tuple[Edit, ...]:
    """The edits that ``changes`` would make, in the order of their places; see ``obstacles`` too.

    Raises:
        ConfigurationError: A place cannot express the version.
    """
    return _edits(_wanted(distribution, version, released))


def edited_lines(
    distribution: Distribution, tree: Tree, version: str, released: str = ""
) -> tuple[EditedLine, ...]:
    """The lines around the edits of ``planned_edits``, without those that cannot be read.

    Args:
        distribution: As it was found in ``tree``.
        tree: The current files.
        version: The new version, in its normal form.
        released: The day of the release; if empty, dates are not changed.

    Raises:
        ConfigurationError: A place cannot express the version.
    """
    wanted = [(site, new) for site, new in _wanted(distribution, version, released) if site.text != new]
    tree.prefetch([*dict.fromkeys(site.path for site, _ in wanted)])
    return tuple(line for site, new in wanted for line in _lines(tree, site, new))


def _lines(tree: Tree, site: Site, new: str) -> Iterable[EditedLine]:
    """The line of each piece of a place that changes; most places have one piece."""
    try:
        text = decode(tree.read(site.path) or b"", cookie=site.path.endswith((".py", ".pyi"))).text
    except UnreadableError:
        return
    pieces = site.pieces or ((site.start, site.end),)
    texts = new.split(", ") if site.pieces else [new]
    for (start, end), after in zip(pieces, texts, strict=False):
        before = text[start:end]
        if 0 <= start < end <= len(text) and before != after and "\n" not in before:
            yield _line(site, text, (start, end), after)


def _line(site: Site, text: str, place: tuple[int, int], new: str) -> EditedLine:
    start, end = place
    begin = max(text.rfind("\n", 0, start) + 1, start - _AROUND)
    stop = text.find("\n", end)
    stop = min(len(text) if stop < 0 else stop, end + _AROUND)
    number = text.count("\n", 0, start) + 1
    return EditedLine(site.path, number, start - begin, text[begin:stop].rstrip("\r"), text[start:end], new)


def obstacles(distribution: Distribution) -> Problems:
    """The problems that prevent editing a distribution even if all its places agree."""
    return tuple(
        refuse(
            f"the version is not one literal: {plain(site.note)}",
            where=f"{plain(site.path)}:{site.line}",
            cure="write it as one string in quotes",
        )
        for each in distribution.peers or (distribution,)
        for site in each.sites
        if site.counts and site.start < 0
    )


def _wanted(distribution: Distribution, version: str, released: str) -> list[Wanted]:
    """Every place to edit with its new text, including those of the whole group."""
    wanted: list[Wanted] = []
    for each in distribution.peers or (distribution,):
        wanted += [(site, _spelled(site, version)) for site in each.sites if site.counts]
        if released:
            dates = [site for site in each.sites if site.form is Form.DATE and site.role is Role.MIRROR]
            wanted += [(site, released) for site in dates]
    places = {(site.path, site.start): (site, text) for site, text in wanted}
    return [places[place] for place in sorted(places)]


def _spelled(site: Site, version: str) -> str:
    try:
        return spelled(site, version)
    except UnspellableError as error:
        raise ConfigurationError(
            f"{plain(site.path)}:{site.line}: {error}.", cure="Choose a version that every place can state."
        ) from None


def _edits(wanted: Sequence[Wanted]) -> tuple[Edit, ...]:
    return tuple(Edit(site.path, site.line, site.text, new) for site, new in wanted if site.text != new)


def _editable(distribution: Distribution) -> None:
    """Raise for a distribution that cannot be edited."""
    for problem in distribution.problems:
        raise ConfigurationError(f"{problem.where}: {problem.what}.", cure=problem.cure)
    if distribution.source is None:
        notes = "; ".join(
            f"{plain(site.path)}: {plain(site.note)}" for site in distribution.sites if site.note
        )
        why = f"{distribution.tag_tool} takes it from the git tag" if distribution.tag_tool else notes
        raise ConfigurationError(
            f"{plain(distribution.name)} has no file that states its version: {why or 'none was found'}.",
            cure="To see every place that was looked at: release-async versions --explain",
        )
    for problem in obstacles(distribution._replace(peers=())):
        raise ConfigurationError(f"{problem.where}: {problem.what}.", cure=problem.cure)


def _change(tree: Tree, wanted: Sequence[Wanted]) -> Change:
    """Rewrite one file, the last token first, so that the offsets of the others stay valid."""
    path = wanted[0][0].path
    before = after = tree.read(path) or b""
    for site, new in reversed(wanted):
        after = rewrite(after, site, new)
    return Change(path, before, after, _edits(wanted))


def _prove(old: Distribution, tree: Tree, version: str) -> None:
    """Search the changed files again: they must have the same places, all with the new version."""
    expected = parse(version)
    roots, located = [each.root for each in old.peers or (old,)], {old.root: old.located}
    found = {each.root: each for each in distributions(tree, *roots, located=located)}
    for each in old.peers or (old,):
        new = found.get(each.root)
        new = with_copies(new, version) if new and new.tag_tool else new
        places = [(site.path, site.key) for site in each.sites if site.counts]
        stated = [site for site in new.sites if site.counts] if new else []
        same = [(site.path, site.key) for site in stated] == places
        if not same or expected is None or not all(site.agrees(expected) for site in stated):
            raise FailedError(
                f"The edit would not make all of {plain(old.name)} state {version}: nothing is written.",
                cure="To see every place: release-async versions --explain",
            )


class Overlay:
    """A tree in which some files are replaced."""

    def __init__(self, tree: Tree, files: Mapping[str, bytes]) -> None:
        self._tree = tree
        self._files = files

    def paths(self) -> Sequence[str]:
        """Every file of the tree, and the replaced ones."""
        return tuple(dict.fromkeys((*self._tree.paths(), *self._files)))

    def read(self, path: str) -> bytes | None:
        """The replaced content of a file, or else that in the tree."""
        return self._files[path] if path in self._files else self._tree.read(path)

    def prefetch(self, paths: Sequence[str]) -> None:
        """Say which files will be read next."""
        self._tree.prefetch([path for path in paths if path not in self._files])
