"""The stage of a release that others merge: the tiny project, an index, and a GitHub that takes requests."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

from release_async.base.secret import Credentials
from support import crashing, github, indexes
from support.github import GitHub
from support.pull_requests import PullRequests
from support.releasing import Run, Stage
from support.repositories import Repository
from support.warehouse import State, warehouse

VERSION = crashing.VERSION
TAG = f"v{VERSION}"
SOURCE = f"release/{VERSION}"
RELEASE = ("--version", VERSION, "--yes", "--output", "json")
RESUME = ("--resume", "--output", "json")
_TABLE = "[tool.release-async]\n"


@dataclass
class Scene:
    """A project whose branch takes only requests, and the places that it is released to."""

    stage: Stage
    index: State
    hub: GitHub

    @property
    def pulls(self) -> PullRequests:
        """The pull requests of the GitHub."""
        return self.hub.pulls

    @property
    def remote(self) -> Repository:
        """What GitHub has of the project."""
        return self.stage.remote

    def run(self, *arguments: str, backend: str = "asyncio") -> Run:
        """Run the tool, which GitHub then counts the requests of, and wait until nothing of it is left."""
        self.hub.requests.clear()
        run = self.stage.run(*arguments, backend=backend)
        assert "Traceback" not in run.stderr, run.stderr
        self.stage.wait_for_the_last()
        return run

    def proposed(self, backend: str = "asyncio") -> Run:
        """Propose the release: the run ends, and waits."""
        run = self.run(*RELEASE, backend=backend)
        assert run.code == 7, run.said
        return run

    def died(self, point: int, *arguments: str, log: Path) -> list[str]:
        """Run under watch and die at a point, on each event loop by turns; the points that were passed."""
        watched = crashing.Scene(self.stage, self.index, log)
        backend = ("asyncio", "trio")[point % 2]
        code = watched.crash(point, *arguments, backend=backend, power=point % 3 == 0)
        assert code in ({crashing.KILLED} if point else {0, 7}), code
        return watched.points()

    def another_clone(self, top: Path) -> "Scene":
        """The same project in another clone, on which nobody has begun anything."""
        self.stage.repository.git("clone", "--quiet", str(self.remote.path), str(top))
        project = Repository(top)
        project.git("remote", "set-url", "origin", f"https://github.com/{github.NAME}")
        project.git("config", f"url.{github.URL}.insteadOf", f"https://github.com/{github.NAME}")
        mine = self.stage
        stage = Stage(project, self.remote, mine.packages, mine.url, mine.account, environ={})
        stage.environ |= {name: mine.environ[name] for name in (*self.hub.leads(), "PATH")}
        return Scene(stage, self.index, self.hub)

    def nothing_is_public(self) -> None:
        """See that nothing is on the index, and no tag anywhere.

        Raises:
            AssertionError: Something is.
        """
        assert self.index.digests() == {}
        assert self.stage.repository.git("tag") == self.remote.git("tag") == ""

    def is_released(self, commit: str) -> None:
        """See that a merged commit is what was released, and that nothing of ours is left anywhere.

        Raises:
            AssertionError: It is not.
        """
        git = self.stage.repository.git
        assert tuple(self.index.digests()) == crashing.FILES
        assert sorted(self.index.stored()) == list(crashing.FILES)
        assert git("rev-parse", f"{TAG}^{{commit}}") == commit
        assert self.remote.git("rev-parse", TAG) == git("rev-parse", TAG)
        assert self.remote.git("for-each-ref", "refs/release-async", f"refs/heads/{SOURCE}") == ""
        assert git("for-each-ref", "refs/release-async") == ""
        assert git("worktree", "list", "--porcelain").count("worktree ") == 1
        assert git("status", "--porcelain") == ""
        assert list((self.stage.repository.path / ".git/release-async").glob("[0-9]*/")) == []
        assert self.stage.processes() == []
        page = self.hub.published(TAG)
        assert page
        assert set(self.hub.files(page)) == set(crashing.FILES)


def events(run: Run, name: str) -> list[dict[str, object]]:
    """The events of a name that a run wrote as JSON."""
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    return [line for line in lines if line["event"] == name]


@contextmanager
def scene(directory: Path, gh: str = "gh", **settings: str) -> Iterator[Scene]:
    """A fresh project that is released by pull request.

    Args:
        directory: Where it lies.
        gh: One of ``github.all_gh``.
        settings: More lines of ``[tool.release-async]``, by name, as TOML.
    """
    account = indexes.credentials()
    with warehouse(account) as server:
        stage = crashing.staged(directory, server.url, account)
        configure(stage, {"land": '"pull-request"'} | settings)
        stage.repository.git("push", "--quiet")
        stage.repository.git("remote", "set-url", "origin", github.URL)
        with _served(stage, gh) as hub:
            yield Scene(stage, server.state, hub)


@contextmanager
def _served(stage: Stage, gh: str) -> Iterator[GitHub]:
    with github.serving(stage.remote.path, github.named(gh)) as hub:
        stage.environ |= hub.leads()
        stage.environ["PATH"] = f"{hub.gh.parent}:{stage.environ['PATH']}"
        yield hub


@dataclass
class Ground:
    """A release that waits, which the first test makes and all others copy, and an empty index.

    Attributes:
        template: Where it lies.
        url: The index's repository URL.
        account: Who may upload there.
        index: What the index holds.
        shown: The pull requests.
    """

    template: Path
    url: str
    account: Credentials
    index: State
    shown: list[dict[str, object]] = field(default_factory=list)

    @contextmanager
    def copied(self, directory: Path, gh: str = "gh") -> Iterator[Scene]:
        """A copy of it, with a GitHub of its own; the index is empty again."""
        if not self.template.exists():
            self._make()
        for name in ("project", "remote.git"):
            shutil.copytree(self.template / name, directory / name, symlinks=True)
        self.index.files.clear()
        self.index.uploads.clear()
        self.index.contents.clear()
        project, remote = (Repository(directory / name) for name in ("project", "remote.git"))
        stage = Stage(project, remote, directory, self.url, self.account)
        stage.repository.git("update-index", "--refresh")
        with _served(stage, gh) as hub:
            hub.pulls.shown = deepcopy(self.shown)
            yield Scene(stage, self.index, hub)

    def _make(self) -> None:
        stage = crashing.staged(self.template, self.url, self.account)
        configure(stage, {"land": '"pull-request"'})
        stage.repository.git("push", "--quiet")
        stage.repository.git("remote", "set-url", "origin", github.URL)
        with _served(stage, "gh") as hub:
            Scene(stage, self.index, hub).proposed()
            self.shown = hub.pulls.shown


@contextmanager
def ground(directory: Path) -> Iterator[Ground]:
    """Where scenes of a release that waits are copied from."""
    account = indexes.credentials()
    with warehouse(account) as server:
        yield Ground(directory / "template", server.url, account, server.state)


def configure(stage: Stage, settings: Mapping[str, str]) -> None:
    """Commit more settings."""
    path = stage.repository.path / "pyproject.toml"
    lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
    path.write_text(path.read_text().replace(_TABLE, f"{_TABLE}{lines}"))
    stage.repository.commit("settings")
