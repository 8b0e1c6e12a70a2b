"""The build by CI is waited for as long as exactly its run goes on, and is what it was started for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from release_async.plan.effect import State
from release_async.run.step_results import BuildRun, EndedRun
from support import by_ci, candidates
from support.candidates import BRANCH, NAME, Candidate


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Candidate]:
    """A run that was started for the release commit."""
    async with candidates.candidate(tmp_path) as scene:
        await scene.done("candidate")
        await scene.done("candidate", 1)
        yield scene


async def test_its_jobs_are_told_until_it_is_over(scene: Candidate) -> None:
    """Queued, running, waiting for an approval, failed, begun once more, green."""
    (run,) = scene.hub.workflow_runs
    probed = await scene.seen("await-build")
    assert probed.waiting
    assert probed.waiting.what == f"CI to build {BRANCH}"
    assert probed.waiting.address == "https://example.com/runs/501"
    assert probed.waiting.who == ("its run has not begun a job yet",)
    run |= {"status": "in_progress", "jobs": [by_ci.job("sdist", "success"), by_ci.job("wheels")]}
    probed = await scene.seen("await-build")
    assert probed.waiting
    assert probed.waiting.who == ("the job wheels, running",)
    run["jobs"] = [by_ci.job("sdist", "success"), {**by_ci.job("wheels"), "status": "waiting"}]
    probed = await scene.seen("await-build")
    assert probed.waiting
    assert "an approval" in probed.waiting.who[0]
    run |= {
        "status": "completed",
        "conclusion": "failure",
        "jobs": [by_ci.job("sdist", "success"), by_ci.job("wheels", "failure")],
    }
    probed = await scene.seen("await-build")
    assert probed.state is State.CONFLICT
    assert probed.why == "the run that builds demo 1.3.0 has failed: wheels at the step Run pytest"
    assert "gh run rerun 501 --failed" in probed.cure
    run |= {"status": "queued", "conclusion": None, "run_attempt": 2}
    assert (await scene.seen("await-build")).state is State.WAITING
    run |= {"status": "completed", "conclusion": "success"}
    assert (await scene.seen("await-build")).state is State.DONE
    assert scene.made.get(EndedRun) == EndedRun(501, 2, "https://example.com/runs/501")


@pytest.mark.parametrize("conclusion", ["cancelled", "timed_out", "action_required", "startup_failure"])
async def test_a_run_that_did_not_end_well_has_built_nothing(scene: Candidate, conclusion: str) -> None:
    """Whatever it has kept by then is a part."""
    scene.hub.workflow_runs[0] |= {"status": "completed", "conclusion": conclusion}
    assert (await scene.seen("await-build")).state is State.CONFLICT
    assert scene.made.find(EndedRun) is None


async def test_a_run_of_another_commit_is_told_apart(scene: Candidate) -> None:
    """Somebody has moved the branch between the push and the start; green or not, it is not taken."""
    other = scene.place.remote.git("rev-parse", "main")
    scene.hub.dispatches.moves_to = other
    moved = scene.hub.dispatches.start(NAME, BRANCH, status="completed", conclusion="success")
    scene.made = scene.made.having(BuildRun(502))
    assert moved["id"] == 502
    probed = await scene.seen("await-build")
    assert probed.state is State.CONFLICT
    assert probed.why == (f"the run 502 builds {other[:12]}, and the release commit is {scene.commit[:12]}")


async def test_a_run_that_is_gone_is_no_success(scene: Candidate) -> None:
    """Somebody has deleted it: nothing is known of what it has built."""
    scene.hub.workflow_runs.clear()
    probed = await scene.seen("await-build")
    assert probed.state is State.CONFLICT
    assert "the run 501 that builds it is gone" in probed.why
