"""Starts a workflow by hand at a branch, and finds its run: never simply the latest one. It judges none."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from release_async.external.github import run_artifacts, workflow_runs
from release_async.external.github.gh_api import Forge
from release_async.external.github.run_artifacts import RunArtifact
from release_async.external.github.workflow_runs import WorkflowRun

_PAGE = 100
_EVENT = "workflow_dispatch"
_DETAILS = "return_run_details"
"""What has GitHub tell the id of the run, since 2026; servers of before refuse what they do not know."""


@dataclass(frozen=True, slots=True)
class BuildRuns:
    """The workflows of one repository, and their runs; satisfies ``CandidateBuilds``."""

    forge: Forge

    async def unusable(self, path: str) -> tuple[str, str]:
        """Why the workflow in a file cannot be started, and what to do about it; empty where it can."""
        name, forge = path.rpartition("/")[2], self.forge
        answer = await forge.api(f"actions/workflows/{quote(name)}")
        if answer.not_found:
            what = f"{forge.repository} does not know the workflow {path}"
            return what, "push it to the default branch: GitHub starts by hand only what is there"
        if not answer.ok:
            raise answer.error(f"asked for the workflow {path}")
        state = str(answer.body.get("state"))
        if state != "active":
            command = f"gh workflow enable {name} --repo {forge.repository}"
            return f"the workflow {path} is switched off: {state.replace('_', ' ')}", command
        return "", ""

    async def start(self, path: str, branch: str) -> int:
        """Start the workflow in a file on a branch; the id of its run, 0 where GitHub does not tell it."""
        fields: Mapping[str, object] = {"ref": branch}
        where = f"actions/workflows/{quote(path.rpartition('/')[2])}/dispatches"
        answer = await self.forge.send("POST", where, {**fields, _DETAILS: True})
        if answer.status in {400, 422} and _DETAILS in answer.message:
            answer = await self.forge.send("POST", where, fields)
        if not answer.ok:
            raise answer.error(f"asked to start {path} on {branch}")
        number = answer.body.get("workflow_run_id")
        return number if isinstance(number, int) else 0

    async def started(self, path: str, branch: str, commit: str) -> tuple[int, ...]:
        """The ids of the runs that were started by hand of exactly these; they rise with time."""
        query = urlencode({"head_sha": commit, "event": _EVENT, "per_page": _PAGE})
        answer = await self.forge.read(f"actions/runs?{query}")
        listed = answer.get("workflow_runs") if isinstance(answer, dict) else None
        wanted = (commit, branch, _EVENT, path)
        runs = (run for run in listed if isinstance(run, dict)) if isinstance(listed, list) else ()
        return tuple(sorted(run["id"] for run in runs if _what(run) == wanted and isinstance(run["id"], int)))

    async def run(self, number: int) -> WorkflowRun | None:
        """A run, with its jobs; None where it is gone."""
        entry = await self.forge.read(f"actions/runs/{number}")
        return await workflow_runs.with_jobs(self.forge, entry) if isinstance(entry, dict) else None

    async def cancel(self, number: int) -> None:
        """End a run that is not over."""
        answer = await self.forge.api(f"actions/runs/{number}/cancel", "--method", "POST")
        if not answer.ok and answer.status != 409:  # noqa: PLR2004 - it is over already
            raise answer.error(f"asked to end the run {number}")

    async def artifacts(self, number: int) -> tuple[RunArtifact, ...]:
        """What a run has kept."""
        return await run_artifacts.listed(self.forge, number)

    async def download(self, artifact: RunArtifact, target: Path, seconds: float) -> None:
        """Write an artifact to a file."""
        await run_artifacts.download(self.forge, artifact, target, seconds)


def _what(run: Mapping[str, object]) -> tuple[object, ...]:
    """Commit, branch, event and workflow of a run."""
    path = str(run.get("path", "")).partition("@")[0]
    return run.get("head_sha"), run.get("head_branch"), run.get("event"), path
