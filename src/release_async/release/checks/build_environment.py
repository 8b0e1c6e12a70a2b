"""What the build backend requires can be installed: the environment that will build is made now."""

from release_async.base.errors import CommandError
from release_async.base.problems import Problems
from release_async.plan.plan import Plan
from release_async.process import connection_errors
from release_async.run.context import Context

TITLE = "Build environment"
LONG = True


async def run(plan: Plan, context: Context) -> Problems:
    """Provision the builder from a throw-away copy of HEAD.

    Raises:
        CommandError: The requirements cannot be found out or installed.
    """
    copy = await context.workspace.copy_of(plan.base)
    try:
        for package in plan.packages:
            await context.workspace.builder.provision(copy / package.root)
    except CommandError as error:
        error.network = connection_errors.are_told_in(error.detail)
        error.add_detail(context.logs.output_hint("build"))
        raise
    return ()
