"""Looks into the built files before anyone else can: are they what the plan says? It changes nothing."""

from functools import partial

from packaging.utils import canonicalize_name, canonicalize_version

from release_async.effect import DONE, NOT_DONE, Effect, Probed
from release_async.errors import FailedError
from release_async.events import Note
from release_async.plan import Plan
from release_async.world import World

TITLE = "Inspect"


def skipped(plan: Plan, world: World) -> str:  # noqa: ARG001 - as every step
    """Never skipped: after the upload it would be too late."""
    return ""


def effects(plan: Plan, world: World) -> tuple[Effect, ...]:
    """Name, version and metadata of both files."""
    return (
        Effect(
            name="name, version and metadata of both files",
            probe=partial(_inspected, world),
            perform=partial(_inspect, plan, world),
        ),
    )


async def _inspected(world: World) -> Probed:
    return DONE if world.workshop.made.inspected else NOT_DONE


async def _inspect(plan: Plan, world: World) -> None:
    made = world.workshop.made
    wanted = canonicalize_name(plan.name), canonicalize_version(plan.version, strip_trailing_zero=False)
    for found in await world.workshop.uploader.inspect(*(artifact.path for artifact in made.artifacts)):
        seen = canonicalize_name(found.name), canonicalize_version(found.version, strip_trailing_zero=False)
        if seen != wanted:
            raise FailedError(
                f"{found.path.name} says it is {found.name} {found.version}, not {plan.name} {plan.version}",
                cure="look where the build takes its version from: release-async versions --explain",
            )
        for warning in found.warnings:
            world.emit(Note(f"{found.path.name}: {warning}"))
        if found.errors:
            raise FailedError(
                f"{found.path.name} would be refused by the index",
                cure="correct the metadata; to see the same: python -m build && twine check --strict dist/*",
                detail="\n".join(found.errors),
            )
    made.inspected = True
