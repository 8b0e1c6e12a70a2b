"""Lets a child that makes something ready give way to the project's tests, for which everybody waits.

It only ever lowers the priority of the process that calls it, and of what that starts.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

NICENESS = 10
"""Beside a process of the usual niceness, 0, this one gets a tenth of a processor (sched(7))."""


def give_way() -> None:
    """Lower our priority, where the system knows such a thing and lets us."""
    if sys.platform == "win32":
        return
    with suppress(OSError):
        niceness = os.nice(NICENESS)
        # Where Linux groups processes by session, niceness counts in a session only; each child has its own.
        Path("/proc/self/autogroup").write_text(str(niceness), encoding="ascii")
