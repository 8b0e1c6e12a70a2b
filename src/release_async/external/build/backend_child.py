"""A process that imports the build backend once and forks for each hook (PEP 517).

Run by the interpreter of the isolated environment; standard library only. A fork runs the command that it is
sent as if that had been started afresh.
"""

import importlib
import json
import os
import runpy
import socket
import sys
from pathlib import Path
from typing import Any, NamedTuple


class _Hook(NamedTuple):
    """A command, as `backend_hooks.Hook`, and the descriptor for its output."""

    argv: list[str]
    cwd: str
    extra: dict[str, str]
    output: int


def main(module: str, descriptor: int) -> None:
    """Import the backend, then fork for each hook until the other end is closed.

    Args:
        module: The backend's module; if it cannot be imported, a hook that is started afresh will say so.
        descriptor: Our end of the socket pair.
    """
    if not sys.flags.safe_path:
        del sys.path[0]  # our directory; a script that is started afresh has its own there
    parent = socket.socket(fileno=descriptor)
    parent.set_inheritable(False)
    try:
        importlib.import_module(module)
    except BaseException:  # noqa: BLE001 - for any error: a hook cannot start from a partial import
        return
    if hook := _serve(parent):
        _run(hook)


def _serve(parent: socket.socket) -> _Hook | None:
    """Fork for each hook: return the hook in the fork, and None in this process at the end."""
    while _is_single_threaded() and (hook := _receive(parent)):
        pid = os.fork()
        if pid == 0:
            parent.close()
            return hook
        os.close(hook.output)
        _answer(parent, pid)
        _answer(parent, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    return None


def _is_single_threaded() -> bool:
    """Whether it is certain that there is no other thread: a fork would lack it (fork(2))."""
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return False


def _receive(parent: socket.socket) -> _Hook | None:
    line, descriptors, _, _ = socket.recv_fds(parent, 1 << 16, 1)
    while line and not line.endswith(b"\n"):
        line += parent.recv(1 << 16)
    if not line:
        return None
    order: dict[str, Any] = json.loads(line)
    return _Hook(order["argv"], order["cwd"], order["extra"], descriptors[0])


def _answer(parent: socket.socket, number: int) -> None:
    parent.sendall(b"%d\n" % number)


def _run(hook: _Hook) -> None:
    for stream in (1, 2):
        os.dup2(hook.output, stream)
    os.close(hook.output)
    os.chdir(hook.cwd)
    os.environ.update(hook.extra)
    sys.argv[:] = hook.argv
    if not sys.flags.safe_path:
        sys.path.insert(0, str(Path(hook.argv[0]).parent))
    runpy.run_path(hook.argv[0], run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
