"""A release that a workflow would upload a second time is refused, unless the project means it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from release_async.base.problems import NotJudged
from release_async.external.github.gh_api import ForgeConnection
from release_async.external.index import repository_url
from release_async.plan.plan import Plan, Target
from release_async.plan.route import ROUTES
from release_async.plan.settings import Sources, load
from release_async.release.checks import workflows
from support import candidates
from support.candidates import TOP, Candidate
from support.github import Fault
from support.story import PLAN, changed
from support.worlds import Place, prepared, problems_of, said

PUBLISH = (
    "on:\n  push:\n    tags: ['v*']\n"
    "jobs:\n  pypi:\n    steps:\n      - uses: pypa/gh-action-pypi-publish@v1\n"
)
PYPI = Target(name="PyPI", repository_url=repository_url.upload_urls().pypi, token_setting="")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout whose workflow publishes each tag."""
    place = prepared(tmp_path)
    place.repository.write(".github/workflows/release.yml", PUBLISH)
    place.repository.commit("workflow")
    return place


async def found(place: Place, plan: Plan) -> list[tuple[str, str]] | NotJudged:
    """What the check says."""
    async with place.context(plan) as context:
        problems = await workflows.run(plan, context)
    return problems if isinstance(problems, NotJudged) else said(problems)


async def test_a_second_upload_is_refused(place: Place) -> None:
    """With the file, the job, and what starts it."""
    assert await found(place, changed(PLAN, target=PYPI)) == [
        (
            "refuse",
            "the job pypi uploads this version too, when the tag is pushed",
        )
    ]


async def test_a_rehearsal_only_tells(place: Place) -> None:
    """Nothing is pushed that could start it."""
    target = Target(name="127.0.0.1", repository_url=place.url, token_setting="", rehearses="PyPI")
    problems = await found(place, changed(PLAN, target=target))
    assert not isinstance(problems, NotJudged)
    assert [level for level, _ in problems] == ["warn"]


async def test_a_run_that_cannot_be_seen_is_never_waited_for(place: Place) -> None:
    """Where CI publishes, the remote is on GitHub and gh can be asked: else it is refused."""
    plan = replace(changed(PLAN, target=PYPI), route=ROUTES["by-ci"])
    place.forge = ForgeConnection("https://example.com/a/b", {})
    async with place.context(plan) as context:
        problem, *_ = problems_of(await workflows.run(plan, context))
    assert problem.what.endswith("would never be seen: the remote is not on github.com")
    assert problem.cure.endswith('upload from here: publish = "here" in [tool.release-async]')
    place.forge = ForgeConnection("https://github.com/a/b", {"PATH": ""})
    async with place.context(plan) as context:
        problem, *_ = problems_of(await workflows.run(plan, context))
    assert (problem.level, "gh is not installed" in problem.what) == ("refuse", True)
    assert problem.cure.startswith("install it")
    rehearsed = changed(plan, target=replace(PYPI, rehearses="PyPI"))
    assert "seen" not in str(await found(place, rehearsed))


async def test_what_is_meant_is_not_judged(place: Place) -> None:
    """A setting in the project says so; so does a release without a tag, or to another index."""
    place.settings = load(Sources(pyproject='[tool.release-async]\npublish = "here"\n'))
    assert isinstance(await found(place, changed(PLAN, target=PYPI)), NotJudged)
    place.settings = load(Sources())
    assert isinstance(await found(place, PLAN), NotJudged)
    assert isinstance(await found(place, changed(PLAN, target=PYPI, tag="")), NotJudged)


async def test_a_project_without_workflows_has_nothing_to_judge(tmp_path: Path) -> None:
    """It is said so, never shown as passed."""
    judged = await found(prepared(tmp_path), changed(PLAN, target=PYPI))
    assert judged == NotJudged("there is no workflow that could upload")


@pytest.fixture
async def candidate(tmp_path: Path) -> AsyncIterator[Candidate]:
    """A project whose files CI builds."""
    async with candidates.candidate(tmp_path) as scene:
        yield scene


async def test_a_workflow_that_can_build_is_no_problem(candidate: Candidate) -> None:
    """Its file is sound, and GitHub knows it and has it switched on."""
    assert await workflows.run(candidate.plan, candidate.context) == ()
    assert candidate.hub.requests[-1] == ("GET", f"{TOP}/actions/workflows/build.yml")


async def test_what_keeps_ci_from_building_is_refused(candidate: Candidate) -> None:
    """Switched off, not on the default branch, not told, and by what stands in it; also without GitHub."""
    place, hub = candidate.place, candidate.hub

    async def told() -> list[tuple[str, str]]:
        found = await workflows.run(candidate.plan, candidate.context)
        return said(problems_of(found))

    hub.dispatches.states["build.yml"] = "disabled_manually"
    assert await told() == [("refuse", f"the workflow {candidates.PATH} is switched off: disabled manually")]
    hub.faults["GET", f"{TOP}/actions/workflows/build.yml"] = [Fault(500)]
    ((level, what),) = await told()
    assert (level, what.startswith("cannot find out whether CI can build: GitHub answered 500")) == (
        "refuse",
        True,
    )
    place.remote.git("update-ref", "refs/heads/main", f"{candidate.plan.base}^")
    ((level, what),) = await told()
    assert (level, what.endswith(f"does not know the workflow {candidates.PATH}")) == ("refuse", True)
    place.repository.write(candidates.PATH, "on: push\n")
    place.repository.commit("change it")
    place.forge = ForgeConnection("https://example.com/a/b", {})
    async with place.context(candidate.plan) as context:
        problems = problems_of(await workflows.run(candidate.plan, context))
    assert [what for _, what in said(problems)] == [
        "the workflow cannot be started by hand, which is how a release starts it",
        "the workflow has no job that keeps the files that it builds",
        "CI cannot be asked to build: the remote is not on github.com",
    ]


async def test_a_tag_that_starts_another_upload_is_refused_there_too(candidate: Candidate) -> None:
    """The files are uploaded from here, and the tag is pushed."""
    repository = candidate.place.repository
    repository.write(".github/workflows/release.yml", PUBLISH)
    repository.commit("publish as well")
    plan = replace(candidate.plan, target=PYPI)
    async with candidate.place.context(plan) as context:
        problems = problems_of(await workflows.run(plan, context))
    assert [what for _, what in said(problems)] == [
        "the job pypi uploads this version too, when the tag is pushed"
    ]
