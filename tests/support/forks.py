"""Programs that start at once: a process that has imported everything is forked for each.

Each is a real process that leads a session of its own and ends as any Python does. What it spares is what
the imports take, nearly half a second of a processor for a release, which hundreds of tests would pay. Where
the start itself is proven too, `Stage.started` begins with a Python that has imported nothing.
"""

import atexit
import gc
import json
import os
import re
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from queue import SimpleQueue
from typing import Final, NoReturn, Protocol, TextIO, TypedDict

import release_async
import support
from support import canary, forked_children
from support.terminal import Process, Terminal

BYTECODE: Final[Mapping[str, str]] = {
    "PYTHONDONTWRITEBYTECODE": "",  # where it is set, every run compiles all that it imports
    "PYTHONPYCACHEPREFIX": str(Path(sys.prefix, "bytecode")),
}
"""No __pycache__ appears in a project, and yet no run compiles what an earlier one has compiled."""

_WARM = (
    *("anyio._core._fileio", "anyio._core._subprocesses", "httpcore2", "httpx2", "pypiserver"),
    *("resource", "rich.progress", "trio", "twine.utils", "wsgiref.simple_server"),
)
"""What programs import only when they need it."""


_TOOL = ("release_async", "support.crash", "support.raising")
"""Programs whose children are forks too."""


class Forked(Terminal):
    """A terminal in which ``support.showing`` runs, with these arguments."""

    def _started(self, argv: Sequence[str], env: Mapping[str, str]) -> Process:
        return _forked(_Order(module="support.showing", argv=list(argv), env=dict(env)), os.dup(self._theirs))


class ForkedTool(Terminal):
    """A terminal in which ``release-async`` runs, with these arguments."""

    def _started(self, argv: Sequence[str], env: Mapping[str, str]) -> Process:
        return _forked(_Order(module="release_async", argv=list(argv), env=dict(env)), os.dup(self._theirs))


