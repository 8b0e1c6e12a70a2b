"""What is released is what others have merged: the commit that the request names, if it is as planned."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from release_async.plan.effect import State
from release_async.plan.events import Note, PlanMade
from release_async.run.step_results import ReleaseCommit
from support import github, proposals
from support.proposals import SOURCE, TOP, Proposed

MERGE = f"merge of {SOURCE} into main"
PULLS = ("GET", f"{TOP}/pulls")
JUDGED = "what was merged is what was planned"


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Proposed]:
    """A release commit that waits for its merge."""
    async with proposals.proposed(tmp_path) as scene:
        name, probed = await scene.walk()
        assert (name, probed.state) == (MERGE, State.WAITING)
        yield scene


def tags(scene: Proposed) -> str:
    """The tags of both repositories."""
    return scene.place.repository.git("tag") + scene.place.remote.git("tag")


async def test_the_commit_is_the_one_that_the_request_names(scene: Proposed) -> None:
    """Whatever lands behind it; until then there is no tag anywhere."""
    assert tags(scene) == ""
    commit = scene.pulls.merge("rebase")
    scene.pulls.land("later.txt", "behind it\n")
    scene.forget()
    assert (await scene.walk())[0] == ""
    assert scene.made.commit == scene.merged == commit != scene.place.remote.git("rev-parse", "main")
    assert scene.place.repository.git("rev-parse", f"{scene.made.tags['v1.3.0']}^{{commit}}") == commit
    assert not (scene.context.workspace.tree / "later.txt").exists()
    assert scene.hub.requests == [PULLS]
    assert tags(scene) == ""


async def test_what_landed_beside_it_is_shown_and_agreed_to(scene: Proposed) -> None:
    """A queue puts another commit before it: the plan is shown anew, with what differs."""
    commit = scene.pulls.merge("queue")
    scene.forget()
    name, probed = await scene.walk()
    assert (name, probed.state) == (JUDGED, State.NOT_DONE)
    question = "Release demo 1.3.0 with what came in beside it on main (queued.txt)?"
    assert probed.question == question
    shown = [event for event in scene.place.events if isinstance(event, PlanMade | Note)]
    assert isinstance(shown[-2], PlanMade)
    assert isinstance(shown[-1], Note)
    assert "beside it queued.txt came in on main" in shown[-1].text
    assert scene.made.commit == scene.commit
    assert (await scene.walk(agrees=True))[0] == ""
    assert scene.made.commit == commit


@pytest.mark.parametrize("content", ['__version__ = "1.4.0"\n', "nothing\n"])
async def test_other_versions_than_planned_are_a_conflict(scene: Proposed, content: str) -> None:
    """Somebody has edited a place in the request: nothing is built of it."""
    scene.pulls.land("src/demo/__init__.py", content, SOURCE)
    scene.pulls.merge()
    name, probed = await scene.walk(agrees=True)
    assert (name, probed.state) == (JUDGED, State.CONFLICT)
    assert "other versions than planned: src/demo/__init__.py" in probed.why
    assert scene.made.commit == scene.commit
    assert not scene.context.workspace.tree.exists()


async def test_who_is_awaited_is_told(scene: Proposed) -> None:
    """Reviews that are asked for, that say No, and checks that run or have failed; with its address."""
    request = scene.pulls.last
    request |= {"requested_reviewers": [{"login": "alice"}], "mergeable_state": "behind"}
    scene.pulls.reviews[1] = [
        {"user": {"login": "bob"}, "state": "CHANGES_REQUESTED"},
        {"user": {"login": "carol"}, "state": "CHANGES_REQUESTED"},
        {"user": {"login": "carol"}, "state": "APPROVED"},
        {"user": {"login": "dave"}, "state": "COMMENTED"},
    ]
    scene.hub.checks[scene.commit] = [
        {"name": "tests", "status": "in_progress"},
        {"name": "docs", "status": "completed", "conclusion": "failure"},
        {"name": "lint", "status": "completed", "conclusion": "success"},
    ]
    _, probed = await scene.walk()
    assert probed.waiting
    assert probed.waiting.what == "the merge of pull request #1 into main"
    assert probed.waiting.address == f"https://github.com/{github.NAME}/pull/1"
    assert probed.waiting.since == 1767323045
    assert probed.waiting.who == (
        "a review by alice",
        "bob, who wants changes",
        "approved by carol",
        "the check docs (failure), failed",
        "the check tests, running",
        "it is behind its branch: somebody has to update it",
    )
    assert scene.hub.requests == [
        *(PULLS, ("GET", f"{TOP}/pulls/1"), ("GET", f"{TOP}/pulls/1/reviews")),
        *(("GET", f"{TOP}/commits/{scene.commit}/{what}") for what in ("status", "check-runs")),
    ]
    scene.hub.checks[scene.commit] = []  # rerun
    request |= {"requested_reviewers": [], "auto_merge": {"merge_method": "squash"}}
    _, probed = await scene.walk()
    assert probed.waiting
    assert probed.waiting.who[-1] == "it is merged by itself once that is done"


async def test_a_text_that_somebody_has_edited_stays_so(scene: Proposed) -> None:
    """It is ours by its mark, and without one by its commit; the mark of another plan is a conflict."""
    text = str(scene.pulls.last["body"])
    for edited in (f"Please review!\n{text}", "no mark any more"):
        scene.pulls.last["body"] = edited
        assert (await scene.walk())[1].state is State.WAITING
        assert scene.pulls.last["body"] == edited
    digest = text.rpartition("plan ")[2][:64]
    scene.pulls.last["body"] = text.replace(digest, "0" * 64)
    _, probed = await scene.walk()
    assert probed.state is State.CONFLICT
    assert "marked with another plan" in probed.why
    assert scene.pulls.edits == []


async def test_a_later_run_finds_all_of_it_again(scene: Proposed) -> None:
    """Nothing is pushed, opened or built twice, whatever is merged and deleted meanwhile."""
    commit = scene.pulls.merge()
    assert scene.place.remote.git("for-each-ref", f"refs/heads/{SOURCE}") == ""
    for _ in range(2):
        scene.forget()
        assert (await scene.walk())[0] == ""
        assert scene.made.find(ReleaseCommit) == ReleaseCommit(commit)
    assert scene.hub.posted() == []
    assert len(scene.pulls.shown) == 1
