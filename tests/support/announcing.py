"""A release that owes its page: tagged and pushed, on a GitHub that the real gh is pointed to."""

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from release_async.base import files
from release_async.base.files import Artifact
from release_async.external.git.git_commands import Git, Remote
from release_async.external.github.gh_api import ForgeConnection
from release_async.external.index import repository_url
from release_async.external.index.simple_api import Index
from release_async.plan import settings
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed
from release_async.plan.events import Event
from release_async.plan.plan import Plan, Target
from release_async.process import child_environments
from release_async.process.log_files import LogFiles
from release_async.release.checks import release_page
from release_async.release.steps import announce
from release_async.release.steps.announce import PagesSeen
from release_async.run.context import Context
from release_async.run.head_files import ReadFiles
from release_async.run.journal import Journal
from release_async.run.step_results import ReleaseCommit, Results, TagObjects
from release_async.run.workspace import Workspace
from release_async.versions.distribution import Distribution
from support import github, story
from support.github import GitHub
from support.repositories import Repository
from support.steps import built
from support.story import changed

TOP = f"https://github.com/{github.NAME}"
RELEASES = f"/repos/{github.NAME}/releases"
RELEASE = f"{RELEASES}/tags/v1.3.0"
CHANGELOG = "# Changelog\n\n## [1.3.0] - 2026-01-02\n\n- frogs 🐸\n\n## [1.2.3] - 2025-01-02\n\n- newts\n"
WHEEL, SDIST = "demo-1.3.0-py3-none-any.whl", "demo-1.3.0.tar.gz"
NAMES = [
    "draft of the GitHub release of v1.3.0",
    f"attach {WHEEL}",
    f"attach {SDIST}",
    "GitHub release of v1.3.0",
]


_REACHED: dict[str, tuple[list[dict[str, object]], PagesSeen]] = {}
"""What GitHub has, and what the tool has seen of it, before each effect; all scenes have the same tag."""


@dataclass
class Scene:
    """A release whose tag is pushed, and the GitHub that it was pushed to."""

    hub: GitHub
    checkout: Repository
    plan: Plan
    context: Context
    made: Results
    events: list[Event] = field(default_factory=list)

    async def effects(self) -> tuple[Effect, ...]:
        """The step's effects, after the check has looked."""
        if not self.context.forge.found.repository:
            await release_page.run(self.plan, self.context)
        assert announce.skipped(self.plan, self.context, self.made) == ""
        return announce.effects(self.plan, self.context, self.made)

    async def effect(self, name: str = NAMES[0]) -> Effect:
        """One of them."""
        return next(effect for effect in await self.effects() if effect.name == name)

    async def probe(self, name: str = NAMES[0]) -> Probed:
        """What GitHub says of one, which is kept; the answer is given without it."""
        probed = await (await self.effect(name)).probe()
        self.made = self.made.having(*probed.gives)
        return replace(probed, gives=())

    async def perform(self, name: str = NAMES[0]) -> None:
        """Make one, and keep what it gives."""
        given = await (await self.effect(name)).perform()
        self.made = self.made if given is None else self.made.having(given)

    async def walk(self, until: str = "") -> list[str]:
        """Make what is not done yet, as the conductor does; the names of what was made."""
        made = []
        for name in [effect.name for effect in await self.effects()]:
            if name == until:
                break
            if (probed := await self.probe(name)) == NOT_DONE:
                await self.perform(name)
                made.append(name)
                probed = await self.probe(name)
            assert probed == DONE, (name, probed)
        return made

    async def reach(self, until: str) -> None:
        """Have all that `walk` makes until an effect: it does so once, and then that is copied."""
        await self.effects()
        if until in _REACHED:
            releases, seen = _REACHED[until]
            self.hub.take_over(releases)
            self.made = self.made.having(seen)
        else:
            await self.walk(until=until)
            _REACHED[until] = deepcopy(self.hub.releases), self.made.find(PagesSeen) or PagesSeen()

    def crash(self) -> None:
        """Forget all that a run has in its memory."""
        self.made = self.made.having(PagesSeen())

    def page(self) -> dict[str, object]:
        """What is published."""
        made = self.hub.published("v1.3.0")
        assert made
        return made

    async def body(self) -> str:
        """What the page says, once it is drafted, without the mark that nobody sees."""
        await self.perform()
        marker = f"\n<!-- release-async: commit {self.made.commit}, tag {self.made.tags['v1.3.0']} -->\n"
        body = str(self.hub.releases[-1]["body"])
        assert body.endswith(marker)
        return body.removesuffix(marker)

    def assert_whole(self) -> None:
        """One release of the tag, with our files and nothing else."""
        wanted = {each.name: f"uploaded {each.sha256}" for each in self.made.files}
        assert self.hub.files(self.page()) == wanted
        assert list(wanted) == [WHEEL, SDIST]
        assert self.hub.drafts("v1.3.0") == []


