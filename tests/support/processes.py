"""Real children for tests, and a look at which of them still live."""

import ctypes
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from release_async.process.run_process import Command


def marker() -> str:
    """A word for the argument lists of one test's processes, found nowhere else on the machine."""
    return f"marker-{uuid.uuid4().hex}"


def command(*argv: str, timeout: float = 30.0) -> Command:
    """A command in the current directory with our own environment."""
    return Command(argv=argv, cwd=Path.cwd(), env=dict(os.environ), timeout=timeout)


def python(code: str, *arguments: str, timeout: float = 30.0) -> Command:
    """A Python of its own that runs ``code`` with ``arguments`` in ``sys.argv[1:]``."""
    return command(sys.executable, "-I", "-c", code, *arguments, timeout=timeout)


def living(word: str) -> list[str]:
    """The command lines of all processes that hold ``word``; the dead that nobody has reaped do not count."""
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "args="], check=True, capture_output=True, text=True)
    return [line for line in listed.stdout.splitlines() if word in line]


def is_running(pid: int) -> bool:
    """Whether a process still works; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def end_stranger(pid: int, word: str) -> None:
    """End a process that is not our child; nothing where its number is of one without ``word`` by now."""
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            if word in _command_line(pid):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        finally:
            os.close(handle)


def wait_for(path: Path, seconds: float = 10.0) -> str:
    """The content of a file that another process is about to write."""
    deadline = time.monotonic() + seconds
    while not (path.exists() and path.read_text(encoding="utf-8")):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{path} was not written")
        time.sleep(0.01)
    return path.read_text(encoding="utf-8")


def left(look: Callable[[], list[str]], seconds: float = 10.0) -> list[str]:
    """What ``look`` still finds when time is up: the command lines of processes that should have ended."""
    deadline = time.monotonic() + seconds
    while (found := look()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return found


_PR_SET_CHILD_SUBREAPER = 36


@contextmanager
def adopting() -> Iterator[Callable[[], list[str]]]:
    """Become the parent of whatever loses its own (prctl(2), PR_SET_CHILD_SUBREAPER).

    Yields:
        Tells the command lines of those that have been adopted and still live: no session hides one.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    ours = _children()
    assert libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    try:
        yield lambda: [line for pid in _children() - ours if (line := _command_line(pid))]
    finally:
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
        for pid in _children() - ours:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def _children() -> set[int]:
    found = set()
    for file in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            found |= {int(pid) for pid in file.read_text().split()}
    return found


def _command_line(pid: int) -> str:
    """Empty for one that has ended and was not waited for."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
    return ""
