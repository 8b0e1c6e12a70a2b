"""Remembers that the versions of an index agreed, for the hook file to see without Python. Judges nothing.

The record is what ``stands`` in ``hooks/pre-commit`` says again: an installed release-async, the entries of
all names that the verdict depended on, and an end. Only a pass is written; it can be deleted at any time.
"""

# ruff: noqa: PTH100, PTH103, PTH105, PTH108, PTH113, PTH118, PTH119 - pathlib would cost a commit its import
# ruff: noqa: PTH120, PTH123, PTH204, PTH208 - as above

import os
import time

from release_async.base.lazy_typing import AbstractSet, Iterable
from release_async.repository.snapshot import Snapshot
from release_async.versions.find import ENDINGS
from release_async.versions.parsed_files import ParsedFiles

FILE = "verdict-1"
"""The name of the record in ``release-async/`` below the git directory; the number is that of its form."""

_MOST = 500
"""Names; git compares each with every path of the index, so with more of them Python is no slower."""
_SETTLED = 2.0
"""Seconds. An installation younger than that may have come while this process ran the one before it."""
_LINK = "120000 "
_EVEN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/+@=,-")
_WITH_ODD = "*[!A-Za-z0-9._/+@=,-]*"
"""The pathspec of what has any other sign."""


class Names:
    """Names of files, as git and Python tell them apart alike: by how they end, or by holding an odd sign.

    Attributes:
        endings: Ends of paths, of signs that mean themselves in a shell and in a pathspec.
        odd: Whether every path with any other sign is meant too.
    """

    __slots__ = ("endings", "odd")

    def __init__(self, names: AbstractSet[str] = frozenset()) -> None:
        odd = {name for name in names if not _EVEN.issuperset(name)}
        self.endings = tuple(sorted(names - odd))
        self.odd = bool(odd)

    def pathspecs(self) -> str:
        """As git takes them (gitglossary, pathspec), for a shell to split at the spaces."""
        return " ".join((*(f"*{ending}" for ending in self.endings), *([_WITH_ODD] if self.odd else ())))

    def fit(self, path: str) -> bool:
        """Whether git would list this path."""
        return path.endswith(self.endings) or (self.odd and not _EVEN.issuperset(path))


def remember(file: str, tree: Snapshot, texts: ParsedFiles) -> None:
    """Write that an index passed, unless it cannot be said on what that depended. Raises nothing.

    Args:
        file: Where the hook file looks.
        tree: The index.
        texts: What was asked of it.
    """
    if any(tree.read(path) is None for path in texts.hollow):
        return  # announced by git add --intent-to-add, and what is committed later may differ
    entries = [record.partition("\t") for record in tree.records()]
    names = depended(texts)
    listed = [(entry, path) for entry, _, path in entries if names.fit(path)]
    if not names.endings or any(entry.startswith(_LINK) for entry, _ in listed):
        return  # where a link leads may change without it
    try:
        installed = _installed()
        if time.time() - os.path.getmtime(installed) < _SETTLED:
            return
        with open(installed, "rb") as stream:
            hashes = stream.read()
        folder = os.path.basename(os.path.dirname(installed))
        head = f"{folder} {names.pathspecs()}\n{_named(texts.hollow).pathspecs()}\n"
        listing = "".join(f"{entry}\t{path}\0" for entry, path in listed)
        _write(file, head.encode() + hashes + os.fsencode(listing) + b"stands\n")
    except OSError:
        return  # the next commit is judged in full, as this one was


def library() -> str:
    """The folder that this package is installed in; empty where it runs from its sources."""
    try:
        _installed()
    except OSError:
        return ""
    return _library()


def _library() -> str:
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def _installed() -> str:
    """The file in which an installer wrote the hashes of this package's files; each one writes it anew.

    See "Recording installed projects", of the Python packaging specifications.

    Raises:
        FileNotFoundError: No installer did, or one left half of its work.
    """
    library = _library()
    beside = os.listdir(library)
    found = [name for name in beside if name.startswith("release_async-") and name.endswith(".dist-info")]
    path = os.path.join(library, found[0], "RECORD") if len(found) == 1 else ""
    if not os.path.isfile(path) or not _EVEN.issuperset(found[0]):
        raise FileNotFoundError(library)
    return path


def depended(texts: ParsedFiles) -> Names:
    """The names on which a verdict depended: those that are always looked for, and those that were asked for.

    What was asked for as a folder needs none: it cannot be a file as long as the files in it are entries.

    Returns:
        The names; none where they are too many, or any file's.
    """
    if "" in texts.endings:
        return Names()
    fixed = (*ENDINGS, *texts.endings)
    asked = {path for path in texts.asked if not path.endswith(fixed)}
    if asked:
        asked -= _folders(path for path in texts.paths if path.endswith(fixed))
    names = _named((*fixed, *asked))
    return names if len(names.endings) <= _MOST else Names()


def _folders(paths: Iterable[str]) -> set[str]:
    """Every folder that one of these paths is in, at any depth."""
    found: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


def _named(paths: Iterable[str]) -> Names:
    """The last parts of these paths; one that has none is no file's."""
    return Names({name for path in paths if (name := path.rpartition("/")[2])})


def _write(file: str, content: bytes) -> None:
    """Write at one go, for the user alone."""
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
