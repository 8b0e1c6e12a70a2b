"""Runs commands and keeps child processes: no shell, no terminal, bounded output, nothing left running.

It does not interpret exit codes, and never passes our own environment on to a child. If we are killed, the
watchdog ends what we started.
"""

import json
import math
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import anyio
from anyio.abc import ByteReceiveStream, ByteSendStream, Process
from anyio.streams.buffered import BufferedByteReceiveStream

from release_async.base.errors import CommandError
from release_async.base.exception_groups import unwrap_exception_groups
from release_async.base.printable_text import printable
from release_async.process import end_process_tree
from release_async.process.child_output import KEPT_BYTES, Drain, LineSink, last_lines
from release_async.process.end_process_tree import KILL, end_tree, grace_period
from release_async.process.watchdog_child import as_line

WATCHDOG = Path(__file__).with_name("watchdog_child.py")
LOCK_KEEPER = Path(__file__).with_name("lock_keeper_child.py")

MAX_ANSWER_BYTES = 1024 * 1024
"""Maximum length of a child's answer, in bytes."""

SEND_SECONDS = 10.0
"""How long a child may take to read an order."""

PIPE_SECONDS = 0.5
"""How long to read on after a command has ended, while a process it left behind holds its pipes."""

OWN_UMASK = -1
"""The umask of this process, for what is written into the person's repository; builds have a fixed one."""

EXIT_SECONDS = 1.0
"""How long a child may take to exit once its standard input is closed."""

BRIEF_SECONDS = 2.0
"""How long a brief command may go on when nobody waits for it any more, however great the hurry."""


class _Watchdog:
    """A process that knows what runs, and ends it when its input ends because we are gone."""

    def __init__(self) -> None:
        # It inherits no pipe but its own, so that nobody who reads our output has to wait for it.
        self._process = subprocess.Popen(
            (sys.executable, "-I", "-S", str(WATCHDOG)),
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            start_new_session=True,
        )

    def note(self, line: bytes) -> None:
        """Report what starts, runs or has ended, in the words of ``watchdog_child``."""
        with suppress(OSError):  # somebody killed it: the commands go on unguarded
            cast("IO[bytes]", self._process.stdin).write(line + b"\n")

    def dismiss(self) -> None:
        """Stop it: everything has ended."""
        self._process.kill()
        cast("IO[bytes]", self._process.stdin).close()
        self._process.wait()


_watchdogs: list[_Watchdog] = []


@contextmanager
def under_watchdog() -> Iterator[None]:
    """End what runs inside even if we are killed; this costs the start of one small process.

    A command is announced before it starts, and found by its arguments where we are killed before we know
    its process; only Linux can be asked for that. Windows has no watchdog.

    Raises:
        CommandError: No process can be started at all.
    """
    if sys.platform == "win32":
        yield
        return
    try:
        watchdog = _Watchdog()
    except OSError as error:
        cure = "see that the machine has memory and processes to spare, then run the same command again"
        raise CommandError(f"no process can be started: {error}", cure=cure) from error
    _watchdogs.append(watchdog)
    try:
        yield
    finally:
        _watchdogs.remove(watchdog)
        watchdog.dismiss()


def _note(line: bytes) -> None:
    for watchdog in _watchdogs:
        watchdog.note(line)


