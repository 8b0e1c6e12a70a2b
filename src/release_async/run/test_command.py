"""Finds the project's test suite and the interpreter it belongs to: the project's own, never the tool's."""

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from release_async.run import test_runners
from release_async.run.test_runners import Runner

_TEST_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test)\.py$")
_BIN = "Scripts" if os.name == "nt" else "bin"


class Suite(NamedTuple):
    """How the tests of a project are run.

    Attributes:
        command: The command; None where there are no tests.
        note: What a person should know of that choice, in a sentence; mostly empty.
    """

    command: tuple[str, ...] | None
    note: str = ""


def suite(project: Path, environ: Mapping[str, str], paths: Iterable[str]) -> Suite:
    """The way to run the project's tests: by the runner that it has configured, else by pytest or unittest.

    A runner that is configured and not installed is passed over, and the note says so.

    Args:
        project: The project's directory.
        environ: The environment that the suite will have.
        paths: The files of the project.
    """
    tests = [path for path in paths if _TEST_FILE.search(path)]
    passed_over = []
    chosen = None
    for runner in _configured(project, environ):
        if program := shutil.which(runner.tool, path=environ.get("PATH")):
            # By its whole path, so that who types it has no need for the environment that it is installed in.
            chosen = (str(Path(program).absolute()), *runner.arguments)
            break
        if tests or runner.names_tests:
            passed_over.append(f"{runner.tool} ({runner.source})")
    chosen = chosen or _by_python(project, environ, tests)
    if not passed_over:
        return Suite(chosen)
    instead = f"tests by {_runner(chosen)}" if chosen else "no tests are run"
    missing = " and ".join(dict.fromkeys(passed_over)) + (" are" if len(passed_over) > 1 else " is")
    return Suite(chosen, f"{missing} not installed: {instead}, or set test-command")


def missing_runner(project: Path, environ: Mapping[str, str]) -> str:
    """The first runner that a project has configured, if it has none that is installed; empty otherwise."""
    tools = [runner.tool for runner in _configured(project, environ)]
    is_there = any(shutil.which(tool, path=environ.get("PATH")) for tool in tools)
    return "" if is_there or not tools else tools[0]


def _configured(project: Path, environ: Mapping[str, str]) -> Iterator[Runner]:
    has_environment = virtual_environment(project, environ) is not None
    return test_runners.configured(project, has_environment=has_environment)


def _runner(command: Sequence[str]) -> str:
    """What runs the tests, as a person calls it; the plan shows the whole command."""
    return command[command.index("-m") + 1] if "-m" in command[:-1] else Path(command[0]).name


def _by_python(project: Path, environ: Mapping[str, str], tests: Sequence[str]) -> tuple[str, ...] | None:
    """The command that runs test files with the project's Python.

    Returns:
        ``uv run`` where a uv lock file holds the project and there is a uv, else the interpreter of the
        project's ``.venv``, of one above it in the repository, of the active virtual environment, or
        ``python3``; None where there are no test files.
    """
    if not tests:
        return None
    module = ("-m", *_module(project, tests))
    uv = shutil.which("uv", path=environ.get("PATH"))
    if uv and uv_lock_folder(project):
        return (uv, "run", "--no-sync", "--frozen", "python", *module)
    return (interpreter(project, environ), *module)


_WORD_OF_PYTEST = re.compile(rb"\bpytest\b")
_UNITTEST = re.compile(rb"(?m)^\s*(?:import|from)\s+unittest\b")
_CONFIGURATION = (
    *("pyproject.toml", "setup.cfg", "setup.py", "tox.ini", "pytest.ini", "conftest.py", "tests/conftest.py"),
    *("requirements.txt", "requirements-dev.txt", "dev-requirements.txt", "requirements/dev.txt"),
)
"""Where a project that runs its tests with pytest says so."""


def _module(project: Path, tests: Sequence[str]) -> tuple[str, ...]:
    """The module that runs the tests: pytest, which runs those of unittest too, unless nobody names it."""
    start = _start(project, tests)
    if start is None or any(
        _WORD_OF_PYTEST.search(_read(project / path)) for path in (*_CONFIGURATION, *tests)
    ):
        return ("pytest",)
    if not any(_UNITTEST.search(_read(project / path)) for path in tests):
        return ("pytest",)
    return ("unittest", "discover", *(("-s", start) if start else ()))


def _start(project: Path, tests: Sequence[str]) -> str | None:
    """Where unittest finds all the test files, empty for the project's directory; None where it does not.

    Before Python 3.12 it is content with no tests at all, and so what it would pass over is not left to it:
    a name other than ``test*.py``, one below a folder that is no package (unittest, Test Discovery).
    """
    folders = {Path(path).parent for path in tests}
    packages = {folder for each in folders for folder in (each, *each.parents) if folder.parts}
    bare = {folder for folder in packages if not (project / folder / "__init__.py").is_file()}
    if not all(Path(path).name.startswith("test") for path in tests) or len(bare) > 1:
        return None
    if bare and not all(min(bare) in (folder, *folder.parents) for folder in folders):
        return None
    return min(bare).as_posix() if bare else ""


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def interpreter(project: Path, environ: Mapping[str, str]) -> str:
    """The project's own interpreter: of its ``.venv``, of the active virtual environment, or ``python3``."""
    home = virtual_environment(project, environ)
    return str(home / _BIN / "python") if home else "python3"


def environment(project: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """``environ`` as it is where the project's virtual environment is active."""
    home = virtual_environment(project, environ)
    if home is None:
        return dict(environ)
    path = os.pathsep.join(part for part in (str(home / _BIN), environ.get("PATH", "")) if part)
    return {**environ, "VIRTUAL_ENV": str(home), "PATH": path}


def virtual_environment(project: Path, environ: Mapping[str, str]) -> Path | None:
    """The project's virtual environment: its ``.venv``, one above it in the repository, or the active one."""
    named = environ.get("VIRTUAL_ENV")
    candidates = [*(folder / ".venv" for folder in around(project)), *([Path(named)] if named else [])]
    return next((home for home in candidates if (home / _BIN / "python").exists()), None)


def around(project: Path) -> tuple[Path, ...]:
    """The project's directory and those above it in its repository: the members of a workspace share one."""
    folders = (project, *project.parents)
    top = next((at for at, folder in enumerate(folders) if (folder / ".git").exists()), 0)
    return folders[: top + 1]


def uv_lock_folder(project: Path) -> Path | None:
    """The folder of the uv lock file that holds a project: its own, or that of its workspace."""
    return next((folder for folder in around(project) if _is_locked(project, folder)), None)


def _is_locked(project: Path, folder: Path) -> bool:
    """Whether the lock file in a folder is the project's own, or that of a workspace with it as a member."""
    lock = folder / "uv.lock"
    if not lock.is_file() or folder == project:
        return lock.is_file()
    member = project.relative_to(folder).as_posix()
    return f'"{member}"' in lock.read_text(encoding="utf-8", errors="replace")
