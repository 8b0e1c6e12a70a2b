"""What is to be added to lefthook's configuration fits the file that is there."""

import json
import tomllib
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own

from release_async.cli import lefthook

COMMAND = "release-async hook version-consistency"


def addition(tmp_path: Path, name: str, text: str) -> tuple[str, str]:
    """Where, and which lines."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    assert lefthook.find(tmp_path) == name
    return lefthook.addition(tmp_path, name, COMMAND)


@pytest.mark.parametrize(
    "name",
    [
        "lefthook.yml",
        ".lefthook.yaml",
        "lefthook.toml",
        ".config/lefthook.json",
        "lefthook.jsonc",
        "lefthook-local.yml",
    ],
)
def test_each_name_and_format_is_known(tmp_path: Path, name: str) -> None:
    """As its manual lists them."""
    where, lines = addition(tmp_path, name, "")
    assert COMMAND in lines
    assert where in {"", "at its end", "at its top level"}


def test_no_configuration_is_no_lefthook(tmp_path: Path) -> None:
    """Neither is a directory of that name."""
    (tmp_path / "lefthook.yml").mkdir()
    assert lefthook.find(tmp_path) == ""


@pytest.mark.parametrize(
    "text", ["", '[pre-commit.commands.a]\nrun = "true"\n', '[[pre-commit.jobs]]\nrun = "true"\n']
)
def test_lines_of_toml_can_be_added_at_the_end(tmp_path: Path, text: str) -> None:
    """The file is TOML then, and has both hooks."""
    where, lines = addition(tmp_path, "lefthook.toml", text)
    whole = tomllib.loads(f"{text}\n{lines}\n")
    assert (where, COMMAND in str(whole)) == ("at its end", True)
    assert text.count("run") + 1 == str(whole).count("'run'")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", ""),
        ("pre-commit:\n  commands:\n    a:\n      run: a\n", "under pre-commit, commands"),
        ("pre-commit:\n  jobs:\n    - run: a\n", "under pre-commit, jobs"),
        ("pre-commit:\n  parallel: true\n", "under pre-commit"),
        ("pre-push:\n  commands:\n    a:\n      run: a\n", ""),
    ],
)
def test_lines_of_yaml_go_under_what_is_there(tmp_path: Path, text: str, where: str) -> None:
    """A second key of the same name would be refused."""
    said, lines = addition(tmp_path, "lefthook.yml", text)
    assert said == where
    under_jobs = (
        yaml.safe_load(text + lines + "\n")
        if text.count("pre-commit:") + lines.count("pre-commit:") == 1
        else None
    )
    assert under_jobs is not None
    assert COMMAND in str(under_jobs["pre-commit"])


def test_lines_of_json_are_json(tmp_path: Path) -> None:
    """A member of the object that is named."""
    for text, where in (
        ("{}", "at its top level"),
        ('{"pre-commit": {"commands": {}}}', "under pre-commit, commands"),
    ):
        said, lines = addition(tmp_path, "lefthook.json", text)
        assert said == where
        assert COMMAND in str(json.loads(f"{{ {lines} }}"))
    _, lines = addition(tmp_path, "lefthook.json", '{"pre-commit": {"jobs": []}}')
    assert json.loads(lines) == {"name": "release-async", "run": COMMAND}
