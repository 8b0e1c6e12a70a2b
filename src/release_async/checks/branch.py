"""The release branch is checked out: a release is never made from anywhere else."""

from release_async.plan import Plan
from release_async.problems import Problems, refuse
from release_async.world import World

TITLE = "Branch"
LONG = False


async def run(plan: Plan, world: World) -> Problems:
    """Refuse a detached HEAD and every branch but the configured one."""
    branch = await world.git.branch()
    if branch == plan.branch:
        return ()
    seen = f"branch {branch} is checked out" if branch else "HEAD is detached: no branch is checked out"
    cure = f"git switch {plan.branch}, or set branch in [tool.release-async]"
    return (refuse(f"{seen}, and releases are made from {plan.branch}", cure=cure),)
