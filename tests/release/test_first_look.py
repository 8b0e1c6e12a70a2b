"""A rehearsal that HEAD alone refuses is refused before anything is made for it; others are left alone."""

import os
from pathlib import Path

import pytest

from release_async.base.errors import RefusedError, UsageError
from release_async.plan.events import CheckFinished, Event, Outcome, PlanMade
from release_async.plan.settings import Flags
from release_async.release import first_look
from release_async.release.check_runner import CheckOptions
from release_async.run.project import Project, open_project
from support import indexes
from support.repositories import Repository
from support.tiny import write_tiny

OPTIONS = CheckOptions()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A project with a remote that is not there: nobody may ask it."""
    write_tiny(tmp_path / "tiny")
    repository = Repository.init(tmp_path / "tiny")
    repository.commit("begin")
    repository.git("remote", "add", "origin", "https://nowhere.invalid/person/tiny.git")
    return repository


async def opened(repository: Repository, url: str = "http://127.0.0.1:9/", **flags: bool) -> Project:
    """The project; by default on whose index nobody answers."""
    environ = {**os.environ, "PYPI_REPOSITORY_URL": url}
    return await open_project(repository.path, Flags(**flags), environ)


async def told(project: Project, version: str, options: CheckOptions = OPTIONS) -> list[Event]:
    """What is shown before it is refused; nothing where it is not."""
    events: list[Event] = []
    try:
        await first_look.refuse_early(project, version, options, events.append)
    except RefusedError:
        assert events
    else:
        assert events == []
    return events


async def test_what_goes_on_is_not_told(repository: Repository) -> None:
    """The sandbox judges again, and shows the plan."""
    before = {path.name for path in (repository.path / ".git").iterdir()}
    assert await told(await opened(repository), "major") == []
    assert await told(await opened(repository), "patch") == []
    assert {path.name for path in (repository.path / ".git").iterdir()} <= {*before, "release-async"}


async def test_a_refusal_is_told_with_the_plan_and_the_checks(repository: Repository) -> None:
    """A tag that is there, and a version that is less: as the checks of the sandbox would say it.

    Of the plan, which is not carried out, no more is shown than what it is about: it names no real place.
    """
    repository.git("tag", "v1.0.0")
    plan, *checks = await told(await opened(repository), "1.0.0")
    assert isinstance(plan, PlanMade)
    assert not plan.carried_out
    ended = {each.name: each.outcome for each in checks if isinstance(each, CheckFinished)}
    assert ended.keys() == set(first_look.OF_HEAD)
    refused = {name for name, outcome in ended.items() if outcome is Outcome.REFUSED}
    assert refused == {"tag-free", "versions"}


async def test_what_another_check_refuses_is_told_alone(repository: Repository) -> None:
    """Nobody asks the remote, which is not made yet: that it does not answer is said of no check."""
    _, *checks = await told(await opened(repository), "1.0.0")
    ended = {each.name: each.outcome for each in checks if isinstance(each, CheckFinished)}
    assert {name for name, outcome in ended.items() if outcome is Outcome.REFUSED} == {"versions"}
    assert Outcome.BROKEN not in ended.values()


async def test_what_is_no_version_is_told_at_once(repository: Repository) -> None:
    """A word that is neither part nor version needs no sandbox."""
    with pytest.raises(UsageError):
        await told(await opened(repository), "greater")


@pytest.mark.parametrize("why", ["auto", "test", "keep going"])
async def test_what_needs_more_is_left_to_the_sandbox(repository: Repository, why: str) -> None:
    """The test index would be asked what is free; a proposal reads the history; and who wants all."""
    repository.git("tag", "v1.0.0")
    project = await opened(repository, test=why == "test")
    options = CheckOptions(keep_going=why == "keep going")
    assert await told(project, "auto" if why == "auto" else "1.0.0", options) == []


async def test_what_comes_first_is_told_of_the_real_index(repository: Repository, tmp_path: Path) -> None:
    """The sandbox's own has this project alone. Where nobody answers nothing is said."""
    repository.write("packages/core/pyproject.toml", '[project]\nname = "core"\nversion = "1.5"\n')
    metadata = repository.path / "pyproject.toml"
    metadata.write_text(metadata.read_text().replace("[project]", '[project]\ndependencies = ["core>=1"]', 1))
    repository.commit("require")
    assert await first_look.missing_before(await opened(repository), "patch") == ()
    packages = tmp_path / "packages"
    packages.mkdir()
    with indexes.pypiserver(packages, indexes.credentials()) as url:
        project = await opened(repository, url)
        (said,) = await first_look.missing_before(project, "patch")
        assert said.startswith("the release itself will be refused: tiny 2.0.1 requires core>=1 "), said
        assert "release that first: release-async -C " in said
        indexes.wheel(packages).rename(packages / "core-1.5-py3-none-any.whl")
        assert await first_look.missing_before(project, "patch") == ()
