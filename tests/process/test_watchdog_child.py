"""The watchdog ends what its tool was in the middle of, gently first, and nobody else."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from release_async.process.run_process import WATCHDOG
from support.processes import wait_for

POLITE = """
import pathlib, signal, sys, time
def leave(*_):
    pathlib.Path(sys.argv[1]).write_text("put away")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print("ready", flush=True)
time.sleep(99)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(99)
"""


@contextmanager
def group(code: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process that leads a group of its own and is ready."""
    argv = (sys.executable, "-I", "-c", code, *arguments)
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


@pytest.fixture
def watchdog() -> Iterator[subprocess.Popen[bytes]]:
    """A watchdog whose tool is the test."""
    argv = (sys.executable, "-I", "-S", str(WATCHDOG))
    with subprocess.Popen(argv, stdin=subprocess.PIPE, start_new_session=True) as process:
        yield process


def test_it_ends_what_lives_and_leaves_what_has_ended(
    watchdog: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """SIGTERM first, for git to put its locks away; SIGKILL for who ignores it; nothing for who has ended."""
    gone = tmp_path / "gone"
    with ExitStack() as stack:
        polite = stack.enter_context(group(POLITE, str(gone)))
        stubborn, ended, child = (stack.enter_context(group(STUBBORN)) for _ in range(3))
        list_ = f"!{polite.pid}\n!{stubborn.pid}\n!{ended.pid}\n?{child.pid}\n-{ended.pid}\n"
        assert watchdog.stdin
        watchdog.stdin.write(list_.encode())
        watchdog.stdin.close()
        assert (polite.wait(20), stubborn.wait(20), child.wait(20)) == (0, -9, -9)
        assert wait_for(gone) == "put away"
        assert watchdog.wait(20) == 0
        assert ended.poll() is None
