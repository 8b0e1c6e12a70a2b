"""Git's lock files on a ref or an index: waits for them, and removes only those a dead run of ours has left.

Git removes its lock files itself unless it is killed (git's lockfile.h); those of living processes stay.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import anyio

from release_async.base.errors import FailedError
from release_async.external.git.git_commands import Git

TIMEOUT = 10.0
"""Seconds that another git process gets to finish."""


async def wait(git: Git, names: Sequence[str], since: float | None = None) -> None:
    """Wait until the locks are free.

    Args:
        git: Git in the working tree.
        names: What is locked, relative to the git directory: ``index``, ``HEAD``, ``refs/heads/main``.
        since: When an earlier run that died while it needed them began its command, in seconds since the
            epoch; None if none did. Only a lock left by that command is removed.

    Raises:
        FailedError: A lock is still there.
    """
    for path in await _paths(git, names):
        if since is not None and await anyio.to_thread.run_sync(_is_left_over, path, since):
            path.unlink(missing_ok=True)
        with anyio.move_on_after(TIMEOUT):
            while path.exists():  # noqa: ASYNC110 - git does not notify anybody
                await anyio.sleep(0.1)
        if path.exists():
            raise FailedError(
                f"another git process holds {path}",
                cure=f"let it finish; if none is running any more: rm {path}",
            )


async def _paths(git: Git, names: Sequence[str]) -> list[Path]:
    """Where the locks lie: branches and tags are all working trees' (gitrepository-layout(5))."""
    own, shared = (await git.facts()).directory, await git.common_directory()
    return [(shared if name.startswith("refs/") else own) / f"{name}.lock" for name in names]


def _is_left_over(path: Path, since: float) -> bool:
    """Whether a lock is younger than our dead command and no process has it open (proc(5)).

    Without ``/proc`` that cannot be known, and the answer is False.
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
        except OSError:  # it has been closed meanwhile, or belongs to another user
            continue
    return False
