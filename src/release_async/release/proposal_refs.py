"""The branch that a release is proposed from, and the ref of its plan, where the remote has them."""

from typing import NamedTuple

from release_async.external.git.git_commands import Remote
from release_async.plan.merge_request import source_branch
from release_async.plan.plan import Plan
from release_async.release.delete_remote_branch import delete_remote_branch
from release_async.run.context import Context


class ProposalRefs(NamedTuple):
    """Where the two are on the remote; empty where one is not.

    Attributes:
        branch: The object id of the branch's tip.
        record: The object id of the commit that holds the plan.
    """

    branch: str
    record: str


def branch_ref(plan: Plan) -> str:
    """The full name of the branch."""
    return f"refs/heads/{source_branch(plan)}"


async def on_remote(plan: Plan, context: Context) -> ProposalRefs:
    """Where both are now.

    Raises:
        CommandError: The remote did not answer.
    """
    refs = branch_ref(plan), context.workspace.plan_ref
    there = await context.git.remote_refs(await _remote(plan, context), *refs)
    return ProposalRefs(*(there.get(ref, "") for ref in refs))


async def _remote(plan: Plan, context: Context) -> Remote:
    return await context.git.remote(plan.remote)


async def are_gone(plan: Plan, context: Context, commit: str) -> bool:
    """Whether nothing of ours is left there; a branch that others have worked on is theirs.

    Args:
        plan: The release.
        context: What a step may touch.
        commit: The object id of the commit that was proposed.

    Raises:
        CommandError: The remote did not answer.
    """
    there = await on_remote(plan, context)
    return not there.record and there.branch != commit


async def remove(plan: Plan, context: Context, commit: str) -> str:
    """Delete both, the branch only where nobody else has worked on it; say what was deleted.

    Args:
        plan: The release.
        context: What a step may touch.
        commit: The object id of the commit that was proposed.

    Raises:
        FailedError: The remote did not answer, or refused.
    """
    there = await on_remote(plan, context)
    ours = there.branch == commit
    refs = {branch_ref(plan): commit} if ours else {}
    refs |= {context.workspace.plan_ref: ""} if there.record else {}
    if refs:
        await delete_remote_branch(plan, context, source_branch(plan), refs)
    if ours:
        return f"{source_branch(plan)} is deleted on {plan.remote}"
    return f"{source_branch(plan)} on {plan.remote} has commits of others, and stays" if there.branch else ""
