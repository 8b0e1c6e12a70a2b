"""Deletes a branch that a release has pushed; whether others work on it is for the callers to see."""

from collections.abc import Mapping

from release_async.base.errors import FailedError
from release_async.plan.plan import Plan
from release_async.run.context import Context


async def delete_remote_branch(plan: Plan, context: Context, branch: str, refs: Mapping[str, str]) -> None:
    """Delete refs on the remote, without the person's pre-push hook, which would judge code.

    Args:
        plan: The release.
        context: What a step may touch.
        branch: The branch that a person is told of.
        refs: The full name of each ref, with the object id that it must still have; empty for any.

    Raises:
        FailedError: The remote did not answer, or refused.
    """
    leases = (f"--force-with-lease={ref}:{oid}" for ref, oid in refs.items() if oid)
    deleting = (*leases, "--", plan.remote, *(f":{ref}" for ref in refs))
    pushed = await context.workspace.pushing.push("--no-verify", *deleting)
    if not pushed.ok:
        raise FailedError(
            f"{plan.remote} did not delete {branch}",
            cure=f"delete it yourself: git push {plan.remote} --delete {branch}",
            detail=pushed.stderr.strip(),
        )
