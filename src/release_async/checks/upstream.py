"""The branch is not behind the remote: the push after the upload must be a fast-forward."""

from release_async.errors import CommandError
from release_async.plan import Plan
from release_async.problems import Problems, refuse, warn
from release_async.world import World

TITLE = "Upstream"
LONG = False


async def run(plan: Plan, world: World) -> Problems:
    """Fetch the remote's branch into a private ref and compare: behind refuses, ahead warns.

    Raises:
        CommandError: The remote did not answer.
    """
    if not plan.remote_url:
        return (refuse(f"there is no remote {plan.remote}", cure=f"git remote add {plan.remote} URL"),)
    upstream = world.workshop.upstream_ref
    fetched = await world.git.fetch_private(plan.remote, plan.branch, upstream)
    if not fetched.ok:
        return await _not_fetched(plan, world, fetched.stderr)
    behind = await world.git.count(plan.base, upstream)
    ahead = await world.git.count(upstream, plan.base)
    theirs = f"{plan.remote}/{plan.branch}"
    if behind and ahead:
        what = f"{plan.branch} and {theirs} have diverged: {ahead} of your commits, {behind} of theirs"
        return (refuse(what, cure=f"git pull --rebase {plan.remote} {plan.branch}"),)
    if behind:
        what = f"{plan.branch} is {_commits(behind)} behind {theirs}"
        return (refuse(what, cure=f"git pull --ff-only {plan.remote} {plan.branch}"),)
    if ahead:
        what = f"{plan.branch} is {_commits(ahead)} ahead of {theirs}: the release pushes them too"
        return (warn(what, cure=f"git push {plan.remote} {plan.branch}, if they should go first"),)
    return ()


async def _not_fetched(plan: Plan, world: World, said: str) -> Problems:
    """Tell a branch that the remote does not have yet, which is fine, from a remote that is away."""
    if await world.git.remote_refs(plan.remote, f"refs/heads/{plan.branch}"):
        raise CommandError(
            f"the branch {plan.branch} could not be fetched from {plan.remote}",
            cure=f"git fetch {plan.remote} {plan.branch}",
            detail=said.strip(),
        )
    what = f"{plan.remote} has no branch {plan.branch} yet: the release creates it"
    return (warn(what, cure=f"git push -u {plan.remote} {plan.branch}, if it should be there first"),)


def _commits(count: int) -> str:
    return f"{count} commit" if count == 1 else f"{count} commits"