@contextmanager
def scene(directory: Path, gh: str = "gh") -> Iterator[Scene]:
    """Version 1.3.0, tagged and pushed, after 1.2.3; ``gh`` is one of `github.all_gh`."""
    checkout = Repository(shutil.copytree(_template() / "checkout", directory / "checkout"))
    shutil.copytree(_template() / "bare.git", directory / "bare.git")
    checkout.git("remote", "set-url", "origin", str(directory / "bare.git"))
    base, commit, tag = checkout.git("rev-parse", "HEAD^", "HEAD", "v1.3.0").split()
    target = Target(name="PyPI", repository_url=repository_url.upload_urls().pypi, token_setting="")
    plan = changed(story.PLAN, base=base, changelog="CHANGELOG.md", target=target, title="Release 1.3.0")
    with github.serving(directory / "bare.git", github.named(gh)) as hub:
        events: list[Event] = []
        context = replace(_world(checkout, hub), emit=events.append)
        made = Results(
            ReleaseCommit(commit),
            TagObjects({"v1.3.0": tag}),
            built(_pinned(directory / WHEEL), _pinned(directory / SDIST)),
        )
        yield Scene(hub, checkout, plan, context, made, events)


@cache
def _template() -> Path:
    """Where the checkout and its remote are that all are copies of, until this process ends."""
    directory = Path(tempfile.mkdtemp(prefix="release-async-tests-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    checkout = Repository.init(directory / "checkout").with_remote(directory / "bare.git")
    checkout.write("CHANGELOG.md", CHANGELOG)
    checkout.commit("begin")
    checkout.git("tag", "--annotate", "--message=Release 1.2.3", "v1.2.3")
    checkout.commit("release: v1.3.0")
    checkout.git("tag", "--annotate", "--message=Release 1.3.0", "v1.3.0")
    checkout.git("push", "--quiet", "origin", "HEAD:main", "v1.2.3", "v1.3.0")
    return directory


def _pinned(path: Path) -> Artifact:
    path.write_bytes(path.name.encode() * 1000)
    return files.pin(path)


def _world(checkout: Repository, hub: GitHub) -> Context:
    """The world as far as this step sees it: it builds nothing, uploads nothing, asks no index."""
    environ = hub.environ()
    git = Git(checkout.path, child_environments.for_git(environ))
    workspace = Workspace(
        directory=hub.home,
        refs="refs/release-async/run",
        clone=Path("clone"),
        tree=hub.home,
        git=git,
        journal=Journal(hub.home),
    )
    return Context(
        project=checkout.path,
        settings=settings.load(settings.Sources()),
        distributions=(Distribution(name="demo", root="", sites=()),),
        files=ReadFiles((), {}),
        git=git,
        remote=Remote("origin"),
        index=cast("Index", SimpleNamespace(simple_url="")),
        forge=ForgeConnection(github.URL, child_environments.for_forge(environ), 30.0),
        workspace=workspace,
        test_env={},
        logs=LogFiles(hub.home / "logs"),
        emit=lambda _: None,
    )
