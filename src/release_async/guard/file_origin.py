"""Where the files of an sdist and a wheel come from: the release commit, by name and bytes. Pure.

What backends generate is told apart in `generated`; everything else in an sdist is committed, and everything
in a wheel is in the sdist or compiled from it.
"""

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from release_async.guard import generated
from release_async.guard.archive_members import Archive, Finding, Member


class Tree(Protocol):
    """The files of a commit."""

    def paths(self) -> Sequence[str]:
        """Every file and link."""

    def read(self, path: str) -> bytes | None:
        """The bytes that are committed; None where there is no such file."""

    def checked_out(self, path: str) -> bytes | None:
        """The bytes that a checkout writes: with line ends and filters (gitattributes)."""


class Commit(NamedTuple):
    """The release commit, as a project sees it.

    Attributes:
        tree: Its files.
        root: The folder of the project, empty for the top.
        version: What is released.
    """

    tree: Tree
    root: str
    version: str

    def at(self, path: str) -> str:
        """Where a path of the project stands in the tree."""
        return posixpath.normpath(posixpath.join(self.root, path))

    def declared(self) -> generated.Declared:
        """The files that the project declares to be written by its build."""
        pyproject = self.tree.read(self.at("pyproject.toml")) or b""
        setup_cfg = self.tree.read(self.at("setup.cfg")) or b""
        return generated.declared(pyproject, setup_cfg, self.version)


def of_sdist(sdist: Archive, commit: Commit) -> Iterator[Finding]:
    """Find the files of an sdist that are not the release commit's."""
    declared, elsewhere = commit.declared(), _by_name(commit.tree.paths())
    for path, member in sdist.files().items():
        place = commit.at(_ORIGINALS.get(path, path))
        committed = commit.tree.read(place)
        by_rule = generated.in_sdist(path, member.content, committed, commit.version)
        if by_rule or declared.writes(path, member.content):
            continue
        if committed is None:
            others = elsewhere.get(_name(path), ())
            if not any(_is_at(place, member, commit.tree) for place in others):
                yield Finding(sdist.name, path, "is not in the release commit", _COMMIT)
        elif not _is_at(place, member, commit.tree):
            yield Finding(sdist.name, path, f"is not what the release commit has in {place}", _SAME)


_ORIGINALS: Final = {"pyproject.toml.orig": "pyproject.toml"}
"""What uv_build keeps of a file that it writes anew, by where it is committed."""

_COMMIT: Final = "commit it, or keep it out of the sdist"
_SAME: Final = "see what changes it while the sdist is built"
_ADDED: Final = "see what puts it there while the wheel is built"
_CHANGED: Final = "see what changes it while the wheel is built"


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _by_name(paths: Iterable[str]) -> Mapping[str, list[str]]:
    found = defaultdict[str, list[str]](list)
    for path in paths:
        found[_name(path)].append(path)
    return found


def _is_at(place: str, member: Member, tree: Tree) -> bool:
    """Whether these are the bytes that a place of the tree has, committed or checked out.

    A file may have moved there from another folder, as a licence that projects share. Git writes a file out
    only where the committed bytes are others: that is a process each.
    """
    return member.content == tree.read(place) or member.content == tree.checked_out(place)


_COMPILED: Final = (
    *(b"\x7fELF", b"MZ", b"!<arch>\n", b"\0asm"),
    *(b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa\xcf"),
)


def of_wheel(wheel: Archive, sdist: Archive, commit: Commit) -> Iterator[Finding]:
    """Find the files of a wheel that are not those of the sdist that it is built from.

    A folder such as ``src`` may be left out and others be renamed: it is the file's name and bytes that
    count. What is compiled is told by its first bytes.
    """
    declared, source = commit.declared(), sdist.files()
    places = _by_name(source)
    for path, member in wheel.files().items():
        same = places.get(_name(path), ())
        if (
            generated.in_wheel(path)
            or member.content.startswith(_COMPILED)
            or declared.writes(path, member.content)
            or any(_equal(member, source[place]) for place in same)
        ):
            continue
        near = next((place for place in same if _fits(path, place)), "")
        if near:
            yield Finding(wheel.name, path, f"is not what the sdist has in {near}", _CHANGED)
        else:
            yield Finding(wheel.name, path, "is not in the sdist", _ADDED)


_SCRIPT: Final = b"#!python"


def _equal(built: Member, source: Member) -> bool:
    """Whether the bytes are the same, but for the first line of a script (PEP 427, scripts)."""
    if built.content.startswith(_SCRIPT) and source.content.startswith(b"#!"):
        return built.content.partition(b"\n")[2] == source.content.partition(b"\n")[2]
    return built.content == source.content


def _fits(path: str, place: str) -> bool:
    """Whether one path is the other in another folder."""
    return f"/{place}".endswith(f"/{path}") or f"/{path}".endswith(f"/{place}")