@contextmanager
def _announced(argv: tuple[str, ...]) -> Iterator[None]:
    word = as_line(argv)
    _note(b"+" + word)
    try:
        yield
    finally:
        _note(b"." + word)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command with all that it needs to run.

    Attributes:
        argv: The program and its arguments, never a shell's line.
        cwd: The directory it runs in.
        env: Its whole environment; nothing is inherited.
        timeout: Seconds it may take in all.
        silence: Seconds for which it may write nothing.
        kept_bytes: Bytes that are kept of each stream.
        pass_fds: File descriptors that it inherits.
        lock: The descriptor of a lock that lasts as long as the command, and that nothing it starts inherits.
        umask: What its files are not allowed to everybody (umask(2)); ``OWN_UMASK`` for that of the person.
        brief: Whether it ends by itself at once, and is left to: ended half-way, git leaves its locks.
        output: A new file that takes its standard output, of which nothing is kept then.
    """

    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]
    timeout: float = 60.0
    silence: float = math.inf
    kept_bytes: int = KEPT_BYTES
    pass_fds: tuple[int, ...] = ()
    lock: int | None = None
    umask: int = 0o022
    brief: bool = False
    output: Path | None = None

    def __str__(self) -> str:
        """The command as a person would type it, without URL credentials."""
        return printable(shlex.join(self.argv))


_SEE = "to see its whole output, run the same command with --verbose"


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """How a command ended.

    Attributes:
        command: What ran.
        returncode: Its exit code, or the negative number of the signal that ended it.
        stdout: UTF-8, undecodable bytes as surrogates. If it was too long to be kept, a line between
            beginning and end says how many bytes were left out, and secrets are masked.
        stderr: As ``stdout``.
        complete: Whether all of both streams was kept.
        timed_out: Whether we ended it at its deadline.
        silent: Whether that was the deadline for silence.
        seconds: How long it took.
    """

    command: Command
    returncode: int
    stdout: str
    stderr: str
    timed_out: bool
    seconds: float
    complete: bool = True
    silent: bool = False

    @property
    def ok(self) -> bool:
        """Whether it exited by itself with code 0."""
        return self.returncode == 0 and not self.timed_out

    def checked(self, cure: str = "") -> "Completed":
        """Return the same if it is ``ok`` and complete: output with a gap is no answer.

        Raises:
            CommandError: Says how it ended, with ``cure`` (by default, how to see more) and the last lines of
                both streams.
        """
        if self.ok and self.complete:
            return self
        detail = "\n".join((*last_lines(self.stdout), *last_lines(self.stderr)))
        raise CommandError(f"`{self.command}` {self._how_it_ended()}", cure=cure or _SEE, detail=detail)

    def _how_it_ended(self) -> str:
        if self.silent:
            return f"wrote nothing for {self.command.silence:g} s"
        if self.timed_out:
            return f"did not finish within {self.command.timeout:g} s"
        if self.ok:
            return f"wrote more than {self.command.kept_bytes} bytes"
        return _how_it_ended(self.returncode)


def _how_it_ended(returncode: int) -> str:
    if returncode >= 0:
        return f"ended with exit code {returncode}"
    try:
        return f"was ended by {signal.Signals(-returncode).name}"
    except ValueError:
        return f"was ended by signal {-returncode}"


async def run(command: Command, *, on_line: LineSink | None = None) -> Completed:
    """Run a command to its end, and end whatever it left behind in its process group.

    Its standard input is empty. When it is cancelled or exceeds a deadline, the whole process group gets
    SIGTERM, then SIGKILL if that was not enough; a process that has started a session of its own is left
    alone. A brief command may finish first.

    Args:
        command: What to run.
        on_line: Called with each line of both streams as it comes, free of control characters. If it raises,
            it is not called again, the command runs to its end, and then the error is raised.

    Raises:
        CommandError: The program cannot be started.
    """
    started = anyio.current_time()
    process = await _start(command, stdin=subprocess.DEVNULL)
    total = anyio.CancelScope(deadline=started + command.timeout)
    silence = anyio.CancelScope(deadline=started + command.silence)

    def on_data() -> None:
        silence.deadline = anyio.current_time() + command.silence

    stdout, stderr = (
        Drain(pipe, on_line, on_data, command.kept_bytes) for pipe in (process.stdout, process.stderr)
    )
    with unwrap_exception_groups():
        async with anyio.create_task_group() as drains:
            drains.start_soon(stdout.read)
            drains.start_soon(stderr.read)
            try:
                with total, silence:
                    await process.wait()
            finally:
                await _let_finish(command, process)
                await _end(process, (stdout, stderr))
    stdout.raise_sink_error()
    stderr.raise_sink_error()
    return Completed(
        command=command,
        returncode=_returncode(process),
        stdout=stdout.text(),
        stderr=stderr.text(),
        complete=stdout.complete and stderr.complete,
        timed_out=total.cancelled_caught or silence.cancelled_caught,
        silent=silence.cancelled_caught,
        seconds=anyio.current_time() - started,
    )


# Windows has neither process groups to signal nor umask: there, only the child itself is ended.
_NEW_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)


async def _start(command: Command, *, stdin: int) -> Process:
    argv = _with_lock(command)
    ends_by_itself = command.brief or stdin != subprocess.DEVNULL
    announced = nullcontext() if ends_by_itself else _announced(argv)
    # Shielded: cancelled half-way, a process would run that nobody knows of.
    with anyio.CancelScope(shield=True), announced:
        try:
            with _stdout(command) as stdout:
                process = await anyio.open_process(
                    argv,
                    stdin=stdin,
                    stdout=stdout,
                    cwd=command.cwd,
                    env=command.env,
                    creationflags=_NEW_GROUP,
                    start_new_session=True,
                    umask=OWN_UMASK if sys.platform == "win32" else command.umask,
                    pass_fds=(*command.pass_fds, *(() if command.lock is None else (command.lock,))),
                )
        except (OSError, ValueError) as error:
            raise _not_started(command, error) from error
        _note(b"%s%d" % (b"?" if ends_by_itself else b"!", process.pid))
    return process


@contextmanager
def _stdout(command: Command) -> Iterator[int]:
    """Where its standard output goes: a pipe, or the file that takes it."""
    if command.output is None:
        yield subprocess.PIPE
        return
    handle = os.open(command.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)


def _with_lock(command: Command) -> tuple[str, ...]:
    """What is really started: a lock that git had, a daemon that one of its hooks starts would have too."""
    if command.lock is None:
        return command.argv
    return (sys.executable, "-I", "-S", str(LOCK_KEEPER), *command.argv)


def _not_started(command: Command, error: Exception) -> CommandError:
    program = printable(command.argv[0])
    if not command.cwd.is_dir():
        return CommandError(
            f"`{command}` cannot run: there is no directory {command.cwd}",
            cure=f"look for what removed {command.cwd}, then run the same command again",
        )
    if isinstance(error, FileNotFoundError) and (command.cwd / program).is_file():
        return CommandError(
            f"{program} names an interpreter that does not exist",
            cure=f"look at the first line of {program}, and install the program it names",
        )
    if isinstance(error, FileNotFoundError):
        return CommandError(
            f"{program} was not found", cure=f"install {program}, or put its directory on PATH"
        )
    if isinstance(error, PermissionError):
        return CommandError(f"{program} may not be executed", cure=f"chmod +x {shlex.quote(program)}")
    return CommandError(
        f"{program} cannot be started: {error}", cure=f"check that `{program}` runs in a shell"
    )


def _returncode(process: Process) -> int:
    # None only where a process survives SIGKILL inside the kernel, as on a dead network mount.
    return -KILL if process.returncode is None else process.returncode


async def _let_finish(command: Command, process: Process) -> None:
    if command.brief:
        with anyio.CancelScope(shield=True), anyio.move_on_after(BRIEF_SECONDS):
            await process.wait()


async def _end(process: Process, drains: Sequence[Drain]) -> None:
    """End the process group and close its pipes, in bounded time and even if we are cancelled."""
    with anyio.CancelScope(shield=True):
        exited = process.returncode is not None
        if exited:
            await _drain_rest(drains)
        await end_tree(process, end_process_tree.LEFTOVER_GRACE if exited else end_process_tree.COMMAND_GRACE)
        if not exited:
            await _drain_rest(drains)
        for drain in drains:
            drain.close()
        for drain in drains:  # closing a pipe while it is being read is an error
            await drain.ended.wait()
        if process.returncode is not None:
            await process.aclose()
        _note(b"-%d" % process.pid)


async def _drain_rest(drains: Sequence[Drain]) -> None:
    with anyio.move_on_after(PIPE_SECONDS):
        for drain in drains:
            await drain.ended.wait()


class Child:
    """A child process of ours that takes orders and gives answers, each one JSON object on a line."""

    def __init__(self, command: Command, process: Process, errors: Drain) -> None:
        self._command = command
        self._process = process
        self._errors = errors
        self._orders = cast("ByteSendStream", process.stdin)
        self._answers = BufferedByteReceiveStream(cast("ByteReceiveStream", process.stdout))

    async def send(self, order: Mapping[str, object]) -> None:
        """Send one order.

        Raises:
            CommandError: The child is gone, or has read nothing for ``SEND_SECONDS``.
        """
        line = json.dumps(order).encode() + b"\n"
        try:
            with anyio.fail_after(SEND_SECONDS):
                await self._orders.send(line)
        except TimeoutError:
            raise self._failure(f"read no order for {SEND_SECONDS:g} s") from None
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError) as error:
            raise await self._died() from error

    async def receive(self, timeout: float) -> dict[str, object]:  # noqa: ASYNC109 - a child's silence is a CommandError, not a TimeoutError
        """Wait for one answer, ``timeout`` seconds at most.

        Raises:
            CommandError: The child is gone, sent something other than a JSON object, or nothing in time.
        """
        try:
            with anyio.fail_after(timeout):
                line = await self._answers.receive_until(b"\n", MAX_ANSWER_BYTES)
        except TimeoutError:
            raise self._failure(f"gave no answer within {timeout:g} s") from None
        except anyio.DelimiterNotFound:
            raise self._failure(f"gave an answer longer than {MAX_ANSWER_BYTES} bytes") from None
        except (anyio.IncompleteRead, anyio.ClosedResourceError) as error:
            raise await self._died() from error
        return self._parsed(line)

    def _parsed(self, line: bytes) -> dict[str, object]:
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            said = printable(line[:200].decode("utf-8", "replace"))
            raise self._failure(f"said something that is no answer: {said!r}")
        return answer

    async def _died(self) -> CommandError:
        with anyio.move_on_after(PIPE_SECONDS):
            await self._process.wait()
            await self._errors.ended.wait()
        if self._process.returncode is None:
            return self._failure("closed its output")
        return self._failure(_how_it_ended(self._process.returncode))

    def _failure(self, happened: str) -> CommandError:
        detail = "\n".join(last_lines(self._errors.text()))
        return CommandError(f"`{self._command}` {happened}", cure="run the same command again", detail=detail)


@asynccontextmanager
async def open_child(command: Command, *, on_line: LineSink | None = None) -> AsyncIterator[Child]:
    """Start a child and keep it while the context lasts.

    The child exits when its standard input is closed, because we leave the context or because we died. If it
    has not exited by then, it is ended as in ``run``. ``command.timeout`` is not used.

    Args:
        command: What to run.
        on_line: Called with each line of its standard error, as in ``run``.

    Raises:
        CommandError: The program cannot be started.
    """
    process = await _start(command, stdin=subprocess.PIPE)
    errors = Drain(process.stderr, on_line)
    with unwrap_exception_groups():
        async with anyio.create_task_group() as drains:
            drains.start_soon(errors.read)
            try:
                yield Child(command, process, errors)
            finally:
                await _close(process)
                await _end(process, (errors,))
    errors.raise_sink_error()


async def _close(process: Process) -> None:
    with anyio.CancelScope(shield=True), grace_period(EXIT_SECONDS):
        await cast("ByteSendStream", process.stdin).aclose()
        await process.wait()
