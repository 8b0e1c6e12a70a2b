"""Hears the signals that ask a process to end, from its first moment to its last; it ends nothing itself.

Whoever waits for them waits until `Ears.fileno` can be read, as every event loop can. Standard library only.
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

ASKING = () if sys.platform == "win32" else (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What asks a process to end; nothing on Windows, where no event loop can wait for a pipe."""


class Interrupted(ReleaseAsyncError):  # noqa: N818 - it is no error: the person asked for it
    """A signal ended the work before it was done.

    Attributes:
        signal: The first signal that came; the exit code is 128 more, as shells have it.
    """

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(f"interrupted by {number.name}")
        self.signal = number
        self.code = 128 + number


_Handler = Callable[[int, FrameType | None], None]


class ReceivedSignal(NamedTuple):
    """One signal, and when it came (``time.monotonic()``)."""

    number: signal.Signals
    at: float


class SignalListener:
    """Takes note of each signal, for as long as the context lasts; only in a process's main thread.

    A signal that was ignored when we were started stays ignored (``nohup``).
    """

    def __init__(self) -> None:
        self._arrived: deque[ReceivedSignal] = deque()
        self._reader, self._writer = -1, -1
        self._before = {
            number: handler
            for number in ASKING
            if (handler := signal.getsignal(number)) is not signal.SIG_IGN
        }

    def listen(self) -> None:
        """Listen from now on, without an end: for the process as a whole."""
        if not ASKING:
            return
        self._reader, self._writer = os.pipe()
        for end in (self._reader, self._writer):
            os.set_blocking(end, False)
        self._handle(self._note)

    def __enter__(self) -> Self:
        """Listen for as long as the context lasts."""
        self.listen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the signals back to whoever had them before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        for end in (self._reader, self._writer):
            if end >= 0:
                os.close(end)

    def fileno(self) -> int:
        """A descriptor that can be read when a signal has come."""
        return self._reader

    @property
    def waker(self) -> int:
        """A descriptor for ``signal.set_wakeup_fd``: signals may reach any thread of a process."""
        return self._writer

    def heard(self) -> list[ReceivedSignal]:
        """The signals that came since the last call."""
        with suppress(OSError):  # nothing more is there, or nothing can be
            while os.read(self._reader, 512):
                pass
        return [self._arrived.popleft() for _ in range(len(self._arrived))]

    @contextmanager
    def raising(self) -> Iterator[None]:
        """Raise ``Interrupted`` wherever a signal finds us: for work without an event loop.

        Raises:
            Interrupted: One came, in here or before.
        """
        try:
            self._handle(_raise)
            for number, _ in self.heard():
                raise Interrupted(number)
            yield
        finally:
            self._handle(self._note)

    def close_for_good(self) -> None:
        """Ignore all signals from now on: how the process ends is decided, and it is about to."""
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
