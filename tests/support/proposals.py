"""A release commit to be proposed, a GitHub that takes requests, and the two steps walked in process."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from release_async.base.errors import ReleaseAsyncError, WaitingError
from release_async.external.github.gh_api import Forge, ForgeConnection
from release_async.plan.effect import Probed, State
from release_async.plan.plan import Plan
from release_async.plan.route import ROUTES, Route
from release_async.process import child_environments
from release_async.release import public_and_owed, step_runner
from release_async.release.public_and_owed import Release
from release_async.release.steps import STEPS
from release_async.run.context import Context
from release_async.run.journal import Journal
from release_async.run.retry_policy import Backoff, Watch
from release_async.run.step_results import Agreed, Merged, Proposal, ReleaseCommit, Results
from support import github
from support.github import GitHub
from support.pull_requests import PullRequests
from support.repositories import Repository
from support.story import EDITS
from support.worlds import Place, prepared

SOURCE = "release/1.3.0"
HOUR = 3600.0
TOP = f"/repos/{github.NAME}"
_TEXTS = {
    "pyproject.toml": '[project]\nname = "demo"\nversion = "{}"\n',
    "src/demo/__init__.py": '__version__ = "{}"\n',
}


FORGE_ALONE = Route(
    "pull-request",
    ("commit",),
    ("upload", "tag", "push", "clean-up"),
    revocable=("propose", "merge"),
    without="tried",
)
"""The route without what needs children and an index: all of it that the forge and the remote see."""


class Ended(NamedTuple):
    """How a run ended: its exit code, what it said, and what it asked of GitHub."""

    code: int
    said: str
    requests: tuple[tuple[str, str], ...]


@dataclass
class Clock:
    """A time that passes when somebody waits for it, and at once.

    Attributes:
        now: Seconds since the beginning.
        happening: What happens when, in its order.
        limited: Told how many seconds have passed: GitHub's limits end by them.
    """

    now: float = 0.0
    happening: list[tuple[float, Callable[[], object]]] = field(default_factory=list)
    limited: Callable[[float], None] = lambda seconds: None  # noqa: ARG005 - no limit

    async def sleep(self, seconds: float) -> None:
        """Wait; what was to happen meanwhile has happened."""
        self.now += seconds
        self.limited(seconds)
        while self.happening and self.happening[0][0] <= self.now:
            self.happening.pop(0)[1]()


@dataclass
class Proposed:
    """One release by request, as far as its steps are tried here.

    Attributes:
        place: The checkout, whose ``main`` is pushed.
        hub: The GitHub that has it.
        plan: The release.
        context: What its steps may touch.
        commit: The release commit, on no branch.
        made: What the steps have made.
    """

    place: Place
    hub: GitHub
    plan: Plan
    context: Context
    commit: str
    made: Results

    @property
    def pulls(self) -> PullRequests:
        """The pull requests."""
        return self.hub.pulls

    @property
    def merged(self) -> str:
        """The commit that is released, once it is merged."""
        return self.made.get(Merged).oid

    async def walk(self, *, agrees: bool = False) -> tuple[str, Probed]:
        """Walk through both steps as the conductor does; the effect and the answer that ended it.

        Args:
            agrees: Whether a question is answered with Yes.
        """
        self.hub.requests.clear()
        for step in ("propose", "merge"):
            for number in range(len(STEPS[step].effects(self.plan, self.context, self.made))):
                name, probed = await self._made(step, number, agrees=agrees)
                if probed.state is not State.DONE:
                    return name, probed
        return "", probed

    async def _made(self, step: str, number: int, *, agrees: bool) -> tuple[str, Probed]:
        effect = STEPS[step].effects(self.plan, self.context, self.made)[number]
        probed = await self._seen(step, number)
        if probed.state is State.NOT_DONE and (agrees or not probed.question):
            given = await STEPS[step].effects(self.plan, self.context, self.made)[number].perform()
            self.made = self.made.having(*([given] if given is not None else []))
            probed = await self._seen(step, number)
        return effect.name, probed

    async def _seen(self, step: str, number: int) -> Probed:
        probed = await STEPS[step].effects(self.plan, self.context, self.made)[number].probe()
        self.made = self.made.having(*probed.gives)
        return probed

    @property
    def route_alone(self) -> Plan:
        """The release along what of the route the forge sees."""
        return replace(self.plan, route=FORGE_ALONE)

    async def abandoned(self) -> list[str]:
        """Have it given up by a run of its own; what that says."""
        self.hub.requests.clear()
        plan = self.route_alone
        workspace = replace(self.context.workspace, journal=Journal(self.context.workspace.directory))
        context = replace(self.context, workspace=workspace)
        recorded = workspace.journal.recorded
        assert recorded
        return await public_and_owed.take_back(Release(plan, context, recorded.results))

    async def run(self, *, stays: float = 0.0, agrees: bool = False, clock: Clock | None = None) -> Ended:
        """One run of the tool along what of the route the forge sees; it begins with what the disk tells.

        Args:
            stays: The seconds of ``--wait``.
            agrees: Whether a question is answered with Yes.
            clock: By which time it waits.
        """
        clock = clock or Clock()
        clock.limited = self.sooner
        self.hub.requests.clear()
        plan = self.route_alone
        context = replace(
            self.context,
            workspace=replace(self.context.workspace, journal=Journal(self.context.workspace.directory)),
            watch=Watch(seconds=stays, first=12 * HOUR, longest=12 * HOUR, sleep=clock.sleep),
            backoff=Backoff(sleep=clock.sleep, chance=lambda: 0.0),
            agree=partial(_answer, agrees),
        )
        code, said = 0, ""
        try:
            await step_runner.perform(plan, context)
        except ReleaseAsyncError as error:
            who = error.awaited.who if isinstance(error, WaitingError) else ()
            code, said = error.code, "; ".join((error.what, *who, error.cure))
        self.context.workspace.directory.mkdir(exist_ok=True)
        return Ended(code, said, tuple(self.hub.requests))

    def sooner(self, seconds: float) -> None:
        """Have so much time passed for the limits that GitHub has told."""
        forge = self.context.forge._connected  # noqa: SLF001 - it goes by the clock of the event loop
        if isinstance(forge, Forge):
            forge._limit.until -= seconds  # noqa: SLF001 - as above

    def tagged(self) -> str:
        """The commit that the remote has the tag at; empty where it has none, and nobody has."""
        remote, here = (
            where.git("for-each-ref", "--format=%(*objectname)", "refs/tags")
            for where in (self.place.remote, self.place.repository)
        )
        assert remote == here
        return remote

    def forget(self) -> None:
        """What a later run begins with: the commit that was proposed, and nothing else."""
        self.made = Results(ReleaseCommit(self.commit))

    async def take_back(self) -> list[str]:
        """Take back what others can see, the last first."""
        effects = STEPS["propose"].effects(self.plan, self.context, self.made)
        return [await effect.undo() for effect in reversed(effects) if effect.undo]

    def nothing_left(self) -> bool:
        """Whether the remote has neither the branch nor the plan."""
        ours = ("refs/release-async", f"refs/heads/{SOURCE}")
        return self.place.remote.git("for-each-ref", "--format=%(refname)", *ours) == ""


async def _answer(agrees: bool, _: str) -> bool:  # noqa: FBT001 - what a question is answered with
    return agrees


@asynccontextmanager
async def proposed(directory: Path, gh: str = "gh") -> AsyncIterator[Proposed]:
    """A release of 1.3.0 whose commit is made and kept; ``gh`` is one of ``github.all_gh``."""
    place = prepared(directory)
    repository = place.repository
    _write(repository, "1.2.3")
    repository.commit("state 1.2.3")
    repository.git("push", "--quiet")
    plan = replace(place.plan, route=ROUTES["pull-request"])
    assert {edit.path for edit in EDITS} == set(_TEXTS)
    _write(repository, "1.3.0")
    commit = repository.commit("release: v1.3.0")
    repository.git("reset", "--quiet", "--hard", plan.base)
    with github.serving(place.remote.path, github.named(gh)) as hub:
        place.forge = ForgeConnection(github.URL, child_environments.for_forge(hub.environ()), 30.0)
        async with place.context(plan) as context:
            repository.git("update-ref", context.workspace.commit_ref, commit)
            yield Proposed(place, hub, plan, context, commit, Results(ReleaseCommit(commit)))


def _write(repository: Repository, version: str) -> None:
    for path, text in _TEXTS.items():
        repository.write(path, text.format(version))


__all__ = ["SOURCE", "TOP", "Agreed", "Proposal", "Proposed", "proposed"]
