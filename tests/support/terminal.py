"""A real pseudo-terminal of 80 by 24 with a program in it, and the screen that a person would see."""

import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from fcntl import ioctl
from struct import pack
from types import TracebackType
from typing import Protocol, Self

import pyte

from support import canary

# The child must be the leader of a session whose terminal is ours, or Ctrl-C would reach nobody.
_IN_TERMINAL = "import os, sys; os.login_tty(0); os.execv(sys.argv[1], sys.argv[1:])"

CTRL_C = "\x03"


class Process(Protocol):
    """A program that runs on the terminal; as ``subprocess.Popen`` has it."""

    pid: int

    def poll(self) -> int | None:
        """How it ended; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended."""

    def send_signal(self, sig: int) -> None:
        """Send it a signal."""

    def kill(self) -> None:
        """End it."""


class Terminal:
    """A program on a terminal of its own; a context that ends it.

    A person sits there: ``CI``, by which tests keep off the terminal that they were started on, is not set.
    """

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], size: tuple[int, int] = (80, 24)) -> None:
        columns, lines = size
        self.screen = pyte.Screen(columns, lines)
        self._bytes = pyte.ByteStream(self.screen)
        self._shown: list[str] | None = None
        self.raw = b""
        self._ours, self._theirs = pty.openpty()
        self._tell_size(columns, lines)
        self._modes = termios.tcgetattr(self._theirs)
        persons = {name: value for name, value in env.items() if name != "CI"}
        self.process = self._started(argv, {"TERM": "xterm-256color", "LANG": "C.UTF-8", **persons})

    def _started(self, argv: Sequence[str], env: Mapping[str, str]) -> Process:
        """Start the program on their end of the terminal."""
        return subprocess.Popen(
            [sys.executable, "-I", "-c", _IN_TERMINAL, *argv],
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
            env=env,
        )

    def __enter__(self) -> Self:
        """The terminal itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the program where it still runs, and close both ends."""
        self.process.kill()
        self.process.wait()
        self.hang_up()
        os.close(self._theirs)
        canary.hear("the terminal", self.raw)

    @property
    def lines(self) -> list[str]:
        """What stands on the screen, without what is empty at its end.

        Who waits for something asks again and again: it is put together anew only when more has come.
        """
        if self._shown is None:
            self._shown = [self._row(number) for number in range(self.screen.lines)]
            while self._shown and not self._shown[-1]:
                self._shown.pop()
        return [*self._shown]

    def _row(self, number: int) -> str:
        """One line of the screen; behind a character of two columns pyte has an empty one."""
        cells = self.screen.buffer[number]
        return "".join(cells[column].data for column in range(max(cells, default=-1) + 1)).rstrip()

    @property
    def cursor_visible(self) -> bool:
        """Whether the person sees where they type."""
        return not self.screen.cursor.hidden

    @property
    def modes_are_as_before(self) -> bool:
        """Whether echo, line editing and the like are as the program found them."""
        return termios.tcgetattr(self._theirs) == self._modes

    def show_on(self, screen: pyte.Screen) -> None:
        """Use another kind of screen; to be called before anything is read."""
        self.screen, self._bytes, self._shown = screen, pyte.ByteStream(screen), None

    def resize(self, columns: int, lines: int) -> None:
        """Drag the window to another size; who runs in it is told by a signal, as always."""
        self.screen.resize(lines, columns)
        self._shown = None
        self._tell_size(columns, lines)

    def _tell_size(self, columns: int, lines: int) -> None:
        ioctl(self._theirs, termios.TIOCSWINSZ, pack("HHHH", lines, columns, 0, 0))

    def type(self, keys: str) -> None:
        """Press keys; ``CTRL_C`` is one of them."""
        os.write(self._ours, keys.encode())

    def hang_up(self) -> None:
        """Close the window."""
        if self._ours >= 0:
            os.close(self._ours)
            self._ours = -1

    def read_until(self, condition: Callable[[Self], bool], seconds: float = 120.0) -> None:
        """Show what the program writes until ``condition`` holds.

        Raises:
            TimeoutError: It did not hold in time; the message is the screen.
        """
        deadline = time.monotonic() + seconds
        while not condition(self):
            if time.monotonic() > deadline:
                raise TimeoutError("\n".join(self.lines))
            self._read()

    def finish(self, seconds: float = 120.0) -> int:
        """Show everything until the program ends, and return its exit code."""
        self.read_until(lambda _: self.process.poll() is not None, seconds)
        while self._read():
            pass
        return self.process.wait()

    def _read(self) -> bool:
        ready, _, _ = select.select([self._ours], [], [], 0.02)
        if ready:
            chunk = os.read(self._ours, 65536)
            self.raw += chunk
            self._bytes.feed(chunk)
            self._shown = None
        return bool(ready)
