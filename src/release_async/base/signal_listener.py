"""Receives SIGINT, SIGTERM and SIGHUP for the whole life of the process; it ends nothing itself.

To wait for a signal, wait until `SignalListener.fileno` is readable. Standard library only.
"""

import os
import signal
import sys
import time
from collections import deque
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType

from release_async.base.errors import ReleaseAsyncError
from release_async.base.lazy_typing import Callable, Iterator, NamedTuple, Never, Self

TERMINATION_SIGNALS = () if sys.platform == "win32" else (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals that ask a process to end; none on Windows, where no event loop can wait for a pipe."""


class Interrupted(ReleaseAsyncError):  # noqa: N818 - no error: the user asked for it
    """A signal ended the work before it was done.

    Attributes:
        signal: The first signal received; the exit code is 128 more, as in shells.
    """

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(f"interrupted by {spoken(number)}")
        self.signal = number
        self.code = 128 + number


def spoken(number: signal.Signals) -> str:
    """A signal's name, with the key that a person pressed where there is one: ``SIGINT (Ctrl-C)``."""
    return f"{number.name} (Ctrl-C)" if number is signal.SIGINT else number.name


_Handler = Callable[[int, FrameType | None], None]


class ReceivedSignal(NamedTuple):
    """One signal, and when it was received (``time.monotonic()``)."""

    number: signal.Signals
    at: float


class SignalListener:
    """Records each signal while the context lasts; only in a process's main thread.

    A signal that was ignored when the process started stays ignored (``nohup``).
    """

    def __init__(self) -> None:
        self._arrived: deque[ReceivedSignal] = deque()
        self._reader, self._writer = -1, -1
        self._before = {
            number: handler
            for number in TERMINATION_SIGNALS
            if (handler := signal.getsignal(number)) is not signal.SIG_IGN
        }

    def listen(self) -> None:
        """Listen from now on, for the rest of the process."""
        if not TERMINATION_SIGNALS:
            return
        self._reader, self._writer = os.pipe()
        for end in (self._reader, self._writer):
            os.set_blocking(end, False)
        self._handle(self._note)

    def __enter__(self) -> Self:
        """Listen while the context lasts."""
        self.listen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Restore the previous handlers."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        for end in (self._reader, self._writer):
            if end >= 0:
                os.close(end)

    def fileno(self) -> int:
        """A descriptor that is readable once a signal was received."""
        return self._reader

    @property
    def waker(self) -> int:
        """A descriptor for ``signal.set_wakeup_fd``: signals may reach any thread of a process."""
        return self._writer

    def received(self) -> list[ReceivedSignal]:
        """The signals received since the last call."""
        with suppress(OSError):  # the pipe is empty, or there is none
            while os.read(self._reader, 512):
                pass
        return [self._arrived.popleft() for _ in range(len(self._arrived))]

    @contextmanager
    def raising(self) -> Iterator[None]:
        """Raise ``Interrupted`` at once when a signal arrives: for work without an event loop.

        Raises:
            Interrupted: A signal was received, in this context or before.
        """
        try:
            self._handle(_raise)
            for number, _ in self.received():
                raise Interrupted(number)
            yield
        finally:
            self._handle(self._note)

    def ignore_from_now_on(self) -> None:
        """Ignore all signals from now on: the exit code is decided and the process is about to end."""
        for number in self._before:
            signal.signal(number, signal.SIG_IGN)

    def _handle(self, handler: _Handler) -> None:
        for number in self._before:
            signal.signal(number, handler)

    def _note(self, number: int, _: FrameType | None) -> None:
        self._arrived.append(ReceivedSignal(signal.Signals(number), time.monotonic()))
        with suppress(BlockingIOError):
            os.write(self._writer, b"!")


def _raise(number: int, _: FrameType | None) -> Never:
    raise Interrupted(signal.Signals(number))
