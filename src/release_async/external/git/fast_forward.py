"""Moves a branch forward, in the working tree that has it checked out or in none. Never forces, never merges.

Each flag switches off a configuration that was seen to turn a plain fast-forward into something else.
"""

import os
from pathlib import Path

from release_async.external.git import lock_files
from release_async.external.git.client import Git
from release_async.process.process import Completed

_FAST_FORWARD = (
    *("merge", "--quiet", "--ff-only", "--no-autostash", "--no-squash"),
    *("--no-verify-signatures", "--no-overwrite-ignore"),
)
_FETCH = (
    *("fetch", "--quiet", "--no-write-fetch-head", "--no-tags"),
    *("--no-auto-maintenance", "--no-recurse-submodules"),
)


async def forward(git: Git, branch: str, commit: str, since: float | None = None) -> Completed:
    """Move a branch to a commit that it is an ancestor of; what the person has edited is never overwritten.

    Args:
        git: Git at the top of any working tree of the repository.
        branch: The full name of the ref.
        commit: The object id.
        since: When a run of ours was at this and died, in seconds since the epoch; None where none was.

    Returns:
        Git's answer; it refuses where the branch or the files have moved elsewhere.

    Raises:
        FailedError: Another git process holds a lock.
    """
    checkout = next((path for path, ref in await git.worktrees() if ref == branch), None)
    if checkout is None:
        await lock_files.wait(git, [branch], since)
        return await git.run(*_FETCH, "--", ".", f"{commit}:{branch}")
    inside = git.at(checkout)
    await lock_files.wait(inside, ["index", "HEAD", branch], since)
    if since is not None:
        await _heal(inside, branch, commit)
    return await inside.run(*_FAST_FORWARD, commit)


async def _heal(git: Git, branch: str, commit: str) -> None:
    """Tell the index of files that a fast-forward has written before it was killed; writes no file.

    Git refuses to go on with it: to git they are the person's edits. Only what holds the very bytes of the
    commit is taken for ours.
    """
    raw = (await git.text("diff-tree", "-r", "-z", "--no-renames", branch, commit)).split("\0")
    for facts, path in zip(raw[::2], raw[1::2], strict=False):
        _, mode, before, oid, *_ = facts.split(" ")
        if not (git.root / path).is_file() or Path(path).is_absolute():
            continue
        if before == oid and os.access(git.root / path, os.X_OK) != mode.endswith("755"):
            continue  # only its mode is to change, and has not been changed yet
        if await git.text("hash-object", f"--path={path}", "--", path) == oid:
            (await git.run("update-index", "--add", "--cacheinfo", f"{mode},{oid},{path}")).checked()