class Program(Protocol):
    """A program without a terminal, while it runs."""

    pid: int

    def send_signal(self, sig: int) -> None:
        """Send it a signal."""

    def lines(self) -> Iterator[str]:
        """Each line of its standard output, as soon as it is written."""

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it wrote, as soon as nobody can write there any more."""

    @property
    def returncode(self) -> int:
        """How it ended."""


@contextmanager
def started(module: str, argv: Sequence[str], env: Mapping[str, str], cwd: Path) -> Iterator[Program]:
    """Run a module as ``python -m`` does, without a terminal; it is ended where it still runs at the end."""
    order = _Order(module=module, argv=list(argv), env=dict(env), cwd=str(cwd))
    (stdout, its_stdout), (stderr, its_stderr) = os.pipe(), os.pipe()
    child = _forked(order, _nothing(), its_stdout, its_stderr)
    program = _Program(child, (stdout, stderr))
    try:
        yield program
    finally:
        child.kill()
        child.wait()


@contextmanager
def conversing(module: str, cwd: Path) -> Iterator[tuple[TextIO, TextIO]]:
    """Run a module that one speaks to: where to write, and where its answers are read."""
    order = _Order(module=module, argv=[], env=dict(os.environ), cwd=str(cwd))
    (its_stdin, stdin), (stdout, its_stdout) = os.pipe(), os.pipe()
    child = _forked(order, its_stdin, its_stdout, _nothing())
    try:
        with os.fdopen(stdin, "w", buffering=1) as orders, os.fdopen(stdout) as answers:
            yield orders, answers
    finally:
        child.kill()
        child.wait()


def _nothing() -> int:
    """Neither says anything nor keeps what it is told."""
    return os.open(os.devnull, os.O_RDWR)


class _Program:
    """A child whose streams are read as they are filled."""

    def __init__(self, child: "_Child", streams: Sequence[int]) -> None:
        self.pid = child.pid
        self._child = child
        self._texts = ["" for _ in streams]
        self._lines: SimpleQueue[str] = SimpleQueue()
        self._readers = [
            threading.Thread(target=self._read, args=each, daemon=True) for each in enumerate(streams)
        ]
        for reader in self._readers:
            reader.start()

    def send_signal(self, sig: int) -> None:
        self._child.send_signal(sig)

    def lines(self) -> Iterator[str]:
        return iter(self._lines.get, "")

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        deadline = None if timeout is None else time.monotonic() + timeout
        for reader in self._readers:
            reader.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
            if reader.is_alive():
                raise TimeoutError
        self._child.wait(timeout)
        stdout, stderr = self._texts
        canary.hear("the output of a forked program", stdout, stderr)
        return stdout, stderr

    @property
    def returncode(self) -> int:
        return self._child.wait()

    def _read(self, number: int, stream: int) -> None:
        with open(stream, encoding="utf-8") as file:
            for line in file:
                self._texts[number] += line
                if number == 0:
                    self._lines.put(line)
        if number == 0:
            self._lines.put("")


class _Order(TypedDict, total=False):
    """What is asked of the process that forks; who names no directory gets a terminal."""

    module: str
    argv: list[str]
    env: dict[str, str]
    cwd: str


_REAP: Final = b"."
"""We have read that it has ended, and send no signal to its number any more: another process may get it."""


class _Child:
    """A process that is no child of ours: its end is told through a pipe, and it is reaped when we know."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._ended: int | None = None
        self._reaping = threading.Lock()
        self.pid = int(self._line(None) or 0)

    def poll(self) -> int | None:
        return self._asked(0.0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._asked(timeout)
        if code is None:
            raise TimeoutError
        return code

    def send_signal(self, sig: int) -> None:
        with self._reaping:
            if self._ended is None:  # or else its number may be another's by now
                os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _asked(self, timeout: float | None) -> int | None:
        if self._ended is None and (told := self._line(timeout)):
            with self._reaping:
                os.write(self._pipe, _REAP)
                os.read(self._pipe, 1)  # nothing: its end is closed
                os.close(self._pipe)
                self._ended = int(told)
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


def _forked(order: _Order, *streams: int) -> _Child:
    """A program on these streams, which become its own: a terminal, or its input, output and errors."""
    ours, theirs = (end.detach() for end in socket.socketpair())
    # An environment can be larger than what one message holds, and so it comes in a file.
    letter = os.memfd_create("order")
    given = (letter, theirs, *streams)
    try:
        with open(letter, "w", encoding="utf-8", closefd=False) as file:
            json.dump(order, file)
        socket.send_fds(_server(), [b"!"], given)
    finally:
        for descriptor in given:
            os.close(descriptor)
    return _Child(ours)


def prepare() -> None:
    """Start what forks, if nobody has: for who counts the children of this process."""
    _server()


@cache
def _server() -> socket.socket:
    """The process that forks; it ends when ours does, since the socket does."""
    ours, theirs = socket.socketpair()
    roots = [str(Path(package.__path__[0]).parent) for package in (release_async, support)]
    code = f"from support import forks; forks.serve({theirs.fileno()})"
    env = {**os.environ, **BYTECODE, "PYTHONPATH": os.pathsep.join(roots)}
    # It outlives this test on purpose.
    server = subprocess.Popen(
        [sys.executable, "-c", code],
        env=env,
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    server.returncode = 0  # for whoever forgets it: it is waited for at the very end
    theirs.close()
    atexit.register(_dismiss, ours, server.pid)
    return ours


def _dismiss(orders: socket.socket, pid: int) -> None:
    orders.close()
    os.waitpid(pid, 0)


def serve(number: int) -> None:
    """Fork for every order that comes, until nobody can send one any more."""
    _warm()
    gc.freeze()  # what is never looked at again is never copied
    gc.set_threshold(50_000)  # no program lives so long that its garbage is in the way
    orders = socket.socket(fileno=number)
    while True:
        knock, fds, _, _ = socket.recv_fds(orders, 1, 5)
        if not knock:
            _reap()
            return
        letter, pipe, *streams = fds
        if os.fork() == 0:
            orders.close()
            _keep(letter, pipe, streams)
        for fd in fds:
            os.close(fd)
        _reap()


def _warm() -> None:
    """Import and make all that is made when it is first needed."""
    re._MAXCACHE = 1 << 14  # type: ignore[attr-defined] # noqa: SLF001 - all programs together have more patterns
    ours = (module.name for module in walk_packages(release_async.__path__, "release_async."))
    for name in (*(each for each in ours if not each.endswith(".__main__")), *_WARM):
        import_module(name)
    forked_children.warm()
    import anyio  # noqa: PLC0415 - who only asks for a program needs neither this nor what follows
    from rich.console import Console  # noqa: PLC0415 - as above

    from release_async.render import terminal  # noqa: PLC0415 - as above
    from support import story  # noqa: PLC0415 - as above

    with Path(os.devnull).open("w", encoding="utf-8") as nothing:
        renderer = terminal.Terminal(Console(file=nothing, force_terminal=True), nothing)
        for event in story.released():
            renderer.show(event)
        renderer.close()
    for backend in ("asyncio", "trio"):
        anyio.run(anyio.sleep, 0, backend=backend)


def _reap() -> None:
    """Forget the keepers that have ended."""
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                return
        except ChildProcessError:
            return


def _keep(letter: int, pipe: int, streams: Sequence[int]) -> NoReturn:
    """Fork the program itself, and tell its id and how it ended."""
    os.lseek(letter, 0, os.SEEK_SET)
    with open(letter, encoding="utf-8") as file:
        order = json.load(file)
    child = os.fork()
    if child == 0:
        os.close(pipe)
        _run(order, streams)
    for stream in streams:
        os.close(stream)
    os.write(pipe, f"{child}\n".encode())
    ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert ended
    os.write(pipe, f"{ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status}\n".encode())
    with suppress(ConnectionResetError):  # of who never asked
        os.read(pipe, len(_REAP))
    os.waitpid(child, 0)
    os._exit(0)


def _run(order: _Order, streams: Sequence[int]) -> NoReturn:
    """Become the program: other streams, another directory, another environment."""
    if "cwd" in order:
        os.setsid()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        os.chdir(order["cwd"])
        sys.path[0] = order["cwd"]
    else:
        os.login_tty(streams[0])
        sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115 - until the end
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    sys.argv[1:] = order["argv"]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    run = partial(runpy.run_module, order["module"], run_name="__main__", alter_sys=True)
    if order["module"] in _TOOL:
        forked_children.install()
        forked_children.as_program(run)
    run()
    sys.exit()
