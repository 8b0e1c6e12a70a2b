"""Gives the tag object its name in the user's repository."""

import shlex
from functools import partial

from release_async.external.git import lock_files
from release_async.external.git.git_commands import ABSENT
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed, State
from release_async.plan.plan import Plan
from release_async.run.context import Context
from release_async.run.step_results import Results, TagObjects

TITLE = "Tag"
NEEDS = (TagObjects,)
GIVES = ()


def skipped(plan: Plan, context: Context, made: Results) -> str:  # noqa: ARG001 - as every step
    """Skipped where the plan has no tag."""
    return "" if plan.tags else "AUTO_GIT_TAG is false"


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """The tags, created and never moved."""
    return tuple(_effect(context, tag, made.tags[tag]) for tag in plan.tags)


def _effect(context: Context, tag: str, oid: str) -> Effect:
    return Effect(
        name=_name(tag),
        probe=partial(_tagged, context, tag, oid),
        perform=partial(_tag, context, tag, oid),
        manual=(shlex.join(("git", "update-ref", f"refs/tags/{tag}", oid, "")),),
    )


def _name(tag: str) -> str:
    return f"tag {tag}"


async def _tagged(context: Context, tag: str, oid: str) -> Probed:
    there = await context.git.oid(f"refs/tags/{tag}")
    if there and there != oid:
        return Probed(
            State.CONFLICT,
            f"a tag {tag} of yours points elsewhere",
            f"look at it: git show {tag}; if it is of no use: git tag -d {tag}; to keep it, give this "
            "release up",
        )
    return DONE if there else NOT_DONE


async def _tag(context: Context, tag: str, oid: str) -> None:
    ref = f"refs/tags/{tag}"
    await lock_files.wait(context.git, [ref], context.workspace.journal.tried_before(_name(tag)))
    await context.git.set_ref(ref, oid, ABSENT)
