"""The branch is not behind the remote: the push after the upload must be a fast-forward.

Where the tag alone is pushed, HEAD has to be on the remote already: it would become public with its tag.
"""

from release_async.base.problems import NotJudged, Problem, Problems, refuse, warn
from release_async.external.git import remote_errors
from release_async.external.git.remote_errors import Request
from release_async.plan.plan import Plan
from release_async.process.run_process import Completed
from release_async.run.context import Context

TITLE = "Upstream"
LONG = False


async def run(plan: Plan, context: Context) -> Problems | NotJudged:
    """Fetch the remote's branch into a private ref and compare: behind refuses, ahead warns.

    Where no branch is pushed it is the other way round: ahead refuses, and behind warns. While another branch
    is checked out nothing is compared: HEAD is not the release branch then, nor is it what a cure would move.

    Raises:
        CommandError: The remote did not answer.
    """
    if not plan.remote_url:
        return (await _no_remote(plan, context),)
    if await context.git.branch() != plan.branch:
        return NotJudged(f"{plan.branch} is not checked out, and HEAD is what would be compared")
    upstream = context.workspace.upstream_ref
    fetched = await context.git.fetch_private(context.remote, plan.branch, upstream)
    if not fetched.ok:
        return await _not_fetched(plan, context, fetched)
    return (*await _compared(plan, context), *await _followed(plan, context))


async def _no_remote(plan: Plan, context: Context) -> Problem:
    others = list(await context.git.remotes())
    if not others:
        return refuse(f"there is no remote {plan.remote}", cure=f"git remote add {plan.remote} URL")
    known = f"there is no remote {plan.remote}, only {', '.join(others)}"
    return refuse(
        known,
        cure=f'set remote = "{others[0]}" in [tool.release-async], or: git remote add {plan.remote} URL',
    )


async def _compared(plan: Plan, context: Context) -> Problems:
    upstream, theirs = context.workspace.upstream_ref, f"{plan.remote}/{plan.branch}"
    ahead, behind = await context.git.count_commits(plan.base, upstream)
    if not (plan.touches_branch or plan.by_request):
        return _for_the_tag_alone(plan, ahead, behind)
    if behind and ahead:
        what = _diverged(plan, ahead, behind)
        return (refuse(what, cure=await _pull(plan, context, "git pull --rebase")),)
    if behind:
        what = f"{plan.branch} is {_commits(behind)} behind {theirs}"
        return (refuse(what, cure=await _pull(plan, context, "git pull --ff-only")),)
    if ahead:
        which = "which is" if ahead == 1 else "which are"
        does = "in the request too" if plan.by_request else "pushed too"
        what = f"{plan.branch} is {_commits(ahead)} ahead of {theirs}, {which} {does}"
        return (warn(what, cure=f"git push {plan.remote} {plan.branch}, if they should go first"),)
    return ()


async def _pull(plan: Plan, context: Context, usual: str) -> str:
    """The command that gets what the remote has.

    Where something is edited it works before that is committed and afterwards: another check says that it
    has to be, and a person may begin with either.
    """
    pull = "git pull --rebase --autostash" if await context.git.status() else usual
    return f"{pull} {plan.remote} {plan.branch}"


def _for_the_tag_alone(plan: Plan, ahead: int, behind: int) -> Problems:
    theirs = f"{plan.remote}/{plan.branch}"
    push = f"git push {plan.remote} {plan.branch}"
    if ahead and behind:
        what = f"{_diverged(plan, ahead, behind)}, and only the tag is pushed"
        return (refuse(what, cure=f"git pull --rebase {plan.remote} {plan.branch}, then {push}"),)
    if ahead:
        what = f"{plan.branch} is {_commits(ahead)} ahead of {theirs}, and only the tag is pushed"
        return (refuse(what, cure=push),)
    if behind:
        what = f"{plan.branch} is {_commits(behind)} behind {theirs}: they are not in this release"
        return (warn(what, cure=f"git pull --ff-only {plan.remote} {plan.branch}, if they should be"),)
    return ()


def _diverged(plan: Plan, ahead: int, behind: int) -> str:
    theirs = f"{plan.remote}/{plan.branch}"
    return f"{plan.branch} and {theirs} have diverged: {ahead} of your commits, {behind} of theirs"


def _commits(count: int) -> str:
    return f"{count} commit" if count == 1 else f"{count} commits"


async def _followed(plan: Plan, context: Context) -> Problems:
    """Warn where ``git status`` and ``git pull`` compare with another branch than the release pushes to.

    A branch that follows nothing, as one that a release has pushed for the first time, misleads nobody where
    there is one remote: git compares it with nothing, and it can have no other counterpart.
    """
    remote = await context.git.configured(f"branch.{plan.branch}.remote")
    branch = (await context.git.configured(f"branch.{plan.branch}.merge")).removeprefix("refs/heads/")
    if (remote, branch) == (plan.remote, plan.branch):
        return ()
    if not (remote or branch) and len(await context.git.remotes()) == 1:
        return ()
    theirs, does = f"{plan.remote}/{plan.branch}", "pushes it" if plan.touches_branch else "pushes the tag"
    follows = f"{remote}/{branch}" if remote and branch else "no upstream branch"
    what = f"{plan.branch} follows {follows}; it was compared with {theirs}, where the release {does}"
    cure = f"git fetch {plan.remote} && git branch --set-upstream-to={theirs} {plan.branch}"
    return (warn(what, cure=cure),)


async def _not_fetched(plan: Plan, context: Context, failed: Completed) -> Problems:
    """Tell a branch that the remote does not have yet, which is fine, from a remote that is away."""
    if await context.git.remote_refs(context.remote, f"refs/heads/{plan.branch}"):
        by_hand = f"git fetch {plan.remote} {plan.branch}"
        raise remote_errors.failure(failed, Request(plan.remote, f"fetch {plan.branch} from", by_hand))
    if not plan.touches_branch:
        what = f"{plan.remote} has no branch {plan.branch} yet, and only the tag is pushed"
        return (refuse(what, cure=f"git push -u {plan.remote} {plan.branch}"),)
    what = f"{plan.remote} has no branch {plan.branch} yet: the release creates it"
    return (warn(what, cure=f"git push -u {plan.remote} {plan.branch}, if it should be there first"),)
