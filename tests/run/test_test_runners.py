"""Which test runners a project has configured, in the files and the forms that these tools read."""

from pathlib import Path

import pytest

from release_async.run import test_runners

PYTEST = ("python", "-m", "pytest")
PY = ("tox", "run", "-e", "py")
WHOLE_TOX = ("tox", "run", "--skip-missing-interpreters=true")

TOX = """\
[tox]
envlist = {listed}

[testenv]
deps = pytest
commands = pytest {{posargs}}
"""
NOX = """\
import nox

@nox.session(python=["3.11", "3.12"])
def {name}(session):
    session.run("pytest")

@nox.session
def lint(session):
    session.run("ruff")
"""


def found(project: Path, files: dict[str, str]) -> list[tuple[str, ...]]:
    """The commands for a project with these files."""
    for name, text in files.items():
        (project / name).write_text(text)
    configured = test_runners.configured(project, has_environment=False)
    return [(runner.tool, *runner.arguments) for runner in configured]


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({"tox.ini": TOX.format(listed="py311, lint")}, PY),
        ({"tox.ini": TOX.format(listed="py{39,310,311}, docs")}, PY),
        ({"tox.ini": TOX.format(listed="\n    py3{11,12}\n    lint")}, PY),
        ({"tox.ini": TOX.format(listed="3.11, 3.12")}, PY),
        ({"tox.ini": TOX.format(listed="{py311,py312}-{django42,django52}")}, WHOLE_TOX),
        ({"tox.ini": "[tox]\nenv_list = py311\n[testenv:py311]\ncommands = pytest\n"}, WHOLE_TOX),
        ({"tox.ini": "[testenv]\ncommands = pytest\n"}, WHOLE_TOX),
        ({"tox.ini": "[tox]\nenvlist = py{39,\n"}, WHOLE_TOX),
        ({"setup.cfg": TOX.format(listed="py311").replace("[tox]", "[tox:tox]")}, PY),
        ({"tox.toml": 'env_list = ["3.12"]\n[env_run_base]\ncommands = [["pytest"]]\n'}, PY),
        ({"tox.toml": 'env_list = ["3.12"]\n[env."3.12"]\ncommands = [["pytest"]]\n'}, WHOLE_TOX),
        (
            {"pyproject.toml": '[tool.tox]\nenv_list = ["py312"]\nenv_run_base = { commands = ["x"] }\n'},
            PY,
        ),
        ({"pyproject.toml": f"[tool.tox]\nlegacy_tox_ini = '''\n{TOX.format(listed='py311')}'''\n"}, PY),
        ({"noxfile.py": NOX.format(name="tests")}, ("nox", "--session", "tests")),
        ({"noxfile.py": NOX.format(name="test")}, ("nox", "--session", "test")),
        (
            {"noxfile.py": 'from nox import session\n@session(name="unit")\ndef run_them(s): ...\n'},
            ("nox", "--session", "unit"),
        ),
        ({"pyproject.toml": '[tool.pdm.scripts]\ntest = "pytest"\n'}, ("pdm", "run", "test")),
        ({"pyproject.toml": '[tool.pdm.scripts]\ntests = { cmd = "pytest" }\n'}, ("pdm", "run", "tests")),
        (
            {"pyproject.toml": '[tool.hatch.envs.default.scripts]\ntest = "pytest"\n'},
            ("hatch", "run", "test"),
        ),
        (
            {"pyproject.toml": '[tool.hatch.envs.ci.scripts]\ntests = "pytest"\n'},
            ("hatch", "run", "ci:tests"),
        ),
        ({"pyproject.toml": "[tool.hatch.envs.hatch-test]\nparallel = true\n"}, ("hatch", "test")),
        ({"hatch.toml": '[envs.test.scripts]\ntest = "pytest"\n'}, ("hatch", "run", "test:test")),
        ({"poetry.lock": ""}, ("poetry", "--no-interaction", "run", *PYTEST)),
        ({"pyproject.toml": '[tool.poetry]\nname = "a"\n'}, ("poetry", "--no-interaction", "run", *PYTEST)),
        ({"pdm.lock": ""}, ("pdm", "run", *PYTEST)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else next(iter(value)),
)
def test_what_is_configured_is_found(tmp_path: Path, files: dict[str, str], command: tuple[str, ...]) -> None:
    """The tests with one Python where tox has them alone; a script or a session by the name of tests."""
    assert found(tmp_path, files) == [command]


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"pyproject.toml": '[tool.pytest.ini_options]\n[tool.pdm.scripts]\nlint = "x"\n'},
        {"pyproject.toml": "[tool.hatch.envs.docs]\n[tool.hatch.build]\n"},
        {"pyproject.toml": "not TOML", "tox.ini": "not INI", "noxfile.py": "not Python", "hatch.toml": "["},
        {"setup.cfg": "[metadata]\nname = a\n[testenv]\ncommands = x\n"},
        {"noxfile.py": "import nox\n@nox.session\ndef lint(s): ...\n\ndef tests(s): ...\n"},
        {"pyproject.toml": "[tool]\npdm = 1\ntox = []\nhatch = 'x'\n"},
    ],
    ids=str,
)
def test_what_runs_no_tests_is_none(tmp_path: Path, files: dict[str, str]) -> None:
    """Files that do something else, or that nobody can read."""
    assert found(tmp_path, files) == []


