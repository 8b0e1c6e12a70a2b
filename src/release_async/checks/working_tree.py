"""The working tree is clean: what is released is what is committed."""

from release_async.plan import Plan
from release_async.problems import Problems, refuse
from release_async.world import World

TITLE = "Working tree"
LONG = False
SHOWN = 5


async def run(plan: Plan, world: World) -> Problems:  # noqa: ARG001 - the same for every plan
    """Refuse where anything differs from HEAD, and name the first few files."""
    changed = await world.git.status()
    if not changed:
        return ()
    files = ", ".join(entry[3:] for entry in changed[:SHOWN])
    more = f" and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
    what = f"{len(changed)} uncommitted {'change' if len(changed) == 1 else 'changes'}: {files}{more}"
    return (refuse(what, cure="git commit them, or put them aside with: git stash --include-untracked"),)
