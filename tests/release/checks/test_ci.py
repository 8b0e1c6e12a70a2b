"""CI that is not green is told or refuses, by the setting; what cannot be told is not taken for green."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from release_async.base.problems import NotJudged, Problems
from release_async.external.github.gh_api import ForgeConnection
from release_async.plan.plan import Plan
from release_async.plan.route import ROUTES
from release_async.plan.settings import Ci
from release_async.process import child_environments
from release_async.release.checks import ci
from support import github
from support.github import Fault, GitHub
from support.story import PLAN, changed
from support.worlds import Place, prepared

URL = f"git@github.com:{github.NAME}.git"
RUNS = "/repos/{}/commits/{}/check-runs"


@dataclass
class Scene:
    """A commit that GitHub has, and a release of it."""

    hub: GitHub
    place: Place
    plan: Plan

    async def run(self, weight: Ci = Ci.WARN) -> Problems | NotJudged:
        """What the check says."""
        self.place.settings = replace(self.place.settings, ci=weight)
        async with self.place.context(self.plan) as context:
            return await ci.run(self.plan, context)

    async def said(self, weight: Ci = Ci.WARN) -> tuple[str, str]:
        """Level and words of the one problem."""
        problems = await self.run(weight)
        assert not isinstance(problems, NotJudged)
        (problem,) = problems
        assert problem.cure
        return problem.level.value, problem.what

    def door(self, url: str = URL, *, login: bool = True) -> None:
        """Go to another forge, or without a login."""
        self.place.forge = ForgeConnection(
            url, child_environments.for_forge(self.hub.environ(login=login)), 30.0
        )


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A checkout that is pushed."""
    place = prepared(tmp_path)
    with github.serving(tmp_path / "remote.git") as hub:
        scene = Scene(hub, place, changed(PLAN, base=place.repository.git("rev-parse", "HEAD")))
        scene.door()
        yield scene


def run(name: str, conclusion: str | None = "success", status: str = "completed") -> dict[str, object]:
    """A check run as GitHub shows it."""
    return {"name": name, "status": status, "conclusion": conclusion}


@pytest.mark.parametrize("weight", [Ci.WARN, Ci.REQUIRE])
async def test_green_passes(scene: Scene, weight: Ci) -> None:
    """Runs and statuses alike; what was skipped or is neutral is not red."""
    scene.hub.runs = [run("test"), run("docs", "skipped"), run("lint", "neutral")]
    scene.hub.statuses = [{"context": "elsewhere", "state": "success"}]
    assert await scene.run(weight) == ()
    scene.hub.runs = []
    assert await scene.run(weight) == ()


@pytest.mark.parametrize(("weight", "level"), [(Ci.WARN, "warn"), (Ci.REQUIRE, "refuse")])
async def test_red_pending_and_none_are_told_by_the_setting(scene: Scene, weight: Ci, level: str) -> None:
    """Each by its name; one red is more than many green, and GitHub's own sum is not believed."""
    commit = scene.plan.base[:12]
    assert await scene.said(weight) == (level, f"CI has not run for {commit}")
    scene.hub.runs = [run("test"), run("build", None, "in_progress")]
    assert await scene.said(weight) == (level, f"CI has not ended for {commit}: build")
    scene.hub.runs += [run("lint", "timed_out")]
    scene.hub.statuses = [{"context": "elsewhere", "state": "error"}, {"context": "slow", "state": "pending"}]
    assert await scene.said(weight) == (level, f"CI is red for {commit}: elsewhere (error), lint (timed_out)")


async def test_a_red_run_on_the_second_page_is_seen(scene: Scene) -> None:
    """Large projects have hundreds of them; the line stays short."""
    scene.hub.runs = [run(f"test {number}") for number in range(130)] + [
        run(f"r{n}", "failure") for n in range(7)
    ]
    _, what = await scene.said()
    assert what.endswith(": r0 (failure), r1 (failure), r2 (failure), r3 (failure), r4 (failure) and 2 more")


async def test_a_commit_that_was_not_pushed_has_no_ci(scene: Scene) -> None:
    """The cure is the push."""
    scene.hub.runs = [run("test")]
    scene.plan = changed(scene.plan, base=scene.place.repository.commit("mine"))
    problems = await scene.run()
    assert not isinstance(problems, NotJudged)
    assert "has not run" in problems[0].what
    assert problems[0].cure.startswith("git push origin main")
    assert problems[0].cure.endswith(f"https://github.com/{github.NAME}/commit/{scene.plan.base}")


