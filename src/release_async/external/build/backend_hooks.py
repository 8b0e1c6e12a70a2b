"""Runs the hooks of a build backend (PEP 517), each in a process of its own that leaves the next nothing.

Where it can be, that process is a fork of one that has imported the backend already. It never looks at what a
hook makes, and is used in the builder's child alone.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

CHILD = Path(__file__).with_name("backend_child.py")

SHAREABLE = frozenset({"flit_core.buildapi", "mesonpy", "poetry.core.masonry.api", "setuptools.build_meta"})
"""Backends that take long to import, and look at nothing there that differs from hook to hook.

Neither at the directory, the arguments or SOURCE_DATE_EPOCH; and they leave nothing to be done at the end.
Others do: scikit-build-core reads pyproject.toml when it is imported.
"""

LINGERING = 1.0
"""Seconds for which output is read on after a hook, should a process it left behind hold the pipe."""


class Hook(NamedTuple):
    """One call of a hook, as pyproject-hooks makes it.

    Attributes:
        command: The interpreter, and the arguments of its script.
        cwd: The source tree.
        extra: What is added to our environment.
    """

    command: Sequence[str]
    cwd: str
    extra: Mapping[str, str]


class _Running(Protocol):
    """A process that runs a hook."""

    def wait(self) -> int: ...

    def kill(self) -> None: ...


class Backend:
    """A backend that one process has imported, which forks for each hook."""

    def __init__(self, python: str, module: str, extra: Mapping[str, str]) -> None:
        """Start the process; it imports while its caller goes on.

        Args:
            python: The interpreter of the isolated environment.
            module: The backend's module.
            extra: What the environment adds to ours.
        """
        self.module = module
        self._ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                (python, str(CHILD), module, str(theirs.fileno())),
                env={**os.environ, **extra},
                stdin=subprocess.DEVNULL,
                stdout=2,
                pass_fds=(theirs.fileno(),),
            )
        self._answers = self._ours.makefile("r", encoding="ascii")
        self._hook = 0

    def start(self, hook: Hook, output: int) -> bool:
        """Run a hook in a fork, and say whether there is one."""
        order = {"argv": list(hook.command[1:]), "cwd": hook.cwd, "extra": dict(hook.extra)}
        try:
            socket.send_fds(self._ours, [json.dumps(order).encode() + b"\n"], [output])
            self._hook = int(self._answers.readline())
        except (OSError, ValueError):
            return False
        return True

    def wait(self) -> int:
        """The exit code of the hook at hand, negative where a signal has ended it."""
        code = self._answers.readline()
        if not code:  # the process is gone, and the hook has nobody who would wait for it
            self.kill()
        self._hook = 0
        return int(code) if code else -signal.SIGKILL

    def kill(self) -> None:
        """End the hook at hand, and the process."""
        hook = self._hook  # once: another thread sets it to 0, which would mean all of us
        with suppress(OSError):
            if hook:
                os.kill(hook, signal.SIGKILL)
        self._process.kill()

    def close(self) -> None:
        """End it, since no hook will come."""
        self._process.kill()
        self._process.wait()
        self._answers.close()
        self._ours.close()


def can_be_shared(module: str, environ: Mapping[str, str]) -> bool:
    """Whether hooks of a backend may be forks of one process: only where they cannot tell the difference.

    A path that Python reads from its environment may be relative, to the source tree; and other systems than
    Linux have libraries that do not survive a fork.
    """
    return module in SHAREABLE and sys.platform == "linux" and "PYTHONPATH" not in environ


class Runner:
    """Runs one hook at a time; what it prints is told line by line."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._running: _Running | None = None

    def run(self, hook: Hook, backend: Backend | None) -> None:
        """Run one hook to its end; its standard input is empty.

        Args:
            hook: What to run.
            backend: The process to fork; None, or one that is gone, for a fresh one.

        Raises:
            subprocess.CalledProcessError: It failed.
        """
        reading, writing = os.pipe()
        reader = threading.Thread(target=self._read, args=(reading,), daemon=True)
        reader.start()
        try:
            forked = backend is not None and backend.start(hook, writing)
            self._running = running = backend if backend and forked else _afresh(hook, writing)
        finally:
            os.close(writing)
        returncode = running.wait()
        reader.join(LINGERING)
        if returncode:
            raise subprocess.CalledProcessError(returncode, list(hook.command))

    def _read(self, descriptor: int) -> None:
        with open(descriptor, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                self._say(line.rstrip())

    def kill(self) -> None:
        """End the hook at hand, so that it writes nothing more."""
        if self._running:
            self._running.kill()


def _afresh(hook: Hook, output: int) -> _Running:
    return subprocess.Popen(
        hook.command,
        cwd=hook.cwd,
        env={**os.environ, **hook.extra},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
    )
