"""The detached, locked worktree for the release commit; the user's own checkout is never touched.

The commands and their order were found by experiment; each guards against a configuration or environment that
would lead git back into the user's checkout.
"""

from dataclasses import replace
from pathlib import Path

import anyio

from release_async.base import files
from release_async.base.errors import FailedError
from release_async.external.git.git_commands import Git

NO_HOOKS = ("-c", "core.hooksPath=/dev/null")
FIXED_UMASK = 0o022
"""For the files that are built: their modes come into the archives, whoever builds them."""


async def add(git: Git, tree: Path, base: str) -> Git:
    """Check out ``base`` in the new worktree ``tree``.

    Args:
        git: Git at the top of the user's checkout.
        tree: The directory to be made; its parent exists and is ours.
        base: The object id of the commit to check out.

    Returns:
        Git in the new worktree, committing as the person would in their own checkout.

    Raises:
        CommandError: Git could not make the worktree.
        FailedError: Git in the worktree works on another directory.
    """
    reason = f"{tree.name} is being made here"
    added = await git.run(
        *NO_HOOKS, "worktree", "add", "--quiet", "--no-checkout", "--detach", "--lock", "--reason", reason,
        "--", str(tree), base,
    )  # fmt: skip
    added.checked("see that the disk has room, and what is in the way: git worktree list")
    inside = await opened(git, tree)
    if not _same(tree, await inside.text("rev-parse", "--show-toplevel")):
        raise FailedError(
            f"git in {tree} works on another directory",
            cure="git config --unset core.worktree, then run the same command again",
        )
    await replace(inside, umask=FIXED_UMASK).text(*NO_HOOKS, "reset", "--quiet", "--hard")
    await _add_submodules(git, inside)
    return inside


async def opened(git: Git, tree: Path) -> Git:
    """Git in a worktree that ``add`` has made."""
    return git.at(tree, *await _configuration(git), GIT_CEILING_DIRECTORIES=str(tree.parent))


async def go_to(inside: Git, commit: str) -> None:
    """Check out a commit in the worktree, whatever is in it.

    Raises:
        CommandError: Git could not do so.
    """
    await replace(inside, umask=FIXED_UMASK).text(*NO_HOOKS, "reset", "--quiet", "--hard", commit)


def _same(tree: Path, seen: str) -> bool:
    return tree.samefile(seen)


async def _configuration(git: Git) -> tuple[tuple[str, str], ...]:
    """The worktree's configuration: all files, committed bytes, the person's identity and hooks."""
    hooks = await git.hooks_path()
    return (
        ("core.sparseCheckout", "false"),
        ("core.autocrlf", "false"),
        ("maintenance.auto", "false"),
        *([("core.hooksPath", hooks)] if hooks else []),
        *await git.identity_config(),
    )


async def _add_submodules(git: Git, inside: Git) -> None:
    """Check out the submodules that the user has initialised, from their own objects: offline."""
    for entry in (await inside.text("ls-files", "--stage", "-z")).split("\0"):
        mode, _, path = entry.partition("\t")
        if not mode.startswith("160000"):
            continue
        theirs = git.at(git.root / path)
        if not theirs.root.is_dir() or await theirs.text("rev-parse", "--show-toplevel") != str(
            theirs.root.resolve()
        ):
            continue
        oid = mode.split()[1]
        target = inside.root / path
        await replace(theirs, umask=FIXED_UMASK).text(
            *NO_HOOKS, "worktree", "add", "--quiet", "--detach", "--force", "--", str(target), oid
        )


async def remove(git: Git, tree: Path) -> None:
    """Remove the worktree, even if only parts of it are left; never fails, never touches another one."""
    for path in _submodule_worktrees(tree):
        await git.at(path).run("worktree", "remove", "--force", str(path))
    removing = ("worktree", "remove", "--force", "--force", str(tree))
    is_gone = (await git.run(*removing)).ok
    await anyio.to_thread.run_sync(files.remove_tree, tree)
    if not is_gone:  # its link was: of a tree that is gone git removes the entry
        await git.run(*removing)


def remove_incomplete(common: Path) -> None:
    """Remove git's entries for worktrees of ours whose removal, or creation, was killed half-way.

    Git ignores an entry without a file ``gitdir``, does not list it, and would prune it.

    Args:
        common: The directory that all working trees of the repository share.
    """
    for entry in (common / "worktrees").glob("release-*/"):
        if not (entry / "gitdir").exists():
            files.remove_tree(entry)


def _submodule_worktrees(tree: Path) -> list[Path]:
    nested = [path.parent for path in tree.rglob(".git") if path.is_file()] if tree.is_dir() else []
    return [path for path in nested if path != tree]
