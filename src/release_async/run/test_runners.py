"""Which test runners a project has configured, by the files that these tools read. It runs none of them.

What a project calls its tests comes first (a script of pdm or hatch), then what runs them in environments of
their own (tox, nox), then what keeps the environment that they need (poetry, pdm).
"""

import ast
import configparser
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple


class Runner(NamedTuple):
    """A way to run the tests of a project.

    Attributes:
        tool: The program.
        arguments: Its arguments.
        source: The file that says so.
        names_tests: Whether it is configured to run tests, and does not only keep the environment for them.
    """

    tool: str
    arguments: tuple[str, ...]
    source: str
    names_tests: bool = True


def configured(project: Path, *, has_environment: bool) -> Iterator[Runner]:
    """Every runner that the project has configured, the one that is meant first.

    Args:
        project: The project's directory.
        has_environment: Whether a virtual environment for its tests was found, in it or active.
    """
    tool = _table(_toml(project / "pyproject.toml"), "tool")
    yield from _pdm_scripts(tool)
    yield from _hatch(tool, _toml(project / "hatch.toml"))
    yield from _tox(project, tool)
    yield from _nox(project)
    yield from _environments(project, tool, has_environment=has_environment)


def _toml(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}


def _table(table: object, *names: str) -> Mapping[str, Any]:
    """A table in tables; empty where there is none."""
    for name in names:
        table = table.get(name) if isinstance(table, Mapping) else None
    return table if isinstance(table, Mapping) else {}


_SCRIPTS = ("test", "tests")


def _pdm_scripts(tool: Mapping[str, Any]) -> Iterator[Runner]:
    """``[tool.pdm.scripts]`` (pdm, User scripts)."""
    scripts = _table(tool, "pdm", "scripts")
    for name in _SCRIPTS:
        if name in scripts:
            yield Runner("pdm", ("run", name), "pyproject.toml")
            return


def _hatch(tool: Mapping[str, Any], own: Mapping[str, Any]) -> Iterator[Runner]:
    """Scripts of environments, and the settings of ``hatch test`` (hatch, Environment configuration)."""
    for environments, source in (
        (_table(own, "envs"), "hatch.toml"),
        (_table(tool, "hatch", "envs"), "pyproject.toml"),
    ):
        for environment in sorted(environments, key=lambda name: (name != "default", name not in _SCRIPTS)):
            for name in _SCRIPTS:
                if name in _table(environments, environment, "scripts"):
                    where = name if environment == "default" else f"{environment}:{name}"
                    yield Runner("hatch", ("run", where), source)
                    return
        if "hatch-test" in environments:
            yield Runner("hatch", ("test",), source)
            return


# tox

_PYTHON = re.compile(r"py(?:py)?[0-9.]*|[0-9]+\.[0-9]+")
"""The name of an environment that is the tests with a Python, and nothing beside it."""


class _ToxSettings(NamedTuple):
    """What decides how tox is run: the names of its environments, and whether the base has commands."""

    environments: list[str]
    has_commands: bool


def _tox(project: Path, tool: Mapping[str, Any]) -> Iterator[Runner]:
    """The first file that tox would take (tox, Configuration)."""
    legacy = str(_table(tool, "tox").get("legacy_tox_ini", ""))
    found = {
        "tox.ini": _tox_ini(_ini(project / "tox.ini"), "tox"),
        "setup.cfg": _tox_ini(_ini(project / "setup.cfg"), "tox:tox"),
        "pyproject.toml": _tox_ini(_sections(legacy), "tox") or _tox_toml(_table(tool, "tox")),
        "tox.toml": _tox_toml(_toml(project / "tox.toml")),
    }
    for source, settings in found.items():
        if settings:
            yield Runner("tox", _tox_arguments(settings), source)
            return


