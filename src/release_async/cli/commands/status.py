"""``status``: says what an unfinished release has done, what it owes, until when, and what to type."""

import anyio

from release_async.base.exit_codes import ExitCode
from release_async.cli.command_line import Options
from release_async.cli.commands import unfinished
from release_async.plan.events import Note, Waits
from release_async.release import public_and_owed
from release_async.render import Renderer
from release_async.run import lock, run_directories
from release_async.run.journal import DamagedError


async def status(options: Options, renderer: Renderer) -> int:
    """Say what an unfinished release has done, what it owes, until when, and what to type.

    Returns:
        0 where nothing is owed; else as the run that left it so.

    Raises:
        ReleaseAsyncError: The journal or the repository cannot be read.
    """
    git = await unfinished.repository(options)
    home = await run_directories.home_of(git)
    try:
        recorded = await unfinished.recorded(git)
    except DamagedError as error:
        if error.recorded:
            seen = await unfinished.stands(git, error.recorded, public_and_owed.ABANDON, renderer.show)
            renderer.show(seen)
        raise
    if recorded is None:
        running = await anyio.to_thread.run_sync(lock.owner, home)
        told = f"nothing is public yet: {running}" if running else await unfinished.nothing_left(git)
        renderer.show(Note(told))
        return ExitCode.DONE
    if out := await unfinished.finished_elsewhere_words(git, recorded):
        renderer.show(Note(out))
        return ExitCode.DONE
    seen = await unfinished.stands(git, recorded, tell=renderer.show)
    renderer.show(seen)
    if isinstance(seen, Waits):
        return ExitCode.WAITING
    return ExitCode.CONFLICT if seen.conflicts else ExitCode.UNFINISHED
