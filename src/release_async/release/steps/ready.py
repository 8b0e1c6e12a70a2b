"""The last look before the push where CI builds and uploads: as `confirm`, without files of our own."""

from release_async.plan.effect import Effect
from release_async.plan.plan import Plan
from release_async.release.steps import confirm
from release_async.run.context import Context
from release_async.run.step_results import Confirmed, ReleaseCommit, Results

TITLE = confirm.TITLE
NEEDS = (ReleaseCommit,)
GIVES = (Confirmed,)


def skipped(plan: Plan, context: Context, made: Results) -> str:  # noqa: ARG001 - as every step
    """Never skipped: the push is the point of no return."""
    return ""


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """One look at the index, the branch and the remote."""
    return confirm.effects(plan, context, made)
