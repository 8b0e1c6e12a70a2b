"""A release that others merge can be proposed: the forge takes requests, and no other one waits."""

from release_async.base.problems import NotJudged, Problem, Problems, refuse
from release_async.external.github.gh_api import Obstacle
from release_async.plan.merge_request import MergeRequest, source_branch
from release_async.plan.plan import Plan
from release_async.run.context import Context

TITLE = "Merge request"
LONG = False


async def run(plan: Plan, context: Context) -> Problems | NotJudged:
    """Refuse where no request can be opened, where one of a release is open, and where its branch exists.

    Raises:
        FailedError: The forge or the remote did not answer.
    """
    if not plan.by_request:
        return NotJudged("the release commit is not proposed")
    requests = await context.merge_requests()
    if isinstance(requests, Obstacle):
        cure = requests.cure or 'leave land = "pull-request" away in [tool.release-async]'
        return (refuse(f"no request to merge can be opened: {requests.what}", cure=cure),)
    waiting = tuple(map(_waits, await requests.marked(plan.branch)))
    return (*waiting, *(() if waiting else await _branch_is_there(plan, context)))


def _waits(request: MergeRequest) -> Problem:
    what = f"another release waits on {request.target} for the merge of {request.name}: {request.address}"
    return refuse(what, cure="go on with it: release-async --resume; or give it up: release-async --abandon")


async def _branch_is_there(plan: Plan, context: Context) -> Problems:
    source = source_branch(plan)
    if not await context.git.remote_refs(context.remote, f"refs/heads/{source}"):
        return ()
    cure = f"if it is of no use: git push {plan.remote} --delete {source}"
    return (refuse(f"{plan.remote} has a branch {source} already", cure=cure),)
