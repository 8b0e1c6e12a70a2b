"""Builds the sdist from the release commit and the wheel from that sdist, and pins their bytes."""

from functools import partial

from release_async.base import files
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed
from release_async.plan.plan import Plan
from release_async.run.context import Context

TITLE = "Build"


def skipped(plan: Plan, context: Context) -> str:  # noqa: ARG001 - as every step
    """Never skipped: only what was built from the release commit is uploaded."""
    return ""


def effects(plan: Plan, context: Context) -> tuple[Effect, ...]:
    """Both files, built once in the environment that was made while the tests ran."""
    return (
        Effect(
            name="sdist and wheel", probe=partial(_built, context), perform=partial(_build, plan, context)
        ),
    )


async def _built(context: Context) -> Probed:
    return DONE if context.workspace.made.artifacts else NOT_DONE


async def _build(plan: Plan, context: Context) -> None:
    workspace = context.workspace
    epoch = int(await context.git.text("show", "--no-patch", "--format=%ct", workspace.made.commit))
    built = await workspace.builder.build(workspace.tree / plan.root, workspace.artifacts, epoch=epoch)
    workspace.made.artifacts = (files.pin(built.wheel), files.pin(built.sdist))
