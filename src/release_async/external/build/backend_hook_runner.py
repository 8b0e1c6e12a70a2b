"""Runs the hooks of a build backend (PEP 517), each in a process of its own, so that none affects the next.

Where possible, that process is a fork of one that has imported before what every hook imports, and a backend
that is known. Used only in the builder's child; it does not look at what a hook makes.
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

_COMMANDS = (
    *("alias", "bdist_rpm", "bdist_wheel", "build_clib", "build_ext", "develop", "dist_info"),
    *("easy_install", "editable_wheel", "install", "install_egg_info", "install_lib"),
    *("install_scripts", "rotate", "saveopts"),
)
"""What setuptools imports in each of its hooks where it reads pyproject.toml, whether it is run or not."""

PRELOADED: Mapping[str, tuple[str, ...]] = {
    "flit_core.buildapi": ("flit_core.buildapi",),
    "hatchling.build": (
        *("hatchling.build", "hatchling.builders.sdist", "hatchling.builders.wheel", "hatchling.bridge.app"),
        *(
            "packaging.requirements",
            "packaging.tags",
            "trove_classifiers",
            "hatch_vcs.hooks",
            "setuptools_scm",
        ),
    ),
    "mesonpy": ("mesonpy",),
    "poetry.core.masonry.api": ("poetry.core.masonry.api",),
    "setuptools.build_meta": (
        *("setuptools.build_meta", "setuptools.config._validate_pyproject"),
        *(f"setuptools.command.{name}" for name in _COMMANDS),
        *("setuptools_scm._integration.setuptools", "setuptools_scm._integration.bdist_wheel"),
        *("vcs_versioning._backends._git", "vcs_versioning._file_finders._git"),
        *("vcs_versioning._worktree_discovery", "vcs_versioning._scm_metadata"),
    ),
}
"""The modules of backends that are slow to import, and that no hook could tell to have been imported before.

They read neither the directory, the arguments nor SOURCE_DATE_EPOCH on import, and have no exit handlers.
Others do: scikit-build-core reads pyproject.toml when it is imported. hatchling and setuptools import their
parts inside their hooks. What comes after the backend itself is passed over where it is not there.
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


class Preload(NamedTuple):
    """What a process imports before it forks for hooks.

    Attributes:
        backend: The backend that it serves alone; empty to serve all.
        modules: The modules of that backend.
    """

    backend: str = ""
    modules: tuple[str, ...] = ()

    @classmethod
    def of(cls, backend: str) -> "Preload":
        """What may be imported for a backend: nothing where its hooks could tell, or it is in the project."""
        modules = PRELOADED.get(backend, ())
        return cls(backend if modules else "", modules)


class _Running(Protocol):
    """A running hook, forked or started afresh."""

    def wait(self) -> int: ...

    def kill(self) -> None: ...


class BackendProcess:
    """A process that forks for each hook, and has imported the backend where that makes no difference."""

    def __init__(self, python: str, preload: Preload, extra: Mapping[str, str]) -> None:
        """Start the process; it imports what it may while its caller goes on.

        Args:
            python: The interpreter of the isolated environment.
            preload: What it imports.
            extra: What the environment adds to ours.
        """
        self._backend = preload.backend
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                (python, str(CHILD), str(theirs.fileno()), *preload.modules),
                env={**os.environ, **extra},
                stdin=subprocess.DEVNULL,
                stdout=2,
                pass_fds=(theirs.fileno(),),
            )
        self._answers = self._socket.makefile("r", encoding="ascii")
        self._hook = 0

    def serves(self, backend: str) -> bool:
        """Whether the hooks of a backend may be forks of it: of all, unless it has imported another one."""
        return self._backend in {"", backend}

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


def can_fork(environ: Mapping[str, str]) -> bool:
    """Whether hooks may be forks of one process: only if that makes no difference to them.

    A path in PYTHONPATH may be relative to the source tree; and outside Linux some libraries do not survive a
    fork.
    """
    return sys.platform == "linux" and "PYTHONPATH" not in environ


class HookRunner:
    """Runs one hook at a time and passes on its output line by line."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._running: _Running | None = None
        self._ended = False

    def run(self, hook: Hook, backend: BackendProcess | None) -> None:
        """Run one hook to its end; its standard input is empty.

        Args:
            hook: What to run.
            backend: The process to fork; if it is None, or gone, a fresh process is started.

        Raises:
            subprocess.CalledProcessError: It failed, or `kill` was called.
        """
        read_end, write_end = os.pipe()
        reader = threading.Thread(target=self._read, args=(read_end,), daemon=True)
        reader.start()
        try:
            running = self._started(hook, backend, write_end)
        finally:
            os.close(write_end)
        returncode = running.wait()
        reader.join(LINGER_SECONDS)
        if returncode:
            raise subprocess.CalledProcessError(returncode, list(hook.command))

    def _started(self, hook: Hook, backend: BackendProcess | None, output: int) -> _Running:
        """Start a hook; where `kill` came meanwhile, it is ended at once, and no other is started for it."""
        self._running = backend  # before it starts, so that it can be ended
        forked = backend is not None and backend.start(hook, output)
        if self._ended and not forked:
            raise subprocess.CalledProcessError(-signal.SIGKILL, list(hook.command))
        self._running = running = backend if backend and forked else _spawn(hook, output)
        if self._ended:
            running.kill()
        return running

    def _read(self, descriptor: int) -> None:
        with open(descriptor, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                self._say(line.rstrip())

    def kill(self) -> None:
        """End the current hook, so that it writes nothing more, and start no other; from any thread."""
        self._ended = True
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
