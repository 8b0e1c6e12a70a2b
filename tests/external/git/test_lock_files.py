"""Git's lock files: waited for, removed only where a dead command of ours has left them, else named."""

import os
import time
from pathlib import Path

import anyio
import pytest

from release_async.base.errors import FailedError
from release_async.external.git import lock_files
from release_async.external.git.git_commands import Git
from release_async.process import child_environments
from support.repositories import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """One commit."""
    repository = Repository.init(tmp_path / "project")
    repository.commit("begin")
    return repository


@pytest.fixture
def git(repository: Repository) -> Git:
    """Git at the top of it."""
    return Git(repository.path, child_environments.for_git(os.environ))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others get a moment only."""
    monkeypatch.setattr(lock_files, "TIMEOUT", 0.2)


def lock(repository: Repository, name: str = "index", *, age: float = 0.0) -> Path:
    """A lock file that nobody has open."""
    path = repository.path / ".git" / f"{name}.lock"
    path.write_text("")
    moment = time.time() - age
    os.utime(path, (moment, moment))
    return path


async def test_without_a_lock_nothing_is_waited_for(git: Git) -> None:
    """Nor is one made."""
    await lock_files.wait(git, ["index", "HEAD", "refs/heads/main"], time.time())


async def test_a_lock_that_goes_is_waited_for(git: Git, repository: Repository) -> None:
    """Another git finishes what it does, and takes its lock away itself."""
    path = lock(repository)
    async with anyio.create_task_group() as group:
        group.start_soon(lock_files.wait, git, ["index"])
        await anyio.sleep(0.2)
        assert path.exists()
        path.unlink()


@pytest.mark.parametrize("name", ["index", "HEAD", "refs/heads/main"])
@pytest.mark.usefixtures("impatient")
async def test_a_foreign_lock_is_never_removed(git: Git, repository: Repository, name: str) -> None:
    """Without a dead run of ours it belongs to somebody: the words name it, and how to remove it by hand."""
    path = lock(repository, name)
    with pytest.raises(FailedError) as caught:
        await lock_files.wait(git, [name])
    assert str(path) in caught.value.what
    assert f"rm {path}" in caught.value.cure
    assert path.exists()


async def test_what_our_dead_command_has_left_is_removed_at_once(git: Git, repository: Repository) -> None:
    """It is younger than the command, and nobody has it open."""
    path = lock(repository)
    await lock_files.wait(git, ["index"], time.time() - 60)
    assert not path.exists()


@pytest.mark.usefixtures("impatient")
async def test_an_older_lock_is_not_ours(git: Git, repository: Repository) -> None:
    """It was there before our command began."""
    path = lock(repository, age=120)
    with pytest.raises(FailedError):
        await lock_files.wait(git, ["index"], time.time() - 60)
    assert path.exists()


@pytest.mark.usefixtures("impatient")
async def test_a_lock_that_a_living_process_has_open_is_not_ours(git: Git, repository: Repository) -> None:
    """Whatever its age."""
    path = lock(repository)
    with path.open("w"), pytest.raises(FailedError):
        await lock_files.wait(git, ["index"], time.time() - 60)
    assert path.exists()


async def test_a_linked_working_tree_has_an_index_of_its_own(
    git: Git, repository: Repository, tmp_path: Path
) -> None:
    """The lock of another tree's index does not matter; that of a branch is shared by all."""
    repository.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    inside = git.at(tmp_path / "linked")
    path = lock(repository)
    await lock_files.wait(inside, ["index"])
    shared = lock(repository, "refs/heads/main")
    await lock_files.wait(inside, ["refs/heads/main"], time.time() - 60)
    assert (path.exists(), shared.exists()) == (True, False)
