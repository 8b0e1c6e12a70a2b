"""How long one waits: for what the world is about to show, and before it is asked for the same again."""

from dataclasses import replace

import anyio
import pytest
import trio.testing

from release_async.base.errors import DamagedUploadError, FailedError, TransientError, UncertainError
from release_async.plan.effect import NOT_DONE, Effect, Probed, State
from release_async.plan.events import Waiting
from release_async.run.retry_policy import Attempts, Backoff, Stay, Watch, settled


async def probe() -> Probed:
    """Not done."""
    return NOT_DONE


async def perform() -> None:
    """Nothing."""


def effect(retry_timeout: float, patience: float = 0.0) -> Effect:
    """An effect with so much time."""
    return Effect("it", probe, perform, retry_timeout=retry_timeout, patience=patience)


def attempts(retry_timeout: float, chance: float = 0.0) -> Attempts:
    """The attempts at such an effect, which are not waited for."""

    async def sleep(_seconds: float) -> None:
        await anyio.lowlevel.checkpoint()

    return Attempts(effect(retry_timeout), Backoff(chance=lambda: chance, sleep=sleep))


async def waits(one: Attempts, failure: TransientError, most: int = 20) -> list[float]:
    """The seconds of all waits, where every attempt fails in the same way."""
    found = []
    for _ in range(most):
        one.ended(failure)
        if not one.again:
            break
        found.append(one.again.seconds)
        await one.rest()
    return found


async def test_each_wait_is_twice_the_last_up_to_a_minute() -> None:
    """Until the next one would go beyond the limit."""
    assert await waits(attempts(300), TransientError("busy")) == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert await waits(attempts(3), TransientError("busy")) == [1, 2]
    assert await waits(attempts(0), TransientError("busy")) == []


async def test_chance_cuts_a_wait_by_up_to_its_half() -> None:
    """So that all who were turned away together do not come back together."""
    assert await waits(attempts(6, chance=1.0), TransientError("busy")) == [0.5, 1, 2]


@pytest.mark.parametrize(
    ("asked", "expected"), [(30.0, [30, 30, 30]), (0.0, [1, 2, 4, 8, 16, 32]), (101.0, [])]
)
async def test_the_world_is_asked_no_sooner_than_it_wants(asked: float, expected: list[float]) -> None:
    """Nor at all where it wants more time than there is; nor in a hurry where it wants none."""
    assert await waits(attempts(100), TransientError("busy", wait=asked)) == expected


async def test_what_was_spoilt_on_its_way_is_tried_once_more() -> None:
    """However much time there is."""
    assert len(await waits(attempts(300), DamagedUploadError("spoilt"))) == 1


async def test_only_what_passes_is_tried_again() -> None:
    """No other failure, and no success."""
    for failure in (None, FailedError("no")):
        one = attempts(300)
        one.ended(failure)
        assert one.again is None


async def test_what_may_have_been_heard_is_looked_for_longer() -> None:
    """A certain failure shows at once; and where another attempt follows, nothing is waited for before."""
    one = attempts(0)
    for failure, states in (
        (None, {State.UNKNOWN, State.NOT_DONE}),
        (UncertainError("lost"), {State.UNKNOWN, State.NOT_DONE}),
        (TransientError("busy"), {State.UNKNOWN}),
    ):
        one.ended(failure)
        assert one.open_states() == states
    again = attempts(300)
    again.ended(UncertainError("lost"))
    assert again.open_states() == set()


def test_attempts_that_take_long_count_too() -> None:
    """The limit is one of time, not of waits alone (by trio's clock, which is turned forward)."""

    async def main() -> int:
        one = Attempts(effect(300), Backoff(chance=lambda: 0.0))
        for attempt in range(20):
            await trio.sleep(100)  # the attempt
            one.ended(TransientError("busy"))
            if not one.again:
                return attempt + 1
            await one.rest()
        return 0

    assert trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0)) == 4


def test_a_world_that_shows_it_late_is_looked_at_until_the_patience_is_over() -> None:
    """And no longer (by trio's clock)."""

    async def main() -> tuple[Probed, float]:
        began = trio.current_time()
        return await settled(effect(0, patience=60), {State.NOT_DONE}), trio.current_time() - began

    seen, took = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert seen is NOT_DONE
    assert 50 < took <= 60


def test_a_long_wait_for_an_answer_is_told_with_its_reason() -> None:
    """What the index said, and when it is asked again; the first short ones are nobody's concern."""
    told: list[Waiting] = []

    async def away() -> Probed:
        return Probed(State.UNKNOWN, "the index is away")

    async def main() -> Probed:
        return await settled(replace(effect(0, patience=30), probe=away), {State.UNKNOWN}, told.append)

    assert trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0)).state is State.UNKNOWN
    assert [(each.why, each.seconds) for each in told[:3]] == [
        ("the index is away", 2.0),
        ("the index is away", 4.0),
        ("the index is away", 8.0),
    ]
    ends = [each.left + sum(before.seconds for before in told[:number]) for number, each in enumerate(told)]
    assert ends == pytest.approx([ends[0]] * len(told))
    assert ends[0] <= 30.0, "who waits sees for how long it can go on"


async def test_who_stays_looks_less_and_less_often_and_not_for_ever() -> None:
    """Within the time; never sooner than the world wants to be asked."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await anyio.lowlevel.checkpoint()

    stay = Stay(Watch(seconds=100.0, first=10.0, longest=20.0, sleep=sleep))
    while await stay.again():
        pass
    assert slept == [10.0, 15.0, 20.0, 20.0, 20.0, 15.0]
    assert (sum(slept), stay.looks) == (100.0, 6)
    once = Stay(Watch(sleep=sleep))
    assert not await once.again(5.0)
    asked = Stay(Watch(seconds=50.0, first=10.0, sleep=sleep))
    assert await asked.again(60.0)
    assert slept[-1] == 60.0
    assert not await asked.again()
