"""Runs of workflows on a GitHub in process: one release that CI publishes, and the step that waits for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from release_async.external.github import workflow_runs
from release_async.external.github.gh_api import Forge, ForgeConnection
from release_async.plan import ci_workflows
from release_async.plan.ci_workflows import PUBLISH, WorkflowInputs
from release_async.plan.effect import NOT_DONE, Probed
from release_async.plan.plan import Plan
from release_async.plan.route import ROUTES
from release_async.process import child_environments
from release_async.release import run_comparison
from release_async.release.steps import await_publication
from release_async.run.context import Context
from release_async.run.step_results import ReleaseCommit, Results, TagObjects
from support import github, indexes
from support.github import GitHub
from support.story import changed
from support.warehouse import State, warehouse
from support.worlds import Place, prepared

VERSION, TAG, RUN = "1.3.0", "v1.3.0", 5
TOP = f"/repos/{github.NAME}"
RUNS, JOBS = f"{TOP}/actions/runs", f"{TOP}/actions/runs/{RUN}/jobs"
PENDING = f"{TOP}/actions/runs/{RUN}/pending_deployments"
FILES = (f"demo-{VERSION}-py3-none-any.whl", f"demo-{VERSION}.tar.gz")


def job(name: str, conclusion: str = "", **more: object) -> dict[str, object]:
    """A job, over if it has a conclusion."""
    over = {"status": "completed", "conclusion": conclusion} if conclusion else {"status": "in_progress"}
    return {"name": name, "steps": [], **over, **more}


@dataclass
class Published:
    """One release whose tag is pushed.

    Attributes:
        place: The checkout.
        hub: The GitHub that has it.
        index: What the index has.
        plan: The release.
        context: What its step may touch.
        commit: The commit that the tag marks.
    """

    place: Place
    hub: GitHub
    index: State
    plan: Plan
    context: Context
    commit: str
    requests: list[str] = field(default_factory=list)

    async def looked(self) -> Probed:
        """What the step says now; ``requests`` are those that it needed."""
        self.hub.requests.clear()
        made = Results(ReleaseCommit(self.commit), TagObjects({TAG: self.commit}))
        effect, _ = await_publication.effects(self.plan, self.context, made)
        probed = await effect.probe()
        self.requests = [path for _, path in self.hub.requests if path != TOP]
        return probed

    async def as_published(self) -> run_comparison.Published:
        """The release as it is compared with its run."""
        forge = await self.context.forge.connect()
        assert isinstance(forge, Forge)
        run = await workflow_runs.run_of_tag(forge, self.commit, TAG, [PUBLISH])
        return run_comparison.Published(self.plan, self.context, self.plan.packages[0], self.commit, run)

    async def compared(self) -> Probed:
        """Compare the files with those of the run; what the step says then."""
        made = Results(ReleaseCommit(self.commit), TagObjects({TAG: self.commit}))
        _, effect = await_publication.effects(self.plan, self.context, made)
        assert await effect.probe() == NOT_DONE
        made = made.having(await effect.perform())
        _, effect = await_publication.effects(self.plan, self.context, made)
        return await effect.probe()

    def run(self, *jobs: dict[str, object], number: int = RUN, **changes: object) -> dict[str, object]:
        """A run that the tag has started; it goes on unless a conclusion is given."""
        over = "completed" if changes.get("conclusion") else "in_progress"
        return {
            "id": number,
            "head_sha": self.commit,
            "head_branch": TAG,
            "path": PUBLISH,
            "html_url": f"https://example.com/runs/{number}",
            "jobs": list(jobs),
            "status": over,
            "conclusion": None,
            **changes,
        }

    def shows(self, *files: str) -> None:
        """Have the index show files."""
        for name in files or FILES:
            self.index.store(name, "1" * 64, b"")


@asynccontextmanager
async def published(directory: Path, gh: str = "gh") -> AsyncIterator[Published]:
    """A release of 1.3.0, after one with a wheel and an sdist; ``gh`` is one of ``github.all_gh``."""
    place = prepared(directory)
    place.repository.write(PUBLISH, ci_workflows.publish(WorkflowInputs(compiled=False)))
    commit = place.repository.commit("publish by CI")
    plan = changed(place.plan, tag=TAG, route=ROUTES["by-ci"])
    account = indexes.credentials()
    with warehouse(account) as server, github.serving(place.remote.path, github.named(gh)) as hub:
        for name in FILES:
            server.state.store(name.replace(VERSION, "1.2.3"), "0" * 64, b"")
        place.url = server.url
        plan = replace(plan, target=replace(plan.target, repository_url=server.url))
        place.forge = ForgeConnection(github.URL, child_environments.for_forge(hub.environ()), 30.0)
        async with place.context(plan) as context:
            yield Published(place, hub, server.state, plan, context, commit)
