"""Moves the user's own branch forward to the release commit; their edits are never overwritten."""

import shlex
from functools import partial

from release_async.base.errors import FailedError
from release_async.external.git import fast_forward, remote_errors
from release_async.plan.effect import DONE, Effect, Probed, State
from release_async.plan.events import Note
from release_async.plan.plan import Plan
from release_async.process.run_process import Completed
from release_async.release import landing_by_hand
from release_async.run.context import Context
from release_async.run.step_results import ReleaseCommit, Results

TITLE = "Update your branch"
NEEDS = (ReleaseCommit,)
GIVES = ()


def skipped(plan: Plan, context: Context, made: Results) -> str:  # noqa: ARG001 - as every step
    """Never skipped: what was released is what the branch goes on from."""
    return ""


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """The local branch at the release commit."""
    commit = made.tip
    return (
        Effect(
            name=_name(plan),
            probe=partial(_landed, plan, context, commit),
            perform=partial(_land, plan, context, commit),
            manual=(landing_by_hand.usual(plan, commit),),
        ),
    )


def _name(plan: Plan) -> str:
    return f"update your {plan.branch}"


async def _landed(plan: Plan, context: Context, commit: str) -> Probed:
    """Whether the branch is at the commit; or, as it may be a while later, has gone on from it."""
    branch = f"refs/heads/{plan.branch}"
    if await context.git.oid(branch) == commit:
        return DONE
    if await context.git.contains(branch, commit):
        return Probed(State.DONE, why="it has gone on from there")
    asked = (plan, context, commit)
    return Probed(State.NOT_DONE, find_manual=partial(_by_hand, *asked), find_cure=partial(_obstacle, *asked))


async def _by_hand(plan: Plan, context: Context, commit: str) -> tuple[str, ...]:
    return ((await landing_by_hand.way(plan, context.git, commit)).command,)


async def _obstacle(plan: Plan, context: Context, commit: str) -> str:
    """The command that goes past commits or edits, where there are some; else it needs nobody."""
    way = await landing_by_hand.way(plan, context.git, commit)
    return way.command if way.in_the_way else ""


async def _land(plan: Plan, context: Context, commit: str) -> None:
    branch, tried = f"refs/heads/{plan.branch}", context.workspace.journal.tried_before(_name(plan))
    moved = await fast_forward.forward(context.git, branch, commit, tried)
    if moved.timed_out:
        raise _timed_out(plan, commit, moved)
    if not moved.ok and "aborted by hook" in moved.stderr:
        raise _refused_by_hook(plan, commit, moved)
    if not moved.ok:
        raise await _in_the_way(plan, context, commit, moved)
    if await context.git.oid(branch) != commit:
        if not await context.git.contains(branch, commit):
            raise _moved_back(plan, commit)
        told = f"your branch {plan.branch} is not at the release commit: a hook of yours has moved it on"
        context.emit(Note(f"{told}; see what it did: git log {commit[:9]}..{shlex.quote(plan.branch)}"))


def _timed_out(plan: Plan, commit: str, moved: Completed) -> FailedError:
    return FailedError(
        f"your branch {plan.branch} was not moved forward within {moved.command.timeout:g} s: a hook of "
        "yours, such as post-merge, was still running and was ended",
        cure=f"see how far it is: git status; to run it again: {landing_by_hand.usual(plan, commit)}",
        detail=moved.stderr.strip(),
    )


def _refused_by_hook(plan: Plan, commit: str, moved: Completed) -> FailedError:
    again = f"git restore -SW -- {shlex.join(plan.edited_paths)} && {landing_by_hand.usual(plan, commit)}"
    return FailedError(
        f"a hook of yours, reference-transaction, has refused to move {plan.branch}; git may have "
        "written the new version into your files all the same",
        cure=f"see what it does, and switch it off; then: {again}",
        detail=moved.stderr.strip(),
    )


def _moved_back(plan: Plan, commit: str) -> FailedError:
    return FailedError(
        f"your branch {plan.branch} was moved forward and is not there any more: a hook of yours has "
        "moved it back, such as post-merge",
        cure=f"see what it does, and switch it off; then: {landing_by_hand.usual(plan, commit)}",
    )


async def _in_the_way(plan: Plan, context: Context, commit: str, moved: Completed) -> FailedError:
    """What a person has to do first: put commits on top that were made meanwhile, or carry edits along."""
    way = await landing_by_hand.way(plan, context.git, commit)
    why, cure = _WAYS[way.in_the_way]
    why, cure = (words.format(branch=plan.branch) for words in (why, cure))
    return FailedError(
        f"your branch {plan.branch} could not be moved forward{why}; nothing of yours was overwritten",
        cure=f"{cure}: {way.command}" if way.in_the_way else cure,
        detail=remote_errors.without_advice(moved.stderr),
    )


_UNDER_WAY = (
    "finish or break off what git status names; if that makes commits on {branch}, the next --resume has "
    "the git rebase that puts them on top of the release"
)
_WAYS = {
    landing_by_hand.COMMITS: (": you have committed to {branch} meanwhile", "put that on top"),
    landing_by_hand.EDITS: (": you have edited what the release changes", "have that carried along"),
    "": ("", _UNDER_WAY),
}
"""What is in the way, and what is done about it."""
