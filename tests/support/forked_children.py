"""Children that start at once: what a forked program starts is a fork of it, where that is a Python of ours.

The uploader, the builder, pip, the index of a rehearsal and the hooks of ``support.tiny`` would import for
most of a second what is here already. Each is a process of its own all the same, with the descriptors, the
directory, the environment, the session and the signals that it was to be started with. It differs in what
proc(5) shows of it, and in the options of its interpreter. How such a child is really started is proven by
the runs that ``Stage.started`` begins, and by the tests of the uploader, the builder and the downloader.
"""

import _posixsubprocess as _posix
import atexit
import gc
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, partial
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

from release_async.external.build import backend_hook_runner, builder
from release_async.external.index import rehearsal_server, uploader
from support import tiny

_UPLOADING: Final = (
    *("release_async.external.index.uploader_child", "twine.commands.check"),
    *("docutils.parsers.rst", "readme_renderer.markdown", "netrc"),
    *("rich._emoji_codes", "trove_classifiers"),
)
_REST: Final = (
    *("encodings.cp437", "uv._find_uv"),
    *("pip._internal.cli.autocompletion", "pip._internal.cli.main", "pip._internal.commands.install"),
    *("pip._internal.resolution.resolvelib.resolver", "pip._vendor.truststore"),
)
_PROGRAMS: Final = tuple(str(module.CHILD) for module in (uploader, builder, rehearsal_server))
_HOOKS: Final = str(backend_hook_runner.CHILD)
_TINY: Final = f"_PYPROJECT_HOOKS_BUILD_BACKEND={tiny.BACKEND}".encode()
_NAME_LENGTH: Final = 15  # bytes that a process may be called by (prctl(2), PR_SET_NAME)
_NOT_FLUSHED: Final = 120  # Py_FinalizeEx, Py_Exit

_left_behind: list[object] = []
"""What the child must not let go of: text that its parent has not written yet would be written twice."""


class _Start(NamedTuple):
    """What ``subprocess`` asks of the function that forks and executes; descriptors are -1 where unused."""

    argv: Sequence[str]
    programs: Sequence[bytes]
    close_fds: bool
    kept: Sequence[int]
    cwd: Path | None
    environ: Sequence[bytes] | None
    stdin: int
    stdin_there: int
    stdout_there: int
    stdout: int
    stderr_there: int
    stderr: int
    errors_there: int
    errors: int
    restore_signals: bool
    new_session: bool
    process_group: int
    gid: object
    groups: object
    uid: object
    umask: int


def warm() -> None:
    """Import what all children need, in the process that everything is forked from."""
    _isolated_path()
    tags: Any = import_module("pip._internal.utils.compatibility_tags")
    tags.get_supported = cache(tags.get_supported)  # before those that take it by its name are imported
    _import(_UPLOADING + _REST)
    _warm_pip()
    _warm_twine()


def _warm_pip() -> None:
    """Find out what pip would find out in each download: whom it trusts, and which wheels it may take."""
    session: Any = import_module("pip._internal.network.session")
    said = session.user_agent()  # it asks rustc for its version, which takes longer than a download
    session.user_agent = lambda: said
    import_module("pip._internal.utils.compatibility_tags").get_supported()
    with suppress(ImportError):  # pips of before 24.2
        index_command: Any = import_module("pip._internal.cli.index_command")
        index_command._create_truststore_ssl_context()  # noqa: SLF001 - it is kept there for who comes next


def _warm_twine() -> None:
    """Have it judge two files, for which it compiles what it looks for."""
    check: Any = import_module("twine.commands.check")
    indexes: Any = import_module("support.indexes")
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check.check([str(indexes.wheel(Path(name))), str(indexes.sdist(Path(name)))])
    tempfile.tempdir = None  # each program finds its own


def _import(names: Sequence[str]) -> None:
    _isolated_path()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            import_module(name)


def name_of(word: str) -> str:
    """What a forked child is called in ``/proc/PID/comm``, by the STAGE of its environment."""
    return word[:_NAME_LENGTH]


def install() -> None:
    """Fork from now on what can be, for as long as this process lives."""
    start: Callable[..., int] = _posix.fork_exec

    def started(*given: Any) -> int:  # noqa: ANN401 - as it came
        order = _Start(*given[: len(_Start._fields)])
        if _is_ours(order.argv):
            return _forked(order, order.argv[2:], _isolated_path())
        if _is_hook(order) or _forks_hooks(order.argv):
            return _forked(order, order.argv[1:], (str(Path(order.argv[1]).parent), *_isolated_path()))
        return start(*given)

    subprocess._fork_exec = started  # type: ignore[attr-defined] # noqa: SLF001 - below all that starts processes


@contextmanager
def forking() -> Iterator[None]:
    """Fork meanwhile what can be, in the process of a test; what an uploader needs is imported."""
    _import(_UPLOADING)
    install()
    try:
        yield
    finally:
        subprocess._fork_exec = _posix.fork_exec  # type: ignore[attr-defined] # noqa: SLF001 - as it was


