"""The watchdog's process: if release-async is killed, it ends the commands that are still running.

Its standard input says which process groups run. When that ends unannounced, release-async is gone: even
after SIGKILL no test suite and no push goes on. Each line is a sign and what it speaks of::

    +HEX    a command is about to start: its arguments, as ``as_line`` writes them
    !GROUP  it runs now
    ?GROUP  it runs now, and exits by itself
    .HEX    its group has been told, or it did not start
    -GROUP  nothing of the group runs any more

Standard library only, and little of that: each release starts one.
"""

import os
import signal
import sys
import time

TERM_SECONDS = 0.5
"""How long commands may take to remove their locks."""

START_SECONDS = 0.5
"""How long to look for a command that was about to start."""

CHILD_SECONDS = 2.0
"""How long children that exit when their input is closed may take for that."""


Arguments = tuple[bytes, ...]


class Running:
    """What the lines have said so far.

    Attributes:
        commands: The groups of commands.
        children: The groups of what exits by itself when its input is closed, or at once.
        starting: The arguments of what nobody has told the group of.
    """

    def __init__(self) -> None:
        self.commands: set[int] = set()
        self.children: set[int] = set()
        self.starting: list[Arguments] = []

    def read(self, line: bytes) -> None:
        """Take one line into account; half a line is the last that somebody wrote who was killed in it."""
        if not line.endswith(b"\n"):
            return
        sign, word = line[:1], line[1:].strip()
        if sign == b"+":
            self.starting.append(_arguments(word))
        elif sign == b"." and _arguments(word) in self.starting:
            self.starting.remove(_arguments(word))
        elif sign == b"-":
            self.commands.discard(int(word))
            self.children.discard(int(word))
        elif sign in {b"!", b"?"}:
            (self.commands if sign == b"!" else self.children).add(int(word))


def main() -> None:
    """Read the list until release-async is gone, then end what is on it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    running = Running()
    for line in sys.stdin.buffer:
        running.read(line)
    running.commands |= _begun(running)
    _signal(running.commands, signal.SIGTERM)
    _wait_for(running.commands, TERM_SECONDS)
    _signal(running.commands, signal.SIGKILL)
    _wait_for(running.children, CHILD_SECONDS)
    _signal(running.children, signal.SIGKILL)


def as_line(arguments: tuple[str, ...]) -> bytes:
    """A command's arguments on one line, whatever is in them."""
    return b"\0".join(map(os.fsencode, arguments)).hex().encode()


def _arguments(word: bytes) -> Arguments:
    return tuple(bytes.fromhex(word.decode()).split(b"\0"))


def _begun(running: Running) -> set[int]:
    """The groups of commands that began, where release-async died before it could say so (Linux only).

    Such a command leads a session, and has lost the same parent as we. That alone is true of many daemons:
    it also has to be called with the very arguments that were announced.
    """
    deadline = time.monotonic() + START_SECONDS
    found: set[int] = set()
    while len(found) < len(running.starting) and time.monotonic() < deadline:
        found |= {pid for pid in _siblings() if any(_is_called(pid, each) for each in running.starting)}
        time.sleep(0.02)
    return found


def _siblings() -> list[int]:
    """The processes that lead a session and have our parent (proc_pid_stat(5)); none without a /proc."""
    return [pid for pid in _processes() if (os.getppid(), pid) == _parent_and_session(pid)]


def _processes() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdecimal()]  # noqa: PTH208 - pathlib takes longer to import than all else here
    except OSError:
        return []


def _parent_and_session(pid: int) -> tuple[int, int]:
    _, parent, _, session = _read(pid, "stat").rpartition(b")")[2].split()[:4] or (b"", b"0", b"", b"0")
    return int(parent), int(session)


def _is_called(pid: int, arguments: Arguments) -> bool:
    """Whether a process has these arguments; those of a script come after its interpreter's (execve(2))."""
    words = tuple(_read(pid, "cmdline").removesuffix(b"\0").split(b"\0"))
    program, *rest = arguments
    return words[len(words) - len(rest) :] == tuple(rest) if rest else words[-1].endswith(program)


def _read(pid: int, name: str) -> bytes:
    """What the kernel tells of a process; empty for one that has gone."""
    try:
        with open(f"/proc/{pid}/{name}", "rb") as file:  # noqa: PTH123 - pathlib takes longer to import than all else here
            return file.read()
    except OSError:
        return b""


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