async def test_off_asks_nobody(scene: Scene) -> None:
    """And is shown as left out."""
    scene.hub.runs = [run("test", "failure")]
    assert await scene.run(Ci.OFF) == NotJudged('ci = "off" in [tool.release-async]')
    assert scene.hub.requests == []


async def test_where_gh_cannot_ask_only_a_requirement_refuses(scene: Scene) -> None:
    """Whoever requires green CI is not served by not knowing."""
    for url, login, why in (
        (URL, False, "gh is not logged in to github.com"),
        ("/srv/git/demo.git", True, "the remote is not on github.com"),
    ):
        scene.door(url, login=login)
        assert await scene.run() == NotJudged(why)
        assert await scene.said(Ci.REQUIRE) == ("refuse", f"cannot find out whether CI is green: {why}")


@pytest.mark.parametrize("fault", [Fault(502), Fault(403, "API rate limit exceeded"), Fault(401)])
async def test_an_answer_that_is_none_is_not_green(scene: Scene, fault: Fault) -> None:
    """It is told with the words of GitHub, and refuses only where CI is required."""
    for weight, level in ((Ci.WARN, "warn"), (Ci.REQUIRE, "refuse")):
        scene.hub.runs = [run("test")]
        scene.hub.faults = {("GET", RUNS.format(github.NAME, scene.plan.base)): [fault]}
        found, what = await scene.said(weight)
        assert found == level
        assert f"is green: GitHub answered {fault.status}" in what


async def test_what_the_release_waits_for_refuses_nothing(scene: Scene) -> None:
    """But red does, and so does a commit that GitHub has not got, for which nothing will ever run."""
    scene.plan = replace(scene.plan, route=ROUTES["here-parent"])
    assert await scene.run(Ci.REQUIRE) == ()
    scene.hub.runs = [{"name": "tests", "status": "queued"}]
    assert await scene.run(Ci.REQUIRE) == ()
    scene.hub.runs = [{"name": "tests", "status": "completed", "conclusion": "failure"}]
    assert (await scene.said(Ci.REQUIRE))[0] == "refuse"
    scene.hub.runs = []
    scene.plan = changed(scene.plan, base="0" * 40)
    assert await scene.said(Ci.REQUIRE) == ("refuse", "CI has not run for 000000000000")


async def test_a_candidate_needs_a_workflow_that_runs_for_it(scene: Scene) -> None:
    """Where there are some, and none does; its parent need not be known, but may not be red."""
    scene.plan = replace(scene.plan, route=ROUTES["here-ci"])
    assert await scene.run(Ci.REQUIRE) == ()
    scene.plan = changed(scene.plan, base="0" * 40)
    assert await scene.run(Ci.REQUIRE) == ()
    for on, runs in (("branches: [main]", False), ("branches: [main, 'release-candidate/**']", True)):
        scene.place.repository.write(".github/workflows/t.yml", f"on: {{push: {{{on}}}, pull_request: }}\n")
        scene.place.repository.commit("workflow")
        if runs:
            assert await scene.run(Ci.REQUIRE) == ()
        else:
            level, what = await scene.said(Ci.REQUIRE)
            assert (level, "no check of release-candidate/1.3.0 would ever begin" in what) == ("refuse", True)
    scene.hub.runs = [run("test", "failure")]
    scene.plan = changed(scene.plan, base=scene.place.remote.git("rev-parse", "main"))
    assert await scene.said(Ci.REQUIRE) == ("refuse", f"CI is red for {scene.plan.base[:12]}: test (failure)")


async def test_the_checks_of_the_parent_can_be_enough(scene: Scene) -> None:
    """Then they are demanded, and no workflow has to run for a candidate."""
    scene.place.repository.write(".github/workflows/t.yml", "on: {push: {branches: [main]}}\n")
    scene.place.repository.commit("workflow")
    scene.plan = replace(scene.plan, route=ROUTES["here-parent"])
    assert await scene.run(Ci.PARENT) == ()
    scene.hub.runs = [run("test", "failure")]
    assert (await scene.said(Ci.PARENT))[0] == "refuse"
