"""The tag exists neither here nor on the remote: a tag that others have seen must not move."""

from release_async.plan import Plan
from release_async.problems import Problems, refuse
from release_async.world import World

TITLE = "Tag free"
LONG = False


async def run(plan: Plan, world: World) -> Problems:
    """Refuse a tag that is taken, locally or on the remote.

    Raises:
        CommandError: The remote did not answer.
    """
    if plan.tag is None or not plan.remote_url:
        return ()
    ref = f"refs/tags/{plan.tag}"
    if await world.git.oid(ref):
        cure = f"choose another version, or if it was never pushed: git tag -d {plan.tag}"
        return (refuse(f"the tag {plan.tag} exists already", cure=cure, where=ref),)
    if await world.git.remote_refs(plan.remote, ref):
        what = f"{plan.remote} has a tag {plan.tag} already"
        return (
            refuse(what, cure=f"choose another version; to see it: git fetch {plan.remote} tag {plan.tag}"),
        )
    return ()
