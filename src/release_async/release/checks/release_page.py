"""gh may make the release's page on GitHub, where none is yet; where it may not, the release goes without."""

from release_async.base.errors import FailedError
from release_async.base.problems import NotJudged, Problem, Problems, refuse, warn
from release_async.external.github import releases
from release_async.external.github.gh_api import Forge, Obstacle
from release_async.external.github.releases import Release
from release_async.external.github.responses import HOST
from release_async.plan.plan import Plan
from release_async.run.context import Context

TITLE = "GitHub release possible"
LONG = False


async def run(plan: Plan, context: Context) -> Problems | NotJudged:
    """Look whether the page can be made, for the step `announce` to go by; a remote elsewhere is fine.

    A release of the tag that is there already refuses: its tag was in the world, and may be burned for ever.
    That of one which has been deleted shows in no question; only a try would tell, and a check tries nothing.
    """
    if not plan.tags or plan.upload_only:
        return NotJudged("no tag is made")
    found = await context.forge.check_access()
    if isinstance(found, Obstacle):
        if found.repository is None:
            return NotJudged(found.what)
        return (warn(f"the release will have no page on {found.repository}: {found.what}", cure=found.cure),)
    return tuple([problem for tag in plan.tags for problem in await _problems(found, tag)])


async def _problems(forge: Forge, tag: str) -> Problems:
    try:
        if await releases.published(forge, tag):
            return (_taken(tag, forge),)
        return tuple(_beside(forge, draft) for draft in await releases.listed(forge, tag))
    except FailedError as error:
        what = f"cannot find out whether {forge.repository} has a release of {tag} already: {error.what}"
        return (warn(what, cure=error.cure),)


def _beside(forge: Forge, draft: Release) -> Problem:
    what = (
        f"{forge.repository} has a draft of {draft.tag}, release {draft.id}: it is left as it is, beside ours"
    )
    where = f"repos/{forge.repository}/releases/{draft.id}"
    return warn(what, cure=f"if nobody needs it: gh api --hostname {HOST} --method DELETE {where}")


def _taken(tag: str, forge: Forge) -> Problem:
    cure = (
        "choose another version: GitHub never accepts the tag of an immutable release again; if it is not "
        f"immutable: gh release delete {tag} --repo {HOST}/{forge.repository}"
    )
    return refuse(f"{forge.repository} has a release of {tag} already", cure=cure)
