"""Where one release is made: the run's private directory, its refs, and the children that build and upload.

Everything here is ours and goes when the run ends, except after the point of no return, when it is kept until
the release is finished. It never touches the user's branch, index, tracked files or tags.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio

from release_async.base import files
from release_async.base.errors import FailedError, RefusedError
from release_async.external.build.builder import Builder
from release_async.external.git import private_clone
from release_async.external.git.git_commands import Git
from release_async.external.index.uploader import Uploader
from release_async.plan.plan import Plan
from release_async.process import log_files
from release_async.run import journal, lock, run_directories
from release_async.run.builder_and_uploader import Children, ChildrenOptions, start_children
from release_async.run.journal import Journal, RecordedRelease
from release_async.run.lock import Lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """The private place of one run.

    Attributes:
        directory: The run's directory, below the git common directory.
        refs: The prefix of the run's private refs.
        tree: The worktree that the release commit is made on; its name shows in ``git worktree list``.
        clone: The clone that alone has the tag, where the version comes from it: then that is built.
        git: Git at the top of the user's checkout.
        journal: What the run remembers from its point of no return on.
        lock: The lock that the run holds; None where it only looks.
        children: The children; None where the run only looks.
    """

    directory: Path
    refs: str
    tree: Path
    clone: Path
    git: Git
    journal: Journal
    lock: Lock | None = None
    children: Children | None = None
    _is_clear: anyio.Event = field(default_factory=anyio.Event, repr=False, compare=False)

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

    async def leave(self) -> None:
        """Clear it where nothing is public; what cannot be cleared fails nothing: the next run sweeps it."""
        if self._is_clear.is_set():
            return
        with anyio.CancelScope(shield=True), suppress(FailedError):
            if not self.journal.begun:
                await run_directories.clear(self.git, self.directory)
            elif not self.journal.is_past_pivot:
                await self.put_tree_away()  # the wait may be long, and nobody else made that worktree

    @property
    def pushing(self) -> Git:
        """Git at the top of the user's checkout, keeping the lock for as long as one of its commands runs."""
        return replace(self.git.pushing, lock=self.lock.handle) if self.lock else self.git.pushing

    @property
    def source(self) -> Path:
        """The checkout of the release commit that is built."""
        return self.clone if self.clone.exists() else self.tree

    @property
    def artifacts(self) -> Path:
        """The directory that the built files are kept in."""
        return self.directory / journal.ARTIFACTS

    @property
    def commit_ref(self) -> str:
        """The private ref that keeps the release commit alive."""
        return f"{self.refs}/commit"

    @property
    def following_ref(self) -> str:
        """The private ref that keeps the commit alive which follows the release."""
        return f"{self.refs}/following"

    def tag_ref(self, tag: str) -> str:
        """The private ref that keeps the object of a tag alive."""
        return f"{self.refs}/tags/{tag}"

    @property
    def plan_ref(self) -> str:
        """The private ref of the commit that holds the plan, on top of the release commit."""
        return f"{self.refs}/plan"

    @property
    def merged_ref(self) -> str:
        """The private ref that keeps the commit alive which the proposal was merged as."""
        return f"{self.refs}/merged"

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

    async def clone_of(self, commit: str) -> Git:
        """Git in the clone that gets a tag of its own, with a commit checked out; it is made once.

        Raises:
            CommandError: Git could not make it.
            FailedError: A file of the commit is missing in it.
        """
        if not self.clone.exists():
            part = self.clone.with_name(f"{self.clone.name}.part")
            await anyio.to_thread.run_sync(files.remove_tree, part)
            await private_clone.make(self.git, part, commit)
            part.rename(self.clone)
        return self.git.at(self.clone, GIT_CEILING_DIRECTORIES=str(self.directory))

    async def clone_anew(self, commit: str) -> None:
        """Make that clone once more, where it is not what was checked out.

        Raises:
            CommandError: Git could not make it.
            FailedError: A file of the commit is missing in it.
        """
        await anyio.to_thread.run_sync(files.remove_tree, self.clone)
        await self.clone_of(commit)

    async def put_tree_away(self) -> None:
        """Remove worktree and clone: once the files are built nothing needs them.

        It is not broken off: half a removal is more work than a whole one.
        """
        with anyio.CancelScope(shield=True):
            await run_directories.remove_trees(self.git, self.directory)
            await anyio.to_thread.run_sync(files.remove_tree, self.clone)

    async def clear(self) -> None:
        """Remove everything that this run has made for itself; safe to repeat, and to die in."""
        if self.journal.begun:
            self.journal.finish()
            await anyio.to_thread.run_sync(run_directories.keep_journal, self.directory)
        await run_directories.clear(self.git, self.directory)
        self.journal.forget()
        self._is_clear.set()

    async def drop(self) -> None:
        """Remove everything that this run has made, of a release that another clone has finished."""
        await run_directories.clear(self.git, self.directory)
        self.journal.forget()
        self._is_clear.set()

    def cleared(self) -> bool:
        """Whether nothing is left that only this run needed."""
        return not self.tree.exists() and not self.artifacts.exists() and not self.journal.begun


@asynccontextmanager
async def open_workspace(
    git: Git, plan: Plan, home: Path, options: ChildrenOptions
) -> AsyncIterator[Workspace]:
    """Open the workspace of one run, with its children started; cleared at the end unless it is public.

    A run that has passed its point of no return before is continued: what it made is there again, and no
    builder is started.

    Args:
        git: Git at the top of the user's checkout.
        plan: The release.
        home: Where all runs of the repository live.
        options: What the children are started with.

    Raises:
        RefusedError: Another release is running in this repository.
        FailedError: The git directory cannot be written, or a child cannot be started.
        ConflictError: The journal of the run cannot be trusted.
    """
    async with AsyncExitStack() as stack:
        held = stack.enter_context(lock.held(home))
        await anyio.to_thread.run_sync(_nothing_else_unfinished, plan, home)
        await run_directories.sweep_held(git, home)
        log_files.remove_old(run_directories.logs(home))
        (home / plan.run).mkdir(mode=0o700, exist_ok=True)
        workspace = view_workspace(git, plan, home)
        stack.push_async_callback(workspace.leave)
        if workspace.journal.is_past_pivot:
            options = replace(options, build=None)
        children = await start_children(stack, workspace.directory, options, held)
        yield replace(workspace, lock=held, children=children)


def _nothing_else_unfinished(plan: Plan, home: Path) -> None:
    """See that no other release has been broken off since this one was planned, before we had the lock.

    Raises:
        RefusedError: One has.
    """
    for recorded in run_directories.unfinished(home):
        if recorded.plan.run != plan.run and recorded.comes_before(plan.branch):
            raise RefusedError(
                f"{recorded.plan.called} was interrupted meanwhile, and comes first",
                cure=f"see its state: release-async status; finish it: {journal.RESUME}; "
                "then run the same command again",
            )


def view_workspace(git: Git, plan: Plan, home: Path, recorded: RecordedRelease | None = None) -> Workspace:
    """The workspace of a run as it lies there: nothing is started, made or locked.

    Args:
        git: Git at the top of the user's checkout.
        plan: The release.
        home: Where all runs of the repository live.
        recorded: What is known of it, where its journal is not to be asked.

    Raises:
        ConflictError: The journal of the run cannot be trusted.
    """
    first, directory = plan.packages[0], home / plan.run
    return Workspace(
        directory=directory,
        refs=f"{run_directories.REFS}/{plan.run}",
        tree=directory / f"release-{first.name}-{first.version}",
        clone=directory / f"tagged-{first.name}-{first.version}",
        git=git,
        journal=Journal(directory, recorded),
    )
