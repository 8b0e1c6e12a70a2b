"""Where one release is made: the run's private directory, its refs, and the children that build and upload.

Everything here is ours and goes when the run ends, except after the point of no return, when it is kept until
the release is finished. It never touches the user's branch, index, tracked files or tags.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import anyio

from release_async.base import files
from release_async.base.errors import ConflictError, FailedError
from release_async.external.build import builder
from release_async.external.build.builder import Builder
from release_async.external.git import worktree
from release_async.external.git.client import Git
from release_async.external.index import uploader
from release_async.external.index.uploader import Uploader
from release_async.plan.plan import Plan
from release_async.process import log_files
from release_async.process.output import LineSink
from release_async.process.worker import WorkerOptions
from release_async.run import journal, lock
from release_async.run.journal import Journal, RecordedRelease
from release_async.run.lock import Lock

REFS = "refs/release-async"
_LOGS = "logs"


@dataclass(frozen=True, slots=True)
class Children:
    """The children of a run that does something, started before they are needed.

    Attributes:
        uploader: The child that uploads.
        builder: The child that builds; None where everything is built already.
    """

    uploader: Uploader
    builder: Builder | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """The private place of one run.

    Attributes:
        directory: The run's directory, below the git common directory.
        refs: The prefix of the run's private refs.
        tree: The worktree that the release commit is made on; its name shows in ``git worktree list``.
        git: Git at the top of the user's checkout.
        journal: What the run remembers from its point of no return on.
        lock: The lock that the run holds; None where it only looks.
        children: The children; None where the run only looks.
    """

    directory: Path
    refs: str
    tree: Path
    git: Git
    journal: Journal
    lock: Lock | None = None
    children: Children | None = None

    @property
    def builder(self) -> Builder:
        """The child that builds, already started."""
        builder = self._children().builder
        if builder is None:
            raise RuntimeError("what an earlier run has built is never built again")
        return builder

    @property
    def uploader(self) -> Uploader:
        """The child that uploads, already started."""
        return self._children().uploader

    def _children(self) -> Children:
        if self.children is None:
            raise RuntimeError("this workspace was opened to look at, not to work in")
        return self.children

    @property
    def pushing(self) -> Git:
        """Git at the top of the user's checkout, keeping the lock for as long as one of its commands runs."""
        return replace(self.git, holding=(self.lock.handle,)) if self.lock else self.git

    @property
    def artifacts(self) -> Path:
        """The directory that the built files are kept in."""
        return self.directory / journal.ARTIFACTS

    @property
    def commit_ref(self) -> str:
        """The private ref that keeps the release commit alive."""
        return f"{self.refs}/commit"

    def tag_ref(self, tag: str) -> str:
        """The private ref that keeps the object of a tag alive."""
        return f"{self.refs}/tags/{tag}"

    @property
    def upstream_ref(self) -> str:
        """The private ref that the remote's branch is fetched into."""
        return f"{self.refs}/upstream"

    async def copy_of(self, commit: str) -> Path:
        """A throw-away clone of ``commit``, for tools that write into the tree they look at.

        Raises:
            CommandError: Git could not make it.
        """
        clone = self.directory / "copy"
        await self.git.text(
            "clone", "--quiet", "--shared", "--no-checkout", "--", str(self.git.root), str(clone)
        )
        await self.git.at(clone).text("checkout", "--quiet", "--detach", commit)
        return clone

    async def put_tree_away(self) -> None:
        """Remove the worktree: once the files are built nothing needs it, and it could not be moved.

        It is not broken off: half a removal is more work than a whole one.
        """
        with anyio.CancelScope(shield=True):
            await _remove_trees(self.git, self.directory)

    async def clear(self) -> None:
        """Remove everything that this run has made for itself; safe to repeat, and to die in."""
        if self.journal.begun:
            self.journal.finish()
        await _clear(self.git, self.directory)
        self.journal.forget()

    def cleared(self) -> bool:
        """Whether nothing is left that only this run needed."""
        return not self.tree.exists() and not self.artifacts.exists() and not self.journal.begun


@dataclass(frozen=True, slots=True)
class ChildOptions:
    """What a child is started with.

    Attributes:
        env: Its whole environment, without credentials.
        timeout: Seconds that each part of its work may take.
        on_line: Told every line that it, or a child of its own, writes.
    """

    env: Mapping[str, str]
    timeout: float
    on_line: LineSink


@dataclass(frozen=True, slots=True)
class ChildrenOptions:
    """What the builder and the uploader are started with."""

    build: ChildOptions
    upload: ChildOptions


@asynccontextmanager
async def opened(git: Git, plan: Plan, options: ChildrenOptions) -> AsyncIterator[Workspace]:
    """Open the workspace of one run, with its children started; cleared at the end unless it is public.

    A run that has passed its point of no return before is continued: what it made is there again, and no
    builder is started.

    Raises:
        RefusedError: Another release is running in this repository.
        FailedError: The git directory cannot be written, or a child cannot be started.
        ConflictError: The journal of the run cannot be trusted.
    """
    home = await home_of(git)
    directory = home / plan.run
    async with AsyncExitStack() as stack:
        locked = stack.enter_context(lock.held(home))
        await _sweep(git, home)
        log_files.sweep(home / _LOGS)
        directory.mkdir(mode=0o700, exist_ok=True)
        workspace = looked_into(git, plan, directory)
        stack.push_async_callback(_leave, workspace)
        children = await _started(stack, workspace, options, locked)
        yield replace(workspace, lock=locked, children=children)


