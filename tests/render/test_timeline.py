"""The timeline: true about who ran when, whatever the length of the axis."""

from release_async.plan import events
from release_async.plan.events import Event, Outcome
from release_async.render import messages
from release_async.render.run_history import RunHistory
from release_async.render.timeline import MAX_BARS, Bar, Timeline, timeline
from support import story
from support.screens import Clock


def history(tale: list[Event], pause: float = 0.0) -> RunHistory:
    """The course of a tale in which a person thinks for ``pause`` seconds before the first step."""
    clock = Clock()
    followed = RunHistory(clock)
    for event in tale:
        if isinstance(event, events.StepStarted) and not followed.steps:
            clock.now += pause
        clock.follow(event)
        followed.record(event)
    return followed


def shown(tale: list[Event], pause: float = 0.0) -> Timeline:
    """Its timeline."""
    found = timeline(history(tale, pause))
    assert found is not None
    return found


def test_what_decided_how_long_it_took_is_marked() -> None:
    """The check that ended last, and every step: without any of these it would have been shorter."""
    critical = [bar.title for bar in shown(story.released()).bars if bar.critical]
    assert critical == ["Test suite", "Build", "Upload", "Push"]


def test_bars_are_a_staircase() -> None:
    """The checks begin together, in the order of their ends; each step begins where the last one ends."""
    bars = shown(story.released()).bars
    checks = [bar for bar in bars if not bar.critical]
    assert [bar.begin for bar in checks] == [0.0] * len(checks)
    assert [bar.end for bar in bars] == sorted(bar.end for bar in bars)
    build, upload = bars[-3:-1]
    assert round(upload.begin - build.end, 6) == 0


def test_it_says_what_was_gained() -> None:
    """What the checks took together, and their sum."""
    found = shown(story.released())
    assert round(found.alone, 2) == 18.52
    assert round(found.checks, 2) == 12.3
    assert "the checks took 12.3 s at once; added up, 18.5 s" in list(messages.timeline_notes(found, "="))


def test_what_a_person_took_to_say_yes_is_no_work() -> None:
    """The axis is as long as the checks and the steps, however long the question stood there."""
    at_once, later = shown(story.released()), shown(story.released(), pause=3600.0)
    assert [bar.title for bar in later.bars] == [bar.title for bar in at_once.bars]
    assert round(later.seconds, 6) == round(at_once.seconds, 6)
    assert [round(bar.begin, 6) for bar in later.bars] == [round(bar.begin, 6) for bar in at_once.bars]


def test_short_ones_are_counted_not_drawn() -> None:
    """At most so many bars as can be taken in; of the others it is told how long they took at most."""
    found = shown(story.released())
    assert len(found.bars) <= MAX_BARS
    ran = [
        event for event in story.released() if isinstance(event, events.CheckFinished | events.StepFinished)
    ]
    ran = [event for event in ran if event.seconds]
    assert len(found.bars) + found.others == len(ran)
    assert found.longest_other <= min(bar.end - bar.begin for bar in found.bars)


def test_every_bar_is_seen_and_stays_on_the_axis() -> None:
    """Also one of no length, and one at the very end."""
    for bar in (
        Bar("", 0, 0, critical=False),
        Bar("", 9.999, 10, critical=True),
        Bar("", 10, 10, critical=True),
    ):
        for width in (10, 48, 60):
            free, long = bar.cells(width, 10.0)
            assert long >= 1
            assert free + long <= width


def test_nothing_worth_a_picture_is_not_drawn() -> None:
    """One bar compares nothing; no run has none at all."""
    alone: list[Event] = [
        events.StepStarted("build", "Build"),
        events.StepFinished("build", "Build", Outcome.PASSED, 1.0),
    ]
    assert timeline(history(alone)) is None
    assert timeline(RunHistory()) is None


def test_what_never_ran_has_no_bar() -> None:
    """Neither a check that was skipped, nor one that was not run."""
    skipped = events.CheckFinished("tests", "Test suite", Outcome.SKIPPED, (), 0.0, "--skip tests")
    tale = [event for event in story.released() if getattr(event, "name", "") != "tests"]
    titles = [bar.title for bar in shown([tale[1], skipped, *tale[2:]]).bars]
    assert "Test suite" not in titles
    assert "Build environment" in titles
