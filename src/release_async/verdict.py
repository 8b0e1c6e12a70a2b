"""Remembers that the versions of an index agreed, for the hook file to see without Python. Judges nothing.

The record is what ``stands`` in ``hooks/pre-commit`` says again: an installed release-async, the entries of
all names that the verdict depended on, and an end. Only a pass is written; who deletes it loses some milliseconds.
"""

# ruff: noqa: PTH101, PTH102, PTH105, PTH108, PTH118, PTH120, PTH123, PTH202, PTH204, PTH208 - pathlib would cost an import

import os
import re
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from release_async.snapshot import Snapshot
from release_async.versions.find import ENDINGS
from release_async.versions.texts import Texts

FILE: Final = "verdict-1"
"""The name of the record in ``release-async/`` below the git directory; the number is that of its form."""

_MOST_ENDINGS: Final = 500
_SETTLED: Final = 2.0
"""Seconds. An installation younger than that may have come while this process ran the one before it."""
_LINK: Final = "120000 "
_ODD: Final = re.compile(r"[^A-Za-z0-9._/+=@,-]", re.ASCII)


def remember(file: str, tree: Snapshot, texts: Texts) -> None:
    """Write that an index passed, unless it cannot be said on what that depended. Raises nothing.

    Args:
        file: Where the hook file looks.
        tree: The index.
        texts: What was asked of it.
    """
    if any(tree.read(path) is None for path in texts.hollow):
        return  # announced by git add --intent-to-add, and what is committed later may differ
    endings = _endings(tree, texts)
    records = tree.records(endings)
    if not endings or any(record.startswith(_LINK) for record in records):
        return  # where a link leads may change without it
    with suppress(OSError):
        installed = _installed()
        if time.time() - os.path.getmtime(installed) < _SETTLED:
            return
        with open(installed, "rb") as stream:
            hashes = stream.read()
        folder = os.path.basename(os.path.dirname(installed))
        head = f"{folder} {_pathspecs(endings)}\n{_pathspecs(_safe(_names(texts.hollow)))}\n"
        listing = "".join(f"{record}\0" for record in records)
        _write(file, head.encode() + hashes + os.fsencode(listing) + b"stands\n")


def library() -> str:
    """The folder that this package is installed in; empty where it runs from its sources."""
    try:
        _installed()
    except OSError:
        return ""
    return _library()


def _library() -> str:
    return os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def _installed() -> str:
    """The file in which an installer wrote the hashes of this package's files, and which each one writes anew.

    See "Recording installed projects", of the Python packaging specifications.

    Raises:
        FileNotFoundError: No installer did, or one left half of its work.
    """
    library = _library()
    beside = os.listdir(library)
    found = [name for name in beside if name.startswith("release_async-") and name.endswith(".dist-info")]
    path = os.path.join(library, found[0], "RECORD") if len(found) == 1 else ""
    if not os.path.isfile(path) or _ODD.search(found[0]):
        raise FileNotFoundError(library)
    return path


def _endings(tree: Snapshot, texts: Texts) -> tuple[str, ...]:
    """How the paths end on which a verdict depended: those of fixed names, and those that were asked for.

    What was asked for as a folder needs none: it cannot be a file as long as the files in it are entries.

    Returns:
        The endings; none where they are too many, or all paths.
    """
    fixed = _safe((*ENDINGS, *texts.endings))
    asked = {path for path in texts.asked if not path.endswith(fixed)}
    if not asked:
        return fixed
    folders: set[str] = set()
    for record in tree.records(fixed):
        folder = record.partition("\t")[2].rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    endings = _safe((*fixed, *_names(asked - folders)))
    return () if "" in endings or len(endings) > _MOST_ENDINGS else endings


def _names(paths: Iterable[str]) -> set[str]:
    """The last parts of paths; one without is no file's."""
    return {name for path in paths if (name := path.rpartition("/")[2])}


def _safe(endings: Iterable[str]) -> tuple[str, ...]:
    """Endings cut behind the last sign that a shell or git could read as another: they fit more paths then."""
    return tuple(sorted({_ODD.split(ending)[-1] for ending in endings}))


def _pathspecs(endings: Iterable[str]) -> str:
    return " ".join(f"*{ending}" for ending in endings)


def _write(file: str, content: bytes) -> None:
    """Write at one go, for the user alone."""
    os.makedirs(os.path.dirname(file), mode=0o700, exist_ok=True)
    new = f"{file}.{os.getpid()}"
    try:
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(content)
        os.replace(new, file)
    except OSError:
        with suppress(OSError):
            os.unlink(new)
        raise
