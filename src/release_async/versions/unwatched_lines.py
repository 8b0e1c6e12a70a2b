"""Finds lines that hold the current version of a project and are not watched. It decides nothing.

It goes by value, which finds too much: what it finds is shown to a person and never compared or edited.
"""

import re
from itertools import islice

from release_async.base.lazy_typing import Final, Iterator, NamedTuple, Sequence
from release_async.versions.distribution import Distribution, Tree
from release_async.versions.find_distributions import is_elsewhere

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
    """

    path: str
    line: int


def unwatched_lines(tree: Tree, found: Sequence[Distribution]) -> tuple[UnwatchedLine, ...]:
    """Find the lines.

    Args:
        tree: The files; those of tests, documentation, changelogs and lock files are left out.
        found: The distributions in it.

    Returns:
        At most ``MOST``, in the order of their paths.
    """
    versions = {re.escape(each.version) for each in found if each.version and each.version.count(".") > 1}
    if not versions:
        return ()
    wanted = re.compile(rf"(?<![\w.+-])v?(?:{'|'.join(sorted(versions))})(?![\w+]|\.\w|-\w)")
    known = {(site.path, site.line) for each in found for site in each.sites}
    lines = (line for path in sorted(tree.paths()) if _may_count(path) for line in _lines(tree, path, wanted))
    return tuple(islice((each for each in lines if each not in known), MOST))


def _may_count(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return not (is_elsewhere(folder) or name.endswith(_GENERATED) or _NEWS.match(name))


def _lines(tree: Tree, path: str, wanted: re.Pattern[str]) -> Iterator[UnwatchedLine]:
    data = tree.read(path) or b""
    if len(data) > _LARGEST or b"\0" in data:
        return
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), 1):
        if wanted.search(line):
            yield UnwatchedLine(path, number)
