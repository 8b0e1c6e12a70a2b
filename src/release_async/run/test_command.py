"""Finds the project's test suite and the interpreter it belongs to: the project's own, never the tool's."""

import os
import re
import shlex
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from release_async.run import test_runners

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
    """The way to run the project's tests: by the runner that it has configured, else by pytest.

    A runner that is configured and not installed is passed over, and the note says so.

    Args:
        project: The project's directory.
        environ: The environment that the suite will have.
        paths: The files of the project.
    """
    passed_over = []
    chosen = None
    for runner in test_runners.configured(project):
        if shutil.which(runner.tool, path=environ.get("PATH")):
            chosen = runner.command
            break
        passed_over.append(f"{runner.source} configures {runner.tool}, which is not installed here")
    chosen = chosen or _pytest(project, environ, paths)
    if not passed_over:
        return Suite(chosen)
    instead = f"the tests run as: {shlex.join(chosen)}" if chosen else "no tests are run"
    return Suite(chosen, f"{'; '.join(dict.fromkeys(passed_over))}: {instead}")


def _pytest(project: Path, environ: Mapping[str, str], paths: Iterable[str]) -> tuple[str, ...] | None:
    """The command that runs the project's tests with pytest.

    Args:
        project: The project's directory.
        environ: The environment that the suite will have.
        paths: The files of the project.

    Returns:
        ``uv run`` where a uv lock file holds the project and there is a uv, else the interpreter of the
        project's ``.venv``, of one above it in the repository, of the active virtual environment, or
        ``python3``; None where there are no test files.
    """
    if not any(_TEST_FILE.search(path) for path in paths):
        return None
    uv = shutil.which("uv", path=environ.get("PATH"))
    if uv and any(_is_locked(project, folder) for folder in _around(project)):
        return (uv, "run", "--no-sync", "--frozen", "python", "-m", "pytest")
    return (interpreter(project, environ), "-m", "pytest")


def interpreter(project: Path, environ: Mapping[str, str]) -> str:
    """The project's own interpreter: of its ``.venv``, of the active virtual environment, or ``python3``."""
    home = _home(project, environ)
    return str(home / _BIN / "python") if home else "python3"


def environment(project: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """``environ`` as it is where the project's virtual environment is active."""
    home = _home(project, environ)
    if home is None:
        return dict(environ)
    path = os.pathsep.join(part for part in (str(home / _BIN), environ.get("PATH", "")) if part)
    return {**environ, "VIRTUAL_ENV": str(home), "PATH": path}


def _home(project: Path, environ: Mapping[str, str]) -> Path | None:
    """The project's virtual environment."""
    named = environ.get("VIRTUAL_ENV")
    candidates = [*(folder / ".venv" for folder in _around(project)), *([Path(named)] if named else [])]
    return next((home for home in candidates if (home / _BIN / "python").exists()), None)


def _around(project: Path) -> tuple[Path, ...]:
    """The project's directory and those above it in its repository: the members of a workspace share one."""
    folders = (project, *project.parents)
    top = next((at for at, folder in enumerate(folders) if (folder / ".git").exists()), 0)
    return folders[: top + 1]


def _is_locked(project: Path, folder: Path) -> bool:
    """Whether the lock file in a folder is the project's own, or that of a workspace with it as a member."""
    lock = folder / "uv.lock"
    if not lock.is_file() or folder == project:
        return lock.is_file()
    member = project.relative_to(folder).as_posix()
    return f'"{member}"' in lock.read_text(encoding="utf-8", errors="replace")
