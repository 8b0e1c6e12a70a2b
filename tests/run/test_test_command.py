"""The project's own interpreter runs the project's own tests, never the one that this tool lives in."""

import subprocess
import sys
from pathlib import Path

import pytest

from release_async.run import test_command

TESTS = ("src/x.py", "tests/test_x.py")


def interpreter_in(home: Path) -> Path:
    """Something that looks like a virtual environment."""
    python = home / "bin/python"
    python.parent.mkdir(parents=True)
    python.touch(mode=0o755)
    return python


def program(directory: Path, name: str) -> Path:
    """A program on a PATH of its own."""
    directory.mkdir()
    path = directory / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("paths", [(), ("x.py", "tests/data.txt", "latest_x.py.txt", "contest.py")])
def test_no_test_file_is_no_suite(tmp_path: Path, paths: tuple[str, ...]) -> None:
    """Names that only look alike do not count."""
    assert test_command.suite(tmp_path, {}, paths) == (None, "")


@pytest.mark.parametrize("path", ["test_x.py", "tests/test_x.py", "src/x/x_test.py"])
def test_the_names_that_pytest_collects_are_a_suite(tmp_path: Path, path: str) -> None:
    """By pytest's own defaults (``python_files``)."""
    assert test_command.suite(tmp_path, {}, (path,)).command == ("python3", "-m", "pytest")


UNITTEST = "import unittest\n\n\nclass Case(unittest.TestCase):\n    def test_it(self):\n        pass\n"


def written(project: Path, *paths: str) -> None:
    """Files of tests that only unittest is needed for, and markers of packages."""
    for path in paths:
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text("" if path.endswith("__init__.py") else UNITTEST)


@pytest.mark.parametrize(
    ("paths", "start"),
    [
        (("test_x.py",), ()),
        (("tests/test_x.py",), ("-s", "tests")),
        (("tests/__init__.py", "tests/test_x.py"), ()),
        (("x/__init__.py", "x/test_x.py", "x/y/__init__.py", "x/y/test_y.py"), ()),
        (("tests/test_x.py", "tests/y/__init__.py", "tests/y/test_y.py"), ("-s", "tests")),
    ],
)
def test_where_nobody_names_pytest_unittest_runs_all_the_tests(
    tmp_path: Path, paths: tuple[str, ...], start: tuple[str, ...]
) -> None:
    """It comes with Python, and finds every file there is: as many tests run as there are."""
    written(tmp_path, *paths)
    command = test_command.suite(tmp_path, {}, paths).command
    assert command == ("python3", "-m", "unittest", "discover", *start)
    ran = subprocess.run(
        (sys.executable, *command[1:]), cwd=tmp_path, capture_output=True, text=True, check=True
    )
    tests = sum(not path.endswith("__init__.py") for path in paths)
    assert f"Ran {tests} test" in ran.stderr


@pytest.mark.parametrize(
    ("paths", "configured"),
    [
        (("tests/test_x.py",), {"pyproject.toml": "[dependency-groups]\ntest = ['pytest>=8']\n"}),
        (("tests/test_x.py",), {"tests/conftest.py": "import pytest\n"}),
        (("tests/test_x.py", "tests/y/test_y.py"), {}),
        (("tests/x_test.py",), {}),
        (("a/test_x.py", "b/test_x.py"), {}),
    ],
)
def test_pytest_runs_what_names_it_or_what_unittest_would_pass_over(
    tmp_path: Path, paths: tuple[str, ...], configured: dict[str, str]
) -> None:
    """In a folder that is no package, or under a name that does not begin with test, it finds no tests."""
    written(tmp_path, *paths)
    for path, text in configured.items():
        (tmp_path / path).write_text(text)
    assert test_command.suite(tmp_path, {}, paths).command == ("python3", "-m", "pytest")


def test_the_projects_environment_comes_before_the_active_one(tmp_path: Path) -> None:
    """``.venv`` first, then VIRTUAL_ENV, then ``python3``; one without an interpreter is none."""
    project, active = tmp_path / "project", tmp_path / "active"
    project.mkdir()
    assert test_command.interpreter(project, {"VIRTUAL_ENV": str(active)}) == "python3"
    theirs = interpreter_in(active)
    assert test_command.interpreter(project, {"VIRTUAL_ENV": str(active)}) == str(theirs)
    own = interpreter_in(project / ".venv")
    assert test_command.interpreter(project, {"VIRTUAL_ENV": str(active)}) == str(own)
    assert test_command.suite(project, {}, TESTS).command == (str(own), "-m", "pytest")


