"""``hooks install``, ``uninstall`` and ``status``: manages our git hooks in this repository."""

import os
import sys
from pathlib import Path

from release_async.base.errors import UsageError
from release_async.base.exit_codes import ExitCode
from release_async.cli import git_hooks, pre_commit_config
from release_async.cli.command_line import Options
from release_async.cli.git_hooks import HookState
from release_async.external.git.git_commands import Git
from release_async.plan.events import Note
from release_async.render import Renderer
from release_async.run import project as projects


async def hooks(options: Options, renderer: Renderer) -> int:
    """Install our hooks, remove them, or only report their state.

    Returns:
        0 where done; for ``status``, 3 where a hook is missing or does not work.

    Raises:
        ReleaseAsyncError: It was refused or failed; nothing was changed.
    """
    if options.guards and options.action != "install":
        raise UsageError("--guards goes with: release-async hooks install", cure="leave it out")
    repository = (await projects.locate(Path(options.project), os.environ))[1]
    if options.action == "install":
        states = await git_hooks.install(repository, sys.executable, guards=options.guards)
    elif options.action == "uninstall":
        states = await git_hooks.uninstall(repository)
    else:
        states = await git_hooks.status(repository)
    _tell(states, renderer)
    if options.action == "uninstall":
        return ExitCode.DONE
    for line in await _afterwards(repository, states, options.action):
        renderer.show(Note(line))
    return ExitCode.DONE if all(state.works for state in states) else ExitCode.REFUSED


async def _afterwards(repository: Git, states: tuple[HookState, ...], action: str) -> tuple[str, ...]:
    """What no hook of ours does: which commits git asks none about, and the project's other hooks."""
    if action == "status":
        return git_hooks.unhooked(states)
    command = await git_hooks.manager_command(repository, states)
    others = (
        f"The hooks of {pre_commit_config.FILE} are not run by that. To install them beside it: {command}"
    )
    return (_INSTALLED, *([others] if command else []))


_INSTALLED = "Git runs no hook for some commits. For which, and what checks them: release-async hooks status"


def _tell(states: tuple[HookState, ...], renderer: Renderer) -> None:
    """A row for each hook, and one for what runs them, which is mostly the same."""
    rows = [(state.event, state.text) for state in states]
    runners = dict.fromkeys(state.python for state in states if state.python)
    rows += [("run by" if not number else "and by", python) for number, python in enumerate(runners)]
    width = max(len(label) for label, _ in rows)
    for label, text in rows:
        renderer.show(Note(f"{label:{width}}  {text}"))
