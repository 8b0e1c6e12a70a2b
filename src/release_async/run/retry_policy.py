"""How long the world is waited for: until it shows a change, and until it takes one. It changes nothing."""

import math
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import anyio
from anyio import current_time

from release_async.base.errors import DamagedUploadError, ReleaseAsyncError, TransientError
from release_async.plan.effect import Effect, Probed, State
from release_async.plan.events import Waiting

MOST_RETRIES: dict[type[TransientError], int] = {DamagedUploadError: 1}
"""How often a failure of a kind is retried at the most; of all other kinds, as often as there is time for."""

_PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
FIRST_LOOK = 30.0
"""Seconds for which a world that does not answer is asked by a run that goes on, before it does anything: a
server that restarts is back by then, and nothing of this run hangs in the air."""
_LONG = 2.0
"""Seconds from which on a pause is told."""


def _nobody(_: Waiting) -> None:
    """Tell nobody."""


async def settled(
    effect: Effect,
    waiting_for: set[State],
    tell: Callable[[Waiting], object] = _nobody,
    *,
    at_most: float = math.inf,
) -> Probed:
    """Probe until the answer is none of those that time may change, or the effect's patience is over.

    A world that says when it wants to be asked again is not asked before.

    Args:
        effect: What is asked for.
        waiting_for: The answers that time may change.
        tell: Told of the longer waits for a world that does not answer, with the reason.
        at_most: Seconds after which the patience is over in any case.
    """
    deadline = current_time() + min(effect.patience, at_most)
    for number, pause in enumerate(_pauses(), start=2):
        probed = await effect.probe()
        late = current_time() + pause > deadline
        if probed.state not in waiting_for or probed.wait is not None or late:
            break
        if probed.state is State.UNKNOWN and pause >= _LONG:
            why, left = probed.why or "there was no answer", deadline - current_time()
            tell(Waiting(effect.name, pause, why, number, left))
        await anyio.sleep(pause)
    return probed


def _most(failure: TransientError) -> float:
    return MOST_RETRIES.get(type(failure), math.inf)


def _pauses() -> Iterator[float]:
    yield from _PAUSES
    while True:
        yield _PAUSES[-1]


@dataclass(frozen=True, slots=True)
class Backoff:
    """How one waits between two attempts.

    Attributes:
        first: Seconds after the first attempt; each further wait is twice as long.
        longest: Seconds of the longest wait that the world has not asked for.
        chance: A number from 0 to 1, which cuts a wait by up to its half: not all who wait come back at once.
        sleep: Waits that many seconds.
    """

    first: float = 1.0
    longest: float = 60.0
    chance: Callable[[], float] = random.random
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep


@dataclass(frozen=True, slots=True)
class Watch:
    """For how long a run stays with what somebody else has to do, and how often it looks.

    Attributes:
        seconds: How long; 0 looks once, and infinity stays until it is done.
        first: Seconds until the second look; each further wait is half as long again.
        longest: Seconds of the longest wait that the world has not asked for.
        sleep: Waits that many seconds.
    """

    seconds: float = 0.0
    first: float = 5.0
    longest: float = 60.0
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep


class Stay:
    """The waiting of one run for one effect that somebody else brings about.

    Attributes:
        looks: How often it has looked again.
    """

    def __init__(self, watch: Watch) -> None:
        self.looks = 0
        self._watch = watch
        self._waited = 0.0

    def pause(self, asked: float | None = None) -> float:
        """Seconds until the next look; 0 where there is to be none.

        Args:
            asked: Seconds for which the world wants to be left alone; None where it said nothing.
        """
        pause = min(self._watch.first * 1.5 ** min(self.looks, 16), self._watch.longest)
        left = self._watch.seconds - self._waited
        return max(min(pause, left), asked or 0.0) if left > 0 else 0.0

    async def again(self, asked: float | None = None) -> bool:
        """Wait until the next look, where there is to be one.

        Args:
            asked: As for ``pause``.
        """
        seconds = self.pause(asked)
        if seconds <= 0:
            return False
        await self._watch.sleep(seconds)
        self._waited, self.looks = self._waited + seconds, self.looks + 1
        return True


class Attempts:
    """The attempts at one effect.

    Attributes:
        made: How many there were.
        failure: How the last one failed; None where it did not.
        again: The wait before the next one; None where there is to be none.
        doubtful: Whether one of them may have made the change, whatever a later one was told.
    """

    def __init__(self, effect: Effect, backoff: Backoff) -> None:
        self.made = 0
        self.failure: ReleaseAsyncError | None = None
        self.again: Waiting | None = None
        self.doubtful = False
        self._effect = effect
        self._pace = backoff
        self._since = 0.0
        self._waited = 0.0
        self._rests = 0

    def ended(self, failure: ReleaseAsyncError | None) -> None:
        """Take note of how an attempt ended, and decide whether another one may follow."""
        self.made += 1
        self.failure = failure
        self._wait()

    def unanswered(self, probed: Probed) -> None:
        """Take note that the world did not say how it is, and decide whether it is asked again."""
        if probed.wait is not None:
            self.failure = TransientError(probed.why, cure=probed.cure, wait=probed.wait)
        self._wait()

    def _wait(self) -> None:
        """Decide how long is waited now: not at all where the time that is left is less than that."""
        self.again = None
        self._since = self._since or current_time()
        failure, spent = self.failure, max(self._waited, current_time() - self._since)
        if not isinstance(failure, TransientError) or self.made > _most(failure):
            return
        seconds = max(self._usual(), failure.wait or 0.0)
        left = self._effect.retry_timeout - spent
        if seconds <= left:
            self.again = Waiting(self._effect.name, seconds, failure.what, self.made + 1, left)

    async def rest(self) -> None:
        """Wait for the next attempt."""
        if self.again:
            self._rests += 1
            self._waited += self.again.seconds
            await self._pace.sleep(self.again.seconds)
        self.again = None

    def open_states(self) -> set[State]:
        """What time may still change after the last attempt; nothing where another attempt follows."""
        if self.again:
            return set()
        certain = self.failure is not None and self.failure.certain
        return {State.UNKNOWN} if certain else {State.UNKNOWN, State.NOT_DONE}

    def told(self) -> ReleaseAsyncError | None:
        """How the last attempt failed, with the number of all."""
        if self.failure and self.made > 1:
            self.failure.add_detail(f"it was tried {self.made} times")
        return self.failure

    def _usual(self) -> float:
        doubled: float = self._pace.first * 2 ** min(self._rests, 16)
        return min(doubled, self._pace.longest) * (1.0 - self._pace.chance() / 2)
