"""Checks HEAD out on a private worktree where it is released as it is, and makes the tag object."""

from functools import partial

from release_async.external.git import worktree
from release_async.external.git.git_commands import ABSENT
from release_async.plan.effect import Effect
from release_async.plan.plan import Plan
from release_async.release import tag_objects
from release_async.run.context import Context
from release_async.run.step_results import ReleaseCommit, Results, TagObjects

TITLE = "Check out"
NEEDS = ()
GIVES = (ReleaseCommit, TagObjects)


def skipped(plan: Plan, context: Context, made: Results) -> str:  # noqa: ARG001 - as every step
    """Never skipped: what is built is the commit, whatever lies in the user's own checkout."""
    return ""


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """HEAD on the worktree, and where the plan has tags, their tag objects."""
    checkout = Effect(
        name="HEAD is the release commit" if plan.version_tags else "HEAD on a worktree of its own",
        probe=partial(tag_objects.commit_kept, context),
        perform=partial(_check_out, plan, context),
    )
    return (checkout, *tag_objects.effects(plan, context, made))


async def _check_out(plan: Plan, context: Context) -> None:
    if not plan.version_tags:  # else a clone is built that has the tag
        await worktree.add(context.git, context.workspace.tree, plan.base)
    await context.git.set_ref(context.workspace.commit_ref, plan.base, ABSENT)
