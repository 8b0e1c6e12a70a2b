"""Ends a child process with everything it started: SIGTERM first, then SIGKILL, in bounded time.

It starts nothing. After `hurry`, nothing gets long to exit.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import anyio
from anyio.abc import Process


class GracePeriod(NamedTuple):
    """Seconds that a process group gets to exit after SIGTERM, and then after SIGKILL."""

    after_term: float
    after_kill: float


COMMAND_GRACE = GracePeriod(5.0, 2.0)
"""For a command that still runs."""
LEFTOVER_GRACE = GracePeriod(0.5, 0.5)
"""For what a command has left running when it exited."""
HURRY_SECONDS = 0.2
"""Seconds after SIGTERM once a person is in a hurry: enough for git to remove its locks."""

_NO_SIGNAL, _TERM = 0, int(signal.SIGTERM)
KILL = int(getattr(signal, "SIGKILL", signal.SIGTERM))
"""The signal that no process can catch, where the system has one."""


class _Hurry:
    """Whether the person is in a hurry, and what is being waited for."""

    def __init__(self) -> None:
        self.begun = False
        self.waiting: set[anyio.CancelScope] = set()


_hurry = _Hurry()


def hurry() -> None:
    """From now on, kill what does not exit at once. To be called in the event loop."""
    _hurry.begun = True
    for scope in _hurry.waiting:
        scope.deadline = min(scope.deadline, anyio.current_time() + HURRY_SECONDS)


@contextmanager
def grace_period(seconds: float) -> Iterator[anyio.CancelScope]:
    """Wait inside for at most ``seconds``; after `hurry`, for hardly any time."""
    with anyio.move_on_after(min(seconds, HURRY_SECONDS) if _hurry.begun else seconds) as scope:
        _hurry.waiting.add(scope)
        try:
            yield scope
        finally:
            _hurry.waiting.discard(scope)


async def end_tree(process: Process, patience: GracePeriod) -> None:
    """End a child and its process group: SIGTERM, and SIGKILL where that was not enough.

    Args:
        process: The child, which leads its group.
        patience: How long to wait after each signal.
    """
    if not _signal_tree(process, _TERM):
        return
    with grace_period(patience.after_term) as limit:
        await _wait_until_gone(process)
    if limit.cancelled_caught and _signal_tree(process, KILL):
        with anyio.move_on_after(patience.after_kill):
            await _wait_until_gone(process)


async def _wait_until_gone(process: Process) -> None:
    await process.wait()
    while _is_alive(process):  # noqa: ASYNC110 - no event says that a group is empty
        await anyio.sleep(0.02)


def _signal_tree(process: Process, number: int) -> bool:
    """Signal the child's process group; return whether it had any process."""
    if sys.platform == "win32":
        if number != _NO_SIGNAL and process.returncode is None:
            process.terminate()
        return process.returncode is None
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):  # the second is what macOS raises for a group of zombies
        return False
    return True


def _is_alive(process: Process) -> bool:
    """Whether the group has a process that is no zombie; without an init, as in containers, those stay."""
    if not _signal_tree(process, _NO_SIGNAL):
        return False
    states = list(_process_states(process.pid))
    return not states or any(state not in "ZX" for state in states)


def _process_states(group: int) -> Iterator[str]:
    """The states of a group's processes (proc(5)); none where the system has no such files."""
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            state, _parent, its_group, *_ = file.read_text(errors="replace").rpartition(")")[2].split()
            if int(its_group) == group:
                yield state
