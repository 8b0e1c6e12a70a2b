"""Opening a release: what is decided holds what the person may see, and git is asked everything once."""

import os
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pytest

from release_async.external.git.git_commands import Git
from release_async.plan.events import Event, PlanMade
from release_async.plan.settings import Flags
from release_async.process.run_process import Completed
from release_async.run import opening
from release_async.run.opening import Request
from support.repositories import Repository
from support.tiny import write_tiny


def request(directory: Path, events: list[Event], **environ: str) -> Request:
    """A minor release of a project."""
    return Request(
        directory=directory,
        version="minor",
        flags=Flags(),
        environ={**os.environ, **environ},
        emit=events.append,
        hide=lambda _: None,
    )


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A project with a remote whose address holds a password."""
    write_tiny(tmp_path / "tiny")
    repository = Repository.init(tmp_path / "tiny")
    repository.commit("begin")
    repository.git("remote", "add", "origin", "https://person:open-sesame@example.com/person/tiny.git")
    return repository


async def test_the_plan_holds_no_password_of_the_remote(repository: Repository) -> None:
    """It is shown, written into the journal, and told as JSON; where it is pushed to can still be read."""
    events: list[Event] = []
    async with opening.open_release(request(repository.path, events)) as (plan, context):
        assert plan.remote_url == context.forge.push_url == "https://***@example.com/person/tiny.git"
        assert "sesame" not in str(asdict(plan))
    (made,) = events
    assert isinstance(made, PlanMade)
    assert (made.plan, len(made.lines)) == (plan, len(plan.edits))


async def test_nothing_is_asked_of_git_twice(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the directories of the repository, nor the remote, nor what HEAD holds."""
    asked: Counter[tuple[str, ...]] = Counter()
    run = Git.run

    async def counting(self: Git, *arguments: str) -> Completed:
        asked[arguments] += 1
        return await run(self, *arguments)

    monkeypatch.setattr(Git, "run", counting)
    async with opening.open_release(request(repository.path, [])):
        seen = dict(asked)
    assert [words for words, times in seen.items() if times > 1] == []
    assert sum(words[0] == "remote" for words in seen) == 1
    assert sum("--git-common-dir" in words for words in seen) == 1
