"""Lowers the priority of a worker, so that the project's tests, which everybody waits for, go first.

It only ever affects the calling process and what that starts.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

ALONE = "RELEASE_ASYNC_RUNS_NO_TESTS"
"""A variable of a worker's environment: nothing of ours goes first. No child of the worker gets it."""

NICENESS = 10
"""Against a process of the default niceness, 0, this one gets a tenth of a processor (sched(7))."""


def lower() -> None:
    """Lower our own priority, where the system allows it, unless there is nothing that goes first.

    Without tests it would only let the rest of a busy machine go before a release that somebody waits for.
    """
    if os.environ.pop(ALONE, "") or sys.platform == "win32":
        return
    with suppress(OSError):
        niceness = os.nice(NICENESS)
        # With autogroups, Linux compares niceness only within a session, and each child has its own session.
        Path("/proc/self/autogroup").write_text(str(niceness), encoding="ascii")
