"""Asks the index, as anybody would, for the files that were released."""

from functools import partial

from release_async.effect import NOT_DONE, Effect, Probed
from release_async.plan import Plan
from release_async.steps.upload import published
from release_async.tools import repository_url
from release_async.world import World

TITLE = "Verify"


def skipped(plan: Plan, world: World) -> str:  # noqa: ARG001 - as every step
    """Never skipped: a release that nobody can see is none."""
    return ""


def effects(plan: Plan, world: World) -> tuple[Effect, ...]:
    """Every file visible with the digest that was built."""
    requirement = f"{plan.name}=={plan.version}"
    return (
        Effect(
            name=f"{plan.target.name} shows our files",
            probe=partial(_visible, plan, world),
            perform=_wait,
            patience=120.0,
            manual=(repository_url.pip("download --no-deps", plan.target.repository_url, requirement),),
        ),
    )


async def _visible(plan: Plan, world: World) -> Probed:
    artifacts = world.workshop.made.artifacts
    return await published(plan, world, *artifacts) if artifacts else NOT_DONE


async def _wait() -> None:
    """Nothing can be done but to look again, which the conductor does."""
