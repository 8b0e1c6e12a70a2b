"""Gives the tag object its name in the user's repository."""

import shlex
from functools import partial

from release_async.external.git import lock_files
from release_async.external.git.client import ABSENT
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed, State
from release_async.plan.plan import Plan
from release_async.run.context import Context

TITLE = "Tag"


def skipped(plan: Plan, context: Context) -> str:  # noqa: ARG001 - as every step
    """Skipped where the plan has no tag, and where nothing but an upload is wanted."""
    if plan.upload_only:
        return "only uploads, with --test"
    return "" if plan.tag else "AUTO_GIT_TAG is false"


def effects(plan: Plan, context: Context) -> tuple[Effect, ...]:
    """The tag, created and never moved."""
    return (
        Effect(
            name=_name(plan),
            probe=partial(_tagged, plan, context),
            perform=partial(_tag, plan, context),
            manual=(
                shlex.join(("git", "update-ref", f"refs/tags/{plan.tag}", context.workspace.made.tag, "")),
            ),
        ),
    )


def _name(plan: Plan) -> str:
    return f"tag {plan.tag}"


async def _tagged(plan: Plan, context: Context) -> Probed:
    there = await context.git.oid(f"refs/tags/{plan.tag}")
    if there and there != context.workspace.made.tag:
        return Probed(
            State.CONFLICT,
            f"a tag {plan.tag} of yours points elsewhere",
            f"look at it: git show {plan.tag}; if it is of no use: git tag -d {plan.tag}",
        )
    return DONE if there else NOT_DONE


async def _tag(plan: Plan, context: Context) -> None:
    ref = f"refs/tags/{plan.tag}"
    await lock_files.wait(context.git, [ref], context.workspace.journal.tried_before(_name(plan)))
    await context.git.set_ref(ref, context.workspace.made.tag, ABSENT)
