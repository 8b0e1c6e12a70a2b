"""``--abandon``: gives up a release that was broken off, and says how a person takes back what is public."""

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
from release_async.run.journal import DamagedError, RecordedRelease

_GIVE_UP = f"{public_and_owed.ABANDON} --yes"


async def abandon(options: Options, renderer: Renderer) -> int:
    """Give up a release that was broken off, and say what of it is public and how to take it back.

    Raises:
        RefusedError: Something is public, and nobody has confirmed that it is to be left so.
        ReleaseAsyncError: The world could not be asked.
    """
    git = await unfinished.repository(options)
    try:
        recorded = await unfinished.recorded(git)
        if recorded is None:
            await unfinished.sweep(git, renderer)
            renderer.show(Note(unfinished.NOTHING))
            return ExitCode.DONE
    except DamagedError as error:
        renderer.show(Note(error.what))
        recorded = error.recorded
    if recorded:
        await _tell_what_is_left(git, recorded, options, renderer)
    else:
        await _confirmed("Forget the journal, whatever is public?", options, renderer)
    await run_directories.abandon(git)
    renderer.show(Note("the release is given up: nothing of it is kept in this repository"))
    return ExitCode.DONE


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
        page = repository_url.management_page(plan.target.repository_url, package.name, package.version)
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
        cure=f"to finish it: {public_and_owed.RESUME}; to give it up: {_GIVE_UP}",
    )
