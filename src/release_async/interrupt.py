"""Turns the signals that ask a process to end into one orderly cancellation; it cleans nothing up itself."""

import signal
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
from anyio.abc import TaskStatus

from release_async.errors import ReleaseAsyncError
from release_async.groups import plain_errors

T = TypeVar("T")


class Interrupted(ReleaseAsyncError):  # noqa: N818 - it is no error: the person asked for it
    """A signal ended the work before it was done.

    Attributes:
        signal: The first signal that came; the exit code is 128 more, as shells have it.
    """

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(f"interrupted by {number.name}")
        self.signal = number
        self.code = 128 + number


async def interruptible(work: Callable[[], Awaitable[T]]) -> T:
    """Do ``work``, and cancel it when SIGINT, SIGTERM or SIGHUP arrives.

    Its shielded cleanup runs to its end, however many signals follow. A signal that was ignored when we
    were started stays ignored (``nohup``).

    Args:
        work: Called once, without arguments.

    Returns:
        What ``work`` returned, also where it was done before the cancellation could reach it.

    Raises:
        Interrupted: A signal came, and the work was cancelled.
        BaseException: What the work raised, taken out of the groups that task groups make.
    """
    scope = anyio.CancelScope()
    received: list[signal.Signals] = []
    with plain_errors():
        # The receiver sits outside the scope it cancels: on asyncio, a second Ctrl-C would
        # otherwise break off the cleanup that the first one began, shielded or not.
        async with anyio.create_task_group() as outer:
            if _heeded():
                await outer.start(_receive, scope, received)
            with scope:
                result = await work()
            outer.cancel_scope.cancel()
    if scope.cancelled_caught:
        raise Interrupted(received[0])
    return result


async def _receive(
    scope: anyio.CancelScope,
    received: list[signal.Signals],
    *,
    task_status: TaskStatus[None],
) -> None:
    with anyio.open_signal_receiver(*_heeded()) as signals:
        task_status.started()
        async for number in signals:
            received.append(number)
            scope.cancel()


def _heeded() -> tuple[signal.Signals, ...]:
    if sys.platform == "win32":  # event loops cannot receive signals there: Ctrl-C stays a KeyboardInterrupt
        return ()
    asked_to_end = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    return tuple(number for number in asked_to_end if signal.getsignal(number) is not signal.SIG_IGN)
