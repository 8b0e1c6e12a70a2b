"""Checks that the files of an sdist are those of the release commit, and those of a wheel are in the sdist.

Files that build backends generate are recognised in `generated`; compiled files in a wheel are allowed.
"""

import hashlib
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from release_async.base.problems import Level
from release_async.guard import backend_generated_files
from release_async.guard.archive_members import Archive, Finding, Member


class Tree(Protocol):
    """The files of a commit."""

    def paths(self) -> Sequence[str]:
        """Every file and symbolic link."""

    def read(self, path: str) -> bytes | None:
        """The committed bytes; None if there is no such file."""

    def checked_out(self, path: str) -> bytes | None:
        """The bytes that a checkout writes, after line-end conversion and filters (gitattributes)."""


class Commit(NamedTuple):
    """The release commit of one project.

    Attributes:
        tree: Its files.
        root: The folder of the project; empty for the top.
        version: The version that is released.
        tag_tool: The tool that takes the version from the git tag; empty where files state it.
        written: The files that it writes the version to, relative to the top of the repository.
    """

    tree: Tree
    root: str
    version: str
    tag_tool: str = ""
    written: tuple[str, ...] = ()

    def at(self, path: str) -> str:
        """The path in the tree of a path in the project."""
        return posixpath.normpath(posixpath.join(self.root, path))

    def declared_files(self) -> backend_generated_files.DeclaredFiles:
        """The files that the project's configuration tells its build to write."""
        pyproject = self.tree.read(self.at("pyproject.toml")) or b""
        setup_cfg = self.tree.read(self.at("setup.cfg")) or b""
        declared = backend_generated_files.declared_files(pyproject, setup_cfg, self.version)
        return declared._replace(paths=(*declared.paths, *self.written))

    def build_code_naming(self, path: str) -> str:
        """The code of the project's own build that names a file between quotes; empty where none does.

        The build has a clean copy of the commit: whatever else is packed, code has written.
        """
        name = re.escape(posixpath.basename(path).encode())
        quoted = re.compile(rb"""["'/]""" + name + rb"""["']""")
        return next((code for code in _BUILD_CODE if quoted.search(self.tree.read(self.at(code)) or b"")), "")


def of_sdist(sdist: Archive, commit: Commit) -> Iterator[Finding]:
    """Find the files of an sdist that are not the release commit's."""
    declared_files, by_name = commit.declared_files(), _by_name(commit.tree.paths())
    for path, member in sdist.files().items():
        place = commit.at(_ORIGINALS.get(path, path))
        committed = commit.tree.read(place)
        originals = [committed, *_moved(path, by_name, commit.tree)]
        is_generated = any(
            backend_generated_files.in_sdist(path, member.content, original, commit.version)
            for original in originals
        ) or backend_generated_files.by_tag_tool(
            path, member.content, committed, (commit.tag_tool, commit.version)
        )
        if is_generated or declared_files.contains(path, member.content) or _has_source(place, commit):
            continue
        if committed is None:
            others = by_name.get(_name(path), ())
            if not any(_is_same_file(place, member, commit.tree) for place in others):
                level = Level.WARN if _COMMIT_ID.fullmatch(member.content) else Level.REFUSE
                added = Finding(sdist.name, path, "is not in the release commit", _COMMIT, level)
                yield _unless_named(added, commit)
        elif not _is_same_file(place, member, commit.tree):
            what, level = _difference(committed, member.content, commit.version)
            yield Finding(sdist.name, path, f"{what} what the release commit has in {place}", _SAME, level)


_COMMIT_ID: Final = re.compile(
    rb"\s*(?:[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{7,40} on [\w./-]{1,100} \([0-9 :+-]{10,30}\))\s*"
)
"""All that some builds write into a file of its own: nothing else can be hidden in it."""

_BUILD_CODE: Final = ("setup.py", "hatch_build.py", "pdm_build.py", "build.py")
"""Where a project has code of its own that its build runs."""

_STAMPED: Final = re.compile(rb"\s*(?:#|//|/\*)[^\n]{0,80}\b(?:auto-?)?generated\b", re.IGNORECASE)
_LARGEST_STAMP: Final = 2_000