def test_bytes_that_are_no_text_are_none(tmp_path: Path) -> None:
    """Whatever lies there under those names."""
    for name in ("tox.ini", "setup.cfg", "pyproject.toml", "tox.toml", "hatch.toml", "noxfile.py"):
        (tmp_path / name).write_bytes(b"\xff\x00[tox]")
    assert list(test_runners.configured(tmp_path, has_environment=False)) == []


@pytest.mark.parametrize(
    "files", [{"poetry.lock": ""}, {"pyproject.toml": '[tool.poetry]\nname = "a"\n'}, {"pdm.lock": ""}]
)
def test_an_environment_that_was_found_needs_nobody_to_keep_it(tmp_path: Path, files: dict[str, str]) -> None:
    """As in a rehearsal, whose clone has no ``.venv``; unless pdm has recorded which one it means."""
    assert len(found(tmp_path, files)) == 1
    assert list(test_runners.configured(tmp_path, has_environment=True)) == []
    (tmp_path / ".pdm-python").write_text("/elsewhere/python")
    there = list(test_runners.configured(tmp_path, has_environment=True))
    assert [runner.tool for runner in there] == ["pdm"] * ("pdm.lock" in files)


def test_what_a_project_calls_its_tests_comes_first(tmp_path: Path) -> None:
    """Then what runs them in environments of their own, then what keeps the project's environment."""
    files = {
        "pyproject.toml": '[tool.pdm.scripts]\ntest = "x"\n[tool.hatch.envs.hatch-test]\n',
        "tox.ini": TOX.format(listed="py311"),
        "noxfile.py": NOX.format(name="tests"),
        "poetry.lock": "",
        "pdm.lock": "",
    }
    assert [command[0] for command in found(tmp_path, files)] == [
        "pdm",
        "hatch",
        "tox",
        "nox",
        "poetry",
        "pdm",
    ]


def test_poetry_is_not_meant_where_it_only_builds(tmp_path: Path) -> None:
    """poetry-core reads its packages in ``[tool.poetry]`` also for who has never used poetry."""
    only = '[project]\nname = "a"\n[tool.poetry]\npackages = [{include = "a"}]\nversion = "1"\n'
    assert found(tmp_path, {"pyproject.toml": only}) == []


def test_an_environment_in_the_project_needs_nobody_to_find_it(tmp_path: Path) -> None:
    """With a ``.venv`` poetry and pdm are not asked where it is."""
    (tmp_path / ".venv").mkdir()
    assert found(tmp_path, {"poetry.lock": "", "pdm.lock": ""}) == []
