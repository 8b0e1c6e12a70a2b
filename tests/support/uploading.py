"""A release that has come to its uploads: real files, the real uploader, an index, and no time to lose.

What is before the upload is left out, and what comes after it but for the look at the index's page: what the
index gives is downloaded elsewhere. The waits between two attempts are written down instead of waited.
"""

import os
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio.lowlevel
import pytest

from release_async.base import files
from release_async.base.errors import ReleaseAsyncError
from release_async.base.files import Artifact
from release_async.base.secret import Credentials
from release_async.external.index import uploader
from release_async.external.index.uploader import Deadlines, Uploader
from release_async.plan.effect import Effect, Probed, State
from release_async.plan.events import Event, Waiting
from release_async.plan.plan import Plan, Target
from release_async.plan.route import Route
from release_async.plan.settings import Sources, load
from release_async.process.worker import WorkerOptions
from release_async.release import public_and_owed, step_runner as release
from release_async.release.steps import Step, upload, verify
from release_async.run.builder_and_uploader import Children
from release_async.run.context import Context
from release_async.run.journal import FILE
from release_async.run.retry_policy import Backoff
from release_async.run.step_results import Results
from support import indexes
from support.steps import built
from support.story import PACKAGE, PLAN, changed
from support.warehouse import Warehouse, warehouse
from support.worlds import Place, prepared

WHEEL, SDIST = "demo-1.3.0-py3-none-any.whl", "demo-1.3.0.tar.gz"


@dataclass
class Desk:
    """One release whose files are built.

    Attributes:
        place: The checkout.
        index: Where it goes.
        account: Who may upload there.
        artifacts: What is uploaded.
        deadlines: Those of the uploader.
        backoff: How one waits between two attempts; None where nothing is waited.
        waits: The seconds of each wait that was none.
        password: Another secret than the account's, where one is to be sent.
        url: Another address than the index's, where the release is to go elsewhere.
        identity: What a job of CI has in its environment, where it has no token.
        environ: What the uploader gets beside the environment of the test.
        failures: How runs have failed, those too that were interrupted.
    """

    place: Place
    index: Warehouse
    account: Credentials
    artifacts: tuple[Artifact, ...]
    deadlines: Deadlines = field(default_factory=Deadlines)
    backoff: Backoff | None = None
    waits: list[float] = field(default_factory=list)
    password: str = ""
    url: str = ""
    identity: dict[str, str] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)
    failures: list[ReleaseAsyncError] = field(default_factory=list)
    _child: Uploader | None = None

    @property
    def plan(self) -> Plan:
        """The release."""
        target = Target(name="Example", repository_url=self.url or self.index.url, token_setting="TOKEN")  # noqa: S106 - the name of a setting
        return changed(PLAN, target=target, route=Route("tried", ("made",), ("upload", "verify", "push")))

    @property
    def posts(self) -> list[str]:
        """The name of each file as often as it was sent."""
        return self.index.state.posts()

    @property
    def told(self) -> list[Waiting]:
        """The waits that were announced."""
        return [event for event in self.events if isinstance(event, Waiting)]

    @property
    def events(self) -> list[Event]:
        """All that was told."""
        return self.place.events

    def intents(self, name: str) -> int:
        """How often the journal intends the upload of a file."""
        path = self.place.repository.path / ".git/release-async" / PLAN.run / FILE
        text = path.read_text(encoding="utf-8")
        return len(re.findall(rf'"effect":"upload {re.escape(name)}","event":"intent"', text))

    async def release(self) -> ReleaseAsyncError | None:
        """Upload what is owed, and say how that failed."""
        self.settle()
        async with self.at_hand() as child, self.place.context(self.plan) as context:
            return await self._released(
                replace(context, backoff=self.backoff or Backoff(sleep=self._note)), child
            )

    def settle(self) -> None:
        """Take the settings from what the desk says."""
        word = self.password or self.account.secret.reveal()
        account = self.identity or {"PYPI_API_TOKEN": word, "PYPI_USERNAME": self.account.user}
        given = {"PYPI_REPOSITORY_URL": self.plan.target.repository_url, **account}
        self.place.settings = load(Sources(environ=given))
        self.place.url = self.plan.target.repository_url

    @asynccontextmanager
    async def context(self, children: Children) -> AsyncIterator[Context]:
        """What a check sees, with children."""
        async with self.place.context(self.plan) as context:
            yield replace(context, workspace=replace(context.workspace, children=children))

    @asynccontextmanager
    async def at_hand(self) -> AsyncIterator[Uploader]:
        """Keep an uploader, for several runs where this is entered around them."""
        if self._child:
            yield self._child
            return
        scratch = self.place.repository.path.parent / "uploader"
        around = WorkerOptions({**os.environ, **self.environ})
        async with uploader.open_uploader(scratch, around, self.deadlines) as child:
            self._child = child
            try:
                yield child
            finally:
                self._child = None

    async def _released(self, context: Context, child: Uploader) -> ReleaseAsyncError | None:
        opened_workspace = replace(context.workspace, children=Children(child, None))
        try:
            await release.perform(self.plan, replace(context, workspace=opened_workspace))
        except ReleaseAsyncError as error:
            self.failures.append(error)
            return error
        return None

    async def _note(self, seconds: float) -> None:
        self.waits.append(seconds)
        await anyio.lowlevel.checkpoint()


