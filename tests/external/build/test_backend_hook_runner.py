"""A hook cannot tell whether it runs in a fresh process or in a fork of one that has imported its backend."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from release_async.external.build import backend_hook_runner
from release_async.external.build.backend_hook_runner import BackendProcess, Hook, HookRunner, Preload
from support.processes import is_running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a backend is shared on Linux alone")

TELL = """\
import os, sys
for fact in (__name__, __file__, sys.argv, sys.path, os.getcwd(), sorted(os.environ.items()), sys.flags,
             sys.stdin.read(), sys.orig_argv[0], sorted(os.listdir("/proc/self/fd"))):
    print(fact)
print("said on the other stream", file=sys.stderr)
"""


@contextmanager
def backend(module: str = "", **extra: str) -> Iterator[BackendProcess]:
    """A process that has imported a backend; none where it is not named."""
    held = BackendProcess(sys.executable, Preload(module, (module,) if module else ()), extra)
    try:
        yield held
    finally:
        held.close()


def hook(directory: Path, text: str, *arguments: str, **extra: str) -> Hook:
    """A hook whose script is ``text``."""
    script = directory / "hook.py"
    script.write_text(text)
    return Hook((sys.executable, str(script), *arguments), str(directory), extra)


def said(given: Hook, held: BackendProcess | None) -> list[str]:
    """What a hook prints."""
    lines: list[str] = []
    HookRunner(lines.append).run(given, held)
    return lines


def module(directory: Path, text: str) -> dict[str, str]:
    """A module named ``odd``, and the environment in which it is found."""
    (directory / "odd.py").write_text(text)
    return {"PYTHONPATH": str(directory)}


def test_a_hook_finds_what_it_finds_in_a_fresh_process(tmp_path: Path) -> None:
    """Its name, arguments, paths, directory, environment, streams and descriptors are the same."""
    given = hook(tmp_path, TELL, "build_wheel", str(tmp_path), EXTRA="one")
    with backend() as held:
        shared = said(given, held)
    assert len(shared) == 11
    assert shared == said(given, None)


def test_what_the_backend_imports_is_imported_once(tmp_path: Path) -> None:
    """That is what it is for."""
    given = hook(tmp_path, "import sys, os; print('odd' in sys.modules, os.getppid())")
    with backend("odd", **module(tmp_path, "")) as held:
        first, second = said(given, held), said(given, held)
    assert first == second
    assert first[0].startswith("True ")
    assert said(given, None)[0].startswith("False ")


def test_what_goes_with_a_backend_is_imported_where_it_is_installed(tmp_path: Path) -> None:
    """Such as a plug-in; one that is not there takes nothing from the rest."""
    given = hook(tmp_path, "import sys; print('json' in sys.modules, 'odd' in sys.modules)")
    preload = Preload("json", ("json", "no_such_plugin.hooks", "odd"))
    with closing(BackendProcess(sys.executable, preload, module(tmp_path, ""))) as held:
        assert said(given, held) == ["True True"]


def test_what_a_hook_has_begun_is_ended_as_by_an_interpreter(tmp_path: Path) -> None:
    """Its other threads are waited for, and what is written is there."""
    given = hook(
        tmp_path,
        "import sys, threading, time\n"
        "threading.Thread(target=lambda: (time.sleep(0.2), print('late'))).start()\n"
        "sys.stdout.write('begun ')",
    )
    with backend() as held:
        assert said(given, held) == said(given, None) == ["begun late"]


def test_one_hook_leaves_the_next_nothing(tmp_path: Path) -> None:
    """What it changes in its process goes with it."""
    given = hook(
        tmp_path,
        "import sys, os; print(hasattr(sys, 'left'), os.umask(0o77), os.environ.get('LEFT'))\n"
        "sys.left = True; os.environ['LEFT'] = '1'; os.chdir('/')",
    )
    with backend() as held:
        assert said(given, held) == said(given, held) == said(given, None)


@pytest.mark.parametrize(
    "ending",
    ["sys.exit(3)", "sys.exit('no')", "raise OSError('no')", "os._exit(7)", "os.kill(os.getpid(), 9)"],
)
def test_a_hook_ends_as_it_does_in_a_fresh_process(tmp_path: Path, ending: str) -> None:
    """With the same exit code, the same last words, and what it asked to be done at its end."""
    given = hook(tmp_path, f"import atexit, os, sys\natexit.register(print, 'the end', flush=True)\n{ending}")
    ended = []
    with backend() as held:
        for shared in (held, held, None):
            lines: list[str] = []
            with pytest.raises(subprocess.CalledProcessError) as caught:
                HookRunner(lines.append).run(given, shared)
            ended.append((caught.value.returncode, [line for line in lines if not line.startswith("  ")]))
    assert ended[0] == ended[1] == ended[2]


@pytest.mark.parametrize(
    "text",
    [
        "import threading, time; threading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
        "import os; os.kill(os.getpid(), 9)",
        "import os\ndef none(_): raise FileNotFoundError('no /proc')\nos.listdir = none",
    ],
)
def test_a_backend_that_cannot_be_forked_is_started_afresh(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], text: str
) -> None:
    """It may have threads, which a fork would lack, or did not survive its import: no word of it."""
    given = hook(tmp_path, "import os; print(os.getppid())")
    with backend("odd", **module(tmp_path, text)) as held:
        assert said(given, held) == [str(os.getpid())]
    assert not capfd.readouterr().err


@pytest.mark.parametrize("text", ["raise ImportError('odd')", "import sys; sys.exit(1)", "1 +"])
def test_a_backend_that_cannot_be_imported_leaves_it_to_the_hook_to_say_so(tmp_path: Path, text: str) -> None:
    """The hook imports it again from the beginning, and its failure is told as ever."""
    given = hook(tmp_path, "import sys; print('colorsys' in sys.modules)")
    (tmp_path / "whole.py").write_text("import colorsys\nimport odd")
    with backend("whole", **module(tmp_path, text)) as held:
        assert said(given, held) == ["False"]


def test_a_hook_whose_backend_is_killed_does_not_run_on(tmp_path: Path) -> None:
    """As by a system that is out of memory: it has failed, and nothing of it writes while that is told."""
    text = (
        "import os, sys, time\n"
        "print(os.getpid() if sys.argv[1:] else os.getppid(), flush=True)\n"
        "if str(os.getppid()) in sys.argv: os.kill(os.getppid(), 9); time.sleep(600)"
    )
    lines: list[str] = []
    with backend() as held:
        # Named, since the parent of a hook that could not be forked is the process of the tests.
        parent = said(hook(tmp_path, text), held)[0]
        assert parent != str(os.getpid())
        with pytest.raises(subprocess.CalledProcessError) as caught:
            HookRunner(lines.append).run(hook(tmp_path, text, parent), held)
    assert (lines[1:], caught.value.returncode) == ([], -9)
    deadline = time.monotonic() + 10
    while is_running(int(lines[0])):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_hook_that_is_ended_takes_the_backend_with_it(tmp_path: Path) -> None:
    """Who clears up finds nobody who writes on."""
    given = hook(tmp_path, "import os, time; print(os.getpid(), flush=True); time.sleep(60)")
    lines: list[str] = []
    runner, ended = HookRunner(lines.append), threading.Event()

    def kill() -> None:
        while not ended.wait(0.01):  # the hook may speak before its runner has heard that it was started
            if lines:
                runner.kill()

    with backend() as held:
        killing = threading.Thread(target=kill)
        killing.start()
        try:
            with pytest.raises(subprocess.CalledProcessError) as caught:
                runner.run(given, held)
        finally:
            ended.set()
            killing.join()
        assert caught.value.returncode == -9
        assert said(hook(tmp_path, "import os; print(os.getppid())"), held) == [str(os.getpid())]
    assert not is_running(int(lines[0]))


def test_a_hook_that_is_ended_before_it_has_begun_does_not_begin(tmp_path: Path) -> None:
    """Ended while its process is being made: neither that one nor a fresh one runs."""
    given = hook(tmp_path, "import pathlib; pathlib.Path('begun').touch()")

    class Overtaken(BackendProcess):
        def start(self, hook: Hook, output: int) -> bool:
            runner.kill()
            return super().start(hook, output)

    runner = HookRunner(print)
    with (
        closing(Overtaken(sys.executable, Preload(), {})) as held,
        pytest.raises(subprocess.CalledProcessError) as caught,
    ):
        runner.run(given, held)
    assert caught.value.returncode == -9
    with pytest.raises(subprocess.CalledProcessError):
        runner.run(given, None)
    assert not (tmp_path / "begun").exists()


DIES_UNHEARD = """
import os, sys
sys.path.insert(0, {directory!r})
import backend_child
del sys.path[0]
backend_child._answer = lambda *_: os._exit(1)
backend_child.main(int(sys.argv[1]), [])
"""


def test_a_fork_that_nobody_has_been_told_of_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its backend died before it could say so: a fresh process runs the hook, and only that one."""
    child = tmp_path / "child.py"
    child.write_text(DIES_UNHEARD.format(directory=str(backend_hook_runner.CHILD.parent)))
    monkeypatch.setattr(backend_hook_runner, "CHILD", child)
    with backend() as held:
        assert said(hook(tmp_path, "print('ran', flush=True)"), held) == ["ran"]


