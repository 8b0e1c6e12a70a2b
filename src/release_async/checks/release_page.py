"""gh may make the release's page on GitHub, where none is yet; where it may not, the release goes without."""

from release_async.errors import CommandError
from release_async.plan import Plan
from release_async.problems import Problem, Problems, refuse, warn
from release_async.tools.forge import HOST, Forge, Obstacle
from release_async.world import World

TITLE = "Release page"
LONG = False


async def run(plan: Plan, world: World) -> Problems:
    """Look whether the page can be made, for `steps/announce.py` to go by; a remote elsewhere is fine.

    A release of the tag that is there already refuses: its tag was in the world, and may be burned for ever.
    """
    if plan.tag is None or plan.upload_only:
        return ()
    found = await world.forge.look()
    if isinstance(found, Obstacle):
        if found.repository is None:
            return ()
        return (warn(f"the release will have no page on {found.repository}: {found.what}", cure=found.cure),)
    try:
        taken = await found.has_release(plan.tag)
    except CommandError as error:
        what = f"whether {found.repository} has a release of {plan.tag} already cannot be told: {error.what}"
        return (warn(what, cure=error.cure),)
    return (_taken(plan, found),) if taken else ()


def _taken(plan: Plan, forge: Forge) -> Problem:
    cure = (
        "choose another version: GitHub never takes the tag of an immutable release again; where it is not "
        f"immutable: gh release delete {plan.tag} --repo {HOST}/{forge.repository}"
    )
    return refuse(f"{forge.repository} has a release of {plan.tag} already", cure=cure)
