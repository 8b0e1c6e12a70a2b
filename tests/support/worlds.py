"""A world for single checks and steps: a real repository, an index by address, a workshop with no children.

The children are left out: what needs them is proven by whole releases.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from release_async.events import Event
from release_async.journal import Journal
from release_async.plan import Plan
from release_async.problems import Problems
from release_async.settings import Settings, Sources, load
from release_async.tools import environment, index
from release_async.tools.forge import Door
from release_async.tools.git import Git
from release_async.versions.site import Distribution
from release_async.workshop import REFS, Workshop
from release_async.world import World
from support.repositories import Repository

NOBODY = "http://127.0.0.1:9/"


@dataclass
class Place:
    """Where a check or step is tried.

    Attributes:
        repository: The user's checkout, with one commit and a remote.
        url: The index's repository URL.
        settings: What the user asked for.
        test_env: The environment of the test suite.
        events: What was emitted.
    """

    repository: Repository
    url: str = NOBODY
    settings: Settings = field(default_factory=lambda: load(Sources()))
    test_env: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    events: list[Event] = field(default_factory=list)

    @property
    def git(self) -> Git:
        """Git at the top of the checkout."""
        return Git(self.repository.path, environment.for_git(os.environ))

    @asynccontextmanager
    async def world(self, plan: Plan) -> AsyncIterator[World]:
        """The world that the plan's checks and steps see here."""
        directory = self.repository.path / ".git/release-async" / plan.run
        directory.mkdir(parents=True, exist_ok=True)
        shop = Workshop(
            directory=directory,
            refs=f"{REFS}/{plan.run}",
            tree=directory / "tree",
            git=self.git,
            journal=Journal(directory),
        )
        async with index.opened(self.url) as where:
            yield World(
                project=self.repository.path,
                settings=self.settings,
                distribution=Distribution(plan.name, plan.root, ()),
                git=self.git,
                index=where,
                forge=Door("", {}),
                workshop=shop,
                test_env=self.test_env,
                emit=self.events.append,
            )


def prepared(directory: Path) -> Place:
    """A checkout with one commit, and a remote that has it."""
    repository = Repository.init(directory / "project")
    repository.write("file.txt", "text\n")
    repository.commit("begin")
    return Place(repository.with_remote(directory / "remote.git"))


def said(problems: Problems) -> list[tuple[str, str]]:
    """Level and words of each problem; every one has a cure."""
    assert all(problem.cure for problem in problems)
    return [(problem.level.value, problem.what) for problem in problems]
