"""``--resume``: finishes a release that was interrupted after its first upload, or that waited for somebody.

What is still to be done is decided by the recorded plan and by what is already so, never here.
"""

import os
import shlex
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import anyio

from release_async.base.errors import (
    ConfigurationError,
    ConflictError,
    ReleaseProgress,
    UnfinishedError,
    UsageError,
)
from release_async.base.exit_codes import ExitCode
from release_async.base.url_credentials import without_credentials
from release_async.cli.command_line import Options
from release_async.cli.commands import release_request, unfinished
from release_async.cli.commands.next_command import folder
from release_async.cli.commands.where_to_look import released, where_to_look
from release_async.external.git.git_commands import Git
from release_async.external.index import repository_url
from release_async.plan.events import Note
from release_async.plan.plan import Plan
from release_async.plan.settings import Flags
from release_async.release import finished_elsewhere, public_and_owed, step_runner
from release_async.release.public_and_owed import Release
from release_async.render import Renderer
from release_async.render.redacting_renderer import RedactingRenderer
from release_async.run import opening, project as projects, run_directories
from release_async.run.journal import RecordedRelease
from release_async.run.project import Project
from release_async.run.step_results import Results


async def resume(options: Options, renderer: RedactingRenderer) -> int:
    """Finish what a release still owes; where none has passed its point of no return, sweep what it left.

    Returns:
        ``DONE`` when the release is out, ``NOTHING`` where this clone knows of none to go on with.

    Raises:
        ReleaseAsyncError: It is still unfinished, or cannot be gone on with.
    """
    try:
        git = await unfinished.repository(options)
        recorded = await unfinished.recorded(git) or await unfinished.begun_elsewhere(git, options, renderer)
        return await (
            _go_on(git, recorded, options, renderer) if recorded else _sweep(git, options, renderer)
        )
    except anyio.get_cancelled_exc_class():
        raise _interrupted() from None


async def _sweep(git: Git, options: Options, renderer: RedactingRenderer) -> int:
    """Remove what dead runs left; one that owed nothing but that has been finished, as its journal tells."""
    home = await run_directories.home_of(git)
    out = await anyio.to_thread.run_sync(run_directories.finished, home)
    if not out:
        is_swept = await unfinished.sweep(git, renderer)
        for line in (_NOTHING_TO_RESUME,) if is_swept else await _nothing_here(options):
            renderer.show(Note(line))
        return ExitCode.NOTHING
    await run_directories.sweep(git)
    for recorded in out:
        renderer.show(Note(f"{recorded.plan.label} is out: there is nothing left to do"))
    return ExitCode.DONE


async def _nothing_here(options: Options) -> tuple[str, ...]:
    """That nothing was done, and what only looks whether a version is out, each command on a line."""
    said = (
        "there is no unfinished release in this clone, and nothing was done; a release that was begun in "
        "another clone is finished there"
    )
    try:
        project = await projects.open_project(Path(options.project), Flags(), os.environ)
    except (ConfigurationError, UsageError):
        return (said,)
    asked = [*_looks_at_index(project)]
    with suppress(ConfigurationError, UsageError):
        trials = await projects.open_project(Path(options.project), Flags(test=True), os.environ)
        if (
            trials.settings.repository_url or trials.settings.token
        ):  # it is tried there, as this may have been
            asked += _looks_at_index(trials)
    if project.remote.push_url:
        asked.append(shlex.join(("git", *folder(options), "ls-remote", "--tags", project.remote.name)))
    return (f"{said}; to see which versions are out:", *(f"  {command}" for command in asked))


def _looks_at_index(project: Project) -> Iterator[str]:
    url = repository_url.target(project.settings).repository_url
    yield repository_url.pip_command(url, project.distribution.name, "index", "versions", "--pre")


_NOTHING_TO_RESUME = "nothing of it is public, so there is nothing to resume; to release, begin anew"


def _interrupted() -> UnfinishedError:
    """The error for a signal that came before, or after, anything was done: what is public was not asked."""
    error = UnfinishedError(
        "interrupted while resuming; what is public was not checked",
        cure=f"see its state: release-async status; finish it: {public_and_owed.RESUME}",
    )
    error.progress = ReleaseProgress()
    return error


async def _go_on(git: Git, recorded: RecordedRelease, options: Options, renderer: RedactingRenderer) -> int:
    plan = recorded.plan
    project = await projects.reopen_project(git, plan, os.environ)
    renderer.hide(project.settings.hidden)
    with anyio.CancelScope() as scope:
        async with opening.reopen_release(project, plan, renderer.show) as context:
            found = context.workspace.journal.recorded
            if found is None:  # another run has finished it since we looked
                renderer.show(Note(unfinished.NOTHING))
                return ExitCode.DONE
            renderer.show(Note(f"resuming {plan.label}, begun {unfinished.moment(recorded)}"))
            if urgent := public_and_owed.urgent(Release(plan, context, found.results)):
                renderer.show(Note(urgent))
            await _have_what_was_made(git, found.results)
            _tell_where_it_goes(plan, project.remote.push_url, renderer)
            await context.forge.check_access()
            if await _finished_elsewhere(Release(plan, context, found.results), renderer):
                return ExitCode.DONE
            staying = release_request.watching(context, options, renderer)
            started = anyio.current_time()
            made = await step_runner.perform(plan, staying)
            scope.shield = True  # it is out: no signal that comes while everything is closed may deny that
            facts, seconds = where_to_look(plan, context, made), anyio.current_time() - started
            renderer.show(released(plan, facts, seconds))
    return ExitCode.DONE


async def _finished_elsewhere(release: Release, renderer: RedactingRenderer) -> bool:
    """Whether another clone has finished it, which then is told, and forgotten here."""
    recorded, plan = release.context.workspace.journal.recorded, release.plan
    if recorded is None or recorded.pivot is not None or not (plan.by_request or plan.collects):
        return False
    if not await finished_elsewhere.is_out(release):
        return False
    await release.context.workspace.drop()
    renderer.show(Note(finished_elsewhere.words(plan)))
    return True


async def _have_what_was_made(git: Git, made: Results) -> None:
    """See that the commit and the tag are still here, before another file goes out that they belong to.

    Raises:
        ConflictError: One of them is gone.
    """
    for oid in (made.commit, made.tip, *made.tags.values()):
        if not (await git.run("cat-file", "-e", oid)).ok:
            error = ConflictError(
                f"the object {oid} of this release is gone: somebody has deleted {run_directories.REFS} "
                "and pruned",
                cure=f"bring it back from a copy of this repository, then: {public_and_owed.RESUME}; "
                f"or give the release up: {public_and_owed.ABANDON}",
            )
            error.progress = ReleaseProgress()
            raise error


def _tell_where_it_goes(plan: Plan, push_url: str, renderer: Renderer) -> None:
    """Say where the push goes, where the remote has got another address since the plan was confirmed."""
    if without_credentials(push_url) != plan.remote_url and not plan.upload_only:
        there = without_credentials(push_url) or "nowhere"
        renderer.show(
            Note(f"{plan.remote} leads to {there} now; when this was begun it was {plan.remote_url}")
        )
