"""What the build backend requires can be installed: the environment that will build is made now."""

from contextlib import suppress
from pathlib import Path

import anyio

from release_async.base.errors import CommandError
from release_async.base.exception_groups import unwrap_exception_groups
from release_async.base.problems import Problems
from release_async.plan.plan import Plan
from release_async.process import connection_errors
from release_async.run.context import Context

TITLE = "Build environment"
LONG = True


async def run(plan: Plan, context: Context) -> Problems:
    """Provision the builder from a throw-away copy of HEAD; where HEAD is built, check it out meanwhile.

    Raises:
        CommandError: The requirements cannot be found out or installed.
        FailedError: HEAD cannot be checked out whole.
    """
    with unwrap_exception_groups():
        async with anyio.create_task_group() as tasks:
            if plan.version_tags and not plan.makes_commit:
                tasks.start_soon(context.workspace.clone_of, plan.base)
            await provision(plan, context, plan.base)
    return ()


async def provision(plan: Plan, context: Context, commit: str) -> None:
    """Make the environment that the packages are built in, from a throw-away copy of a commit.

    Raises:
        CommandError: The requirements cannot be found out or installed.
    """
    copy = await context.workspace.copy_of(commit)
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
