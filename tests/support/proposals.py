"""A release commit to be proposed, a GitHub that takes requests, and the two steps walked in process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from release_async.external.github.gh_api import ForgeConnection
from release_async.plan.effect import Probed, State
from release_async.plan.plan import Plan
from release_async.plan.route import ROUTES
from release_async.process import child_environments
from release_async.release.steps import STEPS
from release_async.run.context import Context
from release_async.run.step_results import Agreed, Merged, Proposal, ReleaseCommit, Results
from support import github
from support.github import GitHub
from support.pull_requests import PullRequests
from support.repositories import Repository
from support.story import EDITS
from support.worlds import Place, prepared

SOURCE = "release/1.3.0"
TOP = f"/repos/{github.NAME}"
_TEXTS = {
    "pyproject.toml": '[project]\nname = "demo"\nversion = "{}"\n',
    "src/demo/__init__.py": '__version__ = "{}"\n',
}


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

    def forget(self) -> None:
        """What a later run begins with: the commit that was proposed, and nothing else."""
        self.made = Results(ReleaseCommit(self.commit))

    async def take_back(self) -> list[str]:
        """Take back what others can see, the last first."""
        effects = STEPS["propose"].effects(self.plan, self.context, self.made)
        return [await effect.undo() for effect in reversed(effects) if effect.undo]

    def nothing_left(self) -> bool:
        """Whether the remote has neither the branch nor the plan, nor a tag."""
        return self.place.remote.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"


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
