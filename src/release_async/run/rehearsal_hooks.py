"""The commit hooks of a rehearsal: scripts of the sandbox that call the person's own where these are.

A hook knows by its path what lies beside it, so none is copied. Those that git runs at other moments, such as
a push, are not called.
"""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from release_async.external.git import commit_hooks
from release_async.external.git.git_commands import Git


async def lend(git: Git, folder: Path) -> None:
    """Make a folder of hooks that asks a repository's own before a commit.

    Args:
        git: Git at the top of the real checkout.
        folder: The folder to be made; its parent exists and is ours.

    Raises:
        CommandError: Git could not say where the hooks are.
    """
    _write(folder, await commit_hooks.found(git))


def _write(folder: Path, hooks: Sequence[Path]) -> None:
    folder.mkdir()
    for hook in hooks:
        ours = folder / hook.name
        ours.write_bytes(os.fsencode(f'#!/bin/sh\nexec {shlex.quote(str(hook))} "$@"\n'))
        ours.chmod(0o755)
