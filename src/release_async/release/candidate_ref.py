"""The branch that has the release commit while CI checks or builds it, where the remote has it."""

from release_async.plan.plan import Plan
from release_async.release.delete_remote_branch import delete_remote_branch
from release_async.run.context import Context


def ref(plan: Plan) -> str:
    """Its full name."""
    return f"refs/heads/{plan.candidate_branch}"


async def on_remote(plan: Plan, context: Context) -> str:
    """The object id of its tip; empty where it is not there.

    Raises:
        CommandError: The remote did not answer.
    """
    return (await context.git.remote_refs(await context.git.remote(plan.remote), ref(plan))).get(
        ref(plan), ""
    )


async def remove(plan: Plan, context: Context, commit: str) -> str:
    """Delete it, where nobody else has worked on it; say what was done.

    Args:
        plan: The release.
        context: What a step may touch.
        commit: The object id of the release commit.

    Raises:
        FailedError: The remote did not answer, or refused.
    """
    there, branch = await on_remote(plan, context), plan.candidate_branch
    if not there:
        return ""
    if there != commit:
        return f"{branch} on {plan.remote} has commits of others, and stays"
    await delete_remote_branch(plan, context, branch, {ref(plan): commit})
    return f"{branch} is deleted on {plan.remote}"
