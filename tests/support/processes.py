"""Real children for tests, and a look at which of them still live."""

import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

from release_async.tools.process import Command


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


def wait_for(path: Path, seconds: float = 10.0) -> str:
    """The content of a file that another process is about to write."""
    deadline = time.monotonic() + seconds
    while not (path.exists() and path.read_text(encoding="utf-8")):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{path} was not written")
        time.sleep(0.01)
    return path.read_text(encoding="utf-8")
