"""Whatever happens to a release, in whatever order, it keeps its promises."""

import hypothesis
import pytest
from hypothesis.stateful import run_state_machine_as_test

from support.crashing import FILES
from support.stories import Stories

FEW = hypothesis.settings(
    max_examples=6,
    stateful_step_count=6,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
)
"""Whole releases take seconds; thousands of stories are told by `benchmarks/soak_stories.py`."""


def test_every_story_keeps_the_promises() -> None:
    """Starts, deaths, edits, other people's pushes, revoked tokens and a bad index break none of them."""
    Stories.happened.clear()
    run_state_machine_as_test(Stories, settings=FEW)
    happened = Stories.happened
    assert happened["--version ends with -9"] >= FEW.max_examples // 2, happened
    assert happened["complete"], happened


@pytest.fixture
def spoiled(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Stories:
    """A story whose journal has a fault."""
    monkeypatch.setattr(Stories, "spoil", request.param)
    return Stories()


@pytest.mark.parametrize("spoiled", ["late"], indirect=True)
def test_a_journal_that_comes_too_late_breaks_one(spoiled: Stories) -> None:
    """The negative control: an upload arrives that no journal intends."""
    try:
        spoiled.start(f"after upload {FILES[0]}", "asyncio")
        with pytest.raises(AssertionError, match="the journal does not intend it"):
            spoiled.intents_come_first()
    finally:
        spoiled.teardown()


@pytest.mark.parametrize("spoiled", ["sync"], indirect=True)
def test_a_journal_that_is_not_synchronised_breaks_one(spoiled: Stories) -> None:
    """The negative control: the power goes, and with it the memory of what may be public."""
    try:
        spoiled.start(f"after upload {FILES[0]}", "trio", power=True)
        with pytest.raises(AssertionError, match="no journal remembers it"):
            spoiled.intents_come_first()
    finally:
        spoiled.teardown()
