"""Where a version may be written that code computes: places to try with the build backend. Decides nothing.

They are found by value, so most of them are chance hits: only the backend, asked again with one of them
edited, can say which it is.
"""

import re

from release_async.base.lazy_typing import Final, Iterator, NamedTuple, Sequence
from release_async.versions.distribution import Tree
from release_async.versions.find_distributions import is_elsewhere
from release_async.versions.formats import plain_text
from release_async.versions.formats.python import Module, assigned
from release_async.versions.formats.python_syntax import parsed
from release_async.versions.pep440 import Pep440, parse
from release_async.versions.text_encoding import UnreadableError, decode
from release_async.versions.version_settings import VersionFile
from release_async.versions.version_spellings import value

MOST: Final = 12
"""How many places are worth a question each."""

_LARGEST: Final = 200_000
_PROSE: Final = re.compile(r"(?i)^(change|history|news|release|readme|authors|copying|licen[cs]e)")
_DATA: Final = (".lock", ".svg", ".min.js", ".map", ".csv", ".po", ".ipynb", ".snap", ".md", ".rst", ".html")
_NUMBERS: Final = (
    ("major", "minor", "micro"),
    ("major", "minor", "patch"),
    ("major", "minor", "build"),
    ("major", "minor", "revision"),
)


class Candidate(NamedTuple):
    """One place that states the version, or the release numbers of it.

    Attributes:
        place: The place, as a setting would name it; its path is relative to the folder of the project.
        rank: How likely it is; the lowest is the likeliest.
    """

    place: VersionFile
    rank: int


def candidates(tree: Tree, root: str, version: Pep440) -> tuple[VersionFile, ...]:
    """Find the places, the likeliest first.

    Args:
        tree: The files; those of tests, documentation, changelogs and prose are left out.
        root: The folder of the project, relative to the top; empty for the top itself.
        version: What the build backend says, with or without a local part.

    Returns:
        At most ``MOST``.
    """
    base, wanted = f"{root}/" if root else "", version._replace(local=())
    paths = [path for path in sorted(tree.paths()) if path.startswith(base) and _may_state(path)]
    found: list[Candidate] = []
    for path in paths:
        data = tree.read(path) or b""
        if len(data) <= _LARGEST and b"\0" not in data and str(wanted.release[0]).encode() in data:
            found += _in_file(path.removeprefix(base), data, wanted)
    ranked = sorted(found, key=lambda each: (each.rank, each.place.path.count("/")))
    return tuple(dict.fromkeys(each.place for each in ranked))[:MOST]


def _may_state(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return not (is_elsewhere(folder) or name.endswith(_DATA) or _PROSE.match(name))


def _in_file(path: str, data: bytes, wanted: Pep440) -> Iterator[Candidate]:
    try:
        text = decode(data, cookie=path.endswith(".py")).text
    except UnreadableError:
        return
    if path.endswith(".py"):
        yield from _in_module(path, text, wanted)
    yield from _in_lines(path, text, wanted)


def _in_module(path: str, text: str, wanted: Pep440) -> Iterator[Candidate]:
    """Variables of a module: a string or tuple each, or three numbers together."""
    try:
        module = Module(text, parsed(text))
    except UnreadableError:
        return
    names = {name: given for node in module.tree.body for name, given in assigned(node)}
    for name, given in names.items():
        statement = module.statement(name, given)
        stated = value(statement.form, statement.value or "")
        if stated is not None and statement.start >= 0 and Pep440(stated.release) == Pep440(wanted.release):
            is_same = stated._replace(local=()) == wanted
            likely = 0 if "ver" in name.lower() else 2
            yield Candidate(VersionFile(path, names=(name,)), likely + (not is_same))
    for numbers in _NUMBERS:
        parts = [next((name for name in names if part in name.lower()), "") for part in numbers]
        together = module.numbers(parts) if all(parts) and len(set(parts)) == len(parts) else None
        if together and value(together.form, together.value or "") == Pep440(wanted.release):
            yield Candidate(VersionFile(path, names=tuple(parts)), 1)


def _in_lines(path: str, text: str, wanted: Pep440) -> Iterator[Candidate]:
    """Lines that hold exactly this version once, as text around it that stands nowhere else in the file."""
    for line in text.splitlines():
        for match in _VERSION.finditer(line) if len(line) < _LONGEST else ():
            stated, (start, end) = parse(match["version"]), match.span("version")
            if stated is None or stated._replace(local=()) != wanted:
                continue
            if text.strip() == match["version"]:
                yield Candidate(VersionFile(path), 3)
                continue
            pattern = f"{line[:start]}{{version}}{line[end:]}"
            if len(list(plain_text.pattern_matches(text, pattern))) == 1:
                yield Candidate(VersionFile(path, pattern=pattern), _rank(path, line))


_LONGEST: Final = 300
_VERSION: Final = re.compile(r"(?<![\w.+-])v?(?P<version>\d+(?:\.\d+)+(?:[.+-]?[a-z][\w.]*)?)(?![\w+])")


def _rank(path: str, line: str) -> int:
    """How likely it is that a line states the version: what names it is likelier."""
    name = path.rpartition("/")[2].lower()
    likely = "ver" in name or name in {"setup.py", "setup.cfg", "pyproject.toml", "cmakelists.txt"}
    return 4 if likely else 5 if "version" in line.lower() else 8


def described(places: Sequence[VersionFile]) -> str:
    """The places that were tried, for a message: each file once."""
    return ", ".join(dict.fromkeys(each.path for each in places))
