"""Takes files that are built already into the private place of the run, and pins their bytes.

What is inspected and uploaded are these copies: what happens to the originals from here on plays no part. The
step `inspect` waits until they are on the disk, which takes place while it reads them.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import anyio

from release_async.base import files
from release_async.base.errors import FailedError
from release_async.base.exception_groups import unwrap_exception_groups
from release_async.base.files import Artifact
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed
from release_async.plan.plan import Plan
from release_async.run.context import Context
from release_async.run.step_results import BuiltFiles, Results

TITLE = "Take the files"
NEEDS = ()
GIVES = (BuiltFiles,)


def skipped(plan: Plan, context: Context, made: Results) -> str:  # noqa: ARG001 - as every step
    """Never skipped: only what was inspected is uploaded, and only a copy of our own stays what it is."""
    return ""


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """All files at once, in the order of their upload."""
    count = sum(len(package.given) for package in plan.packages)
    return (
        Effect(
            name=f"a copy of {count} files",
            probe=partial(_taken, made),
            perform=partial(_take, plan, context),
        ),
    )


async def _taken(made: Results) -> Probed:
    return DONE if made.find(BuiltFiles) else NOT_DONE


async def _take(plan: Plan, context: Context) -> BuiltFiles:
    packages = {}
    for package in plan.packages:
        paths = map(Path, package.given)
        kept = context.workspace.artifacts
        for attestation in map(Path, package.attestations):
            await anyio.to_thread.run_sync(_copied, attestation, kept)
        packages[package.name] = await _all_copied(tuple(paths), kept)
    return BuiltFiles(packages)


_AT_ONCE = 3
"""How many files are copied at once: while one is written, the next is hashed."""


async def _all_copied(paths: Sequence[Path], directory: Path) -> tuple[Artifact, ...]:
    """The pinned copies of files, in their order."""
    copies: dict[Path, Artifact] = {}
    at_once = anyio.CapacityLimiter(_AT_ONCE)

    async def copy(path: Path) -> None:
        copies[path] = await anyio.to_thread.run_sync(_copied, path, directory, limiter=at_once)

    with unwrap_exception_groups():
        async with anyio.create_task_group() as copying:
            for path in paths:
                copying.start_soon(copy, path)
    return tuple(copies[path] for path in paths)


def _copied(path: Path, directory: Path) -> Artifact:
    """The pinned copy of one file.

    Raises:
        FailedError: The file is gone, or is none.
    """
    directory.mkdir(mode=0o700, exist_ok=True)
    try:
        return files.pinned_copy(path, directory / path.name)
    except OSError as error:
        what = f"{path} cannot be read: {error.strerror}"
        raise FailedError(
            what, cure="see what has removed or changed it, and give the files again"
        ) from error
