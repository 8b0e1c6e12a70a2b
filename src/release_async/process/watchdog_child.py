"""The watchdog's process: if release-async is killed, it ends the commands that are still running.

Its standard input says which process groups run. When that ends unannounced, release-async is gone: even
after SIGKILL no test suite and no push goes on. Standard library only.
"""

import os
import signal
import sys
import time

TERM_SECONDS = 0.5
"""How long commands may take to remove their locks."""

CHILD_SECONDS = 2.0
"""How long children that exit when their input is closed may take for that."""


def main() -> None:
    """Read the list until release-async is gone, then end what is on it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    commands, children = _running_groups()
    _signal(commands, signal.SIGTERM)
    _wait_for(commands, TERM_SECONDS)
    _signal(commands, signal.SIGKILL)
    _wait_for(children, CHILD_SECONDS)
    _signal(children, signal.SIGKILL)


def _running_groups() -> tuple[set[int], set[int]]:
    """The groups that run when the input ends: of commands, and of children that exit by themselves."""
    commands: set[int] = set()
    children: set[int] = set()
    for line in sys.stdin.buffer:
        sign, group = line[:1], int(line[1:])
        if sign == b"-":
            commands.discard(group)
            children.discard(group)
        else:
            (commands if sign == b"!" else children).add(group)
    return commands, children


def _wait_for(groups: set[int], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while _signal(groups, 0) and time.monotonic() < deadline:
        time.sleep(0.02)


def _signal(groups: set[int], number: int) -> bool:
    """Signal every group; return whether any had a process."""
    found = False
    for group in groups:
        try:
            os.killpg(group, number)
            found = True
        except (ProcessLookupError, PermissionError):
            continue
    return found


if __name__ == "__main__":
    main()
