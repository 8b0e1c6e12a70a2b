"""The proposal of a release: one branch, one request, one plan; and all of it can be taken back."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from release_async.base.errors import FailedError
from release_async.plan import merge_request, plan as planning
from release_async.plan.effect import State
from release_async.run.step_results import Proposal
from support import github, proposals
from support.github import Fault
from support.proposals import SOURCE, TOP, Proposed

OPEN = ("POST", f"{TOP}/pulls")
REQUEST = f"request to merge {SOURCE} into main"


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Proposed]:
    """A release commit that nobody has seen yet."""
    async with proposals.proposed(tmp_path) as scene:
        yield scene


@pytest.mark.parametrize("gh", github.all_gh())
async def test_the_request_carries_the_plan(tmp_path: Path, gh: str) -> None:
    """For people in its text, for any clone on a private ref: the same plan, by its digest."""
    async with proposals.proposed(tmp_path, gh) as scene:
        _, probed = await scene.walk()
        assert probed.state is State.WAITING
        request, remote, plan = scene.pulls.last, scene.place.remote, scene.plan
        assert (request["title"], remote.git("rev-parse", SOURCE)) == ("Release 1.3.0", scene.commit)
        body = str(request["body"])
        assert "| `pyproject.toml:3` | 1.2.3 | 1.3.0 |" in body
        assert "upload: `twine upload" in body
        mark = merge_request.mark_in(body)
        assert mark == (plan.run, merge_request.digest(plan))
        record = remote.git("rev-parse", f"refs/release-async/{plan.run}/plan")
        assert remote.git("rev-parse", f"{record}^") == scene.commit
        written = remote.git("show", f"{record}:plan.json") + "\n"
        assert written == merge_request.text(plan)
        assert planning.recalled(json.loads(written)) == merge_request.portable(plan)
        assert scene.hub.posted() == [f"{TOP}/pulls"]
        assert scene.place.repository.git("branch", "--list") == "* main"


async def test_labels_are_those_of_the_settings(scene: Proposed) -> None:
    """A request that is there already gets none."""
    made = scene.context.settings
    object.__setattr__(made, "request_labels", ("release", "bot"))
    await scene.walk()
    assert scene.pulls.labels == {1: ["release", "bot"]}


async def test_an_answer_that_was_lost_opens_no_second_request(scene: Proposed) -> None:
    """It was made all the same: the mark finds it."""
    scene.hub.faults = {OPEN: [Fault(502, done=True)]}
    with pytest.raises(FailedError, match="502"):
        await scene.walk()
    assert (await scene.walk())[1].state is State.WAITING
    assert len(scene.pulls.shown) == 1


async def test_who_may_open_none_is_told(scene: Proposed) -> None:
    """The branch is there by then, and can be taken back."""
    scene.pulls.refuses = True
    with pytest.raises(FailedError, match="Resource not accessible") as caught:
        await scene.walk()
    assert "gh auth status" in caught.value.cure
    assert await scene.take_back() == ["", f"{SOURCE} is deleted on origin"]
    assert scene.nothing_left()


async def test_a_branch_of_somebody_else_is_a_conflict(scene: Proposed) -> None:
    """It is neither moved nor merged."""
    scene.place.remote.git("branch", SOURCE, "main")
    name, probed = await scene.walk()
    assert (name, probed.state) == (f"push {SOURCE} to origin", State.CONFLICT)
    assert scene.pulls.shown == []


async def test_a_request_of_others_is_none_of_ours(scene: Proposed) -> None:
    """Not one from a fork with our mark, nor that of an earlier run of the same version."""
    await scene.walk()
    body = {**scene.pulls.last, "head": SOURCE, "base": "main"}
    scene.pulls.shown.clear()
    scene.pulls.open(body, repository="mallory/demo")
    earlier = scene.pulls.open({**body, "body": "<!-- release-async: run 2020-x, plan " + "a" * 64 + " -->"})
    earlier["state"] = "closed"
    scene.forget()
    name, probed = await scene.walk()
    assert probed.state is State.WAITING, (name, probed)
    assert [each["number"] for each in scene.pulls.shown] == [1, 2, 3]
    request = scene.made.get(Proposal).request
    assert request
    assert request.number == 3


async def test_all_of_it_can_be_taken_back(scene: Proposed) -> None:
    """The request is closed with a comment, then the branch and the plan are deleted; twice is as once."""
    await scene.walk()
    assert not scene.nothing_left()
    told = await scene.take_back()
    assert told == [
        f"pull request #1 is closed: https://github.com/{github.NAME}/pull/1",
        f"{SOURCE} is deleted on origin",
    ]
    assert scene.pulls.last["state"] == "closed"
    assert scene.pulls.comments == {
        1: ["The release of demo 1.3.0 was given up. Nothing of it is on Example."]
    }
    assert scene.nothing_left()
    assert await scene.take_back() == [
        f"pull request #1 is closed already: https://github.com/{github.NAME}/pull/1",
        "",
    ]


async def test_a_branch_that_others_have_worked_on_stays(scene: Proposed) -> None:
    """Only what is ours is deleted."""
    await scene.walk()
    theirs = scene.pulls.land("notes.md", "theirs\n", SOURCE)
    assert "has commits of others, and stays" in (await scene.take_back())[1]
    assert scene.place.remote.git("rev-parse", SOURCE) == theirs


async def test_without_a_forge_nothing_can_be_asked_for(tmp_path: Path) -> None:
    """It is told with what to type."""
    async with proposals.proposed(tmp_path) as scene:
        scene.hub.push = False
        name, probed = await scene.walk()
        assert (name, probed.state) == (REQUEST, State.UNKNOWN)
        assert "gh auth login" in probed.cure
