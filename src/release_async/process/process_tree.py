"""How a child ends, with all that it has started: asked first, then made to, within bounded time.

It starts nothing. Who insists on an end (`hurry`) gets it sooner.
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


class Patience(NamedTuple):
    """Seconds a process tree gets to end after SIGTERM, and then after SIGKILL."""

    after_term: float
    after_kill: float


IN_A_HURRY = 0.2
"""Seconds after SIGTERM for a person who insists: enough for git to take its locks away."""

_NOTHING, _TERM = 0, int(signal.SIGTERM)
KILL = int(getattr(signal, "SIGKILL", signal.SIGTERM))
"""The signal that nobody can refuse, as far as this system has one."""


class _Haste:
    """Whether the person insists, and what was being waited for when they began to."""

    def __init__(self) -> None:
        self.insisted = False
        self.waiting: set[anyio.CancelScope] = set()


_haste = _Haste()


def hurry() -> None:
    """From now on, what is to end is killed where it does not go at once; to be called in the event loop."""
    _haste.insisted = True
    for scope in _haste.waiting:
        scope.deadline = min(scope.deadline, anyio.current_time() + IN_A_HURRY)


@contextmanager
def grace(seconds: float) -> Iterator[anyio.CancelScope]:
    """Wait in here: this long at most, and hardly at all once the person insists."""
    with anyio.move_on_after(min(seconds, IN_A_HURRY) if _haste.insisted else seconds) as scope:
        _haste.waiting.add(scope)
        try:
            yield scope
        finally:
            _haste.waiting.discard(scope)


async def end_tree(process: Process, patience: Patience) -> None:
    """End a child and its process group: SIGTERM, and SIGKILL where that was not enough.

    Args:
        process: The child, which leads its group.
        patience: How long each of the two may take.
    """
    if not _signal_tree(process, _TERM):
        return
    with grace(patience.after_term) as limit:
        await _gone(process)
    if limit.cancelled_caught and _signal_tree(process, KILL):
        with anyio.move_on_after(patience.after_kill):
            await _gone(process)


async def _gone(process: Process) -> None:
    await process.wait()
    while _lives(process):  # noqa: ASYNC110 - no event tells that a group is empty
        await anyio.sleep(0.02)


def _signal_tree(process: Process, number: int) -> bool:
    """Signal the child's process group; the answer is whether there was anyone to hear it."""
    if sys.platform == "win32":
        if number != _NOTHING and process.returncode is None:
            process.terminate()
        return process.returncode is None
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):  # macOS answers the second for a group of zombies
        return False
    return True


def _lives(process: Process) -> bool:
    """Whether the group holds more than zombies, which stay for ever in containers without an init."""
    if not _signal_tree(process, _NOTHING):
        return False
    states = list(_states(process.pid))
    return not states or any(state not in "ZX" for state in states)


def _states(group: int) -> Iterator[str]:
    """The states of a group's processes, from proc(5); none where the system has no such files."""
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended while we looked
            state, _parent, its_group, *_ = file.read_text(errors="replace").rpartition(")")[2].split()
            if int(its_group) == group:
                yield state
