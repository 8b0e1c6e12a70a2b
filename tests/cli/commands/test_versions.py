"""``release-async versions`` and ``bump`` as a person types them, in real repositories."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from support.repositories import Repository
from support.shell import Shell

PROJECT = '[project]\nname = "demo"\nversion = "1.2.3"\n'
MODULE = '__version__ = "1.2.3"\r\n'


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A committed project whose two places agree."""
    repository = Repository.init(tmp_path / "repository")
    repository.write("pyproject.toml", PROJECT)
    repository.write("demo/__init__.py", MODULE)
    repository.commit()
    monkeypatch.chdir(repository.path)
    return Shell(repository, capsys)


def test_places_that_agree_are_shown_and_exit_0(shell: Shell) -> None:
    """Each with file, line and text."""
    assert shell.types("versions") == 0
    assert "demo 1.2.3, the same in 2 places" in shell.said
    assert "pyproject.toml:3" in shell.said
    assert "demo/__init__.py:1" in shell.said


def test_a_well_known_file_that_is_not_watched_is_told(shell: Shell) -> None:
    """In a line; what to write for it is told by --explain, on a line that can be copied."""
    shell.repository.write("package.json", '{"name": "other",\n"version": "1.2.3", "needs": {"a": "1.2.3"}}')
    shell.repository.commit()
    assert shell.types("versions") == 0
    assert "also in package.json:2, unwatched: release-async versions --explain" in shell.said
    assert shell.types("versions", "--explain") == 0
    assert [line.strip() for line in shell.said.splitlines()][-1] == '"package.json"'
    shell.repository.write("package.json", '{"name": "other",\n"needs": {"a": "1.2.3"}}')
    shell.types("versions")
    assert "--explain" not in shell.said


@pytest.mark.parametrize(
    ("words", "code"), [((), 3), (("--staged",), 0), (("--rev", "HEAD~1"), 3), (("--rev", "HEAD"), 0)]
)
def test_disk_index_and_revision_are_told_apart(shell: Shell, words: Sequence[str], code: int) -> None:
    """What lies on the disk is judged, unless the index or a revision is asked for."""
    shell.repository.write("demo/__init__.py", MODULE.replace("3", "4"))
    shell.repository.commit()
    shell.repository.write("demo/__init__.py", MODULE)
    shell.repository.commit()
    shell.repository.write("demo/__init__.py", MODULE.replace("3", "5"))
    assert shell.types("versions", *words) == code


def test_a_revision_that_is_none_is_named(shell: Shell) -> None:
    """It is the command line that is wrong, not git."""
    assert shell.types("versions", "--rev", "nowhere") == 2
    assert "There is no revision nowhere" in shell.said


def test_json_is_one_object_of_the_documented_shape(shell: Shell) -> None:
    """A script reads it without looking at what people are shown."""
    assert shell.types("versions", "--output", "json") == 0
    (distribution,) = json.loads(shell.said)["distributions"]
    assert {key: distribution[key] for key in ("name", "root", "version", "agree")} == {
        "name": "demo", "root": "", "version": "1.2.3", "agree": True,
    }  # fmt: skip
    assert [set(site) for site in distribution["sites"]] == [
        {"path", "line", "role", "text", "version", "note"}
    ] * 2


def test_a_folder_without_a_project_is_said_to_have_none(shell: Shell) -> None:
    """Silence would look like agreement."""
    shell.repository.git("rm", "-q", "-r", ".")
    assert shell.types("versions") == 0
    assert "no Python project was found" in shell.said
    assert shell.types("bump", "patch") == 2


def test_a_bump_changes_the_tokens_and_no_other_byte(shell: Shell) -> None:
    """Line ends stay; nothing is staged, and nothing is committed."""
    assert shell.types("bump", "minor") == 0
    path = shell.repository.path
    assert (path / "pyproject.toml").read_bytes() == PROJECT.replace("1.2.3", "1.3.0").encode()
    assert (path / "demo/__init__.py").read_bytes() == MODULE.replace("1.2.3", "1.3.0").encode()
    assert shell.repository.git("diff", "--cached", "--name-only") == ""


@pytest.mark.parametrize("written", ["not-a-version", "1.2.3.4.x"])
def test_a_whole_version_mends_what_is_no_version(shell: Shell, written: str) -> None:
    """The command that the cure names works; a part has nothing to be counted from."""
    shell.repository.write("pyproject.toml", PROJECT.replace("1.2.3", written))
    assert shell.types("versions") == 3
    assert "release-async bump 1.2.3" in shell.said
    assert shell.types("bump", "patch") == 2
    assert shell.types("bump", "1.2.4") == 0
    assert shell.types("versions") == 0


def test_a_project_that_cannot_be_read_still_has_something_to_be_called(shell: Shell) -> None:
    """A broken file is named with its line, and the sentence around it is whole."""
    shell.repository.write("pyproject.toml", "[project\n")
    assert shell.types("versions") == 3
    assert "this project: its places do not agree" in shell.said
    assert "pyproject.toml:1" in shell.said


def test_of_several_projects_one_must_be_chosen(shell: Shell) -> None:
    """With -C, before the command; each is bumped alone."""
    shell.repository.git("rm", "-q", "-r", ".")
    for name in ("one", "two"):
        shell.repository.write(f"{name}/pyproject.toml", PROJECT.replace("demo", name))
    assert shell.types("bump", "patch") == 2
    assert "one (one), two (two)" in shell.said
    assert shell.types("-C", "one", "bump", "patch") == 0
    assert "1.2.4" in (shell.repository.path / "one/pyproject.toml").read_text()
    assert "1.2.3" in (shell.repository.path / "two/pyproject.toml").read_text()


def test_a_place_behind_a_link_is_refused_and_nothing_is_written(shell: Shell, tmp_path: Path) -> None:
    """What else the link leads to is not ours to change; the other places stay as they are."""
    outside = tmp_path / "outside.py"
    outside.write_text(MODULE)
    module = shell.repository.path / "demo/__init__.py"
    module.unlink()
    module.hardlink_to(outside)
    assert shell.types("bump", "patch") != 0
    assert outside.read_text() == MODULE.replace("\r", "")
    assert (shell.repository.path / "pyproject.toml").read_text() == PROJECT
