"""``--resume``, ``--abandon`` and ``status``: what becomes of a release that was broken off.

What is still to be done is the plan's and the world's to say, never decided here.
"""

import os
from pathlib import Path

import anyio

from release_async.base.errors import (
    ConflictError,
    ExitCode,
    RefusedError,
    ReleaseAsyncError,
    ReleaseProgress,
)
from release_async.base.printable import without_credentials
from release_async.cli.command_line import Options
from release_async.cli.commands import unfinished
from release_async.cli.commands.release import where_to_look
from release_async.external.git.client import Git
from release_async.external.index import repository_url
from release_async.plan.events import Note, Released
from release_async.plan.plan import Plan
from release_async.release import conductor, progress
from release_async.release.progress import Release
from release_async.render import Renderer
from release_async.render.redact import RedactingRenderer
from release_async.run import lock, opening, project as projects, runs
from release_async.run.journal import DamagedError, RecordedRelease
from release_async.run.results import Results

NOTHING = "no release is unfinished: nothing is owed"
_GIVE_UP = f"{progress.ABANDON} --yes"


async def resume(options: Options, renderer: RedactingRenderer) -> int:
    """Finish what a release still owes; where none has passed its point of no return, sweep what it left.

    Raises:
        ReleaseAsyncError: It is still unfinished, or cannot be gone on with.
    """
    git = await _repository(options)
    recorded = await unfinished.recorded(git)
    if recorded is None:
        return await _swept(git, renderer)
    plan = recorded.plan
    project = await projects.reopen_project(git, plan, os.environ)
    renderer.hide(project.settings.hidden)
    with anyio.CancelScope() as scope:
        async with opening.reopen_release(project, plan, renderer.show) as context:
            found = context.workspace.journal.recorded
            if found is None:  # another run has finished it since we looked
                renderer.show(Note(NOTHING))
                return ExitCode.DONE
            renderer.show(Note(f"going on with {plan.label}, begun {unfinished.moment(recorded)}"))
            if urgent := progress.urgent(Release(plan, context, found.results)):
                renderer.show(Note(urgent))
            await _have_what_was_made(git, found.results)
            _tell_where_it_goes(plan, project.remote.push_url, renderer)
            await context.forge.look()
            started = anyio.current_time()
            made = await conductor.perform(plan, context)
            scope.shield = True  # it is out: no signal that comes while everything is closed may deny that
            facts, seconds = where_to_look(plan, context, made), anyio.current_time() - started
            renderer.show(Released(plan.names, plan.versions, facts, seconds))
    return ExitCode.DONE


async def _swept(git: Git, renderer: Renderer) -> int:
    if await runs.sweep(git):
        renderer.show(Note("what a release left here that was broken off before its first upload is removed"))
    renderer.show(Note(NOTHING))
    return ExitCode.DONE


async def _have_what_was_made(git: Git, made: Results) -> None:
    """See that the commit and the tag are still here, before another file goes out that they belong to.

    Raises:
        ConflictError: One of them is gone.
    """
    for oid in (made.commit, *made.tags.values()):
        if not (await git.run("cat-file", "-e", oid)).ok:
            error = ConflictError(
                f"the object {oid} of this release is gone: somebody has deleted {runs.REFS} and pruned",
                cure=f"bring it back from a copy of this repository, then: {progress.RESUME}; "
                f"or give the release up: {progress.ABANDON}",
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


async def status(options: Options, renderer: Renderer) -> int:
    """Say what an unfinished release has done, what it owes, until when, and what to type.

    Returns:
        0 where nothing is owed; else as the run that left it so.

    Raises:
        ReleaseAsyncError: The journal or the repository cannot be read.
    """
    git = await _repository(options)
    home = await runs.home_of(git)
    try:
        recorded = await unfinished.recorded(git)
    except DamagedError as error:
        if error.recorded:
            renderer.show(await unfinished.stands(git, error.recorded, progress.ABANDON))
        raise
    if recorded is None:
        running = await anyio.to_thread.run_sync(lock.owner, home)
        renderer.show(Note(f"nothing is public yet: {running}" if running else NOTHING))
        return ExitCode.DONE
    seen = await unfinished.stands(git, recorded)
    renderer.show(seen)
    return ExitCode.CONFLICT if seen.conflicts else ExitCode.UNFINISHED


async def abandon(options: Options, renderer: Renderer) -> int:
    """Give up a release that was broken off, and say what of it is public and how to take it back.

    Raises:
        RefusedError: Something is public, and nobody has confirmed that it is to be left so.
        ReleaseAsyncError: The world could not be asked.
    """
    git = await _repository(options)
    try:
        recorded = await unfinished.recorded(git)
        if recorded is None:
            return await _swept(git, renderer)
    except DamagedError as error:
        renderer.show(Note(error.what))
        recorded = error.recorded
    if recorded:
        await _tell_what_is_left(git, recorded, options, renderer)
    else:
        await _confirmed("Forget the journal, whatever is public?", options, renderer)
    await runs.abandon(git)
    renderer.show(Note("the release is given up: nothing of it is kept in this repository"))
    return ExitCode.DONE


async def _tell_what_is_left(
    git: Git, recorded: RecordedRelease, options: Options, renderer: Renderer
) -> None:
    """Say what is left standing in the world, and let the person confirm that they have understood."""
    plan = recorded.plan
    try:
        seen = await unfinished.stands(git, recorded, f"{progress.RESUME}, or to give it up: {_GIVE_UP}")
    except ReleaseAsyncError as error:
        renderer.show(Note(f"what is public cannot be asked: {error.what}"))
    else:
        renderer.show(seen)
        if not (seen.done or seen.unknown or seen.conflicts):
            return
    for line in _ways_back(recorded):
        renderer.show(Note(line))
    await _confirmed(f"Give up {plan.label} as it stands?", options, renderer)


def _ways_back(recorded: RecordedRelease) -> list[str]:
    """How a person takes back what is public; nothing of it can be undone by a tool."""
    plan, lines = recorded.plan, []
    for package in plan.packages:
        page = repository_url.project_page(plan.target.repository_url, package.name, package.version)
        remove = f"remove {package.version} from {plan.target.name}"
        yank = f"yank {package.version} at {page}" if page else remove
        lines.append(
            f"what is public stays so: {yank}, and release another version; this one cannot be used again"
        )
    lines += [
        f"the tag, where it is yours alone: git tag -d {tag}; on the remote: "
        f"git push {plan.remote} :refs/tags/{tag}"
        for tag in plan.tags
    ]
    return lines


async def _confirmed(question: str, options: Options, renderer: Renderer) -> None:
    if options.yes or (renderer.can_ask and await renderer.ask(question)):
        return
    raise RefusedError(
        "nothing was given up: it takes a Yes",
        cure=f"to finish it: {progress.RESUME}; to give it up: {_GIVE_UP}",
    )


async def _repository(options: Options) -> Git:
    return (await projects.locate(Path(options.project), os.environ))[1]
