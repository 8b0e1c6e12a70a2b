"""Where one release is made: the run's private directory, its refs, and the children that build and upload.

Everything here is ours and goes when the run ends, except after the point of no return, when it is kept until
the release is finished. It never touches the user's branch, index, tracked files or tags.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from release_async import journal
from release_async.errors import FailedError
from release_async.plan import Plan
from release_async.tools import builder, files, logbook, uploader, worktree
from release_async.tools.builder import Builder
from release_async.tools.files import Artifact
from release_async.tools.git import Git
from release_async.tools.process import LineSink
from release_async.tools.uploader import Uploader

REFS = "refs/release-async"
_LOGS = "logs"


@dataclass(slots=True)
class Made:
    """What the release has made so far; the steps fill it in, in their order.

    Attributes:
        commit: The object id of the release commit.
        tag: The object id of the annotated tag, empty where there is none.
        artifacts: The built files, wheel first: the order of the upload.
        inspected: Whether the built files were found to be what the plan says.
        confirmed: Whether the last look found everything as planned.
    """

    commit: str = ""
    tag: str = ""
    artifacts: tuple[Artifact, ...] = ()
    inspected: bool = False
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """The private place of one run.

    Attributes:
        directory: The run's directory, below the git common directory.
        refs: The prefix of the run's private refs.
        tree: The worktree that the release commit is made on; its name shows in ``git worktree list``.
        git: Git at the top of the user's checkout.
        builder: The child that builds, already started.
        uploader: The child that uploads, already started.
        made: What the release has made so far.
    """

    directory: Path
    refs: str
    tree: Path
    git: Git
    builder: Builder
    uploader: Uploader
    made: Made = field(default_factory=Made)

    @property
    def artifacts(self) -> Path:
        """The directory that the built files are kept in."""
        return self.directory / "artifacts"

    @property
    def commit_ref(self) -> str:
        """The private ref that keeps the release commit alive."""
        return f"{self.refs}/commit"

    @property
    def tag_ref(self) -> str:
        """The private ref that keeps the tag object alive."""
        return f"{self.refs}/tag"

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

    async def clear(self) -> None:
        """Remove everything that this run has made for itself; safe to repeat."""
        await _clear(self.git, self.directory)

    def cleared(self) -> bool:
        """Whether nothing is left that only this run needed."""
        return not self.tree.exists() and not self.artifacts.exists() and not journal.begun(self.directory)


@dataclass(frozen=True, slots=True)
class Conditions:
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
class Children:
    """What the builder and the uploader are started with."""

    build: Conditions
    upload: Conditions


@asynccontextmanager
async def opened(git: Git, plan: Plan, children: Children) -> AsyncIterator[Workshop]:
    """Open the workshop of one run, with both children started; cleared at the end unless it is public.

    Raises:
        RefusedError: Another release is running in this repository.
        FailedError: The git directory cannot be written, or a child cannot be started.
    """
    home = await _home(git)
    directory = home / plan.run
    async with AsyncExitStack() as stack:
        stack.enter_context(journal.locked(home))
        await _sweep(git, home)
        logbook.sweep(home / _LOGS)
        directory.mkdir(mode=0o700)
        stack.push_async_callback(_leave, git, directory)
        build, upload = children.build, children.upload
        building = builder.Deadlines(provision=build.timeout, build=build.timeout)
        uploading = uploader.Deadlines(upload=upload.timeout)
        yield Workshop(
            directory=directory,
            refs=f"{REFS}/{plan.run}",
            tree=directory / f"release-{plan.name}-{plan.version}",
            git=git,
            builder=await stack.enter_async_context(
                builder.opened(directory / "builder", build.env, build.on_line, building)
            ),
            uploader=await stack.enter_async_context(
                uploader.opened(directory / "uploader", upload.env, upload.on_line, uploading)
            ),
        )


async def logs(git: Git) -> Path:
    """The directory of all runs' logs: they outlive their run, so that its failure can be looked into."""
    return await _home(git) / _LOGS


async def _home(git: Git) -> Path:
    return await git.common_directory() / "release-async"


async def _sweep(git: Git, home: Path) -> None:
    """Clear what runs left behind that died before anything was public; the lock says that none is alive."""
    for directory in _runs(home):
        if not journal.begun(directory):
            await _clear(git, directory)


def _runs(home: Path) -> list[Path]:
    return [entry for entry in home.iterdir() if entry.is_dir() and entry.name != _LOGS]


async def _leave(git: Git, directory: Path) -> None:
    """Clear, where nothing is public; what cannot be cleared is swept by the next run, and fails nothing."""
    if not journal.begun(directory):
        with anyio.CancelScope(shield=True), suppress(FailedError):
            await _clear(git, directory)


async def _clear(git: Git, directory: Path) -> None:
    for tree, _ in await git.worktrees():
        if tree.parent == directory:
            await worktree.remove(git, tree)
    for ref in await git.refs(f"{REFS}/{directory.name}"):
        await git.delete_ref(ref)
    await anyio.to_thread.run_sync(files.remove_tree, directory)
