"""The parent's end of the pipe to a worker, a child that is sent orders and answers each."""

import math
import shutil
import sys
from collections import deque
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
from release_async.process import run_process as process
from release_async.process.child_output import LineSink
from release_async.process.run_process import Child, Command

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """How a worker runs.

    Attributes:
        env: Its whole environment.
        on_line: Called with each line of its standard error.
        pass_fds: File descriptors that it inherits, see `Command`.
    """

    env: Mapping[str, str]
    on_line: LineSink | None = None
    pass_fds: tuple[int, ...] = ()


@asynccontextmanager
async def open_worker(program: Path, scratch: Path, options: WorkerOptions) -> AsyncIterator["Worker"]:
    """Run a worker in a directory of its own while the context lasts.

    Args:
        program: The worker's Python file.
        scratch: A directory that is absent or empty; also for temporary files; removed afterwards.
        options: How it runs.

    Raises:
        CommandError: The worker cannot be started.
    """
    command = _command(program, scratch, options)
    try:
        async with process.open_child(command, on_line=options.on_line) as child:
            yield Worker(child, program.stem.removesuffix("_child"))
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(lambda: shutil.rmtree(scratch, ignore_errors=True))


def _command(program: Path, scratch: Path, options: WorkerOptions) -> Command:
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = scratch / "tmp"
    temporary.mkdir()
    # An empty directory of its own and -I: nothing of the project is imported by accident.
    return Command(
        argv=(sys.executable, "-I", str(program), str(scratch)),
        cwd=scratch,
        env={**options.env, "TMPDIR": str(temporary)},
        pass_fds=options.pass_fds,
    )


@asynccontextmanager
async def open_restartable_worker(
    program: Path, scratch: Path, options: WorkerOptions
) -> AsyncIterator["RestartableWorker"]:
    """Run a worker as ``open_worker`` does, but one that can be replaced by a new one.

    Raises:
        CommandError: The worker cannot be started.
    """
    with unwrap_exception_groups():
        async with anyio.create_task_group() as tasks:
            workers = RestartableWorker(tasks, partial(open_worker, program, scratch, options))
            try:
                await workers.current()
                yield workers
            finally:
                await workers.end()


class RestartableWorker:
    """One worker after another, never two at once.

    Each runs in a task of its own that no cancellation reaches: it ends only when its user calls `end`.
    """

    def __init__(self, tasks: TaskGroup, start: Callable[[], AbstractAsyncContextManager["Worker"]]) -> None:
        self._tasks = tasks
        self._start = start
        self._worker: Worker | None = None
        self._lock = anyio.Lock()
        self._stop, self._stopped = anyio.Event(), anyio.Event()

    async def current(self) -> "Worker":
        """The running worker; a new one if the last was ended.

        Raises:
            CommandError: It cannot be started.
        """
        async with self._lock:
            if self._worker is None:
                self._stop, self._stopped = anyio.Event(), anyio.Event()
                with anyio.CancelScope(shield=True):
                    worker: Worker = await self._tasks.start(self._serve)
                self._worker = worker
            return self._worker

    async def end(self, which: "Worker | None" = None) -> None:
        """End the worker; on return, it is gone with everything it started.

        Args:
            which: The worker that is meant, where another one may run by now; None for the one that runs.
        """
        with anyio.CancelScope(shield=True):
            async with self._lock:  # who comes second also waits until it is gone
                if self._worker is not None and which in {None, self._worker}:
                    self._worker = None
                    self._stop.set()
                    await self._stopped.wait()

    async def _serve(self, *, task_status: TaskStatus["Worker"]) -> None:
        with anyio.CancelScope(shield=True):
            stop, stopped = self._stop, self._stopped
            try:
                async with self._start() as worker:
                    task_status.started(worker)
                    await stop.wait()
            finally:
                stopped.set()


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one order may take.

    Attributes:
        total: Seconds until the final answer.
        silence: Seconds that may pass without any answer.
    """

    total: float
    silence: float = math.inf


class Worker:
    """Sends orders to one child and receives its answers; several tasks may ask at once.

    Orders are numbered; an answer to an order whose task was cancelled is dropped.
    """

    def __init__(self, child: Child, name: str) -> None:
        self._child = child
        self._name = name
        self._sending = anyio.Lock()
        self._number = 0
        self._answers: dict[int, deque[Answer]] = {}
        self._is_receiving = False
        self._received = anyio.Event()

    async def ask(
        self,
        order: Mapping[str, object],
        limits: Limits,
        on_progress: Callable[[Answer], None] = lambda _: None,
    ) -> Answer:
        """Send one order and wait for its final answer.

        Args:
            order: What to do, as data.
            limits: How long that may take.
            on_progress: Called with each answer of the kind ``progress``.

        Returns:
            The final answer.

        Raises:
            CommandError: The child died, missed the deadline, or made no progress for too long.
        """
        self._number += 1
        number = self._number
        self._answers[number] = deque()
        try:
            with anyio.move_on_after(limits.total):
                await self._send({**order, "number": number})
                while (answer := await self._next_answer(number, limits)).get("answer") == "progress":
                    on_progress(answer)
                return answer
        finally:
            del self._answers[number]
        raise self._timed_out(f"gave no answer within {limits.total:g} s")

    async def _next_answer(self, number: int, limits: Limits) -> Answer:
        """The next answer to one order."""
        with anyio.move_on_after(limits.silence):
            while not self._answers[number]:
                await self._receive(limits.total + 1)
            return self._answers[number].popleft()
        raise self._timed_out(f"made no progress for {limits.silence:g} s")

    async def _receive(self, seconds: float) -> None:
        """Receive one answer to any order; of all tasks that wait, one does so for the others."""
        if self._is_receiving:
            await self._received.wait()
            return
        self._is_receiving, self._received = True, anyio.Event()
        try:
            answer: Answer = await self._child.receive(seconds)
            if (waiting := self._answers.get(answer.get("number", 0))) is not None:
                waiting.append(answer)
        finally:
            self._is_receiving = False
            self._received.set()

    def _timed_out(self, what: str) -> CommandError:
        return CommandError(f"the {self._name} {what}", cure=RUN_AGAIN)

    async def _send(self, order: Mapping[str, object]) -> None:
        async with self._sending:
            with anyio.CancelScope(shield=True):  # half an order would break the next
                await self._child.send(order)