def _difference(committed: bytes, packed: bytes, version: str) -> tuple[str, Level]:
    """What a changed file is, and how serious that is: what a build is known to write into it is told.

    That is the version, in the place of another string; or the commit it was made from, in a small file that
    says of itself that it is generated.
    """
    if backend_generated_files.is_substituted(packed, committed, version):
        return "is, but for the version that the build has written into it,", Level.WARN
    is_stamp = max(len(committed), len(packed)) <= _LARGEST_STAMP
    said_so = all(_STAMPED.match(each) for each in (committed, packed))
    return "is not", Level.WARN if is_stamp and said_so else Level.REFUSE


def _unless_named(added: Finding, commit: Commit) -> Finding:
    """What is told of a file that comes from elsewhere; a warning where the build's own code names it."""
    code = commit.build_code_naming(added.path)
    if not code:
        return added
    return added._replace(what=f"{added.what} ({code} names it)", cure=_BY_BUILD, level=Level.WARN)


_BY_BUILD: Final = "nothing to do, if the build is meant to write it"


def _is_pinned(path: str, content: bytes, commit: Commit) -> bool:
    """Whether the build's own code names a small file that states the version: it writes it there."""
    is_small = len(content) <= _LARGEST_STAMP and commit.version.encode() in content
    return is_small and bool(commit.build_code_naming(path))


_MANIFESTS: Final = frozenset(("Cargo.toml", "Cargo.lock", "pyproject.toml"))


def _moved(path: str, by_name: Mapping[str, list[str]], tree: Tree) -> Iterator[bytes | None]:
    """The manifests of this name elsewhere: of a member of a workspace, maturin packs the workspace."""
    if _name(path) in _MANIFESTS:
        yield from map(tree.read, by_name.get(_name(path), ()))


def _has_source(place: str, commit: Commit) -> bool:
    """Whether a file that is not committed has its committed source beside it, as ``a.c`` of ``a.pyx``."""
    return commit.tree.read(place) is None and any(
        commit.tree.read(source) is not None for source in backend_generated_files.sources(place)
    )


_ORIGINALS: Final = {"pyproject.toml.orig": "pyproject.toml"}
"""The copies that uv_build keeps of files it rewrites, with the path of the original."""

_COMMIT: Final = "commit it, or keep it out of the sdist"
_SAME: Final = (
    "see what changes it while the sdist is built; a filter or .git/info/attributes of this clone does so too"
)
_ADDED: Final = "see what adds it while the wheel is built"
_CHANGED: Final = "see what changes it while the wheel is built"


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _by_name(paths: Iterable[str]) -> Mapping[str, list[str]]:
    found = defaultdict[str, list[str]](list)
    for path in paths:
        found[_name(path)].append(path)
    return found


def _is_same_file(place: str, member: Member, tree: Tree) -> bool:
    """Whether a member has the bytes of a file of the tree, as committed or as checked out.

    The file may be in another folder, such as a licence that projects share. The committed bytes are compared
    first, because a checkout costs one process per file.
    """
    committed = tree.read(place)
    if member.content == committed or _is_stored_apart(member.content, committed or b""):
        return True
    return _may_be_checked_out(member.content, committed) and member.content == tree.checked_out(place)


def _may_be_checked_out(content: bytes, committed: bytes | None) -> bool:
    """Whether attributes could make one of the other: line ends, an encoding, or a keyword."""
    if committed is None:
        return False
    alike = content.replace(b"\r\n", b"\n") == committed.replace(b"\r\n", b"\n")
    return alike or b"$" in committed or b"\0" in content or not content.isascii()


_POINTER: Final = b"version https://git-lfs.github.com/spec/v1\n"


def _is_stored_apart(content: bytes, committed: bytes) -> bool:
    """Whether the commit names these bytes by their digest, in a pointer file of Git LFS."""
    digest = hashlib.sha256(content).hexdigest().encode()
    return committed.startswith(_POINTER) and b"\noid sha256:" + digest + b"\n" in committed


