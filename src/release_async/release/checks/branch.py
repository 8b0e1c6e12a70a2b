"""The release branch is checked out, whole, and nothing is half-done on it."""

import json
import shlex

from release_async.base.problems import Problem, Problems, refuse, warn
from release_async.external.git import checkout_state
from release_async.external.git.checkout_state import Operation
from release_async.plan.plan import Plan
from release_async.run.context import Context

TITLE = "Branch"
LONG = False

_ENDED_BY = {
    Operation.REBASE: ("git rebase --continue", "git rebase --abort"),
    Operation.PATCHES: ("git am --continue", "git am --abort"),
    Operation.MERGE: ("git merge --continue", "git merge --abort"),
    Operation.CHERRY_PICK: ("git cherry-pick --continue", "git cherry-pick --abort"),
    Operation.REVERT: ("git revert --continue", "git revert --abort"),
}


async def run(plan: Plan, context: Context) -> Problems:
    """Refuse an operation in progress, a detached HEAD, and every branch but the configured one."""
    found = await checkout_state.unfinished_operation(context.git)
    wrong = (_in_progress(found),) if found else await _other_branch(plan, context)
    return (*wrong, *await _shallow(plan, context))


def _in_progress(operation: Operation) -> Problem:
    what = f"a {operation} is in progress"
    if operation is Operation.BISECT:
        return refuse(what, cure="git bisect reset")
    finish, drop = _ENDED_BY[operation]
    return refuse(what, cure=f"finish it with {finish}, or drop it with {drop}")


async def _other_branch(plan: Plan, context: Context) -> Problems:
    branch = await context.git.branch()
    if branch == plan.branch:
        return ()
    seen = f"branch {branch} is checked out" if branch else "HEAD is detached: no branch is checked out"
    return (
        refuse(
            f"{seen}, and releases are made from {plan.branch}", cure=await _way_back(plan, context, branch)
        ),
    )


async def _way_back(plan: Plan, context: Context, branch: str) -> str:
    """The command that goes to the release branch, if there is one, or the setting that makes this one it."""
    there = (f"refs/heads/{plan.branch}", f"refs/remotes/{plan.remote}/{plan.branch}")
    switch = f"git switch {shlex.quote(plan.branch)}"
    if not branch:
        return switch if await context.git.refs(*there) else f"git switch --create {shlex.quote(plan.branch)}"
    setting = f"set branch = {json.dumps(branch, ensure_ascii=False)} in [tool.release-async]"
    return f"{switch}, or {setting}" if await context.git.refs(*there) else setting


async def _shallow(plan: Plan, context: Context) -> Problems:
    """A shallow clone can be released; only a version that is counted from tags needs the whole history."""
    if not await checkout_state.is_shallow(context.git):
        return ()
    tool, cure = context.from_tag, f"git fetch --unshallow --tags {plan.remote}"
    if tool:
        return (refuse(f"the clone is shallow, and {tool} needs every tag and commit", cure=cure),)
    what = "the clone is shallow: what lies beyond its depth is not compared with the remote"
    return (warn(what, cure=cure),)
