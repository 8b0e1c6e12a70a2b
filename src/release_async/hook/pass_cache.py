"""Records that an index passed, so that the hook file can skip starting Python. Checks nothing itself.

``stands`` in ``hooks/pre-commit`` prints the same record and compares: the installed release-async, the index
entries of all names that the pass depended on, and an end mark. It may be deleted at any time.
"""

# ruff: noqa: PTH100, PTH103, PTH105, PTH108, PTH113, PTH118, PTH119 - pathlib would cost a commit its import
# ruff: noqa: PTH120, PTH123, PTH204, PTH208 - as above

import os
import time

from release_async.base.lazy_typing import AbstractSet, Iterable
from release_async.repository.snapshot import Snapshot
from release_async.versions.find_distributions import ENDINGS
from release_async.versions.parsed_files import ParsedFiles

FILE = "verdict-1"
"""The record, in ``release-async/`` below the git directory; the number is the version of its format."""

_MOST_NAMES = 500
"""Names; git compares each with every path of the index, so with more of them starting Python is as fast."""
_MINIMUM_AGE = 2.0
"""Seconds. A newer installation may have replaced the code while this process was running."""
_LINK = "120000 "
_ORDINARY = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/+@=,-")
_UNUSUAL_PATHSPEC = "*[!A-Za-z0-9._/+@=,-]*"
"""The pathspec of paths with any other character."""


class Names:
    """A set of file names that git and Python match alike: by ending, or by containing an unusual character.

    Attributes:
        endings: Ends of paths, of characters without special meaning in a shell or a pathspec.
        unusual: Whether every path with any other character matches too.
    """

    __slots__ = ("endings", "unusual")

    def __init__(self, names: AbstractSet[str] = frozenset()) -> None:
        unusual = {name for name in names if not _ORDINARY.issuperset(name)}
        self.endings = tuple(sorted(names - unusual))
        self.unusual = bool(unusual)

    def pathspecs(self) -> str:
        """The names as pathspecs (gitglossary), separated by spaces for the shell."""
        return " ".join(
            (*(f"*{ending}" for ending in self.endings), *([_UNUSUAL_PATHSPEC] if self.unusual else ()))
        )

    def matches(self, path: str) -> bool:
        """Whether the pathspecs match this path."""
        return path.endswith(self.endings) or (self.unusual and not _ORDINARY.issuperset(path))


def record_pass(file: str, tree: Snapshot, texts: ParsedFiles) -> None:
    """Record that an index passed, unless its dependencies cannot be expressed. Raises nothing.

    Args:
        file: The record.
        tree: The index.
        texts: The files that the check asked for.
    """
    if any(tree.read(path) is None for path in texts.empty):
        return  # added with --intent-to-add: a later commit may have other content
    entries = [record.partition("\t") for record in tree.records()]
    names = dependencies(texts)
    listed = [(entry, path) for entry, _, path in entries if names.matches(path)]
    if not names.endings or any(entry.startswith(_LINK) for entry, _ in listed):
        return  # the target of a link may change while the link does not
    try:
        record = _record_file()
        if time.time() - os.path.getmtime(record) < _MINIMUM_AGE:
            return
        with open(record, "rb") as stream:
            hashes = stream.read()
        folder = os.path.basename(os.path.dirname(record))
        head = f"{folder} {names.pathspecs()}\n{_base_names(texts.empty).pathspecs()}\n"
        listing = "".join(f"{entry}\t{path}\0" for entry, path in listed)
        _write(file, head.encode() + hashes + os.fsencode(listing) + b"stands\n")
    except OSError:
        return  # the next commit is checked in full again


def library() -> str:
    """The folder that this package is installed in; empty if it runs from its source tree."""
    try:
        _record_file()
    except OSError:
        return ""
    return _library()


def _library() -> str:
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def _record_file() -> str:
    """The RECORD file with the hashes of this package's files, which every installation rewrites.

    See "Recording installed projects" in the Python packaging specifications.

    Raises:
        FileNotFoundError: The package is not installed, or not completely.
    """
    library = _library()
    beside = os.listdir(library)
    found = [name for name in beside if name.startswith("release_async-") and name.endswith(".dist-info")]
    path = os.path.join(library, found[0], "RECORD") if len(found) == 1 else ""
    if not os.path.isfile(path) or not _ORDINARY.issuperset(found[0]):
        raise FileNotFoundError(library)
    return path


def dependencies(texts: ParsedFiles) -> Names:
    """The names on which a pass depended: those that are always looked for, and those that were asked for.

    A path that is a folder is left out: it cannot become a file while the index has files in it.

    Returns:
        The names; none if there are too many, or if every file matters.
    """
    if "" in texts.endings:
        return Names()
    fixed = (*ENDINGS, *texts.endings)
    asked = {path for path in texts.requested if not path.endswith(fixed)}
    if asked:
        asked -= _parents(path for path in texts.paths if path.endswith(fixed))
    names = _base_names((*fixed, *asked))
    return names if len(names.endings) <= _MOST_NAMES else Names()


def _parents(paths: Iterable[str]) -> set[str]:
    """All parent folders of these paths."""
    found: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


def _base_names(paths: Iterable[str]) -> Names:
    """The last parts of these paths, without empty ones, which are no files."""
    return Names({name for path in paths if (name := path.rpartition("/")[2])})


def _write(file: str, content: bytes) -> None:
    """Write a file atomically, readable by the user alone."""
    os.makedirs(os.path.dirname(file), mode=0o700, exist_ok=True)
    new = f"{file}.{os.getpid()}"
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        try:
            stream.write(content)
            stream.flush()
            os.replace(new, file)
        except OSError:
            os.unlink(new)
            raise
