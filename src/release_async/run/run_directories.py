"""All runs of a repository: where they live, which of them still owe something, and how they are removed.

A run is a directory and private refs of ours; nothing else of the repository is touched.
"""

import shlex
import shutil
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import anyio

from release_async.base import files
from release_async.base.errors import ConflictError
from release_async.external.git import worktree
from release_async.external.git.git_commands import Git
from release_async.run import journal, lock
from release_async.run.journal import DamagedError, RecordedRelease

REFS = "refs/release-async"
"""The prefix of all private refs."""
_LOGS = "logs"


async def home_of(git: Git) -> Path:
    """Where all runs of a repository live, whichever of its working trees they are started in."""
    return await git.common_directory() / "release-async"


def unfinished(home: Path) -> tuple[RecordedRelease, ...]:
    """The releases that others can see something of, and that still owe something or wait for somebody.

    Raises:
        ConflictError: A journal cannot be trusted.
    """
    return tuple(recorded for recorded in _all_recorded(home) if not recorded.finished)


def finished(home: Path) -> tuple[RecordedRelease, ...]:
    """The releases that owe nothing any more, and have died before they had forgotten their journal.

    Raises:
        ConflictError: A journal cannot be trusted.
    """
    return tuple(recorded for recorded in _all_recorded(home) if recorded.finished)


def _all_recorded(home: Path) -> tuple[RecordedRelease, ...]:
    return tuple(filter(None, map(journal.read, _runs(home))))


@dataclass(frozen=True, slots=True)
class OwingRun:
    """A run that may still owe something.

    Attributes:
        directory: Where it is kept.
        recorded: What its journal tells; None where that tells nothing.
        damage: Why its journal cannot be trusted; empty where it can.
    """

    directory: Path
    recorded: RecordedRelease | None
    damage: str = ""


def owing(home: Path) -> tuple[OwingRun, ...]:
    """Every run that may still owe something, the oldest first; a damaged journal raises nothing."""
    return tuple(filter(None, map(_owing, _runs(home))))


def _owing(directory: Path) -> OwingRun | None:
    try:
        recorded = journal.read(directory)
    except DamagedError as error:
        return OwingRun(directory, error.recorded, error.what)
    return OwingRun(directory, recorded) if recorded and not recorded.finished else None


def is_any_left_early(home: Path) -> bool:
    """Whether a run has left files that died, or is alive, before it had anything to remember.

    Raises:
        ConflictError: A journal cannot be trusted.
    """
    return any(journal.read(directory) is None for directory in _runs(home))


async def sweep(git: Git) -> int:
    """Clear what runs left behind that died before anything was public, or after everything was.

    Returns:
        How many there were.

    Raises:
        RefusedError: A release is running.
    """
    home = await home_of(git)
    if not home.is_dir():
        return 0
    with lock.held(home):
        before = len(_runs(home))
        await sweep_held(git, home)
        return before - len(_runs(home))


async def abandon(git: Git, directory: Path) -> None:
    """Clear one run, whatever it owes.

    Raises:
        RefusedError: A release is running.
    """
    with lock.held(await home_of(git)):
        await clear(git, directory)


def keep_journal(directory: Path) -> None:
    """Keep a copy of a finished run's journal beside its logs; a full disk does not stop the clean-up."""
    kept = logs(directory.parent) / directory.name
    with suppress(OSError):
        kept.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(directory / journal.FILE, kept / journal.FILE)


def released(home: Path, name: str, version: str) -> tuple[RecordedRelease, ...]:
    """What this clone has released of one version of a package, as far as its logs go back.

    Args:
        home: Where all runs of the repository live.
        name: The package.
        version: The version.

    Raises:
        ConflictError: What is kept of an earlier release cannot be read: it may be this one.
    """
    recorded = map(_kept_release, sorted(logs(home).glob(f"*/{journal.FILE}")))
    return tuple(
        each
        for each in recorded
        if each and (name, version) in {(package.name, package.version) for package in each.plan.packages}
    )


def _kept_release(path: Path) -> RecordedRelease | None:
    try:
        return journal.read(path.parent)
    except DamagedError as error:
        raise ConflictError(
            f"what is kept of an earlier release cannot be trusted: {error.what}",
            cure=f"to trust the index and the remote alone, remove it: rm -r {shlex.quote(str(path))}",
        ) from error


def logs(home: Path) -> Path:
    """The directory of all runs' logs: they outlive their run, so that its failure can be looked into."""
    return home / _LOGS


async def sweep_held(git: Git, home: Path) -> None:
    """As ``sweep``, for who holds the lock, which says that no run is alive.

    What still owes something keeps its journal and its files.
    """
    for directory in _runs(home):
        owing = _owing(directory)  # one whose journal cannot be trusted may owe something
        if owing is None:
            await clear(git, directory)
        else:
            is_built_anew = owing.recorded is not None and owing.recorded.pivot is None
            await _remove_scratch(git, directory, {journal.FILE} if is_built_anew else _KEPT)


def _runs(home: Path) -> list[Path]:
    entries = home.iterdir() if home.is_dir() else ()
    return sorted(
        entry for entry in entries if entry.is_dir() and not entry.is_symlink() and entry.name != _LOGS
    )


async def clear(git: Git, directory: Path) -> None:
    """Remove a run; its journal goes last, so that no moment leaves it half remembered."""
    await remove_trees(git, directory)
    for ref in await git.refs(f"{REFS}/{directory.name}"):
        await git.delete_ref(ref)
    locks = directory.parent.parent / REFS / directory.name  # a git that was killed may have left one
    await anyio.to_thread.run_sync(files.remove_tree, locks)
    await anyio.to_thread.run_sync(files.remove_tree, directory, journal.FILE)


async def remove_trees(git: Git, directory: Path) -> None:
    """Remove the worktrees of a run."""
    common = directory.parent.parent
    if not (common / "worktrees").exists():  # git removes it with the last one
        return
    for tree, _ in await git.worktrees():
        if tree.parent == directory:
            await worktree.remove(git, tree)
    await anyio.to_thread.run_sync(worktree.remove_incomplete, common)


_KEPT = frozenset((journal.FILE, journal.ARTIFACTS))


async def _remove_scratch(git: Git, directory: Path, kept: AbstractSet[str]) -> None:
    """Remove what a dead run that will be continued needs no longer."""
    await remove_trees(git, directory)
    for entry in await anyio.to_thread.run_sync(lambda: list(directory.iterdir())):
        if entry.name not in kept:
            await anyio.to_thread.run_sync(files.remove_tree, entry)
