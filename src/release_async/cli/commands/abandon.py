"""``--abandon``: gives up a release that was broken off, and says how a person takes back what is public."""

from collections.abc import Iterator

import anyio

from release_async.base.errors import ReleaseAsyncError
from release_async.base.exit_codes import ExitCode
from release_async.cli.command_line import Options
from release_async.cli.commands import consent, unfinished
from release_async.external.git.git_commands import Git
from release_async.external.index import repository_url
from release_async.plan.events import Note, Stands, Waits
from release_async.release import left_behind
from release_async.release.left_behind import LeftBehind
from release_async.render import Renderer
from release_async.run import run_directories
from release_async.run.journal import RecordedRelease
from release_async.run.run_directories import OwingRun


async def abandon(options: Options, renderer: Renderer) -> int:
    """Give up each release that was broken off, and say what of it is public and how to take it back.

    Returns:
        ``DONE``, or ``REFUSED`` where the person said No: that release and those after it are kept.

    Raises:
        UsageError: Something is public, and nobody can be asked whether it is to be left so.
        ReleaseAsyncError: The world could not be asked.
    """
    git = await unfinished.repository(options)
    home = await run_directories.home_of(git)
    if not await anyio.to_thread.run_sync(run_directories.owing, home):
        await unfinished.begun_elsewhere(git, options, renderer)
    owing = await _given_up(git, await anyio.to_thread.run_sync(run_directories.owing, home))
    for run in owing:
        seen = await _told(git, run, renderer)
        if not await _is_confirmed(run, seen, options, renderer):
            return ExitCode.REFUSED
        if run.recorded and run.recorded.pivot is None:
            for done in await unfinished.take_back(git, run.recorded):
                renderer.show(Note(done))
        left = await _left(git, run, seen)  # asked by what is about to be removed
        await run_directories.abandon(git, run.directory)
        for line in _farewell(run, seen, left):
            renderer.show(Note(line))
    await unfinished.sweep(git, renderer)
    if not owing:
        renderer.show(Note(unfinished.NOTHING))
    return ExitCode.DONE


async def _given_up(git: Git, owing: tuple[OwingRun, ...]) -> tuple[OwingRun, ...]:
    """All that was broken off, and of those that wait, one on each branch, the one that is meant."""
    meant = await unfinished.recorded(git) if not any(run.damage for run in owing) else None
    return tuple(
        run
        for run in owing
        if meant is None or run.recorded is None or run.recorded.comes_before(meant.plan.branch)
    )


def _label(run: OwingRun) -> str:
    return run.recorded.plan.called if run.recorded else f"the run {run.directory.name}"


async def _told(git: Git, run: OwingRun, renderer: Renderer) -> Stands | Waits | None:
    """Tell how a run stands, as far as that can be found out; return what the world says of it."""
    if run.damage:
        renderer.show(Note(run.damage))
    if run.recorded is None:
        return None
    try:
        seen = await unfinished.stands(git, run.recorded, command="", tell=renderer.show)
    except ReleaseAsyncError as error:
        renderer.show(Note(f"cannot find out what is public: {error.what}"))
        return None
    renderer.show(seen)
    return seen


async def _is_confirmed(
    run: OwingRun, seen: Stands | Waits | None, options: Options, renderer: Renderer
) -> bool:
    """Whether a run may be given up, once the person has been told by its name what of it is public."""
    if run.recorded:
        if _leaves_nothing(seen):
            return True
        if run.recorded.pivot is not None:
            renderer.show(Note(_stays(run.recorded, seen)))
        question = f"Give up {run.recorded.plan.label} as it stands?"
    else:
        question = f"Forget the run {run.directory.name} and its journal, whatever is public?"
    consent.require(options, renderer, "nothing is given up")
    return await consent.given(question, options, renderer, f"{_label(run)} is kept")


def _stays(recorded: RecordedRelease, seen: Stands | Waits | None) -> str:
    """What giving up does not change, and which version the next release can have."""
    following = "the next release needs another version"
    if recorded.plan.is_test:
        following = "the next trial takes the next free .devN, and a release is not in its way"
    if _is_left_to_ci(recorded, seen):
        following += ", unless you delete the tag and CI has uploaded nothing"
    return (
        "nothing that is public is removed by this: after a yes it says what you can remove yourself; "
        f"{following}"
    )


def _is_left_to_ci(recorded: RecordedRelease, seen: Stands | Waits | None) -> bool:
    """Whether CI is to upload, and nobody has seen yet that it has."""
    return recorded.plan.is_by_ci and not any(_PUBLISHED in name for name in _known_done(recorded, seen))


_PUBLISHED = " published by CI on "
"""What is in the name of the effect that CI has uploaded a package; no other one's has it."""


def _known_done(recorded: RecordedRelease, seen: Stands | Waits | None) -> tuple[str, ...]:
    """What the journal or the world has said to be so."""
    return (*recorded.done, *(seen.done if isinstance(seen, Stands) else ()))


def _leaves_nothing(seen: Stands | Waits | None) -> bool:
    """Whether it is known that nothing of a release is left in the world."""
    return isinstance(seen, Stands) and not (seen.done or seen.unknown or seen.conflicts)


async def _left(git: Git, run: OwingRun, seen: Stands | Waits | None) -> LeftBehind | None:
    """What git keeps of a run that others can see for good; None where there is no such thing."""
    recorded = run.recorded
    if recorded is None or recorded.pivot is None or _leaves_nothing(seen):
        return None
    return await unfinished.left_in_git(git, recorded)


def _farewell(run: OwingRun, seen: Stands | Waits | None, left: LeftBehind | None) -> list[str]:
    """What became of a run that is given up, and what of it is left to the person, who can take it back."""
    recorded = run.recorded
    gone = f"{recorded.plan.label if recorded else _label(run)} is given up: its working files are removed"
    if recorded is None or left is None:
        return [gone]
    in_git = left_behind.chores(recorded.plan, recorded.results, left)
    chores = [f"left to you  {chore}" for chore in (*_published(recorded, seen), *in_git)]
    return [f"{gone}, and what is public stays so", *chores]


def _published(recorded: RecordedRelease, seen: Stands | Waits | None) -> Iterator[str]:
    """How a person takes back what is on the index; nothing of it can be undone by a tool."""
    target = recorded.plan.target
    may = "if CI uploads it after all: " if _is_left_to_ci(recorded, seen) else ""
    for package in recorded.plan.packages:
        page = repository_url.management_page(target.repository_url, package.name, package.version)
        gone = f"yank {package.version} at {page}" if page else f"remove {package.version} from {target.name}"
        yield f"{may}{gone}"