def _tox_ini(sections: Mapping[str, Mapping[str, str]], main: str) -> _ToxSettings | None:
    if main not in sections and not (main == "tox" and "testenv" in sections):
        return None
    settings = sections.get(main, {})
    listed = settings.get("env_list") or settings.get("envlist") or ""
    return _ToxSettings(_expanded(listed), bool(sections.get("testenv", {}).get("commands")))


def _tox_toml(table: Mapping[str, Any]) -> _ToxSettings | None:
    if not table:
        return None
    listed = [name for name in table.get("env_list", ()) if isinstance(name, str)]
    return _ToxSettings(listed, bool(_table(table, "env_run_base").get("commands")))


def _tox_arguments(settings: _ToxSettings) -> tuple[str, ...]:
    """The tests with one Python if that is an environment of its own, else all that tox runs by default.

    Without commands of the base ``tox -e py`` would pass without running anything.
    """
    if settings.has_commands and any(map(_PYTHON.fullmatch, settings.environments)):
        return "run", "-e", "py"
    return "run", "--skip-missing-interpreters=true"


def _ini(path: Path) -> dict[str, Mapping[str, str]]:
    try:
        return _sections(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _sections(text: str) -> dict[str, Mapping[str, str]]:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return {}
    return {name: {key: value or "" for key, value in parser[name].items()} for name in parser.sections()}


def _expanded(listed: str) -> list[str]:
    """The names of a list in which braces hold alternatives: ``py{311,312}, lint``."""
    names = [name for name in re.split(r",(?![^{]*\})|\s+(?![^{]*\})", listed) if name]
    while any("{" in name for name in names):
        names = [each for name in names for each in _one_brace(name)]
    return names


def _one_brace(name: str) -> list[str]:
    before, _, rest = name.partition("{")
    inner, closed, after = rest.partition("}")
    return [f"{before}{each.strip()}{after}" for each in inner.split(",")] if closed else [before or after]


# nox

_SESSIONS = ("tests", "test", "pytest", "unit", "unit_tests")


def _nox(project: Path) -> Iterator[Runner]:
    """The session for tests of ``noxfile.py``, which is read and not run."""
    try:
        tree = ast.parse((project / "noxfile.py").read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError, RecursionError):
        return
    sessions = {
        _session(node, each)
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        for each in node.decorator_list
    }
    for name in _SESSIONS:
        if name in sessions:
            yield Runner("nox", ("--session", name), "noxfile.py")
            return


def _session(function: ast.FunctionDef, decorator: ast.expr) -> str:
    """The name of the session that a decorator makes of a function; empty where it makes none."""
    call = decorator.func if isinstance(decorator, ast.Call) else decorator
    if ast.unparse(call) not in {"nox.session", "session", "nox_uv.session"}:
        return ""
    given = {word.arg: word.value for word in decorator.keywords} if isinstance(decorator, ast.Call) else {}
    name = given.get("name")
    return str(name.value) if isinstance(name, ast.Constant) else function.name


# the environment of the project


def _environments(project: Path, tool: Mapping[str, Any], *, has_environment: bool) -> Iterator[Runner]:
    """Tools that keep the environment of a project outside of it; one that was found is used without them.

    Poetry would take an active one itself, and so would pdm, unless it has recorded another.
    """
    if (project / ".venv").exists():
        return
    if not has_environment and (
        (project / "poetry.lock").is_file() or _table(tool, "poetry").keys() - _FOR_BUILDS
    ):
        source = "poetry.lock" if (project / "poetry.lock").is_file() else "pyproject.toml"
        yield Runner(
            "poetry", ("--no-interaction", "run", "python", "-m", "pytest"), source, names_tests=False
        )
    is_another = not has_environment or (project / ".pdm-python").exists()
    if is_another and (project / "pdm.lock").is_file():
        yield Runner("pdm", ("run", "python", "-m", "pytest"), "pdm.lock", names_tests=False)


_FOR_BUILDS = frozenset(("packages", "include", "exclude", "build", "version"))
"""Keys of ``[tool.poetry]`` that poetry-core reads, of a project in whose ``[project]`` the rest stands."""
