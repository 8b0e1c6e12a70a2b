"""Finds the project's test suite and the interpreter it belongs to: the project's own, never the tool's."""

import os
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

_TEST_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test)\.py$")
_BIN = "Scripts" if os.name == "nt" else "bin"


def command(project: Path, environ: Mapping[str, str], paths: Iterable[str]) -> tuple[str, ...] | None:
    """The command that runs the project's tests with pytest.

    Args:
        project: The project's directory.
        environ: The environment that the suite will have.
        paths: The files of the project.

    Returns:
        ``uv run`` where the project has a uv lock file and there is a uv, else the interpreter of the
        project's ``.venv``, of the active virtual environment, or ``python3``; None where there are no
        test files.
    """
    if not any(_TEST_FILE.search(path) for path in paths):
        return None
    uv = shutil.which("uv", path=environ.get("PATH"))
    if uv and (project / "uv.lock").is_file():
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
    candidates = [project / ".venv", *([Path(named)] if named else [])]
    return next((home for home in candidates if (home / _BIN / "python").exists()), None)