def lfs_pointers(archive: Archive) -> Iterator[Finding]:
    """Find the pointer files of Git LFS that were packed instead of what they point to."""
    for path, member in archive.files().items():
        if member.content.startswith(_POINTER):
            what = "is a pointer of Git LFS, not the file that it stands for"
            yield Finding(archive.name, path, what, _FETCHED, Level.WARN)


def left_out_of_exports(sdist: Archive, commit: Commit) -> Iterator[Finding]:
    """Find files that the repository leaves out of its own archives, and that were packed all the same.

    Only the ``.gitattributes`` at the top counts (gitattributes, ``export-ignore``).
    """
    text = (commit.tree.read(".gitattributes") or b"").decode("utf-8", "replace")
    lines = (line.split() for line in text.splitlines() if not line.startswith("#"))
    patterns = [words[0] for words in lines if "export-ignore" in words[1:]]
    for path in sdist.files() if patterns else ():
        place = commit.at(path)
        if any(backend_generated_files.is_matched(place, pattern) for pattern in patterns):
            what = "is marked export-ignore in .gitattributes, and is packed all the same"
            yield Finding(
                sdist.name, path, what, "exclude it in the settings of the build backend", Level.WARN
            )


_FETCHED: Final = "git lfs install && git lfs pull, then release again; or keep it out of what is packed"
_COMPILED: Final = (
    *(b"\x7fELF", b"MZ", b"!<arch>\n", b"\0asm"),
    *(b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa\xcf"),
)


def of_wheel(wheel: Archive, sdist: Archive, commit: Commit) -> Iterator[Finding]:
    """Find the files of a wheel that are not in the sdist that it is built from.

    Only a file's name and bytes count: a folder such as ``src`` may be left out and others be renamed.
    Compiled files are recognised by their first bytes.
    """
    declared_files, source = commit.declared_files(), sdist.files()
    places, known = _by_name(source), {member.content for member in source.values()}
    for path, member in wheel.files().items():
        same = places.get(_name(path), ())
        if (
            backend_generated_files.in_wheel(path)
            or member.content.startswith(_COMPILED)
            or declared_files.contains(path, member.content)
            or any(_is_equal(member, source[place]) for place in same)
            or member.content in known
            or _is_written_by_backend(path, member.content)
            or any(_name(each) in places for each in backend_generated_files.sources(path))
        ):
            continue
        similar = next((place for place in same if _is_same_path(path, place)), "")
        if similar:
            what, level = _difference(source[similar].content, member.content, commit.version)
            level = Level.WARN if _is_pinned(path, member.content, commit) else level
            yield Finding(wheel.name, path, f"{what} what the sdist has in {similar}", _CHANGED, level)
        else:
            yield _unless_named(Finding(wheel.name, path, "is not in the sdist", _ADDED), commit)


_MATURIN_INIT: Final = re.compile(
    rb"from \.(\w+) import \*\s+__doc__ = \1\.__doc__\s+"
    rb'if hasattr\(\1, "__all__"\):\s+__all__ = \1\.__all__\s*'
)


def _is_written_by_backend(path: str, content: bytes) -> bool:
    """Whether a backend writes such a file itself: an empty one, maturin's, a namespace of setuptools."""
    return not content or bool(_MATURIN_INIT.fullmatch(content)) or is_namespace_file(path, content)


def is_namespace_file(path: str, content: bytes) -> bool:
    """Whether this is the ``-nspkg.pth`` that setuptools makes of ``namespace_packages``, and no more."""
    if not path.endswith("-nspkg.pth") or "/" in path:
        return False
    lines = [line for line in content.splitlines() if line.strip()]
    return all(line.startswith(b"import sys, types, os;") for line in lines)


_SCRIPT: Final = b"#!python"


def _is_equal(built: Member, source: Member) -> bool:
    """Whether the bytes are the same, ignoring the first line of a script (PEP 427, scripts)."""
    if built.content.startswith(_SCRIPT) and source.content.startswith(b"#!"):
        return built.content.partition(b"\n")[2] == source.content.partition(b"\n")[2]
    return built.content == source.content


def _is_same_path(path: str, place: str) -> bool:
    """Whether one path ends with the other."""
    return f"/{place}".endswith(f"/{path}") or f"/{path}".endswith(f"/{place}")
