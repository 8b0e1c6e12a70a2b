"""All checks at once: what has nothing to judge, cannot judge, or is at fault, is shown as such."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from release_async.base.errors import CommandError, FailedError, RefusedError
from release_async.base.exception_groups import unwrap_exception_groups
from release_async.base.problems import NotJudged, Problems, ask, refuse
from release_async.plan.events import CheckFinished, Outcome
from release_async.plan.plan import Plan
from release_async.release import check_runner
from release_async.release.check_runner import CheckOptions
from release_async.run.context import Context
from support.story import PLAN
from support.worlds import prepared


@dataclass
class Judges:
    """A check that answers, or raises, as it is told."""

    answer: Problems | NotJudged | Exception
    TITLE: str = field(default="Judges", init=False)
    LONG: bool = field(default=False, init=False)

    async def run(self, _plan: Plan, _world: Context) -> Problems | NotJudged:
        """The answer."""
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def judged(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: Problems | NotJudged | Exception,
) -> tuple[CheckFinished, Exception | None]:
    """How a check that gives this answer is shown, and what ends the run."""
    monkeypatch.setattr(check_runner, "CHECKS", {"one": Judges(answer)})
    place = prepared(tmp_path)
    ended: Exception | None = None
    async with place.context(PLAN) as context:
        try:
            with unwrap_exception_groups():
                await check_runner.check(PLAN, context, CheckOptions())
        except Exception as error:  # noqa: BLE001 - whatever ends it is what is looked at
            ended = error
    (finished,) = [event for event in place.events if isinstance(event, CheckFinished)]
    return finished, ended


async def test_a_check_with_nothing_to_look_at_is_shown_as_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its reason; it neither stops the release nor counts as passed."""
    finished, ended = await judged(tmp_path, monkeypatch, NotJudged("there is no forge"))
    assert (finished.outcome, finished.note, ended) == (Outcome.SKIPPED, "there is no forge", None)


async def test_a_check_that_cannot_judge_stops_the_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command or a file that failed is shown with its own words."""
    for error in (CommandError("git is away", cure="get it"), OSError(13, "Permission denied")):
        finished, ended = await judged(tmp_path / type(error).__name__, monkeypatch, error)
        assert finished.outcome is Outcome.BROKEN
        assert finished.problems[0].what in {"git is away", "[Errno 13] Permission denied"}
        assert isinstance(ended, FailedError)


async def test_a_fault_of_a_check_is_shown_and_not_swallowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check stands there as broken, with the way around it, and the fault ends the run."""
    fault = KeyError("x")
    finished, ended = await judged(tmp_path, monkeypatch, fault)
    assert (finished.outcome, ended) == (Outcome.BROKEN, fault)
    assert [tuple(problem)[2:4] for problem in finished.problems] == [
        ("a bug in release-async: KeyError: 'x', in the check one", "report it, or --skip one")
    ]


async def test_what_a_person_may_overrule_is_put_to_them_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Together with what follows, so it is handed on; where nobody is asked, it is a refusal."""
    monkeypatch.setattr(
        check_runner, "CHECKS", {"one": Judges((ask("three tests failed", cure="fix them"),))}
    )
    place = prepared(tmp_path)
    async with place.context(PLAN) as context:
        assert await check_runner.check(PLAN, context, CheckOptions(asks=True)) == ("three tests failed",)
        with pytest.raises(RefusedError, match="did not pass"):
            await check_runner.check(PLAN, context, CheckOptions())


async def test_a_refusal_names_what_could_not_judge_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who mends only what refuses would be stopped again by the others."""
    away = FailedError("no answer", cure="wait")
    checks = {"one": Judges((refuse("no", cure="do"),)), "two": Judges(away), "three": Judges(away)}
    for name, judge in checks.items():
        judge.TITLE = name.title()
    monkeypatch.setattr(check_runner, "CHECKS", checks)
    place = prepared(tmp_path)
    async with place.context(PLAN) as context:
        with pytest.raises(RefusedError) as caught:
            await check_runner.check(PLAN, context, CheckOptions())
    assert caught.value.what == "1 check refuses: One; 2 checks could not judge: Two, Three"
