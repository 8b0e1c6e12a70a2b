"""The candidate is pushed without a tag, and CI is started once, at exactly that commit."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from release_async.base.errors import FailedError
from release_async.plan.effect import DONE, State
from release_async.run.journal import Journal
from release_async.run.step_results import BuildRun, ReleaseCommit, Results
from support import candidates, github
from support.candidates import BRANCH, DISPATCH, NAME, TOP, Candidate
from support.github import Fault

RUNS = ("GET", f"{TOP}/actions/runs")


@pytest.fixture(params=github.all_gh())
async def scene(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Candidate]:
    """A release commit that nobody has seen, for each gh that there is."""
    async with candidates.candidate(tmp_path, request.param) as scene:
        yield scene


@pytest.fixture
async def pushed(tmp_path: Path) -> AsyncIterator[Candidate]:
    """A candidate that is pushed, and not built yet."""
    async with candidates.candidate(tmp_path) as scene:
        assert await scene.done("candidate") == DONE
        yield scene


async def test_it_is_pushed_alone_and_its_run_is_the_one_that_was_started(scene: Candidate) -> None:
    """No tag, no branch of the person's; of several runs the one that the answer names."""
    before = scene.place.remote.git("for-each-ref").splitlines()
    assert await scene.done("candidate") == DONE
    assert scene.on_remote() == scene.commit
    now = scene.place.remote.git("for-each-ref").splitlines()
    assert [line for line in now if not line.endswith(f"refs/heads/{BRANCH}")] == before
    scene.hub.requests.clear()
    assert await scene.done("candidate", 1) == DONE
    scene.hub.dispatches.start(NAME, BRANCH)  # by somebody else, and newer
    assert scene.made.get(BuildRun) == BuildRun(501)
    assert scene.hub.requests == [("GET", TOP), RUNS, RUNS, DISPATCH]
    assert await scene.seen("candidate", 1) == DONE
    assert scene.hub.workflow_runs[0]["head_sha"] == scene.commit


async def test_a_server_that_names_no_run_is_asked_for_a_newer_one(pushed: Candidate) -> None:
    """Of this commit, branch, event and workflow; what was there before is not it, nor is none yet none."""
    dispatches, hub = pushed.hub.dispatches, pushed.hub
    dispatches.tells = False
    dispatches.start(NAME, BRANCH)
    for other in ({"head_branch": "main"}, {"event": "push"}, {"path": ".github/workflows/other.yml"}):
        dispatches.start(NAME, BRANCH, **other)
    hub.requests.clear()
    await pushed.perform("candidate", 1)
    assert [each for each in hub.requests if each == DISPATCH] == [DISPATCH, DISPATCH]
    assert pushed.made.get(BuildRun) == BuildRun(0, after=501)
    for other in ({"head_branch": "main"}, {"event": "push"}, {"head_sha": "0" * 40}):
        dispatches.start(NAME, BRANCH, **other)
    dispatches.late = 1
    probed = await pushed.seen("candidate", 1)
    assert (probed.state, probed.why) == (
        State.UNKNOWN,
        f"the run of {NAME} for {BRANCH} is not shown yet",
    )
    assert (await pushed.seen("candidate", 1)).state is State.DONE
    assert pushed.made.get(BuildRun).number == 505


async def test_a_start_whose_fate_is_unknown_is_not_repeated_at_once(
    pushed: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that was killed while it asked looks for the run first, as long as it may come; one is taken."""
    name = f"start {NAME} on {BRANCH}"
    journal = pushed.context.workspace.journal
    journal.begin(pushed.plan, pushed.made, 0.0)
    journal.intend(name)
    pushed.hub.dispatches.late = 100
    async with pushed.place.context(pushed.plan) as context:
        pushed.context = context
        assert (await pushed.seen("candidate", 1)).state is State.UNKNOWN
        with monkeypatch.context() as later:
            then = time.time() + 601
            later.setattr(time, "time", lambda: then)
            assert (await pushed.seen("candidate", 1)).state is State.NOT_DONE
        pushed.hub.dispatches.start(NAME, BRANCH)
        pushed.hub.dispatches.late = 0
        assert (await pushed.seen("candidate", 1)).state is State.DONE
        assert pushed.made.get(BuildRun).number == 501
        assert DISPATCH not in pushed.hub.requests
        context.workspace.journal.end(name, State.DONE, pushed.made)
    recorded = Journal(pushed.context.workspace.directory).recorded
    assert recorded
    assert recorded.results == Results(ReleaseCommit(pushed.commit), BuildRun(501))


@pytest.mark.parametrize(
    ("fault", "words", "starts"),
    [
        (Fault(422, "Workflow does not have 'workflow_dispatch' trigger"), "workflow_dispatch", 1),
        (Fault(403, "Resource not accessible by personal access token"), "gh's account or token may not", 1),
        (Fault(503), "GitHub answered 503", 1),
        (Fault(429, headers={"retry-after": "7"}), "GitHub answered 429", 1),
    ],
)
async def test_a_start_that_is_refused_says_why(
    pushed: Candidate, fault: Fault, words: str, starts: int
) -> None:
    """Each with one request: whether it is tried again is decided elsewhere."""
    pushed.hub.faults[DISPATCH] = [fault]
    assert (await pushed.seen("candidate", 1)).state is State.NOT_DONE
    pushed.hub.requests.clear()
    with pytest.raises(FailedError, match=words):
        await pushed.perform("candidate", 1)
    assert pushed.hub.requests.count(DISPATCH) == starts
    assert pushed.hub.workflow_runs == []


async def test_a_branch_of_others_is_left_alone(tmp_path: Path) -> None:
    """Never pushed over, and never deleted."""
    async with candidates.candidate(tmp_path) as scene:
        theirs = scene.place.remote.git("rev-parse", "main")
        scene.place.remote.git("update-ref", f"refs/heads/{BRANCH}", theirs)
        probed = await scene.seen("candidate")
        assert probed.state is State.CONFLICT
        assert f"git push origin --delete {BRANCH}" in probed.cure
        with pytest.raises(FailedError, match="did not accept"):
            await scene.perform("candidate")
        assert await scene.take_back() == ["", f"{BRANCH} on origin has commits of others, and stays"]
        assert scene.on_remote() == theirs


async def test_what_was_given_up_is_taken_back(pushed: Candidate) -> None:
    """The run is ended, and the branch deleted; both once only, and without a run there is nothing to end."""
    deleted = f"{BRANCH} is deleted on origin"
    assert await pushed.take_back() == ["", deleted]
    await pushed.done("candidate")
    await pushed.done("candidate", 1)
    assert await pushed.take_back() == ["the run 501 that builds it is ended", deleted]
    assert pushed.hub.dispatches.cancelled == [501]
    assert pushed.on_remote() == ""
    assert await pushed.take_back() == ["", ""]
    await pushed.done("candidate")
    pushed.made = Results(ReleaseCommit(pushed.commit))
    pushed.hub.dispatches.start(NAME, BRANCH)
    pushed.hub.faults["POST", f"{TOP}/actions/runs/502/cancel"] = [Fault(500)]
    said = await pushed.take_back()
    assert said[0].startswith("the run that builds it is left alone: GitHub answered 500")
    assert said[1] == deleted
