"""Fast-forwards a branch, checked out or not. Never forces, never merges.

Each flag disables a configuration that was seen to turn a plain fast-forward into something else.
"""

import os
from pathlib import Path

from release_async.external.git import lock_files
from release_async.external.git.git_commands import Git
from release_async.process.run_process import Completed

_FAST_FORWARD = (
    *("merge", "--quiet", "--ff-only", "--no-autostash", "--no-squash"),
    *("--no-verify-signatures", "--no-overwrite-ignore"),
)
_FETCH = (
    *("fetch", "--quiet", "--no-write-fetch-head", "--no-tags"),
    *("--no-auto-maintenance", "--no-recurse-submodules"),
)


async def forward(git: Git, branch: str, commit: str, since: float | None = None) -> Completed:
    """Fast-forward a branch to a commit; files that the person has edited are never overwritten.

    Args:
        git: Git at the top of any working tree of the repository.
        branch: The full name of the ref.
        commit: The object id, of which the branch is an ancestor.
        since: When an earlier run that died in this began it, in seconds since the epoch; None if none did.

    Returns:
        The result of git; it fails if the branch has diverged or the files have changed.

    Raises:
        FailedError: Another git process holds a lock.
    """
    inside = await unlocked_checkout(git, branch, since)
    if inside is None:
        return await git.run(*_FETCH, "--", ".", f"{commit}:{branch}")
    if since is not None:
        await _add_written_files(inside, branch, commit)
    name = branch.removeprefix("refs/heads/")
    plainly = inside.at(inside.root, (f"branch.{name}.mergeOptions", ""), ("maintenance.auto", "false"))
    return await plainly.patient.run(*_FAST_FORWARD, commit)


async def unlocked_checkout(git: Git, branch: str, since: float | None = None) -> Git | None:
    """Git where a branch is checked out, once no lock is in the way of moving it; None where it is not.

    Args:
        git: Git at the top of any working tree of the repository.
        branch: The full name of the ref.
        since: As in ``forward``.

    Raises:
        FailedError: Another git process holds a lock.
    """
    checkout = next((path for path, ref in await git.worktrees() if ref == branch), None)
    if checkout is None:
        await lock_files.wait(git, [branch], since)
        return None
    inside = git.at(checkout)
    await lock_files.wait(inside, ["index", "ORIG_HEAD", "HEAD", branch], since)
    return inside


async def _add_written_files(git: Git, branch: str, commit: str) -> None:
    """Add to the index the files that a killed fast-forward has already written; writes no file.

    Git would refuse to go on, taking them for the person's edits. Only files with exactly the bytes of the
    commit are added.
    """
    raw = (await git.text("diff-tree", "-r", "-z", "--no-renames", branch, commit)).split("\0")
    for fields, path in zip(raw[::2], raw[1::2], strict=False):
        _, mode, before, oid, *_ = fields.split(" ")
        if not (git.root / path).is_file() or Path(path).is_absolute():
            continue
        if before == oid and os.access(git.root / path, os.X_OK) != mode.endswith("755"):
            continue  # only its mode is to change, and has not been changed yet
        if await git.text("hash-object", f"--path={path}", "--", path) == oid:
            (await git.run("update-index", "--add", "--cacheinfo", f"{mode},{oid},{path}")).checked()