async def _started(
    stack: AsyncExitStack, workspace: Workspace, options: ChildrenOptions, locked: Lock
) -> Children:
    build, upload = options.build, options.upload
    # An uploader that outlives us by a moment keeps the lock: nobody uploads beside it.
    around = WorkerOptions(upload.env, upload.on_line, (locked.handle,))
    uploading = uploader.opened(
        workspace.directory / "uploader", around, uploader.Deadlines(upload=upload.timeout)
    )
    if workspace.journal.begun:
        return Children(await stack.enter_async_context(uploading), None)
    deadlines = builder.Deadlines(provision=build.timeout, build=build.timeout)
    building = builder.opened(workspace.directory / "builder", build.env, build.on_line, deadlines)
    # The builder first: whoever checks waits for it longest.
    made = await stack.enter_async_context(building)
    return Children(await stack.enter_async_context(uploading), made)


def looked_into(git: Git, plan: Plan, directory: Path, recorded: RecordedRelease | None = None) -> Workspace:
    """The workspace of a run as it lies there: nothing is started, made or locked.

    Args:
        git: Git at the top of the user's checkout.
        plan: The release.
        directory: The directory of the run.
        recorded: What is known of it, where its journal is not to be asked.

    Raises:
        ConflictError: The journal of the run cannot be trusted.
    """
    first = plan.packages[0]
    return Workspace(
        directory=directory,
        refs=f"{REFS}/{plan.run}",
        tree=directory / f"release-{first.name}-{first.version}",
        git=git,
        journal=Journal(directory, recorded),
    )


async def home_of(git: Git) -> Path:
    """Where all runs of a repository live, whichever of its working trees they are started in."""
    return await git.common_directory() / "release-async"


def unfinished(home: Path) -> tuple[RecordedRelease, ...]:
    """The releases that have passed their point of no return and still owe something.

    Raises:
        ConflictError: A journal cannot be trusted.
    """
    stories = (journal.read(directory) for directory in _runs(home))
    return tuple(recorded for recorded in stories if recorded and not recorded.finished)


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
        await _sweep(git, home)
        return before - len(_runs(home))


async def abandon(git: Git) -> None:
    """Clear every run of the repository, whatever it owes.

    Raises:
        RefusedError: A release is running.
    """
    home = await home_of(git)
    with lock.held(home):
        for directory in _runs(home):
            await _clear(git, directory)


def logs(home: Path) -> Path:
    """The directory of all runs' logs: they outlive their run, so that its failure can be looked into."""
    return home / _LOGS


async def _sweep(git: Git, home: Path) -> None:
    """The lock says that none of them is alive; what owes something keeps its journal and its files."""
    for directory in _runs(home):
        if not _owes(directory):
            await _clear(git, directory)
        else:
            await _remove_scratch(git, directory)


def _owes(directory: Path) -> bool:
    """Whether a run still owes something; one whose journal cannot be trusted may."""
    try:
        recorded = journal.read(directory)
    except ConflictError:
        return True
    return recorded is not None and not recorded.finished


def _runs(home: Path) -> list[Path]:
    entries = home.iterdir() if home.is_dir() else ()
    return sorted(entry for entry in entries if entry.is_dir() and entry.name != _LOGS)


async def _leave(workspace: Workspace) -> None:
    """Clear, where nothing is public; what cannot be cleared is swept by the next run, and fails nothing."""
    if not workspace.journal.begun:
        with anyio.CancelScope(shield=True), suppress(FailedError):
            await _clear(workspace.git, workspace.directory)


async def _clear(git: Git, directory: Path) -> None:
    """Remove a run; its journal goes last, so that no moment leaves it half remembered."""
    await _remove_trees(git, directory)
    for ref in await git.refs(f"{REFS}/{directory.name}"):
        await git.delete_ref(ref)
    locks = directory.parent.parent / REFS / directory.name  # a git that was killed may have left one
    await anyio.to_thread.run_sync(files.remove_tree, locks)
    await anyio.to_thread.run_sync(files.remove_tree, directory, journal.FILE)


async def _remove_trees(git: Git, directory: Path) -> None:
    for tree, _ in await git.worktrees():
        if tree.parent == directory:
            await worktree.remove(git, tree)
    await anyio.to_thread.run_sync(worktree.forget_halves, directory.parent.parent)


_KEPT = frozenset((journal.FILE, journal.ARTIFACTS))


async def _remove_scratch(git: Git, directory: Path) -> None:
    """Remove what a dead run that will be gone on with needs no longer."""
    await _remove_trees(git, directory)
    for entry in await anyio.to_thread.run_sync(lambda: list(directory.iterdir())):
        if entry.name not in _KEPT:
            await anyio.to_thread.run_sync(files.remove_tree, entry)
