"""``hooks`` on the command line: what is installed is told at once, and the rest where it is asked for."""

from pathlib import Path

import pytest

from release_async.cli import git_hooks, main as cli
from support.repositories import Repository


def test_installing_tells_what_stands_now_and_where_the_rest_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line for each hook; which commits git asks no hook about is told by ``status``."""
    monkeypatch.chdir(Repository.init(tmp_path / "repository").path)
    assert cli.main(["hooks", "install"]) == 0
    installed = capsys.readouterr().out
    assert [line.split()[0] for line in installed.splitlines()[: len(git_hooks.EVENTS)]] == [
        *git_hooks.EVENTS
    ]
    assert "release-async hooks status" in installed
    assert git_hooks.unhooked(())[0] not in installed
    assert cli.main(["hooks", "status"]) == 0
    assert git_hooks.unhooked(())[0] in " ".join(capsys.readouterr().out.split())


def test_a_folder_that_is_named_from_where_a_person_stands_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A member of a workspace, and the repository from beside it: one set of hooks, for all of it."""
    repository = Repository.init(tmp_path / "repository")
    (repository.path / "packages" / "core").mkdir(parents=True)
    monkeypatch.chdir(repository.path)
    for name, folder in (
        ("install", "packages/core"),
        ("status", "packages/core"),
        ("uninstall", "packages"),
    ):
        assert cli.main(["-C", folder, "hooks", name]) == 0, capsys.readouterr()
    monkeypatch.chdir(tmp_path)
    assert cli.main(["hooks", "install", "-C", "repository/packages/core"]) == 0
    assert (repository.path / ".git" / "hooks" / "pre-push").is_file()
    capsys.readouterr()
    assert cli.main(["hooks", "status", "-C", "nowhere"]) == 2
    assert f"there is no directory {tmp_path}/nowhere" in " ".join("".join(capsys.readouterr()).split())


def test_outside_of_a_repository_the_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its whole path: the dot that was meant says nothing."""
    monkeypatch.chdir(tmp_path)
    assert cli.main(["hooks", "status"]) == 2
    assert f"{tmp_path} is not in the working tree of a git repository" in " ".join(
        "".join(capsys.readouterr()).split()
    )


def test_without_a_word_it_says_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    """Each as it is typed."""
    assert cli.main(["hooks"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    words = ", ".join(f"release-async hooks {word}" for word in ("install", "uninstall", "status"))
    assert f"one of: {words}" in said
