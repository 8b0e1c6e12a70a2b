"""What tests see of the machine: wherever they run, they have one name, and nothing comes from outside."""

import os
from pathlib import Path

import pytest

from support import nobody
from support.repositories import Repository

WHO = "--format=%an <%ae>, %cn <%ce>"
A_PERSON = "A Person <person@example.com>"


@pytest.fixture(scope="module")
def made_for_many(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository that is made before any test has a home of its own."""
    made = Repository.init(tmp_path_factory.mktemp("many") / "project")
    made.commit()
    return made


def test_what_is_made_for_many_tests_has_the_name_that_all_have(made_for_many: Repository) -> None:
    """Also on a machine where git knows nobody."""
    assert made_for_many.git("log", WHO) == f"{A_PERSON}, {A_PERSON}"


@pytest.mark.parametrize(
    "around",
    [
        {f"GIT_{role}_{what}": "Else" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Else"},
        {"GIT_CONFIG_PARAMETERS": "'user.name'='Else'"},
        {"GIT_CONFIG_GLOBAL": os.devnull, "HOME": "/nowhere"},
        {"GIT_DIR": "/nowhere", "GIT_INDEX_FILE": "/nowhere/index", "GIT_OBJECT_DIRECTORY": "/nowhere"},
        {"GIT_TEMPLATE_DIR": "/nowhere", "GIT_NAMESPACE": "else", "GIT_LITERAL_PATHSPECS": "1"},
    ],
    ids=lambda around: next(iter(around)),
)
def test_what_git_is_told_from_outside_is_not_heard(
    tmp_path: Path, around: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither as a name nor as a place; afterwards the environment is as it was."""
    for name, value in around.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    with nobody.in_charge(tmp_path / "home"):
        made = Repository.init(tmp_path / "project")
        made.commit()
        assert made.git("log", WHO) == f"{A_PERSON}, {A_PERSON}"
    assert dict(os.environ) == before


def test_settings_of_the_tool_and_names_for_git_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What reaches package registries stays."""
    theirs = (
        "AUTO_GIT_TAG",
        "PYPI_API_TOKEN",
        "EMAIL",
        "XDG_CONFIG_HOME",
        "GITHUB_ACTIONS",
        "LC_ALL",
        "GH_TOKEN",
    )
    ours = ("PIP_INDEX_URL", "UV_INDEX", "SSL_CERT_FILE", "HTTPS_PROXY", "PATH")
    for name in (*theirs, *ours):
        monkeypatch.setenv(name, os.environ.get(name, "x"))
    with nobody.in_charge(tmp_path / "home"):
        assert set(theirs).isdisjoint(os.environ)
        assert set(ours) <= set(os.environ)
