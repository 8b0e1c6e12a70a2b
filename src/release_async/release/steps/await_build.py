"""Waits until CI has built the candidate: the run that was started for it is over, and has ended well."""

from functools import partial

from release_async.external.github.gh_api import Forge
from release_async.external.github.workflow_runs import WorkflowRun
from release_async.plan.effect import AwaitedAction, Effect, Probed, State, left_to_others, waits_for
from release_async.plan.plan import Plan
from release_async.release import workflow_run_words as words
from release_async.release.answered import answered
from release_async.release.steps.candidate import builds_of
from release_async.release.steps.propose import RETRY_TIMEOUT
from release_async.run.context import Context
from release_async.run.step_results import BuildRun, EndedRun, ReleaseCommit, Results

TITLE = "Build by CI"
NEEDS = (ReleaseCommit, BuildRun)
GIVES = (EndedRun,)


def skipped(plan: Plan, context: Context, made: Results) -> str:  # noqa: ARG001 - as every step
    """Never skipped: what is not built yet cannot be taken."""
    return ""


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """The end of the run."""
    return (
        Effect(
            name=f"run {made.get(BuildRun).number} of {context.settings.build_workflow}",
            probe=answered(partial(_ended, plan, context, made)),
            perform=left_to_others,
            retry_timeout=RETRY_TIMEOUT,
        ),
    )


async def _ended(plan: Plan, context: Context, made: Results) -> Probed:
    commit = made.get(ReleaseCommit).oid
    number = made.get(BuildRun).number
    run = await (await builds_of(context)).run(number)
    if run is None:
        what = f"the run {number} that builds it is gone: somebody has deleted it"
        return Probed(State.CONFLICT, what, "give this release up, and release again")
    if run.commit != commit:
        return Probed(
            State.CONFLICT,
            f"the run {run.number} builds {run.commit[:12]}, and the release commit is {commit[:12]}",
            f"somebody has moved {plan.candidate_branch} before it began: see who, and give this release up",
        )
    if not run.is_over:
        return waits_for(await _waiting(plan, context, run))
    if not run.is_green:
        return await _failed(plan, context, run)
    return Probed(State.DONE, gives=(EndedRun(run.number, run.attempt, run.address),))


async def _failed(plan: Plan, context: Context, run: WorkflowRun) -> Probed:
    forge = await context.forge.connect()
    return Probed(
        State.CONFLICT,
        f"the run that builds {plan.label} {words.failure(run)}",
        words.cure(run),
        detail=await words.last_lines(forge, run) if isinstance(forge, Forge) else "",
    )


async def _waiting(plan: Plan, context: Context, run: WorkflowRun) -> AwaitedAction:
    recorded, forge = context.workspace.journal.recorded, await context.forge.connect()
    who = await words.awaited(forge, run) if isinstance(forge, Forge) else ()
    return AwaitedAction(
        what=f"CI to build {plan.candidate_branch}",
        since=recorded.begun if recorded else 0.0,
        address=run.address,
        who=who or ("its run has not begun a job yet",),
    )
