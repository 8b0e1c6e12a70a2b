"""Signals end a run in order: all cleaned up, nothing left, the right exit code; on both backends."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from release_async.base.cancellation import interruptible
from release_async.base.errors import CommandError, ConflictError, UsageError
from release_async.base.exception_groups import unwrap_exception_groups
from release_async.base.signal_listener import Interrupted, spoken
from support.processes import living, marker, wait_for

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]

PROGRAM = """
import os, pathlib, signal, sys
import anyio
from release_async.base.errors import ReleaseAsyncError
from release_async.base.cancellation import interruptible
from release_async.process import end_process_tree, run_process

backend, word, scratch = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
end_process_tree.COMMAND_GRACE = end_process_tree.GracePeriod(0.3, 2.0)
STUBBORN = '''
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(99)
'''

async def work():
    up = []
    def count(line):
        up.append(line)
        if len(up) == 2:
            (scratch / "ready").write_text("ready")
    try:
        async with anyio.create_task_group() as group:
            for _ in range(2):
                command = run_process.Command(
                    argv=(sys.executable, "-I", "-c", STUBBORN, word), cwd=scratch, env={})
                group.start_soon(lambda: run_process.run(command, on_line=count))
    finally:
        with anyio.CancelScope(shield=True):
            (scratch / "cleaning").write_text("cleaning")
            await anyio.sleep(0.3)
            (scratch / "cleaned").write_text("cleaned")
            await anyio.sleep(1)  # so that whoever waits for this file has stopped sending signals

try:
    anyio.run(interruptible, work, backend=backend)
except ReleaseAsyncError as error:
    print(error.what)
    sys.exit(error.code)
"""


@contextmanager
def program(
    backend: str, word: str, scratch: Path, prefix: tuple[str, ...] = ()
) -> Iterator[subprocess.Popen[str]]:
    """The program above in a process of its own, ready: two stubborn children are up."""
    argv = [*prefix, sys.executable, "-c", PROGRAM, backend, word, str(scratch)]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as running:
        try:
            wait_for(scratch / "ready")
            yield running
        finally:
            running.kill()


@pytest.mark.parametrize("number", SIGNALS)
def test_one_signal_cancels_cleans_up_and_names_itself(
    number: signal.Signals, anyio_backend: str, tmp_path: Path
) -> None:
    """Exit code 128 + signal, stubborn children gone, the shielded cleanup done, and no traceback."""
    word = marker()
    with program(anyio_backend, word, tmp_path) as running:
        running.send_signal(number)
        out, err = running.communicate(timeout=20)
    assert (running.returncode, out, err) == (128 + number, f"interrupted by {spoken(number)}\n", "")
    assert (tmp_path / "cleaned").exists()
    assert living(word) == []


def test_impatience_does_not_break_the_cleanup(anyio_backend: str, tmp_path: Path) -> None:
    """Ctrl-C again and again, in every phase: children are still ended and the cleanup still ends."""
    word = marker()
    with program(anyio_backend, word, tmp_path) as running:
        while running.poll() is None and not (tmp_path / "cleaned").exists():
            running.send_signal(signal.SIGINT)
            time.sleep(0.05)
        out, err = running.communicate(timeout=20)
    assert (tmp_path / "cleaned").exists()
    assert living(word) == []
    assert (running.returncode, out, err) == (130, "interrupted by SIGINT (Ctrl-C)\n", "")


def test_the_first_signal_gives_the_exit_code(anyio_backend: str, tmp_path: Path) -> None:
    """SIGTERM, then the Ctrl-C of someone who loses patience: the run was ended by SIGTERM."""
    with program(anyio_backend, marker(), tmp_path) as running:
        running.send_signal(signal.SIGTERM)
        wait_for(tmp_path / "cleaning")
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=20)
    assert running.returncode == 143


def test_ignored_hangup_stays_ignored(anyio_backend: str, tmp_path: Path) -> None:
    """Under ``nohup`` a closed terminal does not end a release."""
    with program(anyio_backend, marker(), tmp_path, prefix=("nohup",)) as running:
        running.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(0.5)
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=20)
    assert running.returncode == 143


async def test_result_passes_through() -> None:
    """Without a signal the work's result is the caller's."""

    async def work() -> int:
        await anyio.lowlevel.checkpoint()
        return 42

    assert await interruptible(work) == 42


async def test_work_that_was_done_in_time_keeps_its_result() -> None:
    """A signal that finds everything done does not turn a release that is out into an interrupted one."""

    async def work() -> str:
        with anyio.CancelScope(shield=True):
            signal.raise_signal(signal.SIGTERM)
            await anyio.sleep(0.1)
        return "released"

    assert await interruptible(work) == "released"


async def test_signal_inside_the_process_is_interrupted() -> None:
    """The exception carries the signal and the shell's exit code."""

    async def work() -> None:
        signal.raise_signal(signal.SIGHUP)
        await anyio.sleep(30)

    with pytest.raises(Interrupted) as caught:
        await interruptible(work)
    assert (caught.value.signal, caught.value.code) == (signal.SIGHUP, 129)