@cache
def _isolated_path() -> tuple[str, ...]:
    """Where ``python -I`` looks for modules."""
    command = (sys.executable, "-I", "-c", "import sys; print(*sys.path, sep='\\0')")
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return tuple(answer.stdout.rstrip("\n").split("\0"))


def _is_ours(argv: Sequence[str]) -> bool:
    if list(argv[:2]) != [sys.executable, "-I"]:
        return False
    return argv[2] in _PROGRAMS or list(argv[2:4]) == ["-m", "pip"]


def _forks_hooks(argv: Sequence[str]) -> bool:
    """Whether it is the process whose forks are the hooks of that backend: it imports nothing before.

    It is started in the builder's scratch directory, which lies in the project's private one.
    """
    if list(argv[1:2]) != [_HOOKS] or argv[3:]:
        return False
    projects = [each.parent for each in Path.cwd().parents if each.name == ".git"]
    return any(tiny.is_at(each) for each in projects)


def _is_hook(order: _Start) -> bool:
    """Whether it is one of a backend that needs nothing and looks at no other module (`pyproject_hooks`)."""
    if len(order.argv) < 2 or Path(order.argv[1]).name != "_in_process.py":
        return False
    searched = any(pair.startswith(b"PYTHONPATH=") and pair[11:] for pair in order.environ or ())
    return _TINY in (order.environ or ()) and not searched


def _forked(order: _Start, program: Sequence[str], path: Sequence[str]) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of other threads: no child needs what they hold
        pid = os.fork()
    if pid == 0:
        _become(order, program, path)
    return pid


def _become(order: _Start, program: Sequence[str], path: Sequence[str]) -> NoReturn:
    """What lies between fork and exec, what an interpreter does when it starts, and the program."""
    try:
        gc.freeze()
        atexit._clear()  # noqa: SLF001 - what the parent has to do at its end
        _reset_signals()
        if order.new_session:
            os.setsid()
        if order.umask >= 0:
            os.umask(order.umask)
        _take_streams(order)
        _take_environment(order, path)
    except BaseException:  # noqa: BLE001 - nothing may run on where the parent's program does
        traceback.print_exc()
        os._exit(1)
    as_program(partial(_run, program))


def as_program(run: Callable[[], object]) -> NoReturn:
    """Run something and end with it as Python does, but for the taking apart of all that was imported."""
    code = 1
    try:
        code = _code(run)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
    try:
        threading._shutdown()  # type: ignore[attr-defined] # noqa: SLF001 - waits for threads, as at every end
        atexit._run_exitfuncs()  # noqa: SLF001 - as above
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = _NOT_FLUSHED
    finally:
        os._exit(code)


def _reset_signals() -> None:
    """Handlers do not survive exec, what is ignored does; then Python sets its own two (signal(7))."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)


def _take_streams(order: _Start) -> None:
    """Have the three streams and what was to be kept, and nothing else that the parent has open."""
    for number, given in enumerate((order.stdin, order.stdout, order.stderr)):
        if given >= 0:
            os.dup2(given, number)
    for kept in order.kept:
        os.set_inheritable(kept, True)  # noqa: FBT003 - as it has it
    edges = [
        2,
        *sorted(fd for fd in order.kept if fd not in {0, 1, 2, order.errors}),
        os.sysconf("SC_OPEN_MAX"),
    ]
    _left_behind.extend((sys.stdin, sys.stdout, sys.stderr, sys.__stdin__, sys.__stdout__, sys.__stderr__))
    for before, after in pairwise(edges):
        os.closerange(before + 1, after)
    sys.stdin, sys.stdout = open(0, encoding="utf-8"), open(1, "w", encoding="utf-8")  # noqa: SIM115 - until the end
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1)  # noqa: SIM115 - as above


def _take_environment(order: _Start, path: Sequence[str]) -> None:
    if order.cwd:
        os.chdir(order.cwd)
    if order.environ is not None:
        os.environb.clear()
        os.environb.update(pair.split(b"=", 1) for pair in order.environ)  # type: ignore[misc]  # they are pairs
    sys.executable, sys.orig_argv[:] = order.argv[0], order.argv
    warnings.resetwarnings()
    for category in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
        warnings.simplefilter("ignore", category)
    tempfile.tempdir = None
    time.tzset()
    sys.path[:] = path
    Path("/proc/self/comm").write_text(name_of(os.environ.get("STAGE", "forked")), encoding="utf-8")


def _code(run: Callable[[], object]) -> int:
    """What becomes of a SystemExit (sys.exit)."""
    try:
        run()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)  # noqa: T201 - as the interpreter does
            return 1
        return end.code or 0
    return 0


def _run(program: Sequence[str]) -> None:
    """Run what ``python`` runs that is started with these words."""
    module = program[1] if program[0] == "-m" else ""
    sys.argv[:] = program[1:] if module else program
    if module:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(program[0], run_name="__main__")