@dataclass(frozen=True)
class _Hasty:
    """A step, or the first effects of one, which has little time to be seen."""

    step: Step
    first: int | None = None
    TITLE: str = ""
    NEEDS: tuple[type, ...] = ()
    GIVES: tuple[type, ...] = ()

    def skipped(self, plan: Plan, context: Context, made: Results) -> str:
        """As the step's."""
        return self.step.skipped(plan, context, made)

    def effects(self, plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
        """Those of the step."""
        effects = self.step.effects(plan, context, made)[: self.first]
        return tuple(replace(effect, patience=0.3) for effect in effects)


@dataclass(frozen=True)
class _Made:
    """In the place of all that is done before the upload: the files are where a run keeps them."""

    artifacts: tuple[Artifact, ...]
    reason: str = ""
    TITLE: str = ""
    NEEDS: tuple[type, ...] = ()
    GIVES: tuple[type, ...] = ()

    def skipped(self, _plan: Plan, _context: Context, _made: Results) -> str:
        """Why it is."""
        return self.reason

    def effects(self, _plan: Plan, context: Context, _made: Results) -> tuple[Effect, ...]:
        """One, which is so."""

        async def probe() -> Probed:
            return Probed(State.DONE, gives=(built(*self._kept(context.workspace.artifacts)),))

        async def perform() -> None:
            raise AssertionError("it is done already")

        return (Effect("made", probe, perform),)

    def _kept(self, directory: Path) -> Iterator[Artifact]:
        """Each file again, in a directory: what happens to the one happens to the other."""
        directory.mkdir(exist_ok=True)
        for artifact in self.artifacts:
            kept = replace(artifact, path=directory / artifact.name)
            if not kept.path.exists():
                kept.path.hardlink_to(artifact.path)
            yield kept


@contextmanager
def desk(
    directory: Path, monkeypatch: pytest.MonkeyPatch, paths: Sequence[Path] | None = None
) -> Iterator[Desk]:
    """A wheel and an sdist, or other files, before an empty index."""
    if paths is None:
        made, version = directory / "built", PACKAGE.version
        paths = (indexes.wheel(made, version, ballast=200_000), indexes.sdist(made, version))
    artifacts = tuple(map(files.pin, paths))
    steps = {"made": _Made(artifacts), "upload": _Hasty(upload), "verify": _Hasty(verify, first=1)}
    steps["push"] = _Made(artifacts, reason="it is not tried here")
    for module in (release, public_and_owed):
        monkeypatch.setattr(module, "STEPS", steps)
    account = indexes.credentials()
    with warehouse(account) as server:
        yield Desk(prepared(directory), server, account, artifacts)
