"""What is remembered of a run: as its events told it, also where they come in an order that no run has."""

from release_async.plan import events
from release_async.plan.events import Outcome
from release_async.render import messages
from release_async.render.run_history import RunHistory
from support import story
from support.screens import Clock


def followed(*tale: events.Event) -> tuple[RunHistory, Clock]:
    """The course of these events."""
    clock = Clock()
    history = RunHistory(clock)
    for event in tale:
        history.record(event)
    return history, clock


def test_a_waiting_counts_down_and_ends_with_what_happens_next() -> None:
    """First the seconds, rounded up; then that it is tried; then the bytes."""
    history, clock = followed(*story.upload_waits())
    part = history.steps["upload"].parts[f"upload {story.FILES[1]}"]
    assert messages.next_attempt(part, clock.now) == "attempt 2 in 8 s"
    assert messages.next_attempt(part, clock.now + 7.5) == "attempt 2 in 1 s"
    assert messages.next_attempt(part, clock.now + 8.5) == "attempt 2"
    history.record(events.Progress(part.name, 1, 2))
    assert not part.retry_at


def test_bytes_are_those_of_the_files_that_are_out() -> None:
    """Half a file is not counted."""
    history, _ = followed(*story.upload_halfway())
    assert history.steps["upload"].sent == 800_000


def test_time_goes_on_until_the_end() -> None:
    """Before it begins there is none; then it grows; and then it is what the event said."""
    history, clock = followed(*story.checks_begin())
    check = history.checks["branch"]
    clock.now += 2
    assert check.elapsed(clock.now) == 2
    history.record(events.CheckFinished("branch", "Branch", Outcome.PASSED, (), 1.5))
    assert check.elapsed(clock.now + 100) == 1.5
    assert followed(events.ChecksStarted(story.CHECKS))[0].checks["branch"].elapsed(clock.now) is None


def test_events_of_nobody_are_passed_over() -> None:
    """Output, effects and bytes of what never began change nothing, and break nothing."""
    history, _ = followed(
        events.OutputLine("tests", "x"),
        events.EffectStarted("push", "x"),
        events.EffectFinished("push", "x", already=False, seconds=1.0),
        events.Progress("x", 1, 2),
        events.Waiting("x", 1.0, "why", 2),
    )
    assert not history.checks
    assert not history.steps
