"""The hooks that can refuse a commit before git makes it: which there are, and where. It runs none."""

import os
from pathlib import Path
from typing import Final

from release_async.external.git.git_commands import Git

EVENTS: Final = ("pre-commit", "prepare-commit-msg", "commit-msg")
"""Git's names of them, in the order in which it asks them (githooks)."""


async def found(git: Git) -> tuple[Path, ...]:
    """The files of the hooks that git asks before a commit in a working tree.

    Args:
        git: Git at the top of it.

    Raises:
        CommandError: Git could not say where it looks for hooks.
    """
    folder = Path(await git.text("rev-parse", "--path-format=absolute", "--git-path", "hooks"))
    hooks = (folder / event for event in EVENTS)
    return tuple(hook for hook in hooks if hook.is_file() and os.access(hook, os.X_OK))
