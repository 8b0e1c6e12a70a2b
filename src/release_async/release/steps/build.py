"""Builds the sdist from the release commit and the wheel from that sdist, and pins their bytes."""

from functools import partial

from release_async.base import files
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed
from release_async.plan.plan import Plan
from release_async.run.context import Context
from release_async.run.step_results import BuiltFiles, ReleaseCommit, Results

TITLE = "Build"
NEEDS = (ReleaseCommit,)
GIVES = (BuiltFiles,)


def skipped(plan: Plan, context: Context, made: Results) -> str:  # noqa: ARG001 - as every step
    """Never skipped: only what was built from the release commit is uploaded."""
    return ""


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """Both files of each package, built once in the environment that was made while the tests ran."""
    return (
        Effect(
            name="sdist and wheel",
            probe=partial(_built, made),
            perform=partial(_build, plan, context, made),
        ),
    )


async def _built(made: Results) -> Probed:
    return DONE if made.find(BuiltFiles) else NOT_DONE


async def _build(plan: Plan, context: Context, made: Results) -> BuiltFiles:
    workspace, commit = context.workspace, made.get(ReleaseCommit).oid
    epoch = int(await context.git.text("show", "--no-patch", "--format=%ct", commit))
    packages = {}
    for package in plan.packages:
        built = await workspace.builder.build(workspace.tree / package.root, workspace.artifacts, epoch=epoch)
        packages[package.name] = (files.pin(built.wheel), files.pin(built.sdist))
    return BuiltFiles(packages)
