"""What the build backend requires can be installed: the environment that will build is made now."""

from contextlib import suppress
from pathlib import Path

import anyio

from release_async.base.errors import CommandError
from release_async.base.problems import Problems
from release_async.external.git import private_clone
from release_async.plan.plan import Plan
from release_async.process import connection_errors
from release_async.run.context import Context

TITLE = "Build environment"
LONG = True


async def run(plan: Plan, context: Context) -> Problems:
    """Provision the builder from a throw-away copy of HEAD; where a clone of HEAD is built, from that.

    Raises:
        CommandError: The requirements cannot be found out or installed.
        FailedError: HEAD cannot be checked out whole.
    """
    if plan.version_tags and not plan.makes_commit:
        await _provision_in_clone(plan, context)
    else:
        await provision(plan, context, plan.base)
    return ()


async def _provision_in_clone(plan: Plan, context: Context) -> None:
    """Spare a second checkout: most hooks that are asked for requirements leave nothing in the tree."""
    inside = await context.workspace.clone_of(plan.base)
    before = await anyio.to_thread.run_sync(private_clone.contents, inside.root)
    await _provisioned(plan, context, inside.root)
    if not await private_clone.restored(inside, before):
        await context.workspace.clone_anew(plan.base)


async def provision(plan: Plan, context: Context, commit: str) -> None:
    """Make the environment that the packages are built in, from a throw-away copy of a commit.

    Raises:
        CommandError: The requirements cannot be found out or installed.
    """
    await _provisioned(plan, context, await context.workspace.copy_of(commit))


async def _provisioned(plan: Plan, context: Context, copy: Path) -> None:
    try:
        for package in plan.packages:
            await context.workspace.builder.provision(copy / package.root)
            if package.version_tag and package.test_command:  # without tests nothing hides the time of it
                await _warm_up(context, copy / package.root)
    except CommandError as error:
        error.network = connection_errors.are_told_in(error.detail)
        error.add_detail(context.logs.output_hint("build"))
        raise


async def _warm_up(context: Context, copy: Path) -> None:
    """Have the tool that reads the tag run once, which no hook did: what it imports is compiled by the build.

    How that ends plays no part: the copy has not got the tag.
    """
    with suppress(CommandError):
        await context.workspace.builder.metadata(copy)