def test_uv_runs_what_uv_has_locked_and_changes_nothing(tmp_path: Path) -> None:
    """Only with a lock file and a uv; the lock and the environment stay as they are."""
    uv = program(tmp_path / "programs", "uv")
    environ = {"PATH": str(uv.parent)}
    assert test_command.suite(tmp_path, environ, TESTS).command == ("python3", "-m", "pytest")
    (tmp_path / "uv.lock").touch()
    command = test_command.suite(tmp_path, environ, TESTS).command
    assert command == (str(uv), "run", "--no-sync", "--frozen", "python", "-m", "pytest")
    assert test_command.suite(tmp_path, {"PATH": "/nowhere"}, TESTS).command == ("python3", "-m", "pytest")


def test_a_member_of_a_workspace_shares_what_stands_at_its_top(tmp_path: Path) -> None:
    """Its ``.venv``, and the lock file where that names the member; nothing outside of the repository."""
    uv = program(tmp_path / "programs", "uv")
    interpreter_in(tmp_path / ".venv")
    (tmp_path / "uv.lock").write_text('source = { editable = "top/packages/one" }')
    top = tmp_path / "top"
    one, other = top / "packages/one", top / "packages/other"
    for folder in (top / ".git", one, other):
        folder.mkdir(parents=True)
    environ = {"PATH": str(uv.parent)}
    assert test_command.suite(one, environ, TESTS).command == ("python3", "-m", "pytest")
    shared = interpreter_in(top / ".venv")
    (top / "uv.lock").write_text('source = { editable = "packages/one" }')
    assert test_command.suite(one, environ, TESTS).command == (
        *(str(uv), "run", "--no-sync", "--frozen"), "python", "-m", "pytest",
    )  # fmt: skip
    assert test_command.suite(other, environ, TESTS).command == (str(shared), "-m", "pytest")
    own = interpreter_in(one / ".venv")
    assert test_command.interpreter(one, {}) == str(own)


def test_the_projects_environment_is_active_for_its_tests(tmp_path: Path) -> None:
    """VIRTUAL_ENV and the front of PATH; without one the environment is as it was."""
    assert test_command.environment(tmp_path, {"PATH": "/bin", "A": "b"}) == {"PATH": "/bin", "A": "b"}
    python = interpreter_in(tmp_path / ".venv")
    seen = test_command.environment(tmp_path, {"PATH": "/bin", "VIRTUAL_ENV": "/another"})
    assert seen == {"PATH": f"{python.parent}:/bin", "VIRTUAL_ENV": str(tmp_path / ".venv")}
    assert test_command.environment(tmp_path, {})["PATH"] == str(python.parent)


def test_a_runner_that_is_configured_and_installed_is_used(tmp_path: Path) -> None:
    """Also where no file is called as pytest would have it; by its path, which a person can type anywhere."""
    tox = program(tmp_path / "programs", "tox")
    (tmp_path / "tox.ini").write_text("[tox]\nenv_list = py312\n[testenv]\ncommands = pytest\n")
    suite = test_command.suite(tmp_path, {"PATH": str(tox.parent)}, ())
    assert suite == ((str(tox), "run", "-e", "py"), "")


def test_a_runner_that_is_not_installed_is_said_and_not_run(tmp_path: Path) -> None:
    """The next one is taken, or pytest, or nothing; and a person reads which."""
    (tmp_path / "tox.ini").write_text("[tox]\nenv_list = py312\n[testenv]\ncommands = pytest\n")
    said = "tox (tox.ini) is not installed"
    assert test_command.suite(tmp_path, {"PATH": "/nowhere"}, TESTS) == (
        ("python3", "-m", "pytest"),
        f"{said}: tests by pytest, or set test-command",
    )
    assert test_command.suite(tmp_path, {"PATH": "/nowhere"}, ()) == (
        None,
        f"{said}: no tests are run, or set test-command",
    )
    nox = program(tmp_path / "programs", "nox")
    (tmp_path / "noxfile.py").write_text("import nox\n@nox.session\ndef tests(session): ...\n")
    assert test_command.suite(tmp_path, {"PATH": str(nox.parent)}, TESTS) == (
        (str(nox), "--session", "tests"),
        f"{said}: tests by nox, or set test-command",
    )


def test_nobody_is_told_of_a_keeper_of_environments_where_there_are_no_tests(tmp_path: Path) -> None:
    """With tests it is said, since they run in another environment than the project's."""
    (tmp_path / "poetry.lock").touch()
    nowhere = {"PATH": "/nowhere"}
    assert test_command.suite(tmp_path, nowhere, ()) == (None, "")
    said = "poetry (poetry.lock) is not installed: tests by pytest, or set test-command"
    assert test_command.suite(tmp_path, nowhere, TESTS).note == said
