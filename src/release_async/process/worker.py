"""The parent's end of the pipe to a child: one order at a time, and the answers that belong to it."""

import math
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import TaskGroup, TaskStatus

from release_async.base.errors import RUN_AGAIN, CommandError
from release_async.base.exception_groups import unwrap_exception_groups
from release_async.process import process
from release_async.process.output import LineSink
from release_async.process.process import Child, Command

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """What a child is given.

    Attributes:
        env: Its whole environment.
        on_line: Told each line of its standard error.
        holding: File descriptors that it keeps open, see `Command`.
    """

    env: Mapping[str, str]
    on_line: LineSink | None = None
    holding: tuple[int, ...] = ()


@asynccontextmanager
async def held(program: Path, scratch: Path, around: WorkerOptions) -> AsyncIterator["Worker"]:
    """Keep a child that works in a directory of its own, for as long as the context lasts.

    Args:
        program: The child's Python file.
        scratch: A directory that is absent or empty; for temporary files too, and gone afterwards.
        around: What it is given.

    Raises:
        CommandError: The child cannot be started.
    """
    command = _prepared(program, scratch, around)
    try:
        async with process.opened(command, on_line=around.on_line) as child:
            yield Worker(child, program.stem.removesuffix("_child"))
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(lambda: shutil.rmtree(scratch, ignore_errors=True))


def _prepared(program: Path, scratch: Path, around: WorkerOptions) -> Command:
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = scratch / "tmp"
    temporary.mkdir()
    # An empty directory of its own and -I: nothing that lies in the project is imported by accident.
    return Command(
        argv=(sys.executable, "-I", str(program), str(scratch)),
        cwd=scratch,
        env={**around.env, "TMPDIR": str(temporary)},
        holding=around.holding,
    )


@asynccontextmanager
async def renewable(
    program: Path, scratch: Path, around: WorkerOptions
) -> AsyncIterator["RestartableWorker"]:
    """Keep a child as ``held`` does, but one that can be replaced by a new one.

    Raises:
        CommandError: The child cannot be started.
    """
    with unwrap_exception_groups():
        async with anyio.create_task_group() as tasks:
            children = RestartableWorker(tasks, partial(held, program, scratch, around))
            try:
                await children.current()
                yield children
            finally:
                await children.end()


class RestartableWorker:
    """One child after another, never two at once.

    Each lives in a task of its own, which no cancellation reaches: who works with it decides when it ends.
    """

    def __init__(self, tasks: TaskGroup, start: Callable[[], AbstractAsyncContextManager["Worker"]]) -> None:
        self._tasks = tasks
        self._start = start
        self._talk: Worker | None = None
        self._leave, self._left = anyio.Event(), anyio.Event()

    async def current(self) -> "Worker":
        """The child at hand, and a new one where the last has been ended.

        Raises:
            CommandError: It cannot be started.
        """
        if self._talk is None:
            self._leave, self._left = anyio.Event(), anyio.Event()
            with anyio.CancelScope(shield=True):
                talk: Worker = await self._tasks.start(self._live)
            self._talk = talk
        return self._talk

    async def end(self) -> None:
        """End the child; when this returns, it is gone with all that it has started."""
        if self._talk is not None:
            self._talk = None
            self._leave.set()
            with anyio.CancelScope(shield=True):
                await self._left.wait()

    async def _live(self, *, task_status: TaskStatus["Worker"]) -> None:
        with anyio.CancelScope(shield=True):
            leave, left = self._leave, self._left
            try:
                async with self._start() as talk:
                    task_status.started(talk)
                    await leave.wait()
            finally:
                left.set()


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one order may take.

    Attributes:
        total: Seconds until the final answer, in all.
        silence: Seconds for which nothing at all may be told.
    """

    total: float
    silence: float = math.inf


class Worker:
    """Orders to one child.

    Orders are numbered, and an answer to an order that was given up (its task was cancelled) is dropped.
    """

    def __init__(self, child: Child, name: str) -> None:
        self._child = child
        self._name = name
        self._turn = anyio.Lock()
        self._number = 0

    async def ask(
        self,
        order: Mapping[str, object],
        limits: Limits,
        on_progress: Callable[[Answer], None] = lambda _: None,
    ) -> Answer:
        """Give one order and wait for what became of it.

        Args:
            order: What to do, as data.
            limits: How long that may take.
            on_progress: Told each answer of the kind ``progress``.

        Returns:
            The final answer.

        Raises:
            CommandError: The child died, or had not answered at the deadline, or made no progress for long.
        """
        with anyio.move_on_after(limits.total):
            async with self._turn:
                await self._send(order)
                while True:
                    answer = await self._heard(limits)
                    if answer.get("number") != self._number:
                        continue
                    if answer.get("answer") != "progress":
                        return answer
                    on_progress(answer)
        raise self._too_late(f"gave no answer within {limits.total:g} s")

    async def _heard(self, limits: Limits) -> Answer:
        """The next answer, to whatever order."""
        with anyio.move_on_after(limits.silence):
            return await self._child.receive(limits.total + 1)
        raise self._too_late(f"made no progress for {limits.silence:g} s")

    def _too_late(self, what: str) -> CommandError:
        return CommandError(f"the {self._name} {what}", cure=RUN_AGAIN)

    async def _send(self, order: Mapping[str, object]) -> None:
        self._number += 1
        with anyio.CancelScope(shield=True):  # half an order would spoil the next
            await self._child.send({**order, "number": self._number})
