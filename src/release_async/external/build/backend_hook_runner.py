"""Runs the hooks of a build backend (PEP 517), each in a process of its own, so that none affects the next.

Where possible, that process is a fork of one that has already imported the backend. Used only in the
builder's child; it does not look at what a hook makes.
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

FORKABLE = frozenset({"flit_core.buildapi", "mesonpy", "poetry.core.masonry.api", "setuptools.build_meta"})
"""Backends that are slow to import, and whose import does not depend on anything that differs between hooks.

They read neither the directory, the arguments nor SOURCE_DATE_EPOCH on import, and have no exit handlers.
Others
do: scikit-build-core reads pyproject.toml when it is imported.
"""

LINGER_SECONDS = 1.0
"""Seconds to read on after a hook has ended, while a process it left behind holds the pipe."""


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
    """A running hook, forked or started afresh."""

    def wait(self) -> int: ...

    def kill(self) -> None: ...


class BackendProcess:
    """A process that has imported a backend, and forks for each hook."""

    def __init__(self, python: str, module: str, extra: Mapping[str, str]) -> None:
        """Start the process; it imports the backend while its caller goes on.

        Args:
            python: The interpreter of the isolated environment.
            module: The backend's module.
            extra: What the environment adds to ours.
        """
        self.module = module
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                (python, str(CHILD), module, str(theirs.fileno())),
                env={**os.environ, **extra},
                stdin=subprocess.DEVNULL,
                stdout=2,
                pass_fds=(theirs.fileno(),),
            )
        self._answers = self._socket.makefile("r", encoding="ascii")
        self._hook = 0

    def start(self, hook: Hook, output: int) -> bool:
        """Run a hook in a fork; return whether that was possible."""
        order = {"argv": list(hook.command[1:]), "cwd": hook.cwd, "extra": dict(hook.extra)}
        try:
            socket.send_fds(self._socket, [json.dumps(order).encode() + b"\n"], [output])
            self._hook = int(self._answers.readline())
        except (OSError, ValueError):
            return False
        return True

    def wait(self) -> int:
        """The exit code of the current hook; negative if a signal ended it."""
        code = self._answers.readline()
        if not code:  # the process is gone, so nobody can wait for the hook
            self.kill()
        self._hook = 0
        return int(code) if code else -signal.SIGKILL

    def kill(self) -> None:
        """End the current hook and the process."""
        hook = self._hook  # read once: another thread sets it to 0, and kill(0) would end us all
        with suppress(OSError):
            if hook:
                os.kill(hook, signal.SIGKILL)
        self._process.kill()

    def close(self) -> None:
        """End the process: no more hooks will come."""
        self._process.kill()
        self._process.wait()
        self._answers.close()
        self._socket.close()


def can_fork(module: str, environ: Mapping[str, str]) -> bool:
    """Whether the hooks of a backend may be forks of one process: only if that makes no difference to them.

    A path in PYTHONPATH may be relative to the source tree; and outside Linux some libraries do not survive a
    fork.
    """
    return module in FORKABLE and sys.platform == "linux" and "PYTHONPATH" not in environ


class HookRunner:
    """Runs one hook at a time and passes on its output line by line."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._running: _Running | None = None

    def run(self, hook: Hook, backend: BackendProcess | None) -> None:
        """Run one hook to its end; its standard input is empty.

        Args:
            hook: What to run.
            backend: The process to fork; if it is None, or gone, a fresh process is started.

        Raises:
            subprocess.CalledProcessError: It failed.
        """
        read_end, write_end = os.pipe()
        reader = threading.Thread(target=self._read, args=(read_end,), daemon=True)
        reader.start()
        try:
            forked = backend is not None and backend.start(hook, write_end)
            self._running = running = backend if backend and forked else _spawn(hook, write_end)
        finally:
            os.close(write_end)
        returncode = running.wait()
        reader.join(LINGER_SECONDS)
        if returncode:
            raise subprocess.CalledProcessError(returncode, list(hook.command))

    def _read(self, descriptor: int) -> None:
        with open(descriptor, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                self._say(line.rstrip())

    def kill(self) -> None:
        """End the current hook, so that it writes nothing more."""
        if self._running:
            self._running.kill()


def _spawn(hook: Hook, output: int) -> _Running:
    return subprocess.Popen(
        hook.command,
        cwd=hook.cwd,
        env={**os.environ, **hook.extra},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
    )
