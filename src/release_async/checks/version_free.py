"""The index has no file of this version yet: file names there can never be used twice."""

from release_async.plan import Plan
from release_async.problems import Problems, refuse
from release_async.tools.index import of_version
from release_async.world import World

TITLE = "Version free on the index"
LONG = False


async def run(plan: Plan, world: World) -> Problems:
    """Refuse a version that the index holds a file of.

    Raises:
        IndexUnreachableError: The index did not answer, which is never taken for absence.
    """
    taken = of_version(await world.index.files(plan.name), plan.version)
    if not taken:
        return ()
    what = f"{plan.target.name} has {plan.name} {plan.version} already: {', '.join(sorted(taken))}"
    return (refuse(what, cure="choose the next version: an index never takes a file name twice"),)
