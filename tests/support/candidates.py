"""A release commit that CI is to build, a GitHub whose workflows can be started, and its steps in process."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from release_async.external.github.gh_api import ForgeConnection
from release_async.plan import ci_workflows
from release_async.plan.ci_workflows import WorkflowInputs
from release_async.plan.effect import Probed, State
from release_async.plan.plan import Plan
from release_async.plan.route import ROUTES
from release_async.plan.settings import Sources, load
from release_async.process import child_environments
from release_async.release.steps import STEPS
from release_async.run.context import Context
from release_async.run.step_results import BuildRun, EndedRun, ReleaseCommit, Results
from support import github
from support.github import GitHub
from support.worlds import NOBODY, Place, prepared

NAME = "build.yml"
PATH = f".github/workflows/{NAME}"
BRANCH = "release-candidate/1.3.0"
TOP = f"/repos/{github.NAME}"
DISPATCH = ("POST", f"{TOP}/actions/workflows/{NAME}/dispatches")
_SETTINGS = '[tool.release-async]\nbuild = "ci"\nvisible-timeout = 600\n'


@dataclass
class Candidate:
    """One release whose files CI builds, as far as its steps are tried here.

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

    async def seen(self, step: str, number: int = 0) -> Probed:
        """Ask whether an effect is so."""
        probed = await STEPS[step].effects(self.plan, self.context, self.made)[number].probe()
        self.made = self.made.having(*probed.gives)
        return probed

    async def done(self, step: str, number: int = 0) -> Probed:
        """Make an effect so, as the conductor does: probe, perform, probe."""
        probed = await self.seen(step, number)
        if probed.state is State.NOT_DONE:
            await self.perform(step, number)
            probed = await self.seen(step, number)
        return probed

    async def perform(self, step: str, number: int = 0) -> None:
        """Make the change of an effect."""
        given = await STEPS[step].effects(self.plan, self.context, self.made)[number].perform()
        self.made = self.made.having(*([given] if given is not None else []))

    async def take_back(self) -> list[str]:
        """Take back what others can see, the last first."""
        effects = STEPS["candidate"].effects(self.plan, self.context, self.made)
        return [await effect.undo() for effect in reversed(effects) if effect.undo]

    def on_remote(self) -> str:
        """Where the branch of the candidate is on the remote; empty where it is not."""
        return self.place.remote.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{BRANCH}")

    def has_built(self, files: Mapping[str, Mapping[str, bytes]], attempt: int = 1) -> None:
        """Have a run of the commit ended well that has kept files by artifact, and nothing of before."""
        self.hub.artifacts.kept.clear()
        run = {"id": 7, "head_sha": self.commit, "jobs": []}
        self.hub.workflow_runs = [run | {"status": "completed", "conclusion": "success"}]
        for name, packed in files.items():
            self.hub.artifacts.keep(7, name, packed)
        found = (BuildRun(7), EndedRun(7, attempt, "https://example.com/runs/7"))
        self.made = Results(ReleaseCommit(self.commit), *found)


@asynccontextmanager
async def candidate(directory: Path, gh: str = "gh", url: str = NOBODY) -> AsyncIterator[Candidate]:
    """A release of 1.3.0 whose commit is made and kept.

    Args:
        directory: Where it lies.
        gh: One of ``github.all_gh``.
        url: The index's repository URL.
    """
    place = prepared(directory)
    repository = place.repository
    place.settings, place.url = load(Sources(pyproject=_SETTINGS)), url
    repository.write(PATH, ci_workflows.build(WorkflowInputs()))
    repository.commit("build by CI")
    repository.git("push", "--quiet")
    plan = replace(place.plan, route=ROUTES["collect"])
    repository.write("file.txt", "1.3.0\n")
    commit = repository.commit("release: v1.3.0")
    repository.git("reset", "--quiet", "--hard", plan.base)
    with github.serving(place.remote.path, github.named(gh)) as hub:
        place.forge = ForgeConnection(github.URL, child_environments.for_forge(hub.environ()), 30.0)
        async with place.context(plan) as context:
            repository.git("update-ref", context.workspace.commit_ref, commit)
            yield Candidate(place, hub, plan, context, commit, Results(ReleaseCommit(commit)))
