"""What is to be typed names what the project has for its tests, by the tool that keeps its environment."""

from pathlib import Path

import pytest

from release_async.run import test_installation

PIP = "python3 -m venv .venv && .venv/bin/python -m pip install"
PYTEST = "[dependency-groups]\ndev = ['pytest>=8']\n"
MEMBERS = "[tool.uv.workspace]\nmembers = ['packages/*']\n"
LOCKED = '[manifest]\nmembers = ["a"]\n[[package]]\nname = "a"\nsource = { editable = "packages/a" }\n'
HAS_PYTEST = '[[package]]\nname = "pytest"\n'


def typed(top: Path, files: dict[str, str], missing: str = "pytest", project: str = "") -> str:
    """The commands for a project in a repository with these files, where there is a uv."""
    for name, text in ({".git/HEAD": "", f"{project}/x": ""} | files).items():
        path = top / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    uv = top / "bin/uv"
    uv.parent.mkdir()
    uv.write_text("#!/bin/sh\n")
    uv.chmod(0o755)
    env = {"PATH": str(uv.parent)}
    return test_installation.commands(top / project, env, missing=missing, by_pytest=True)


@pytest.mark.parametrize(
    ("files", "arguments"),
    [
        ({}, "-e . pytest"),
        ({"pyproject.toml": "no TOML"}, "-e . pytest"),
        ({"pyproject.toml": "[project.optional-dependencies]\ntest = ['pytest-cov']\n"}, "-e '.[test]'"),
        ({"pyproject.toml": "[project.optional-dependencies]\ndev = ['ruff']\n"}, "-e '.[dev]' pytest"),
        ({"requirements-dev.txt": "pytest==8.0\n"}, "-e . -r requirements-dev.txt"),
        ({"requirements/dev.txt": "ruff\n"}, "-e . -r requirements/dev.txt pytest"),
    ],
)
def test_pip_installs_the_project_and_what_its_tests_need(
    tmp_path: Path, files: dict[str, str], arguments: str
) -> None:
    """Once each: pytest is named only where nothing else brings it."""
    assert typed(tmp_path, files) == f"{PIP} {arguments}"


@pytest.mark.parametrize(
    ("files", "missing", "commands"),
    [
        ({"uv.lock": ""}, "pytest", "uv add --dev pytest"),
        ({"uv.lock": ""}, "demo", "uv sync"),
        ({"uv.lock": HAS_PYTEST, "pyproject.toml": PYTEST}, "pytest", "uv sync"),
        ({"uv.lock": HAS_PYTEST}, "pytest", "uv sync --all-extras --all-groups"),
    ],
)
def test_uv_keeps_a_locked_project(
    tmp_path: Path, files: dict[str, str], missing: str, commands: str
) -> None:
    """What the lock file has is installed, and what it has not is added."""
    assert typed(tmp_path, files, missing) == commands


@pytest.mark.parametrize(
    ("files", "missing", "commands"),
    [
        ({"uv.lock": LOCKED}, "a", "uv sync --all-packages"),
        ({"uv.lock": LOCKED}, "pytest", "uv add --dev pytest"),
        ({"pyproject.toml": MEMBERS}, "a", "uv sync --all-packages"),
        ({"pyproject.toml": MEMBERS.replace("packages", "libs")}, "a", f"{PIP} -e . pytest"),
    ],
)
def test_the_members_of_a_workspace_share_an_environment(
    tmp_path: Path, files: dict[str, str], missing: str, commands: str
) -> None:
    """With a lock file or without one; who is no member has one of its own."""
    assert typed(tmp_path, files, missing, "packages/a") == commands


def test_without_uv_its_commands_are_not_told(tmp_path: Path) -> None:
    """They could not be typed."""
    (tmp_path / "uv.lock").touch()
    told = test_installation.commands(tmp_path, {"PATH": "/nowhere"}, missing="demo", by_pytest=False)
    assert told == f"{PIP} -e ."
