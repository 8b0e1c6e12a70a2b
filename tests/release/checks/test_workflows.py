"""A release that a workflow would upload a second time is refused, unless the project means it."""

from pathlib import Path

import pytest

from release_async.base.problems import NotJudged
from release_async.external.index import repository_url
from release_async.plan.plan import Plan, Target
from release_async.plan.settings import Sources, load
from release_async.release.checks import workflows
from support.story import PLAN, changed
from support.worlds import Place, prepared, said

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
