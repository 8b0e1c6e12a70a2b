"""The parent's end of the pipe to a child: one order at a time, and the answers that belong to it."""

import shutil
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from release_async.errors import CommandError
from release_async.tools import process
from release_async.tools.process import Child, Command, LineSink

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Surroundings:
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
async def held(program: Path, scratch: Path, around: Surroundings) -> AsyncIterator["Conversation"]:
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
            yield Conversation(child, program.stem.removesuffix("_child"))
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(lambda: shutil.rmtree(scratch, ignore_errors=True))


def _prepared(program: Path, scratch: Path, around: Surroundings) -> Command:
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


class Conversation:
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
        timeout: float,  # noqa: ASYNC109 - the total of several receives, each of which has its own
        on_progress: Callable[[Answer], None] = lambda _: None,
    ) -> Answer:
        """Give one order and wait for what became of it.

        Args:
            order: What to do, as data.
            timeout: Seconds until the final answer, in all.
            on_progress: Told each answer of the kind ``progress``.

        Returns:
            The final answer.

        Raises:
            CommandError: The child died, or had not answered at the deadline.
        """
        with anyio.move_on_after(timeout):
            async with self._turn:
                await self._send(order)
                while True:
                    answer = await self._child.receive(timeout + 1)
                    if answer.get("number") != self._number:
                        continue
                    if answer.get("answer") != "progress":
                        return answer
                    on_progress(answer)
        raise CommandError(
            f"the {self._name} gave no answer within {timeout:g} s", cure="run the same command again"
        )

    async def _send(self, order: Mapping[str, object]) -> None:
        self._number += 1
        with anyio.CancelScope(shield=True):  # half an order would spoil the next
            await self._child.send({**order, "number": self._number})
