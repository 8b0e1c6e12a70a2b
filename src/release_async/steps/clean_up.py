"""Removes what the release made for itself, and keeps the files for the user who asked for them."""

import os
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import anyio

from release_async.effect import DONE, NOT_DONE, Effect, Probed
from release_async.errors import FailedError
from release_async.plan import Plan
from release_async.tools import files
from release_async.tools.files import Artifact
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
    wanted = [_copy_of(artifact, world) for artifact in world.workshop.made.artifacts]
    there = [await anyio.to_thread.run_sync(files.is_intact, copy) for copy in wanted]
    return DONE if all(there) else NOT_DONE


def _copy_of(artifact: Artifact, world: World) -> Artifact:
    return replace(artifact, path=world.project / "dist" / artifact.name)


async def _keep(world: World) -> None:
    for artifact in world.workshop.made.artifacts:
        copy = _copy_of(artifact, world)
        if not await anyio.to_thread.run_sync(files.is_intact, copy):
            await anyio.to_thread.run_sync(_copy, artifact, copy.path)


def _copy(artifact: Artifact, target: Path) -> None:
    """Copy one file under its name when it is whole; what the user has there under that name stays.

    Raises:
        FailedError: The name is taken, or what was released is not kept any more.
    """
    if os.path.lexists(target):
        raise FailedError(f"{target} is another file than the one released", cure=f"move it away: {target}")
    if not files.is_intact(artifact):
        raise FailedError(
            f"{artifact.path} is gone or changed, and cannot be copied",
            cure=f"put the released file into {target.parent} from the index (pip download)",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    shutil.copyfile(artifact.path, part)
    part.rename(target)


async def _cleared(world: World) -> Probed:
    return DONE if world.workshop.cleared() else NOT_DONE
