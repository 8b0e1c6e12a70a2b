"""Turns the signals that ask a process to end into one orderly cancellation; it cleans nothing up itself.

The first signal cancels the work. The second ends the waiting: for children that take their time, and for
what was to be finished first. The third ends the process, unless there is something to be written down.
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

from release_async.base.exception_groups import plain_errors
from release_async.base.signals import ASKING, Interrupted, SignalListener

T = TypeVar("T")

SECONDS_APART = 0.5
"""Signals closer together are one: a key is held, or a terminal and a shell both pass on the same hangup."""


def _nothing(*_: object) -> None:
    """Do nothing beside what a signal does anyway."""


class Escalation(NamedTuple):
    """What is done for a person who insists.

    Attributes:
        second: Called at the second signal.
        third: Called with the first signal at the third and any further one; not once `bind` was called.
    """

    second: Callable[[], object] = _nothing
    third: Callable[[signal.Signals], object] = _nothing


@dataclass(slots=True)
class _Work:
    """One piece of work, and the signals that came for it."""

    escalation: Escalation
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    finishing: list[anyio.CancelScope] = field(default_factory=list)
    received: list[signal.Signals] = field(default_factory=list)
    last: float = -math.inf
    bound: bool = False

    def take(self, number: signal.Signals, at: float) -> None:
        """Do what this signal asks for."""
        if at - self.last < SECONDS_APART:
            return
        self.last = at
        self.received.append(number)
        match len(self.received):
            case 1:
                self.scope.cancel()
            case 2:
                self.escalation.second()
                for scope in self.finishing:
                    scope.shield = False
            case _ if not self.bound:
                self.escalation.third(self.received[0])


_work: ContextVar[_Work | None] = ContextVar("_work", default=None)


async def interruptible(
    work: Callable[[], Awaitable[T]],
    signal_listener: SignalListener | None = None,
    escalation: Escalation | None = None,
) -> T:
    """Do ``work``, and cancel it when SIGINT, SIGTERM or SIGHUP arrives.

    Its shielded cleanup runs to its end, however many signals follow, unless the third one's call ends the
    process.

    Args:
        work: Called once, without arguments.
        signal_listener: Where signals arrive; a new one, for as long as the work lasts, where none is given.
        escalation: What further signals do.

    Returns:
        What ``work`` returned, also where it was done before the cancellation could reach it.

    Raises:
        Interrupted: A signal came, and the work was cancelled.
        BaseException: What the work raised, taken out of the groups that task groups make.
    """
    asked = _Work(escalation or Escalation())
    token = _work.set(asked)
    try:
        with (
            plain_errors(),
            SignalListener() if signal_listener is None else nullcontext(signal_listener) as listening,
        ):
            # The receiver sits outside the scope it cancels: on asyncio, a second Ctrl-C would
            # otherwise break off the cleanup that the first one began, shielded or not.
            async with anyio.create_task_group() as outer:
                if ASKING:
                    await outer.start(_receive, listening, asked)
                with asked.scope:
                    result = await work()
                outer.cancel_scope.cancel()
    finally:
        _work.reset(token)
    if asked.scope.cancelled_caught:
        raise Interrupted(asked.received[0])
    return result


async def _receive(signal_listener: SignalListener, asked: _Work, *, task_status: TaskStatus[None]) -> None:
    with _woken_by(signal_listener):
        task_status.started()
        while True:
            await anyio.wait_readable(signal_listener.fileno())
            for number, at in signal_listener.heard():
                asked.take(number, at)


@contextmanager
def _woken_by(signal_listener: SignalListener) -> Iterator[None]:
    """Have signals wake the event loop also where another thread received them; trio does so by itself."""
    theirs = signal.set_wakeup_fd(signal_listener.waker, warn_on_full_buffer=False)
    if theirs != -1:
        signal.set_wakeup_fd(theirs, warn_on_full_buffer=False)
    try:
        yield
    finally:
        if theirs == -1:
            signal.set_wakeup_fd(-1)


@contextmanager
def finishing() -> Iterator[None]:
    """What is begun in here is finished before the first signal is heeded; the second one breaks it off."""
    asked = _work.get()
    insisted = asked is not None and len(asked.received) > 1
    with anyio.CancelScope(shield=not insisted) as scope:
        if asked is not None:
            asked.finishing.append(scope)
        try:
            yield
        finally:
            if asked is not None:
                asked.finishing.remove(scope)


def bind() -> None:
    """From now on there is something to be written down: no signal ends the process before that is done."""
    asked = _work.get()
    if asked is not None:
        asked.bound = True
