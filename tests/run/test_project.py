"""The project of a release that is continued is that of its commit, but for the limits of its time."""

import os
from pathlib import Path

import pytest

from release_async.external.git.git_commands import Git
from release_async.process import child_environments
from release_async.run import project as projects
from support.repositories import Repository
from support.story import PLAN, changed
from support.tiny import write_tiny


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A project whose commit says that the network gets five seconds."""
    write_tiny(tmp_path / "tiny")
    repository = Repository.init(tmp_path / "tiny")
    text = (repository.path / "pyproject.toml").read_text()
    repository.write("pyproject.toml", _with(text, "network-timeout = 5"))
    repository.commit("begin")
    return repository


def _with(text: str, line: str) -> str:
    assert "[tool.release-async]\n" in text
    return text.replace("[tool.release-async]\n", f"[tool.release-async]\n{line}\n")


async def reopened(repository: Repository) -> projects.Project:
    """The project, of a release that was planned at HEAD."""
    plan = changed(PLAN, base=repository.git("rev-parse", "HEAD").strip())
    git = Git(repository.path, child_environments.for_git(os.environ))
    return await projects.reopen_project(git, plan, os.environ)


async def test_time_limits_are_those_of_today(repository: Repository) -> None:
    """Who raises one, so that the release can be finished, need not commit that; other settings stay."""
    path = repository.path / "pyproject.toml"
    raised = path.read_text().replace("network-timeout = 5", "network-timeout = 300\nbranch = 'other'")
    path.write_text(raised)
    found = await reopened(repository)
    assert (found.settings.network_timeout, found.git.timeout, found.settings.branch) == (300, 300, "main")


@pytest.mark.parametrize("broken", ["[tool", "[tool.release-async]\nnetwork-timeout = 'x'\n"])
async def test_a_file_that_says_nothing_changes_nothing(repository: Repository, broken: str) -> None:
    """A person may be in the middle of an edit, or have put something in its place that is no file."""
    path = repository.path / "pyproject.toml"
    path.write_text(broken)
    assert (await reopened(repository)).settings.network_timeout == 5
    path.unlink()
    os.mkfifo(path)
    assert (await reopened(repository)).settings.network_timeout == 5
