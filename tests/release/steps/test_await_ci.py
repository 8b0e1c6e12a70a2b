"""Green before the tag: the checks of exactly one commit are waited for, and none is not green."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from release_async.external.index.simple_api import Index
from release_async.plan.effect import DONE, Probed, State
from release_async.plan.route import ROUTES
from release_async.release.steps import await_ci
from release_async.run.journal import Journal
from release_async.run.step_results import Merged
from support import github, proposals
from support.proposals import SOURCE, TOP, Proposed

RUNNING: dict[str, object] = {"name": "tests", "status": "in_progress"}
RED: dict[str, object] = {"name": "docs", "status": "completed", "conclusion": "failure"}
GREEN: dict[str, object] = {"name": "tests", "status": "completed", "conclusion": "success"}


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Proposed]:
    """A release commit; what GitHub knows of all commits is nothing."""
    async with proposals.proposed(tmp_path) as scene:
        scene.plan = replace(scene.plan, route=ROUTES["here-ci"])
        yield scene


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that have passed; a test adds some."""
    passed = [0.0]
    monkeypatch.setattr(Index, "now", lambda _: time.time() + sum(passed))
    return passed


def showed(scene: Proposed) -> str:
    """Have GitHub know the release commit; its object id."""
    scene.place.repository.git(
        "push", "--quiet", "origin", f"{scene.commit}:refs/heads/release-candidate/1.3.0"
    )
    return scene.commit


async def looked(scene: Proposed) -> Probed:
    """What the step says now."""
    scene.hub.requests.clear()
    return await await_ci.effects(scene.plan, scene.context, scene.made)[0].probe()


@pytest.mark.parametrize("route", ["here-ci", "here-parent"])
async def test_checks_are_waited_for_failed_and_rerun(scene: Proposed, route: str) -> None:
    """By the id of the release commit, or where that is wanted, of its parent."""
    scene.plan = replace(scene.plan, route=ROUTES[route])
    base = showed(scene) if route == "here-ci" else scene.plan.base
    probed = await looked(scene)
    assert probed.waiting
    assert probed.waiting.what == f"the checks of {base[:12]}"
    assert probed.waiting.who == ("no check has begun",)
    assert probed.waiting.address == f"https://github.com/{github.NAME}/commit/{base}"
    scene.hub.checks[base] = [RUNNING, RED]
    probed = await looked(scene)
    assert probed.waiting
    assert probed.waiting.who == ("the check docs (failure), failed", "the check tests, running")
    scene.hub.checks[base] = [GREEN, RED]
    probed = await looked(scene)
    assert (probed.state, probed.why) == (State.CONFLICT, f"CI is red for {base[:12]}: docs (failure)")
    assert "run it again if that was by chance" in probed.cure
    scene.hub.checks[base] = [GREEN, {**RED, "conclusion": "success"}]
    assert await looked(scene) == DONE
    assert [path for _, path in scene.hub.requests] == [
        f"{TOP}/commits/{base}/{what}" for what in ("status", "check-runs")
    ]


@pytest.mark.parametrize(
    ("route", "words"),
    [
        ("here-ci", "runs on a push of release-candidate/1.3.0"),
        ("here-parent", 'set ci = "off"'),
        ("tag-ci", 'set ci = "off"'),
    ],
)
async def test_a_check_that_never_begins_is_for_a_person_to_decide(
    scene: Proposed, clock: list[float], route: str, words: str
) -> None:
    """After ten minutes, counted from the commit at the earliest; one that comes after all is waited for."""
    scene.plan = replace(scene.plan, route=ROUTES[route])
    commit = scene.plan.base if route == "here-parent" else showed(scene)
    scene.context.workspace.journal.begin(scene.plan, scene.made, scene.context.index.now())
    context = scene.context
    scene.context = replace(
        context, workspace=replace(context.workspace, journal=Journal(context.workspace.directory))
    )
    clock.append(540.0)
    assert (await looked(scene)).state is State.WAITING
    clock.append(100.0)
    probed = await looked(scene)
    assert (probed.state, probed.why) == (
        State.CONFLICT,
        f"no check of {commit[:12]} has begun in 10 minutes",
    )
    assert words in probed.cure
    assert ('ci = "parent"' in probed.cure) == (route == "here-ci")
    scene.hub.checks[commit] = [RUNNING]
    assert (await looked(scene)).state is State.WAITING


@pytest.mark.parametrize("beside", [False, True])
async def test_the_checks_of_a_request_count_for_what_holds_the_same(
    scene: Proposed, *, beside: bool
) -> None:
    """Where nothing ran for the merged commit itself; with anything beside it, they are of something else."""
    scene.plan = replace(scene.plan, route=ROUTES["pull-request-ci"])
    await scene.walk()
    scene.hub.checks[scene.commit] = [GREEN]
    commit = scene.pulls.merge("queue" if beside else "squash")
    await scene.walk(agrees=True)
    assert scene.made.get(Merged).oid == commit
    assert scene.place.remote.tried("rev-parse", "--verify", SOURCE).returncode != 0
    probed = await looked(scene)
    assert (probed.state is State.DONE) is not beside
    scene.hub.checks[commit] = [RUNNING]
    assert (await looked(scene)).state is State.WAITING
    scene.hub.checks[commit] = [GREEN]
    assert await looked(scene) == DONE


async def test_a_head_that_is_released_as_it_is_has_its_own_checks(scene: Proposed) -> None:
    """It is the commit itself."""
    scene.plan = replace(scene.plan, route=ROUTES["tag-ci"])
    scene.hub.checks[scene.commit] = [GREEN]
    scene.place.repository.git("push", "--quiet", "origin", f"{scene.commit}:refs/heads/other")
    assert await looked(scene) == DONE
