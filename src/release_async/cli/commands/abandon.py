"""``--abandon``: gives up a release that was broken off, and says how a person takes back what is public."""

import anyio

from release_async.base.errors import RefusedError, ReleaseAsyncError
from release_async.base.exit_codes import ExitCode
from release_async.cli.command_line import Options
from release_async.cli.commands import unfinished
from release_async.external.git.git_commands import Git
from release_async.external.index import repository_url
from release_async.plan.events import Note
from release_async.release import public_and_owed
from release_async.render import Renderer
from release_async.run import run_directories
from release_async.run.journal import RecordedRelease
from release_async.run.run_directories import OwingRun

_GIVE_UP = f"{public_and_owed.ABANDON} --yes"


async def abandon(options: Options, renderer: Renderer) -> int:
    """Give up each release that was broken off, and say what of it is public and how to take it back.

    Raises:
        RefusedError: Something is public, and nobody has confirmed that it is to be left so: that release
            and those after it are kept.
        ReleaseAsyncError: The world could not be asked.
    """
    git = await unfinished.repository(options)
    home = await run_directories.home_of(git)
    owing = await anyio.to_thread.run_sync(run_directories.owing, home)
    for run in owing:
        await _give_up(git, run, options, renderer)
    await unfinished.sweep(git, renderer)
    if not owing:
        renderer.show(Note(unfinished.NOTHING))
    return ExitCode.DONE


async def _give_up(git: Git, run: OwingRun, options: Options, renderer: Renderer) -> None:
    """Give up one run by its name, once the person has been told what of it is public and has agreed."""
    if run.damage:
        renderer.show(Note(run.damage))
    if run.recorded:
        await _tell_what_is_left(git, run.recorded, options, renderer)
    else:
        question = f"Forget the run {run.directory.name} and its journal, whatever is public?"
        await _confirmed(question, options, renderer)
    await run_directories.abandon(git, run.directory)
    label = f"release of {run.recorded.plan.label}" if run.recorded else f"run {run.directory.name}"
    renderer.show(Note(f"the {label} is given up: nothing of it is kept in this repository"))


async def _tell_what_is_left(
    git: Git, recorded: RecordedRelease, options: Options, renderer: Renderer
) -> None:
    """Say what is left standing in the world, and let the person confirm that they have understood."""
    plan = recorded.plan
    try:
        seen = await unfinished.stands(
            git, recorded, f"{public_and_owed.RESUME}, or to give it up: {_GIVE_UP}"
        )
    except ReleaseAsyncError as error:
        renderer.show(Note(f"cannot find out what is public: {error.what}"))
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
        page = repository_url.management_page(plan.target.repository_url, package.name, package.version)
        remove = f"remove {package.version} from {plan.target.name}"
        yank = f"yank {package.version} at {page}" if page else remove
        lines.append(
            f"what is public stays so: {yank}, and release another version; this one cannot be used again"
        )
    lines += [
        f"the tag, if nobody else has it: git tag -d {tag}; on the remote: "
        f"git push {plan.remote} :refs/tags/{tag}"
        for tag in plan.tags
    ]
    return lines


async def _confirmed(question: str, options: Options, renderer: Renderer) -> None:
    if options.yes or (renderer.can_ask and await renderer.ask(question)):
        return
    raise RefusedError(
        "it was not given up, because nobody said yes",
        cure=f"to finish it: {public_and_owed.RESUME}; to give it up: {_GIVE_UP}",
    )
