"""Turns SIGINT, SIGTERM and SIGHUP into one orderly cancellation; it cleans nothing up itself.

The first signal cancels the work. The second cancels shielded work too, and stops waiting for slow children.
The third ends the process, unless something still has to be recorded.
"""

import math
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import anyio
from anyio.abc import TaskStatus

from release_async.base.exception_groups import unwrap_exception_groups
from release_async.base.signal_listener import TERMINATION_SIGNALS, Interrupted, SignalListener

T = TypeVar("T")

SECONDS_APART = 0.5
"""Signals closer together count as one: a key is held down, or terminal and shell send the same hangup."""


def _nothing(*_: object) -> None:
    """The default: no further action."""


class Escalation(NamedTuple):
    """What signals do beside cancelling the work.

    Attributes:
        first: Called at the first signal where shielded work goes on, with the signal and what that work is.
        second: Called at the second signal.
        third: Called at the third and any later one, with the first signal; not after `forbid_exit`.
    """

    first: Callable[[signal.Signals, str], object] = _nothing
    second: Callable[[], object] = _nothing
    third: Callable[[signal.Signals], object] = _nothing


@dataclass(slots=True)
class _Work:
    """The running work, and the signals received since it began."""

    escalation: Escalation
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    shielded: dict[anyio.CancelScope, str] = field(default_factory=dict)
    received: list[signal.Signals] = field(default_factory=list)
    last: float = -math.inf
    exit_forbidden: bool = False

    def act_on(self, number: signal.Signals, at: float) -> None:
        """Act on one signal."""
        if at - self.last < SECONDS_APART:
            return
        self.last = at
        self.received.append(number)
        match len(self.received):
            case 1:
                self.scope.cancel()
                if self.shielded:
                    self.escalation.first(number, next(reversed(self.shielded.values())))
            case 2:
                self.escalation.second()
                for scope in self.shielded:
                    scope.shield = False
            case _ if not self.exit_forbidden:
                self.escalation.third(self.received[0])


_work: ContextVar[_Work | None] = ContextVar("_work", default=None)


async def interruptible(
    work: Callable[[], Awaitable[T]],
    signal_listener: SignalListener | None = None,
    escalation: Escalation | None = None,
) -> T:
    """Run ``work``, and cancel it when SIGINT, SIGTERM or SIGHUP arrives.

    Its shielded cleanup runs to its end, however many signals follow, unless ``escalation.third`` ends the
    process.

    Args:
        work: Called once, without arguments.
        signal_listener: Receives the signals; if none is given, a new one is used while the work runs.
        escalation: What further signals do.

    Returns:
        What ``work`` returned, even if a signal came when it was already done.

    Raises:
        Interrupted: A signal cancelled the work.
        BaseException: What the work raised, unwrapped from exception groups.
    """
    current = _Work(escalation or Escalation())
    token = _work.set(current)
    try:
        with (
            unwrap_exception_groups(),
            SignalListener() if signal_listener is None else nullcontext(signal_listener) as listening,
        ):
            # The receiver sits outside the scope it cancels: on asyncio, a second Ctrl-C would
            # otherwise break off the cleanup that the first one began, shielded or not.
            async with anyio.create_task_group() as outer:
                if TERMINATION_SIGNALS:
                    await outer.start(_receive, listening, current)
                with current.scope:
                    result = await work()
                outer.cancel_scope.cancel()
    finally:
        _work.reset(token)
    if current.scope.cancelled_caught:
        raise Interrupted(current.received[0])
    return result


async def _receive(signal_listener: SignalListener, current: _Work, *, task_status: TaskStatus[None]) -> None:
    with _woken_by(signal_listener):
        task_status.started()
        while True:
            await anyio.wait_readable(signal_listener.fileno())
            for number, at in signal_listener.received():
                current.act_on(number, at)


@contextmanager
def _woken_by(signal_listener: SignalListener) -> Iterator[None]:
    """Wake the event loop even if another thread received the signal; trio does so by itself."""
    previous = signal.set_wakeup_fd(signal_listener.waker, warn_on_full_buffer=False)
    if previous != -1:
        signal.set_wakeup_fd(previous, warn_on_full_buffer=False)
    try:
        yield
    finally:
        if previous == -1:
            signal.set_wakeup_fd(-1)


@contextmanager
def shielded(work: str) -> Iterator[None]:
    """Shield the work in this context from the first signal; the second one cancels it.

    Args:
        work: What it is, for who waits for its end: "push".
    """
    current = _work.get()
    past_second = current is not None and len(current.received) > 1
    with anyio.CancelScope(shield=not past_second) as scope:
        if current is not None:
            current.shielded[scope] = work
        try:
            yield
        finally:
            if current is not None:
                del current.shielded[scope]


def forbid_exit() -> None:
    """From now on no signal ends the process at once: something has to be recorded first."""
    current = _work.get()
    if current is not None:
        current.exit_forbidden = True
