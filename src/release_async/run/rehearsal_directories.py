"""The folder of one rehearsal: made for it, and removed later where the rehearsal was killed in it.

A file in it is locked while the rehearsal runs, and goes at its end, however it ends. So one that is there
and that nobody holds is of a process that is gone (flock(2)).
"""

import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from release_async.base import files

PREFIX = "release-async-"
_RUNNING = ".running"


@contextmanager
def made() -> Iterator[Path]:
    """A new folder in that for temporary files; it stays, and is ours alone while the context lasts."""
    directory = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    begun = directory / f"{_RUNNING}.new"
    handle = os.open(begun, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        begun.rename(directory / _RUNNING)  # locked already when another rehearsal can see it
        yield directory
    finally:
        (directory / _RUNNING).unlink(missing_ok=True)
        os.close(handle)


def sweep() -> int:
    """Remove the folders of this person's rehearsals that were killed; no other one is touched.

    Returns:
        How many there were.
    """
    left = [path for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*") if _was_killed(path)]
    for directory in left:
        with suppress(OSError):  # it is in nobody's way
            files.remove_tree(directory)
    return len(left)


def _was_killed(directory: Path) -> bool:
    """Whether a folder is ours, and its rehearsal is gone without having come to its end."""
    try:
        seen = os.lstat(directory)
        if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.getuid():
            return False
        handle = os.open(directory / _RUNNING, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(handle)
