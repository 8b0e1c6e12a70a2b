"""Moves the user's own branch forward to the release commit; their edits are never overwritten."""

import shlex
from functools import partial

from release_async.base.errors import FailedError
from release_async.external.git import fast_forward
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed
from release_async.plan.plan import Plan
from release_async.run.context import Context

TITLE = "Land"


def skipped(plan: Plan, context: Context) -> str:  # noqa: ARG001 - as every step
    """Skipped where nothing but an upload is wanted."""
    return "only uploads, with --test" if plan.upload_only else ""


def effects(plan: Plan, context: Context) -> tuple[Effect, ...]:
    """The local branch at the release commit."""
    return (
        Effect(
            name=_name(plan),
            probe=partial(_landed, plan, context),
            perform=partial(_land, plan, context),
            manual=(_by_hand(plan, context),),
        ),
    )


def _name(plan: Plan) -> str:
    return f"your {plan.branch} at the release commit"


def _by_hand(plan: Plan, context: Context) -> str:
    """On the branch itself, and by the object id: what others have pushed on top meanwhile stays theirs."""
    return f"git switch {shlex.quote(plan.branch)} && git merge --ff-only {context.workspace.made.commit}"


async def _landed(plan: Plan, context: Context) -> Probed:
    there = await context.git.contains(f"refs/heads/{plan.branch}", context.workspace.made.commit)
    return DONE if there else NOT_DONE


async def _land(plan: Plan, context: Context) -> None:
    moved = await fast_forward.forward(
        context.git,
        f"refs/heads/{plan.branch}",
        context.workspace.made.commit,
        context.workspace.journal.tried_before(_name(plan)),
    )
    if not moved.ok:
        raise FailedError(
            f"your branch {plan.branch} could not be moved forward; nothing of yours was overwritten",
            cure="put your edits aside (git stash, afterwards git stash pop), or finish what you were doing; "
            f"what you have committed meanwhile goes on top: git rebase {context.workspace.made.commit} "
            f"{shlex.quote(plan.branch)}",
            detail=moved.stderr.strip(),
        )
