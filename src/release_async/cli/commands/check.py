"""``check``: runs every safety check, and nothing else."""

from dataclasses import replace
from functools import partial

from release_async.base.exit_codes import ExitCode
from release_async.cli.command_line import Options
from release_async.cli.commands.next_command import may_be_done
from release_async.cli.commands.release_request import check_options, release_request
from release_async.cli.commands.unfinished import nothing_unfinished
from release_async.plan.events import Event, PlanMade
from release_async.release import check_runner
from release_async.render.redacting_renderer import RedactingRenderer
from release_async.run import opening
from release_async.run.unnamed_version import unreleased_or_patch


async def check(options: Options, renderer: RedactingRenderer) -> int:
    """Run every safety check, and nothing else.

    Raises:
        UnfinishedError: A release was broken off, and comes first.
        ReleaseAsyncError: A check refused or could not judge.
    """
    checks = check_options(options, renderer)
    request = release_request(options, renderer, accept=nothing_unfinished)
    request = replace(request, emit=partial(_shown, renderer), choose=unreleased_or_patch, as_it_is=True)
    async with opening.open_release(request) as (plan, context):
        await check_runner.check(plan, context, checks)
        renderer.show(may_be_done(plan, options))
    return ExitCode.DONE


def _shown(renderer: RedactingRenderer, event: Event) -> None:
    """Show an event; of the plan, which is not carried out, no more than what it is about."""
    renderer.show(event._replace(carried_out=False) if isinstance(event, PlanMade) else event)
