"""Programs on terminals that start at once: a process that has imported everything is forked for each.

Each is a real process that leads a session of its own, on a real terminal, and ends as any Python does. What
it spares is a quarter of a second for the imports, which a hundred tests would pay.
"""

import atexit
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NoReturn, TypedDict

import release_async
import support
from support.terminal import Process, Terminal

_WARM = "support.showing"
"""The module whose ``main`` is the program."""


class Forked(Terminal):
    """A terminal in which ``support.showing`` runs, with these arguments."""

    def _started(self, argv: Sequence[str], env: Mapping[str, str]) -> Process:
        ours, theirs = os.pipe()
        try:
            order = json.dumps({"argv": list(argv), "env": dict(env)}).encode()
            socket.send_fds(_server(), [order], [self._theirs, theirs])
        finally:
            os.close(theirs)
        return _Child(ours)


class _Order(TypedDict):
    argv: list[str]
    env: dict[str, str]


class _Child:
    """A process that is no child of ours: its end is told through a pipe."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._ended: int | None = None
        self.pid = int(self._line(None) or 0)

    def poll(self) -> int | None:
        return self._asked(0.0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._asked(timeout)
        if code is None:
            raise TimeoutError
        return code

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _asked(self, timeout: float | None) -> int | None:
        if self._ended is None and (told := self._line(timeout)):
            self._ended = int(told)
            os.close(self._pipe)
        return self._ended

    def _line(self, timeout: float | None) -> str:
        """One line of the pipe, empty where none comes in time; lines are so short that they come whole."""
        ready, _, _ = select.select([self._pipe], [], [], timeout)
        told = b""
        while ready and not told.endswith(b"\n"):
            byte = os.read(self._pipe, 1)
            if not byte:
                raise ChildProcessError("the process that forks has gone")
            told += byte
        return told.decode()


@cache
def _server() -> socket.socket:
    """The process that forks; it ends when ours does, since the socket does."""
    ours, theirs = socket.socketpair()
    roots = [str(Path(package.__path__[0]).parent) for package in (release_async, support)]
    code = f"from support import forks; forks.serve({theirs.fileno()})"
    env = os.environ | {"PYTHONPATH": os.pathsep.join(roots)}
    # It outlives this test on purpose, and nobody waits for it.
    server = subprocess.Popen([sys.executable, "-c", code], env=env, pass_fds=[theirs.fileno()])
    server.returncode = 0
    theirs.close()
    atexit.register(ours.close)
    return ours


def serve(number: int) -> None:
    """Fork for every order that comes, until nobody can send one any more."""
    import_module(_WARM).warm()
    gc.freeze()  # what is never looked at again is never copied
    orders = socket.socket(fileno=number)
    while True:
        order, fds, _, _ = socket.recv_fds(orders, 65536, 2)
        if not order:
            return
        if os.fork() == 0:
            _keep(json.loads(order), fds[0], fds[1])
        for fd in fds:
            os.close(fd)
        _reap()


def _reap() -> None:
    """Forget the keepers that have ended."""
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                return
        except ChildProcessError:
            return


def _keep(order: _Order, terminal: int, pipe: int) -> NoReturn:
    """Fork the program itself, and tell its id and how it ended."""
    child = os.fork()
    if child == 0:
        os.close(pipe)
        _run(order, terminal)
    os.close(terminal)
    os.write(pipe, f"{child}\n".encode())
    _, status = os.waitpid(child, 0)
    os.write(pipe, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _run(order: _Order, terminal: int) -> NoReturn:
    """Become the program: another terminal, other streams, another environment."""
    os.login_tty(terminal)
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    sys.argv[1:] = order["argv"]
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115 - until the end
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(import_module(_WARM).main(sys.argv[1:]))
