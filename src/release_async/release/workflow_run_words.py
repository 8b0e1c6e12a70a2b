"""What a person is told of a workflow's run: whom it waits for, why it failed, what to type."""

from collections.abc import Iterator, Sequence

from release_async.base.errors import FailedError
from release_async.external.github import workflow_logs, workflow_runs
from release_async.external.github.gh_api import Forge
from release_async.external.github.workflow_runs import PendingApproval, WorkflowRun

_TOLD = 3
"""Of so many failed jobs the last lines are asked for: of a matrix that fails as a whole all say the same."""


def failure(run: WorkflowRun) -> str:
    """How a run has failed, in words that follow the name of what it is for: "has failed: wheels at ..."."""
    at = "; ".join(f"{job.name} {job.failed_at}" for job in run.jobs if job.failed_at)
    ended = "has failed" if run.ended in {"failed", ""} else f"has ended as {run.ended}"
    again = f" in its attempt {run.attempt}" if run.attempt > 1 else ""
    return f"{ended}{again}: {at}" if at else f"{ended}{again}: see its page"


def cure(run: WorkflowRun) -> str:
    """What to do about a run that has failed."""
    if not run.jobs:
        return f"see why: {run.address}; another version needs a workflow that can be read"
    return f"see why: {run.address}; if it was by chance: {run.rerun}"


async def last_lines(forge: Forge, run: WorkflowRun) -> str:
    """The last lines of the jobs of a run that have failed, each below its name; or an empty text."""
    failed = [job for job in run.jobs if job.failed_at and job.number]
    parts: list[str] = []
    for job in failed[:_TOLD]:
        try:
            lines = await workflow_logs.failing_lines(forge, job)
        except FailedError:
            continue  # that it has failed is known, and its page says the rest
        if lines:
            parts += [f"{job.name}, {job.failed_at}:", *(f"  {line}" for line in lines)]
    if parts and len(failed) > _TOLD:
        parts.append(f"and {len(failed) - _TOLD} more jobs")
    return "\n".join(parts)


async def awaited(forge: Forge, run: WorkflowRun) -> tuple[str, ...]:
    """Whose turn it is in a run that goes on.

    Raises:
        FailedError: GitHub did not answer, or not usably.
    """
    held = any(job.waits for job in run.jobs)
    approvals = await workflow_runs.pending_approvals(forge, run) if held else ()
    return (*_open(run, approvals), *map(_approval, approvals))


def _open(run: WorkflowRun, approvals: Sequence[PendingApproval]) -> Iterator[str]:
    for job in run.jobs:
        if job.failed_at:
            yield f"the job {job.name}, failed {job.failed_at}"
        elif job.waits:
            yield f"the job {job.name}, waiting for {'its environment' if approvals else 'an approval'}"
        elif not job.is_over:
            yield f"the job {job.name}, running"


def _approval(pending: PendingApproval) -> str:
    who = "you" if pending.is_ours else " or ".join(pending.reviewers)
    others = [each for each in pending.reviewers if pending.is_ours]
    more = f" (any of: {', '.join(others)})" if others else ""
    timer = f"its timer of {pending.minutes} minutes" if pending.minutes else ""
    approval = f"an approval by {who}{more}" if who else ""
    needs = " and ".join(filter(None, (approval, timer))) or "its protection rules"
    return f"the environment {pending.environment}: {needs}"


def skipped(run: WorkflowRun) -> str:
    """The jobs that a run has skipped, in words that follow a sentence; empty where it has skipped none."""
    names = ", ".join(job.name for job in run.jobs if job.skipped)
    return f"; it has skipped: {names}" if names else ""
