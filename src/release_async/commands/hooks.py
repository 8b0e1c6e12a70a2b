"""``hooks install``, ``uninstall`` and ``status``: git's hooks in this repository, put and told."""

import os
import sys
from pathlib import Path

from release_async import githooks
from release_async.command_line import Options
from release_async.errors import ExitCode, UsageError
from release_async.events import Note
from release_async.githooks import State
from release_async.render import Renderer
from release_async.tools import environment, git


async def hooks(options: Options, eyes: Renderer) -> int:
    """Install our hooks, take them away, or only say how they stand.

    Returns:
        0 where done; of ``status`` 3 where a hook is missing or cannot judge.

    Raises:
        ReleaseAsyncError: It was refused or failed; nothing was changed.
    """
    if options.guards and options.action != "install":
        raise UsageError("--guards goes with: release-async hooks install", cure="leave it out")
    repository = await git.toplevel(Path(options.project), environment.for_git(os.environ))
    if options.action == "install":
        states = await githooks.install(repository, sys.executable, guards=options.guards)
    elif options.action == "uninstall":
        states = await githooks.uninstall(repository)
    else:
        states = await githooks.status(repository)
    _tell(states, eyes)
    if options.action == "uninstall":
        return ExitCode.DONE
    for line in githooks.UNHOOKED if options.action == "status" else _INSTALLED:
        eyes.show(Note(line))
    return ExitCode.DONE if all(state.sound for state in states) else ExitCode.REFUSED


_INSTALLED = ("Git asks no hook about some commits. Which, and what judges them: release-async hooks status",)


def _tell(states: tuple[State, ...], eyes: Renderer) -> None:
    width = max(len(state.event) for state in states)
    for state in states:
        eyes.show(Note(f"{state.event:{width}}  {state.text}"))
