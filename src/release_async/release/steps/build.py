"""Builds the sdist from the release commit and the wheel from that sdist, and pins their bytes."""

from functools import partial

from release_async.base import files
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed
from release_async.plan.plan import Plan
from release_async.run.context import World

TITLE = "Build"


def skipped(plan: Plan, world: World) -> str:  # noqa: ARG001 - as every step
    """Never skipped: only what was built from the release commit is uploaded."""
    return ""


def effects(plan: Plan, world: World) -> tuple[Effect, ...]:
    """Both files, built once in the environment that was made while the tests ran."""
    return (
        Effect(name="sdist and wheel", probe=partial(_built, world), perform=partial(_build, plan, world)),
    )


async def _built(world: World) -> Probed:
    return DONE if world.workshop.made.artifacts else NOT_DONE


async def _build(plan: Plan, world: World) -> None:
    shop = world.workshop
    epoch = int(await world.git.text("show", "--no-patch", "--format=%ct", shop.made.commit))
    built = await shop.builder.build(shop.tree / plan.root, shop.artifacts, epoch=epoch)
    shop.made.artifacts = (files.pin(built.wheel), files.pin(built.sdist))
