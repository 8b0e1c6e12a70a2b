"""The children of a run, started before they are needed: the one that builds, and the one that uploads."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from release_async.external.build import builder
from release_async.external.build.builder import Builder
from release_async.external.index import uploader
from release_async.external.index.uploader import Uploader
from release_async.process.child_output import LineSink
from release_async.process.worker import WorkerOptions
from release_async.run.lock import Lock


@dataclass(frozen=True, slots=True)
class Children:
    """The children of a run that does something, started before they are needed.

    Attributes:
        uploader: The child that uploads.
        builder: The child that builds; None where everything is built already.
    """

    uploader: Uploader
    builder: Builder | None


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
    """What the children are started with; None for a builder where everything is built already."""

    build: ChildOptions | None
    upload: ChildOptions


async def start_children(
    stack: AsyncExitStack, directory: Path, options: ChildrenOptions, held: Lock
) -> Children:
    """Start the children, the builder first: whoever checks waits for it longest.

    Args:
        stack: Ends them.
        directory: The directory of the run.
        options: What they are started with.
        held: The lock of the run. An uploader that outlives the run by a moment keeps it: nobody uploads
            beside it.

    Raises:
        CommandError: One of them cannot be started.
    """
    made, build, upload = None, options.build, options.upload
    if build:
        limits = builder.Deadlines(provision=build.timeout, build=build.timeout)
        building = builder.open_builder(directory / "builder", build.env, build.on_line, limits)
        made = await stack.enter_async_context(building)
    around = WorkerOptions(upload.env, upload.on_line, (held.handle,))
    deadlines = uploader.Deadlines(upload=upload.timeout)
    uploading = uploader.open_uploader(directory / "uploader", around, deadlines)
    return Children(await stack.enter_async_context(uploading), made)