def test_a_large_order_arrives(tmp_path: Path) -> None:
    """An environment can be larger than what a socket takes at once."""
    given = hook(tmp_path, "import os; print(len(os.environ['LARGE']))", LARGE="x" * 100_000)
    with backend() as held:
        assert said(given, held) == ["100000"]


def test_a_hook_finds_no_module_that_only_we_needed(tmp_path: Path) -> None:
    """One of its own tree that has the name of such a module comes first for it, as in a fresh process."""
    (tmp_path / "selectors.py").write_text("MINE = True")
    given = hook(
        tmp_path,
        "import glob, importlib.machinery, json, re, shutil, sys, traceback, warnings\n"
        "print(sorted(name for name, each in sys.modules.items() if getattr(each, '__file__', None)))\n"
        "sys.path[:0] = ['.']; import selectors; print(selectors.MINE)",
    )
    with backend() as held:
        assert said(given, held) == said(given, None)
    assert said(given, None)[1] == "True"


@pytest.mark.parametrize("backend_module", sorted(backend_hook_runner.PRELOADED))
def test_a_process_that_has_imported_a_backend_serves_no_other(backend_module: str) -> None:
    """An sdist may name another backend than the project, or one that is part of it."""
    preload = Preload.of(backend_module)
    assert preload.modules[0] == preload.backend == backend_module
    assert Preload.of("scikit_build_core.build") == Preload.of("") == Preload("", ())
    with backend("json") as held:
        assert [held.serves(each) for each in ("json", "", "scikit_build_core.build")] == [True, False, False]
    with backend() as held:
        assert held.serves("")
        assert held.serves("scikit_build_core.build")


def test_it_is_shared_only_where_a_hook_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """A path in the environment may be relative to the tree; other systems do not survive a fork."""
    assert backend_hook_runner.can_fork({})
    assert not backend_hook_runner.can_fork({"PYTHONPATH": "src"})
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not backend_hook_runner.can_fork({})
