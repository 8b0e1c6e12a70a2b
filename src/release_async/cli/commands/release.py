"""``release-async`` without a command: opens the project, runs the checks, asks, carries the plan out.

What is checked and done is decided in `checks` and `steps`, never here.
"""

import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import anyio
from anyio import CancelScope

from release_async.base.errors import ReleaseAsyncError
from release_async.base.exit_codes import ExitCode
from release_async.cli import command_line
from release_async.cli.command_line import Options
from release_async.cli.commands import consent, unfinished
from release_async.cli.commands.already_released import commits_since, released_version
from release_async.cli.commands.next_command import may_be_done, typed
from release_async.cli.commands.release_request import check_options, release_request, watching
from release_async.cli.commands.resume import resume
from release_async.cli.commands.version_question import DEFAULT, ask_version
from release_async.cli.commands.where_to_look import released, where_to_look
from release_async.plan import preview
from release_async.plan.events import Note
from release_async.plan.plan import Plan
from release_async.plan.settings import Flags
from release_async.release import check_runner, step_runner
from release_async.render.redacting_renderer import RedactingRenderer
from release_async.run import opening, run_directories
from release_async.run.context import Context
from release_async.run.project import Project, open_project
from release_async.run.unnamed_version import free_patch, stable_or_patch


async def release(options: Options, renderer: RedactingRenderer) -> int:
    """Make a release of the project, for everybody to see.

    Returns:
        ``DONE`` when it is out, ``REFUSED`` where the person said No. With ``--wait`` and no version it is
        the release that waits, where there is one.

    Raises:
        UsageError: Nobody has said Yes, and nobody can be asked; or the version cannot be understood; or
            what is asked for does not fit the release that waits.
        ReleaseAsyncError: It was refused, failed, or is unfinished.
    """
    if options.wait and options.version is None and await unfinished.waits(options):
        command_line.check_continued(options)
        return await resume(options, renderer)
    request = release_request(options, renderer, accept=partial(_may_begin, options, renderer))
    if not options.dry_run:
        consent.require(options, renderer, "nothing is released", *await _named(options, renderer))
    checks = check_options(options, renderer)
    if not (options.yes or options.dry_run):
        request = replace(request, choose=partial(ask_version, renderer))
    try:
        with anyio.CancelScope() as scope:
            async with opening.open_release(request) as (plan, context):
                doubts = await check_runner.check(plan, context, checks)
                if options.dry_run:
                    renderer.show(may_be_done(plan, options))
                    return ExitCode.DONE
                if not await consent.given(preview.question(plan, doubts), options, renderer):
                    return ExitCode.REFUSED
                await perform(plan, watching(context, options, renderer), renderer, scope)
    except _AlreadyOut:
        pass
    return ExitCode.DONE


async def _named(options: Options, renderer: RedactingRenderer) -> tuple[str, ...]:
    """What ``--yes`` alone would mean, in words, where no version is named and nobody can be asked."""
    if options.version or options.yes or renderer.can_ask:
        return ()
    try:
        project = await open_project(Path(options.project), Flags(), os.environ)
    except ReleaseAsyncError:
        return ("--version", DEFAULT)  # with the yes comes what is wrong with the project
    renderer.hide(project.settings.hidden)
    return ("--version", await stable_or_patch(project))


class _AlreadyOut(Exception):  # noqa: N818 - it ends a run in which nothing is wrong
    """The version that was asked for is released already."""


async def _may_begin(options: Options, renderer: RedactingRenderer, project: Project) -> None:
    """See that nothing comes before this release, and that it is not out already.

    Raises:
        RefusedError: A release is running.
        UnfinishedError: One was broken off.
        _AlreadyOut: There is nothing to be done.
    """
    await unfinished.nothing_unfinished(project)
    asked = "" if options.test else options.version
    if asked and (version := await released_version(project, asked)):
        await run_directories.sweep(project.git)  # a run that died in its clean-up has left the rest of it
        renderer.show(await _is_out(options, project, version))
        raise _AlreadyOut


async def _is_out(options: Options, project: Project, version: str) -> Note:
    """A version is out; and how far HEAD has gone since, which may be what was meant to be released."""
    out = f"{project.distribution.name} {version} is released already"
    later, tag = await commits_since(project, version)
    if not later:
        return Note(f"{out}: there is nothing left to do")
    past = f"HEAD is {later} commit{'s' * (later > 1)} after {tag}"
    return Note(f"{out}, and {past}; to release that: {typed(options, await free_patch(project))}")


async def perform(plan: Plan, context: Context, renderer: RedactingRenderer, scope: CancelScope) -> None:
    """Carry a plan out that a person has agreed to, and say where to look.

    Args:
        plan: The release.
        context: What it works with.
        renderer: Is told.
        scope: The one around the context; what is out stays out, whatever comes while it is closed.
    """
    started = anyio.current_time()
    made = await step_runner.perform(plan, context)
    scope.shield = True  # it is out: no signal that comes while everything is closed may deny that
    facts, seconds = where_to_look(plan, context, made), anyio.current_time() - started
    renderer.show(released(plan, facts, seconds))
