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
from release_async.plan.effect import Effect
from release_async.plan.events import Event, Waiting
from release_async.plan.plan import Plan, Target
from release_async.plan.settings import Sources, load
from release_async.process.worker import WorkerOptions
from release_async.release import conductor as release, progress
from release_async.release.steps import Step, upload, verify
from release_async.run.context import Context
from release_async.run.journal import FILE
from release_async.run.retry import Backoff
from release_async.run.workspace import Hands
from support import indexes
from support.story import PLAN
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
    environ: dict[str, str] = field(default_factory=dict)
    failures: list[ReleaseAsyncError] = field(default_factory=list)
    _child: Uploader | None = None

    @property
    def plan(self) -> Plan:
        """The release."""
        target = Target(name="Example", repository_url=self.url or self.index.url, token_setting="TOKEN")  # noqa: S106 - the name of a setting
        return replace(PLAN, target=target)

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
        word = self.password or self.account.secret.reveal()
        given = {"PYPI_REPOSITORY_URL": self.plan.target.repository_url, "PYPI_API_TOKEN": word}
        self.place.settings = load(Sources(environ={**given, "PYPI_USERNAME": self.account.user}))
        self.place.url = self.plan.target.repository_url
        async with self.at_hand() as child, self.place.context(self.plan) as context:
            return await self._released(
                replace(context, backoff=self.backoff or Backoff(sleep=self._note)), child
            )

    @asynccontextmanager
    async def at_hand(self) -> AsyncIterator[Uploader]:
        """Keep an uploader, for several runs where this is entered around them."""
        if self._child:
            yield self._child
            return
        scratch = self.place.repository.path.parent / "uploader"
        around = WorkerOptions({**os.environ, **self.environ})
        async with uploader.opened(scratch, around, self.deadlines) as child:
            self._child = child
            try:
                yield child
            finally:
                self._child = None

    async def _released(self, context: Context, child: Uploader) -> ReleaseAsyncError | None:
        opened_workspace = replace(context.workspace, hands=Hands(child, None))
        opened_workspace.made.artifacts = self.artifacts
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
    """A step, or the first effects of one, which the world has little time to show."""

    step: Step
    first: int | None = None
    TITLE: str = ""

    def skipped(self, plan: Plan, context: Context) -> str:
        """As the step's."""
        return self.step.skipped(plan, context)

    def effects(self, plan: Plan, context: Context) -> tuple[Effect, ...]:
        """Those of the step."""
        return tuple(
            replace(effect, patience=0.3) for effect in self.step.effects(plan, context)[: self.first]
        )


@contextmanager
def desk(
    directory: Path, monkeypatch: pytest.MonkeyPatch, built: Sequence[Path] | None = None
) -> Iterator[Desk]:
    """A wheel and an sdist, or other files, before an empty index."""
    if built is None:
        made = directory / "built"
        built = (indexes.wheel(made, PLAN.version, ballast=200_000), indexes.sdist(made, PLAN.version))
    for module in (release, progress):
        monkeypatch.setattr(module, "STEPS", {"upload": _Hasty(upload), "verify": _Hasty(verify, first=1)})
    account = indexes.credentials()
    with warehouse(account) as server:
        yield Desk(prepared(directory), server, account, tuple(map(files.pin, built)))
