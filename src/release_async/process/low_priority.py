"""Lowers the priority of a worker, so that the project's tests, which everybody waits for, go first.

It only ever affects the calling process and what that starts.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

NICENESS = 10
"""Against a process of the default niceness, 0, this one gets a tenth of a processor (sched(7))."""


def lower() -> None:
    """Lower our own priority, where the system allows it."""
    if sys.platform == "win32":
        return
    with suppress(OSError):
        niceness = os.nice(NICENESS)
        # With autogroups, Linux compares niceness only within a session, and each child has its own session.
        Path("/proc/self/autogroup").write_text(str(niceness), encoding="ascii")
