"""What a release needs of a forge whose CI builds its candidate; a rehearsal has one of its own."""

from pathlib import Path
from typing import Protocol

from release_async.external.github.run_artifacts import RunArtifact
from release_async.external.github.workflow_runs import WorkflowRun


class CandidateBuilds(Protocol):
    """The workflows of one repository on a forge, and their runs.

    Every method raises a ``FailedError`` where the forge did not answer, or refused; where a change may have
    been made all the same, an ``UncertainError``.
    """

    async def unusable(self, path: str) -> tuple[str, str]:
        """Why the workflow in a file cannot be started, and what to do about it; empty where it can."""

    async def start(self, path: str, branch: str) -> int:
        """Start the workflow in a file on a branch; the id of its run, 0 where the forge does not tell it."""

    async def started(self, path: str, branch: str, commit: str) -> tuple[int, ...]:
        """The ids of the runs that were started by hand of exactly these; they rise with time."""

    async def run(self, number: int) -> WorkflowRun | None:
        """A run, with its jobs; None where it is gone."""

    async def cancel(self, number: int) -> None:
        """End a run that is not over."""

    async def artifacts(self, number: int) -> tuple[RunArtifact, ...]:
        """What a run has kept: of each name the newest."""

    async def download(self, artifact: RunArtifact, target: Path, seconds: float) -> None:
        """Write an artifact to a file, over what it holds."""
