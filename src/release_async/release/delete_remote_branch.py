"""Deletes a branch that a release has pushed; whether others work on it is for the callers to see."""

from release_async.base.errors import FailedError
from release_async.plan.plan import Plan
from release_async.run.context import Context


async def delete_remote_branch(plan: Plan, context: Context, branch: str, *deleted: str) -> None:
    """Delete refs on the remote, without the person's pre-push hook, which would judge code.

    Args:
        plan: The release.
        context: What a step may touch.
        branch: The branch that a person is told of.
        deleted: What git is told to push: a lease on a ref that another push must not have moved, ``--``, the
            remote, and refspecs without a source (git-push).

    Raises:
        FailedError: The remote did not answer, or refused.
    """
    pushed = await context.workspace.pushing.push("--no-verify", *deleted)
    if not pushed.ok:
        raise FailedError(
            f"{plan.remote} did not delete {branch}",
            cure=f"delete it yourself: git push {plan.remote} --delete {branch}",
            detail=pushed.stderr.strip(),
        )
