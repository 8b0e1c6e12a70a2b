"""A world for single checks and steps: a real repository, an index by address, a workshop with no children.

The children are left out: what needs them is proven by whole releases.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from release_async.base.problems import NotJudged, Problems
from release_async.external.git.git_commands import Git
from release_async.external.github.gh_api import ForgeConnection
from release_async.external.index import simple_api as index
from release_async.plan.events import Event
from release_async.plan.plan import Plan
from release_async.plan.settings import Settings, Sources, load
from release_async.process import child_environments
from release_async.process.log_files import LogFiles
from release_async.release.checks import Check
from release_async.repository import snapshot
from release_async.run.context import Context
from release_async.run.head_files import ReadFiles
from release_async.run.journal import Journal
from release_async.run.run_directories import REFS
from release_async.run.workspace import Workspace
from release_async.versions.distribution import Distribution
from support.repositories import Repository
from support.story import PLAN, changed

NOBODY = "http://127.0.0.1:9/"


@dataclass
class Place:
    """Where a check or step is tried.

    Attributes:
        repository: The user's checkout, with one commit and a remote.
        url: The index's repository URL.
        settings: What the user asked for.
        test_env: The environment of the test suite.
        forge: The way to the forge; None for tests that never go there.
        events: What was emitted.
        below: The project's directory in the repository.
    """

    repository: Repository
    url: str = NOBODY
    settings: Settings = field(default_factory=lambda: load(Sources()))
    test_env: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    forge: ForgeConnection | None = None
    events: list[Event] = field(default_factory=list)
    below: str = ""

    @property
    def git(self) -> Git:
        """Git at the top of the checkout."""
        return Git(self.repository.path, child_environments.for_git(os.environ))

    @property
    def remote(self) -> Repository:
        """What ``prepared`` made as the remote."""
        return Repository(self.repository.path.parent / "remote.git")

    @property
    def plan(self) -> Plan:
        """A release of what is checked out, to where ``origin`` is pushed to."""
        url = self.repository.tried("remote", "get-url", "--push", "origin").stdout.removesuffix("\n")
        return changed(PLAN, base=self.repository.head(), remote_url=url)

    @property
    def files(self) -> ReadFiles:
        """All files of HEAD."""
        with snapshot.revision(self.repository.path, "HEAD", self.git.env) as tree:
            contents = {path: tree.read(path) or b"" for path in tree.paths()}
            return ReadFiles(tree.paths(), contents)

    def everything(self) -> dict[str, bytes]:
        """Every file of the checkout and the remote, with git's own, but objects and what is ours."""
        found = {}
        for top in (self.repository.path, self.remote.path):
            for path in top.rglob("*"):
                if path.is_file() and not {"objects", "release-async"} & set(path.parts):
                    found[str(path)] = path.read_bytes()
        return found

    @asynccontextmanager
    async def context(self, plan: Plan) -> AsyncIterator[Context]:
        """The world that the plan's checks and steps see here."""
        directory = self.repository.path / ".git/release-async" / plan.run
        directory.mkdir(parents=True, exist_ok=True)
        opened_workspace = Workspace(
            directory=directory,
            refs=f"{REFS}/{plan.run}",
            tree=directory / "tree",
            clone=directory / "clone",
            git=self.git,
            journal=Journal(directory),
        )
        async with index.open_index(self.url) as where:
            yield Context(
                project=self.repository.path / self.below,
                settings=self.settings,
                distributions=tuple(Distribution(each.name, each.root, ()) for each in plan.packages),
                files=self.files,
                git=self.git,
                remote=await self.git.remote(plan.remote),
                index=where,
                forge=self.forge or ForgeConnection("", {}),
                workspace=opened_workspace,
                test_env=self.test_env,
                logs=LogFiles(directory.parent / "logs" / plan.run, self.settings.secrets),
                emit=self.events.append,
            )


def prepared(directory: Path) -> Place:
    """A checkout with one commit, and a remote that has it."""
    repository = Repository.init(directory / "project")
    repository.write("file.txt", "text\n")
    repository.commit("begin")
    return Place(repository.with_remote(directory / "remote.git"))


async def judged(place: Place, check: Check, plan: Plan | None = None) -> Problems:
    """What a check says of the place, of which it changes nothing."""
    return problems_of(await _run(place, check, plan or place.plan))


def problems_of(found: Problems | NotJudged) -> Problems:
    """The problems of a check that had something to judge."""
    assert not isinstance(found, NotJudged), found.why
    return found


async def unjudged(place: Place, check: Check, plan: Plan | None = None) -> str:
    """Why a check has nothing to judge at the place, of which it changes nothing."""
    problems = await _run(place, check, plan or place.plan)
    assert isinstance(problems, NotJudged), problems
    return problems.why


async def _run(place: Place, check: Check, plan: Plan) -> Problems | NotJudged:
    before = place.everything()
    async with place.context(plan) as context:
        try:
            return await check.run(plan, context)
        finally:
            assert place.everything() == before


def said(problems: Problems) -> list[tuple[str, str]]:
    """Level and words of each problem; every one has a cure."""
    assert all(problem.cure for problem in problems)
    return [(problem.level.value, problem.what) for problem in problems]