async def test_what_the_work_makes_of_a_cancellation_counts() -> None:
    """After the pivot the conductor answers a signal with an error of its own: that one is raised."""

    async def work() -> None:
        signal.raise_signal(signal.SIGINT)
        try:
            await anyio.sleep(30)
        except anyio.get_cancelled_exc_class() as cancelled:
            raise ConflictError("unfinished") from cancelled

    with pytest.raises(ConflictError, match="unfinished"):
        await interruptible(work)


async def test_handlers_are_as_before() -> None:
    """Afterwards Ctrl-C is Python's own again."""

    async def work() -> None:
        await anyio.lowlevel.checkpoint()

    await interruptible(work)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


async def test_errors_of_task_groups_come_out_plain() -> None:
    """An error from the depth of nested groups is caught by its own name."""

    async def fail() -> None:
        raise CommandError("broken", cure="mend it")

    async def work() -> None:
        async with anyio.create_task_group() as outer, anyio.create_task_group() as inner:
            outer.start_soon(anyio.sleep, 30)
            inner.start_soon(fail)

    with pytest.raises(CommandError, match="broken"):
        await interruptible(work)


def raise_all(*errors: BaseException) -> None:
    """Raise a nest of groups, as task groups within task groups do."""
    with unwrap_exception_groups():
        raise BaseExceptionGroup("outer", [BaseExceptionGroup("inner", errors[:-1]), errors[-1]])


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ((ValueError("bug"), CommandError("step")), CommandError),
        ((CommandError("step"), ConflictError("conflict"), UsageError("usage")), ConflictError),
        ((ConflictError("conflict"), KeyboardInterrupt()), KeyboardInterrupt),
        ((GeneratorExit(), ValueError("bug")), ValueError),
    ],
)
def test_of_several_errors_the_weightiest_is_raised(
    errors: tuple[BaseException, ...], expected: type[BaseException]
) -> None:
    """An interrupt, then the highest exit code, then a bug, then whatever else is no error."""
    with pytest.raises(expected):
        raise_all(*errors)


def test_the_other_errors_are_noted() -> None:
    """Nothing that went wrong at the same time is lost; among equals the first is raised."""
    with pytest.raises(CommandError, match="one") as caught:
        raise_all(CommandError("one"), CommandError("two"), ValueError("three"))
    assert caught.value.__notes__ == ["also: CommandError: two", "also: ValueError: three"]


def test_the_cause_of_a_plain_error_is_kept() -> None:
    """Where an error came from stays readable in a traceback."""
    cause, context = OSError("disk"), LookupError("table")
    error = CommandError("one")
    error.__cause__, error.__context__ = cause, context
    with pytest.raises(CommandError) as caught:
        raise_all(error, ValueError("two"))
    assert (caught.value.__cause__, caught.value.__context__) == (cause, context)
