"""gh may make the release's page on GitHub, where none is yet; where it may not, the release goes without."""

from release_async.base.errors import FailedError
from release_async.base.problems import Problem, Problems, refuse, warn
from release_async.external.github import releases
from release_async.external.github.client import Forge, Obstacle
from release_async.external.github.releases import Release
from release_async.external.github.responses import HOST
from release_async.plan.plan import Plan
from release_async.run.context import Context

TITLE = "Release page"
LONG = False


async def run(plan: Plan, context: Context) -> Problems:
    """Look whether the page can be made, for the step `announce` to go by; a remote elsewhere is fine.

    A release of the tag that is there already refuses: its tag was in the world, and may be burned for ever.
    That of one which has been deleted shows in no question; only a try would tell, and a check tries nothing.
    """
    if plan.tag is None or plan.upload_only:
        return ()
    found = await context.forge.look()
    if isinstance(found, Obstacle):
        if found.repository is None:
            return ()
        return (warn(f"the release will have no page on {found.repository}: {found.what}", cure=found.cure),)
    try:
        if await releases.published(found, plan.tag):
            return (_taken(plan, found),)
        return tuple(_beside(found, draft) for draft in await releases.listed(found, plan.tag))
    except FailedError as error:
        what = f"whether {found.repository} has a release of {plan.tag} already cannot be told: {error.what}"
        return (warn(what, cure=error.cure),)


def _beside(forge: Forge, draft: Release) -> Problem:
    what = (
        f"{forge.repository} has a draft of {draft.tag}, release {draft.id}: it is left as it is, beside ours"
    )
    where = f"repos/{forge.repository}/releases/{draft.id}"
    return warn(what, cure=f"where nobody needs it: gh api --hostname {HOST} --method DELETE {where}")


def _taken(plan: Plan, forge: Forge) -> Problem:
    cure = (
        "choose another version: GitHub never takes the tag of an immutable release again; where it is not "
        f"immutable: gh release delete {plan.tag} --repo {HOST}/{forge.repository}"
    )
    return refuse(f"{forge.repository} has a release of {plan.tag} already", cure=cure)
