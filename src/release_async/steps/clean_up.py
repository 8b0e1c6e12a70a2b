"""Removes what the release made for itself, and keeps the files for the user who asked for them."""

import shutil
from functools import partial

import anyio

from release_async.effect import DONE, NOT_DONE, Effect, Probed
from release_async.plan import Plan
from release_async.world import World

TITLE = "Clean up"


def skipped(plan: Plan, world: World) -> str:  # noqa: ARG001 - as every step
    """Never skipped: nothing of ours stays behind."""
    return ""


def effects(plan: Plan, world: World) -> tuple[Effect, ...]:
    """Copies in ``dist/`` where wanted, then our own directory and refs gone."""
    clear = Effect(
        name="our working files gone", probe=partial(_cleared, world), perform=world.workshop.clear
    )
    if not plan.keep_artifacts:
        return (clear,)
    keep = Effect(name="the files kept in dist/", probe=partial(_kept, world), perform=partial(_keep, world))
    return (keep, clear)


async def _kept(world: World) -> Probed:
    names = [artifact.name for artifact in world.workshop.made.artifacts]
    return DONE if all((world.project / "dist" / name).exists() for name in names) else NOT_DONE


async def _keep(world: World) -> None:
    dist = world.project / "dist"
    dist.mkdir(exist_ok=True)
    for artifact in world.workshop.made.artifacts:
        await anyio.to_thread.run_sync(shutil.copyfile, artifact.path, dist / artifact.name)


async def _cleared(world: World) -> Probed:
    return DONE if world.workshop.cleared() else NOT_DONE
