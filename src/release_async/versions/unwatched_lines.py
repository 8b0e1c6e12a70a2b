"""Finds lines that hold the current version of a project and are not watched. It decides nothing.

It goes by value, which finds too much: what it finds is shown to a person and never compared or edited.
"""

import json
import re
from itertools import islice

from release_async.base.lazy_typing import Final, Iterator, NamedTuple, Sequence
from release_async.versions.distribution import Distribution, Tree
from release_async.versions.find_distributions import is_elsewhere
from release_async.versions.import_packages import normalised
from release_async.versions.places import data_files
from release_async.versions.places.version_files import stands_at
from release_async.versions.text_encoding import UnreadableError

MOST: Final = 20
"""How many lines are shown at most."""

_LARGEST: Final = 200_000
_GENERATED: Final = (".lock", ".svg", ".json5", ".min.js", ".map", ".csv", ".po", ".ipynb", ".snap")
_NEWS: Final = re.compile(r"(?i)^(change|history|news|release)")


class UnwatchedLine(NamedTuple):
    """One line.

    Attributes:
        path: The file, relative to the top of the tree.
        line: The line, counted from 1.
        entry: What to write into ``version-files`` of the project at the top, for it to be watched.
    """

    path: str
    line: int
    entry: str


def unwatched_lines(
    tree: Tree, found: Sequence[Distribution], paths: Sequence[str] | None = None
) -> tuple[UnwatchedLine, ...]:
    """Find the lines.

    Args:
        tree: The files; those of tests, documentation, changelogs and lock files are left out.
        found: The distributions in it.
        paths: Where to look; None for every file.

    Returns:
        Without what is required of others in that version. At most ``MOST``, in the order of their paths.
    """
    versions = {re.escape(each.version) for each in found if each.version and each.version.count(".") > 1}
    if not versions:
        return ()
    at = re.compile(rf"(?<![\w.+-])v?(?:{'|'.join(sorted(versions))})(?![\w+]|\.\w|-\w)")
    known = {(site.path, site.line) for each in found for site in each.sites}
    wanted = _Wanted(at, frozenset(normalised(each.name) for each in found if each.name), _roots(found))
    among = sorted(tree.paths() if paths is None else paths)
    lines = (line for path in among if _may_count(path) for line in _lines(tree, path, wanted))
    return tuple(islice((each for each in lines if each[:2] not in known), MOST))


class _Wanted(NamedTuple):
    """What is looked for: the versions; the names of the projects that have them, and their folders."""

    at: re.Pattern[str]
    names: frozenset[str]
    roots: tuple[str, ...]

    def path_from_root(self, path: str) -> str:
        """A path as the project writes it that is nearest above it."""
        return next((path.removeprefix(root) for root in self.roots if path.startswith(root)), path)


def _roots(found: Sequence[Distribution]) -> tuple[str, ...]:
    return tuple(sorted((f"{each.root}/" for each in found if each.root), key=len, reverse=True))


def _may_count(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return not (is_elsewhere(folder) or name.endswith(_GENERATED) or _NEWS.match(name))


def _lines(tree: Tree, path: str, wanted: _Wanted) -> Iterator[UnwatchedLine]:
    data = tree.read(path) or b""
    if len(data) > _LARGEST or b"\0" in data:
        return
    text = data.decode("utf-8", "replace")
    if not wanted.at.search(text):
        return
    own, values = wanted.path_from_root(path), _values(path, text)
    for number, line in enumerate(text.split("\n"), 1):
        match = wanted.at.search(line)
        if match and not _is_required(line[: match.start()], wanted.names):
            key = values.get((number, match[0]))
            if key is None or _is_version(key):
                yield UnwatchedLine(path, number, _entry(own, (path, text, number), key, (line, match)))


_REQUIREMENT: Final = re.compile(r"(?P<name>[\w.-]*)(?:\[[\w, -]*\])?\s*(?:[=<>!~]=|[<>@^~])\s*$")


def _is_required(before: str, names: frozenset[str]) -> bool:
    """Whether the version is what is required of another project; of the own one an example may do so."""
    found = _REQUIREMENT.search(before)
    return found is not None and normalised(found["name"]) not in names


def _values(path: str, text: str) -> dict[tuple[int, str], str]:
    """The dotted key of each text in a JSON, TOML or INI file, by line and text; of two that of a version."""
    try:
        return dict(sorted(data_files.values(path, text), key=lambda each: _is_version(each[1])))
    except UnreadableError:
        return {}


def _is_version(key: str) -> bool:
    return "version" in key.rpartition(".")[2].lower()


def _entry(own: str, place: tuple[str, str, int], key: str | None, seen: tuple[str, re.Match[str]]) -> str:
    """The entry: the path alone if that says enough, else with the key, else with the text around it."""
    path, text, number = place
    named = json.dumps(own, ensure_ascii=False)
    if stands_at(path, text) == number:
        return named
    if key:
        return f"{{ path = {named}, key = {json.dumps(key, ensure_ascii=False)} }}"
    line, match = seen
    before = line[: match.start() + match[0].startswith("v")].lstrip()
    if len(before) > _AROUND:
        cut = before[-_AROUND:]
        before = cut.partition(" ")[2] or cut
    after = line[match.end() :].partition(" ")[0].rstrip()[:_AROUND]
    pattern = json.dumps(f"{before}{{version}}{after}", ensure_ascii=False)
    return f"{{ path = {named}, pattern = {pattern} }}"


_AROUND: Final = 16
"""How much text beside a version is enough to tell it from others."""
