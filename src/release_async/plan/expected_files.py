"""Which files a version has to have, and how that compares with those that are there. Pure.

What is expected a project says itself (`wheels`), or its last release on the index does. A wheel is compared
by its kind: interpreter, ABI, and the platform without the numbers in it, which rise by themselves.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

SDIST: Final = "sdist"
"""The kind of a source distribution, beside those of the wheels."""
_NUMBERED: Final = re.compile(
    r"(manylinux|musllinux|macosx|ios|android|pyemscripten|pyodide)\d*(?:_\d+)*_(?=[a-z])"
)
_CPYTHON: Final = re.compile(r"cp(?P<major>\d)(?P<minor>\d+)(?:-cp\d+(?P<threads>t?))?-")


class Row(NamedTuple):
    """One kind of file: how many of it there shall be, and how many there are.

    Attributes:
        kind: ``sdist``, or what the wheels are for: ``cp313-cp313-manylinux_x86_64``, or a pattern of such.
        wanted: How many are expected.
        there: How many there are.
        free: Whether another number is no mistake: nobody has said what is expected, or the Python of this
            kind is not supported any more.
    """

    kind: str
    wanted: int
    there: int
    free: bool = False

    @property
    def is_missing(self) -> bool:
        """Whether there are fewer than expected."""
        return self.there < self.wanted and not self.free

    @property
    def is_surplus(self) -> bool:
        """Whether there are more than expected."""
        return self.there > self.wanted and not self.free

    @property
    def words(self) -> str:
        """The numbers, for a table."""
        if self.free and self.there < self.wanted:
            return f"{self.there} there, not expected any more"
        if self.there < self.wanted:
            return f"{self.there} there, {self.wanted - self.there} missing"
        if self.there > self.wanted:
            return f"{self.there} there, {self.there - self.wanted} new"
        return f"{self.there} there"


Rows = tuple[Row, ...]


def by_patterns(patterns: Sequence[tuple[str, int]], files: Iterable[str]) -> Rows:
    """Compare files with what a project says it has.

    Args:
        patterns: Patterns (fnmatch) of the tags in the names of wheels, such as ``cp3*-win_amd64``, and how
            many wheels each matches; a wheel counts for the first one. One sdist is expected beside them.
        files: The names of the files that are there.
    """
    there: Counter[str] = Counter()
    names = [name for name, _ in patterns]
    for file in files:
        tags = _tags(file)
        matching = (each for each in names if tags != SDIST and fnmatchcase(tags, each))
        there[next(matching, tags)] += 1
    wanted = [*patterns, (SDIST, 1)] if SDIST not in names else patterns
    rows = [Row(kind, count, there.pop(kind, 0)) for kind, count in wanted]
    return (*rows, *(Row(kind, 0, count) for kind, count in sorted(there.items())))


def by_last_release(last: Iterable[str], files: Iterable[str], requires_python: str = "") -> Rows:
    """Compare files with those of the last release.

    Kinds that are new are no mistake, and neither are those of a Python that is not supported any more; a
    kind that was there once and comes twice is one.

    Args:
        last: The names of the files of the last release.
        files: The names of the files that are there.
        requires_python: Which versions of Python are supported; empty where the project does not say.
    """
    before, there = Counter(map(kind_of, last)), Counter(map(kind_of, files))
    return tuple(
        Row(kind, before[kind], there[kind], not before[kind] or _is_dropped(kind, requires_python))
        for kind in sorted(before | there, key=lambda kind: (kind == SDIST, kind.rpartition("-")[2], kind))
    )


def kind_of(file: str) -> str:
    """The kind of a file, by its name."""
    tags = _tags(file)
    python, _, platforms = tags.rpartition("-")
    if not python:
        return tags
    plain = sorted({_NUMBERED.sub(r"\1_", platform) for platform in platforms.split(".")})
    return f"{python}-{'.'.join(plain)}"


def _tags(file: str) -> str:
    """What the name of a wheel says after the version, a build number aside."""
    return "-".join(file.removesuffix(".whl").split("-")[-3:]) if file.endswith(".whl") else SDIST


def _is_dropped(kind: str, requires_python: str) -> bool:
    """Whether the Python of a kind is one that the project does not support any more."""
    found = _CPYTHON.match(kind)
    try:
        supported = SpecifierSet(requires_python)
    except InvalidSpecifier:
        return False
    if not found or not requires_python or "-abi3-" in kind:
        return False
    minor = f"{found['major']}.{found['minor']}"
    return not any(supported.contains(f"{minor}.{patch}", prereleases=True) for patch in (0, 99))


def requires_python(pyproject: bytes) -> str:
    """The versions of Python that a pyproject.toml names; empty where it names none that can be read."""
    try:
        table = tomllib.loads(pyproject.decode()).get("project", {})
    except (ValueError, RecursionError):
        return ""
    value = table.get("requires-python", "") if isinstance(table, dict) else ""
    return value if isinstance(value, str) else ""


def last_release(files: Mapping[str, str], version: str) -> tuple[str, tuple[str, ...]]:
    """The release before one, and its files.

    Args:
        files: All files of the project on the index; the values are not looked at.
        version: The version that is released.

    Returns:
        The greatest lower version, a pre-release only where there is no other, and the names of its files;
        empty ones where there is none.
    """
    releases: dict[Version, list[str]] = {}
    for name in files:
        found = _version(name)
        if found is not None and found < Version(version):
            releases.setdefault(found, []).append(name)
    if not releases:
        return "", ()
    last = max(releases, key=lambda each: (not each.is_prerelease, each))
    return str(last), tuple(sorted(releases[last]))


def _version(file: str) -> Version | None:
    try:
        return parse_wheel_filename(file)[1] if file.endswith(".whl") else parse_sdist_filename(file)[1]
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None


def table(rows: Rows) -> tuple[str, ...]:
    """The rows as lines, one a platform: how many files are there, and each kind that is not as expected."""
    platforms: dict[str, list[Row]] = {}
    for row in rows:
        platforms.setdefault(row.kind.rpartition("-")[2], []).append(row)
    width = max(map(len, platforms), default=0)
    return tuple(f"{name:{width}}  {_line(each)}" for name, each in platforms.items())


def _line(rows: Sequence[Row]) -> str:
    there = sum(row.there for row in rows)
    odd = [row for row in rows if row.there != row.wanted]
    told = "; ".join(f"{row.kind.rpartition('-')[0] or row.kind}: {row.words}" for row in odd[:_TOLD])
    more = f"; and {len(odd) - _TOLD} more" if len(odd) > _TOLD else ""
    return f"{there} there" if not odd else f"{there} there ({told}{more})"


_TOLD: Final = 4
"""How many kinds of one platform are named in a line."""
