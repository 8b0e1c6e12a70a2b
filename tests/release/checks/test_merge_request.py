"""A release that others merge can be proposed: told before anything is pushed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from release_async.base.problems import NotJudged, Problems
from release_async.plan import merge_request as requests
from release_async.plan.route import ROUTES
from release_async.release.checks import merge_request
from support import github, proposals
from support.proposals import SOURCE, Proposed


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Proposed]:
    """A release that nobody has proposed yet."""
    async with proposals.proposed(tmp_path) as scene:
        yield scene


async def said(scene: Proposed) -> list[tuple[str, str]]:
    """Level and words of each problem, all with a cure; nothing was changed by asking."""
    found: Problems | NotJudged = await merge_request.run(scene.plan, scene.context)
    assert not isinstance(found, NotJudged)
    assert all(problem.cure for problem in found)
    assert scene.hub.posted() == []
    return [(problem.level.value, problem.what) for problem in found]


async def test_a_release_that_is_pushed_is_not_asked_about(scene: Proposed) -> None:
    """Nor is anything requested for it."""
    scene.plan = replace(scene.plan, route=ROUTES["here"])
    assert isinstance(await merge_request.run(scene.plan, scene.context), NotJudged)
    assert scene.hub.requests == []


async def test_a_branch_that_nobody_waits_on_is_free(scene: Proposed) -> None:
    """Requests of others play no part, nor do closed ones of ours, nor one from a fork with our mark."""
    place = scene.place.remote
    place.git("branch", "theirs", "main")
    mark = requests.mark(scene.plan)
    scene.pulls.open({"head": "theirs", "base": "main", "title": "x", "body": "x"})
    scene.pulls.open({"head": "theirs", "base": "main", "title": "x", "body": mark}, repository="a/b")
    scene.pulls.open({"head": "theirs", "base": "main", "title": "x", "body": mark})["state"] = "closed"
    assert await said(scene) == []


async def test_a_second_release_is_refused_while_one_waits(scene: Proposed) -> None:
    """Also one that was begun in another clone: its request is marked. Another branch is not concerned."""
    await scene.walk()
    scene.hub.requests.clear()
    what = f"another release waits on main for the merge of pull request #1: https://github.com/{github.NAME}/pull/1"
    assert await said(scene) == [("refuse", what)]
    scene.plan = replace(scene.plan, branch="1.x")
    assert await said(scene) == [("refuse", f"origin has a branch {SOURCE} already")]


async def test_without_a_forge_nothing_can_be_proposed(scene: Proposed) -> None:
    """It is told with what to type."""
    scene.hub.push = False
    ((level, what),) = await said(scene)
    assert level == "refuse"
    assert what.startswith("no request to merge can be opened: gh's account may not write")
