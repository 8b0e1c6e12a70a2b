"""gh may write to the repository on GitHub; where it may not, the release is made without its page."""

from release_async.plan import Plan
from release_async.problems import Problems, warn
from release_async.tools.forge import Obstacle
from release_async.world import World

TITLE = "Release page"
LONG = False


async def run(plan: Plan, world: World) -> Problems:
    """Look whether the page can be made, for `steps/announce.py` to go by; a remote elsewhere is fine."""
    if plan.tag is None or plan.upload_only:
        return ()
    found = await world.forge.look()
    if not isinstance(found, Obstacle) or found.repository is None:
        return ()
    return (warn(f"the release will have no page on {found.repository}: {found.what}", cure=found.cure),)
