"""The watchdog's child: outlives the tool for a moment, and ends the commands that it was in the middle of.

It is told on its standard input which process groups live. Where that ends unannounced, the tool is gone:
even SIGKILL, which nobody can hear, leaves no test suite and no push behind. Standard library only.
"""

import os
import signal
import sys
import time

TERM_SECONDS = 0.5
"""How long commands have to put their locks away."""

LIFELINE_SECONDS = 2.0
"""How long children with a lifeline of their own have to go by themselves."""


def main() -> None:
    """Keep the list until the tool is gone, then end what is on it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    commands, children = _listed()
    _signal(commands, signal.SIGTERM)
    _wait_for(commands, TERM_SECONDS)
    _signal(commands, signal.SIGKILL)
    _wait_for(children, LIFELINE_SECONDS)
    _signal(children, signal.SIGKILL)


def _listed() -> tuple[set[int], set[int]]:
    """The groups that live when the input ends: of commands, and of children with a lifeline of their own."""
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
    """Signal every group; the answer is whether there was anyone to hear it."""
    heard = False
    for group in groups:
        try:
            os.killpg(group, number)
            heard = True
        except (ProcessLookupError, PermissionError):
            continue
    return heard


if __name__ == "__main__":
    main()
