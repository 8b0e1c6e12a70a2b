"""What a person types so that a project's tests find the project and what they need. It installs nothing."""

import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from release_async.run import test_command

_VENV = "python3 -m venv .venv && .venv/bin/python -m"
_EXTRAS = ("test", "tests", "testing", "dev")
_REQUIREMENTS = (
    *("requirements-test.txt", "test-requirements.txt", "requirements/test.txt", "requirements/tests.txt"),
    *("requirements-dev.txt", "dev-requirements.txt", "requirements_dev.txt", "requirements/dev.txt"),
)
_PYTEST = re.compile(r"\bpytest\b")


def commands(project: Path, environ: Mapping[str, str], *, missing: str, by_pytest: bool) -> str:
    """The commands that give the tests what they need, in the project's directory.

    Args:
        project: The project's directory.
        environ: The environment that the suite has.
        missing: The module that was not found.
        by_pytest: Whether pytest runs the tests.

    Returns:
        Those of uv where uv keeps the project and is installed; otherwise those that make a ``.venv``. To
        make one that is there already changes nothing in it.
    """
    return _by_uv(project, environ, missing) or _by_pip(project, by_pytest=by_pytest)


def tool_command(tool: str, environ: Mapping[str, str]) -> str:
    """The command that installs a test runner, such as tox, where it is found on the PATH of the tests."""
    for manager, command in (("uv", "uv tool install"), ("pipx", "pipx install")):
        if shutil.which(manager, path=environ.get("PATH")):
            return f"{command} {tool}"
    return f"{_VENV} pip install {tool}"


def typed_in(directory: Path, command: object) -> str:
    """A command as it is typed where the person stands, if it belongs into a directory."""
    here, there = Path.cwd().resolve(), directory.resolve()
    if here == there:
        return str(command)
    where = there.relative_to(here) if there.is_relative_to(here) else directory
    return f"(cd {shlex.quote(str(where))} && {command})"


def is_own(project: Path, module: str) -> bool:
    """Whether a top-level module that was not found lies in the project: it is there, and not installed."""
    bases = (project / base for base in ("src", "lib", "python", "."))
    return any((base / module).is_dir() or (base / f"{module}.py").is_file() for base in bases)


def _by_uv(project: Path, environ: Mapping[str, str], missing: str) -> str:
    top = test_command.uv_lock_folder(project) or _workspace(project)
    if top is None or not shutil.which("uv", path=environ.get("PATH")):
        return ""
    if missing == "pytest" and not re.search(r'(?m)^name = "pytest"$', _text(top / "uv.lock")):
        return "uv add --dev pytest"
    sync = "uv sync" if top == project else "uv sync --all-packages"
    is_in_reach = missing != "pytest" or any(map(_has_default_pytest, (top, project)))
    return sync if is_in_reach else f"{sync} --all-extras --all-groups"


def _workspace(project: Path) -> Path | None:
    """The folder of the uv workspace that a project is in, where there is no lock file yet."""
    for folder in test_command.around(project):
        workspace = _table(_metadata(folder), "tool", "uv", "workspace")
        member = PurePosixPath(project.relative_to(folder).as_posix())
        if workspace and (folder == project or any(map(member.match, workspace.get("members", ())))):
            return folder
    return None


def _has_default_pytest(folder: Path) -> bool:
    """Whether pytest is in a group that ``uv sync`` installs without being told."""
    metadata = _metadata(folder)
    groups = (_table(metadata, "dependency-groups").get("dev"), _table(metadata, "tool", "uv"))
    return any(_PYTEST.search(str(group)) for group in groups)


def _by_pip(project: Path, *, by_pytest: bool) -> str:
    extra, requirements = _extra(project), next(_requirements(project), None)
    words = ["-e", f".[{extra[0]}]" if extra else "."]
    stated = extra[1] if extra else ""
    if requirements and not _PYTEST.search(stated):
        words += ["-r", requirements]
        stated += _text(project / requirements)
    if by_pytest and not _PYTEST.search(stated):
        words.append("pytest")
    return f"{_VENV} pip install {shlex.join(words)}"


def _extra(project: Path) -> tuple[str, str] | None:
    """The extra with what the tests need, and what is in it."""
    extras = _table(_metadata(project), "project", "optional-dependencies")
    return next(((name, str(extras[name])) for name in _EXTRAS if name in extras), None)


def _requirements(project: Path) -> Iterator[str]:
    return (name for name in _REQUIREMENTS if (project / name).is_file())


def _metadata(folder: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(_text(folder / "pyproject.toml"))
    except (ValueError, RecursionError):
        return {}


def _table(table: object, *names: str) -> Mapping[str, Any]:
    """A table in tables; empty where there is none."""
    for name in names:
        table = table.get(name) if isinstance(table, Mapping) else None
    return table if isinstance(table, Mapping) else {}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
