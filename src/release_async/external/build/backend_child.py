"""A process that imports once what every hook imports, and forks for each of them (PEP 517).

Run by the interpreter of the isolated environment; standard library only. A fork runs the command that it is
sent as if that had been started afresh.
"""

import builtins
import glob  # noqa: F401 - like the others up to _OF_EVERY_HOOK, what the script of each hook imports first
import importlib
import json
import os
import re  # noqa: F401 - as above
import shutil  # noqa: F401 - as above
import sys
import traceback  # noqa: F401 - as above
import warnings  # noqa: F401 - as above

_OF_EVERY_HOOK = frozenset(sys.modules)
"""What any hook has imported before it looks for its backend (pyproject-hooks, ``_in_process.py``)."""

import atexit  # noqa: E402 - only for us, and so below the line
import gc  # noqa: E402 - as above
import socket  # noqa: E402 - as above

_OURS_ALONE = frozenset(sys.modules) - _OF_EVERY_HOOK
"""What a hook would import by itself: from its own tree, if that has a module of the name."""


class _Hook:
    """A command, as `backend_hook_runner.Hook`, and the descriptor for its output."""

    def __init__(self, order: dict[str, object], output: int) -> None:
        self.argv: list[str] = order["argv"]  # type: ignore[assignment]  # typing takes long to import
        self.cwd: str = order["cwd"]  # type: ignore[assignment]  # as above
        self.extra: dict[str, str] = order["extra"]  # type: ignore[assignment]  # as above
        self.output = output


def main(descriptor: int, modules: list[str]) -> None:
    """Import the modules, then fork for each hook until the other end is closed.

    Args:
        descriptor: Our end of the socket pair.
        modules: The backend, and what is imported with it where it is installed; if one cannot be imported, a
            hook that is started afresh will say so.
    """
    if not sys.flags.safe_path:
        del sys.path[0]  # our directory; a script that is started afresh has its own there
    parent = socket.socket(fileno=descriptor)
    parent.set_inheritable(False)
    try:
        for module in modules:
            _import(module, is_optional=module != modules[0])
    except BaseException:  # noqa: BLE001 - for any error: a hook cannot start from a partial import
        return
    gc.freeze()  # what is here lasts, and no fork has to copy it to look it through (gc, freeze)
    if hook := _serve(parent):
        if not modules:
            _forget_ours()
        _run(hook)
        _exit()


def _import(module: str, *, is_optional: bool) -> None:
    """Import a module; one that is optional may be missing, and so may its package."""
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        if not (is_optional and f"{module}.".startswith(f"{error.name}.")):
            raise


def _forget_ours() -> None:
    """Let the hook import anew what only we needed; an imported backend may hold on to it, and keeps it."""
    for name in _OURS_ALONE:
        sys.modules.pop(name, None)


def _serve(parent: socket.socket) -> _Hook | None:
    """Fork for each hook: return the hook in the fork, and None in this process at the end."""
    while _is_single_threaded() and (hook := _receive(parent)):
        _compile(hook.argv[0])
        gate, key = os.pipe()
        pid = os.fork()
        if pid == 0:
            parent.close()
            os.close(key)
            _wait_to_be_known(gate)
            return hook
        os.close(hook.output)
        os.close(gate)
        _answer(parent, pid)
        os.write(key, b".")
        os.close(key)
        _answer(parent, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    return None


def _wait_to_be_known(gate: int) -> None:
    """Go on once our caller can end us; where nobody is told of us any more, a fresh hook is started."""
    if not os.read(gate, 1):
        os._exit(1)
    os.close(gate)


def _is_single_threaded() -> bool:
    """Whether it is certain that there is no other thread: a fork would lack it (fork(2))."""
    try:
        return len(os.listdir("/proc/self/task")) == 1  # noqa: PTH208 - a hook imports no pathlib by itself
    except OSError:
        return False


def _receive(parent: socket.socket) -> _Hook | None:
    line, descriptors, _, _ = socket.recv_fds(parent, 1 << 16, 1)
    while line and not line.endswith(b"\n"):
        line += parent.recv(1 << 16)
    if not line:
        return None
    return _Hook(json.loads(line), descriptors[0])


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
        sys.path.insert(0, os.path.dirname(hook.argv[0]))  # noqa: PTH120 - as above
    _execute(hook.argv[0])


_programs: dict[str, object] = {}
"""The scripts of the hooks, compiled: all have the same."""


def _compile(script: str) -> None:
    """Compile a script once for all forks; where it cannot be, we end, and the hook is started afresh."""
    if script not in _programs:
        with open(script, "rb") as file:  # noqa: PTH123 - a hook imports no pathlib by itself
            _programs[script] = compile(file.read(), script, "exec", dont_inherit=True)


def _execute(script: str) -> None:
    """Run a script as an interpreter runs it; ``runpy`` would import more than the script does."""
    main_module = type(sys)("__main__")
    main_module.__file__, main_module.__builtins__ = script, builtins  # type: ignore[attr-defined]  # any module
    main_module.__cached__ = None  # type: ignore[attr-defined]  # as above
    sys.modules["__main__"] = main_module
    code: str = _programs[script]  # type: ignore[assignment]  # to name the type of code takes an import
    exec(code, main_module.__dict__)  # noqa: S102 - it is the program that this process is there for


def _exit() -> None:
    """End as an interpreter ends whose program has succeeded, but take no module apart.

    That would copy nearly every page that the fork shares with us: two thirds of what a small hook takes.
    """
    if threading := sys.modules.get("threading"):
        threading._shutdown()  # noqa: SLF001 - as an interpreter does, and the forks of multiprocessing
    atexit._run_exitfuncs()  # noqa: SLF001 - as above
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
