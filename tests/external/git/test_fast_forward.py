"""Landing goes on where it was killed: what it had written is known by its bytes, all else is the user's."""

import os
import time
from pathlib import Path

import pytest

from release_async.base.errors import FailedError
from release_async.external.git import fast_forward, lock_files
from release_async.external.git.git_commands import Git
from release_async.process import child_environments
from support.repositories import Repository

MAIN = "refs/heads/main"
SPACED = "a name with blanks é.txt"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """One commit on main, and the next one on no branch: a file changed, one added, one deleted, one run."""
    repository = Repository.init(tmp_path / "project")
    for name in ("changed.txt", "gone.txt", "run.sh"):
        repository.write(name, "old\n")
    repository.commit("begin")
    repository.git("switch", "--quiet", "--detach")
    repository.write("changed.txt", "new\n")
    repository.write(SPACED, "new\n")
    (repository.path / "gone.txt").unlink()
    (repository.path / "run.sh").chmod(0o755)
    repository.commit("release")
    repository.git("tag", "release")
    repository.git("switch", "--quiet", "main")
    return repository


@pytest.fixture
def git(repository: Repository) -> Git:
    """Git at the top of it."""
    return Git(repository.path, child_environments.for_git(os.environ))


async def landed(git: Git, repository: Repository, since: float | None = None) -> bool:
    """Try to land; whether git did it."""
    done = await fast_forward.forward(git, MAIN, repository.git("rev-parse", "release"), since)
    assert done.ok == (repository.git("rev-parse", "main") == repository.git("rev-parse", "release"))
    return done.ok


def half_way(repository: Repository) -> None:
    """As a fast-forward leaves it that was killed: files written, index and branch not, a lock left."""
    repository.git("checkout", "--quiet", "release", "--", "changed.txt", SPACED)
    repository.git("reset", "--quiet")
    (repository.path / ".git/index.lock").write_text("")


async def test_what_was_killed_half_way_is_finished(git: Git, repository: Repository) -> None:
    """To git the files are edits of the user's, and it refuses; their bytes say that they are ours."""
    half_way(repository)
    repository.write("mine.txt", "mine")
    assert await landed(git, repository, time.time() - 60)
    assert repository.git("status", "--porcelain") == "?? mine.txt"
    assert not (repository.path / "gone.txt").exists()
    assert os.access(repository.path / "run.sh", os.X_OK)


@pytest.mark.parametrize("name", ["index", "ORIG_HEAD", "HEAD", "refs/heads/main"])
async def test_no_lock_of_a_killed_fast_forward_keeps_the_next_one_away(
    git: Git, repository: Repository, name: str
) -> None:
    """Git takes each of them in turn; what it had written by then is in the index."""
    half_way(repository)
    (repository.path / ".git/index.lock").unlink()
    lock = repository.path / f".git/{name}.lock"
    lock.touch()
    assert await landed(git, repository, time.time() - 60)
    assert not lock.exists()


async def test_nothing_is_healed_that_no_run_of_ours_has_broken(
    git: Git, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock is somebody else's then, and the edits are."""
    monkeypatch.setattr(lock_files, "TIMEOUT", 0.2)
    half_way(repository)
    with pytest.raises(FailedError, match=r"index\.lock"):
        await landed(git, repository)
    (repository.path / ".git/index.lock").unlink()
    assert not await landed(git, repository)


async def test_an_edit_of_the_users_is_never_taken_for_ours(git: Git, repository: Repository) -> None:
    """One byte of difference is enough, in a changed file and in an added one."""
    for name in ("changed.txt", SPACED):
        half_way(repository)
        repository.write(name, "mine\n")
        assert not await landed(git, repository, time.time() - 60)
        assert (repository.path / name).read_text() == "mine\n"
        repository.git("stash", "--quiet", "--include-untracked")
    assert await landed(git, repository, time.time() - 60)


async def test_a_branch_that_is_nowhere_checked_out_waits_for_its_own_lock(
    git: Git, repository: Repository
) -> None:
    """A lock that our dead command has left on the ref is removed."""
    repository.git("switch", "--quiet", "--create", "side")
    (repository.path / ".git" / f"{MAIN}.lock").write_text("")
    assert await landed(git, repository, time.time() - 60)
    assert repository.git("symbolic-ref", "--short", "HEAD") == "side"


async def test_a_branch_that_was_deleted_meanwhile_is_there_again(git: Git, repository: Repository) -> None:
    """At the release commit."""
    repository.git("switch", "--quiet", "--create", "side")
    repository.git("branch", "--quiet", "-D", "main")
    assert await landed(git, repository)
