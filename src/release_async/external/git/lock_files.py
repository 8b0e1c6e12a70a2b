"""The lock files of git that stand in the way of a ref or an index: waited for, removed only if ours.

Git removes them by itself unless it is killed (git's lockfile.h); a living process's own is never touched.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import anyio

from release_async.base.errors import FailedError
from release_async.external.git.client import Git

PATIENCE = 10.0
"""Seconds that another git process gets to finish."""


async def wait(git: Git, names: Sequence[str], since: float | None = None) -> None:
    """Wait until nobody holds the locks any more.

    Args:
        git: Git in the working tree that is meant.
        names: What is locked, relative to the git directory: ``index``, ``HEAD``, ``refs/heads/main``.
        since: When a command of ours that needed them was begun, and died with its run, in seconds since the
            epoch; None where none has. Only a lock that it has left is removed.

    Raises:
        FailedError: A lock is still there.
    """
    for path in await _paths(git, names):
        if since is not None and await anyio.to_thread.run_sync(_is_left_over, path, since):
            path.unlink(missing_ok=True)
        with anyio.move_on_after(PATIENCE):
            while path.exists():  # noqa: ASYNC110 - git tells nobody when it is done
                await anyio.sleep(0.1)
        if path.exists():
            raise FailedError(
                f"another git process holds {path}",
                cure=f"let it finish; if none is running any more: rm {path}",
            )


async def _paths(git: Git, names: Sequence[str]) -> list[Path]:
    asked = [word for name in names for word in ("--git-path", f"{name}.lock")]
    return [
        Path(line) for line in (await git.text("rev-parse", "--path-format=absolute", *asked)).splitlines()
    ]


def _is_left_over(path: Path, since: float) -> bool:
    """Whether a lock is younger than our dead command, and nobody has it open (proc(5)).

    Where there is no ``/proc`` that cannot be known, so it is not.
    """
    try:
        young = path.stat().st_mtime >= since
    except FileNotFoundError:
        return False
    return young and Path("/proc/self/fd").is_dir() and not _is_open(path)


def _is_open(path: Path) -> bool:
    real = os.path.realpath(path)
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(descriptor.readlink()) == real:
                return True
        except OSError:  # it was closed while we looked, or is another user's
            continue
    return False
