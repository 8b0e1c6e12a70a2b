"""Landing: the user's branch moves forward and their work stays, whatever their configuration says."""

import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from release_async.base.errors import FailedError
from release_async.plan.effect import Effect, State
from release_async.release.steps import land
from release_async.run.step_results import ReleaseCommit, Results
from support.repositories import Repository
from support.story import PLAN, changed
from support.worlds import Place, prepared


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout with one file."""
    return prepared(tmp_path)


@asynccontextmanager
async def effect(place: Place) -> AsyncIterator[Effect]:
    """The landing of a commit that changes ``file.txt``, and adds ``new.txt``."""
    git, top = place.repository.git, place.repository.path
    plan = changed(PLAN, base=git("rev-parse", "main"))
    async with place.context(plan) as context:
        aside = Repository(top.parent / "aside")
        git("worktree", "add", "--quiet", "--detach", str(aside.path), "main")
        aside.write("file.txt", "released\n")
        aside.write("new.txt", "released\n")
        commit = aside.commit("release")
        git("worktree", "remove", "--force", str(aside.path))
        (only,) = land.effects(plan, context, Results(ReleaseCommit(commit)))
        yield only


async def test_the_checkout_moves_forward(place: Place) -> None:
    """Branch, index and files."""
    async with effect(place) as one:
        assert (await one.probe()).state is State.NOT_DONE
        await one.perform()
        assert (await one.probe()).state is State.DONE
    assert place.repository.git("status", "--porcelain") == ""
    assert (place.repository.path / "file.txt").read_text() == "released\n"


async def test_edits_elsewhere_are_carried_along(place: Place) -> None:
    """What the release does not touch stays as the user has it."""
    place.repository.write("mine.txt", "mine")
    async with effect(place) as one:
        await one.perform()
    assert place.repository.git("status", "--porcelain") == "?? mine.txt"


@pytest.mark.parametrize("path", ["file.txt", "new.txt"])
async def test_edits_in_the_way_are_kept(place: Place, path: str) -> None:
    """Changed and untracked files, and ignored ones: nothing is overwritten, the cure works when typed."""
    place.repository.write(path, "mine\n")
    async with effect(place) as one:
        (place.repository.path / ".git/info/exclude").write_text("new.txt\n")
        with pytest.raises(FailedError) as caught:
            await one.perform()
        assert (await one.probe()).state is State.NOT_DONE
        assert (place.repository.path / path).read_text() == "mine\n"
        assert "you have edited what the release changes" in caught.value.what
        _typed(place.repository, caught.value.cure.partition(": ")[2])
        assert (await one.probe()).state is State.DONE
    assert any("mine\n" in each.read_text() for each in place.repository.path.glob("*.txt*"))


async def test_configuration_that_bends_merges_is_switched_off(place: Place) -> None:
    """A fast-forward stays one: no merge commit, no signature asked for, no stash."""
    for name, value in (
        ("merge.ff", "false"),
        ("merge.verifySignatures", "true"),
        ("branch.main.mergeOptions", "--no-ff --squash"),
        ("merge.autoStash", "true"),
        ("pull.rebase", "true"),
    ):
        place.repository.git("config", name, value)
    async with effect(place) as one:
        await one.perform()
        assert (await one.probe()).state is State.DONE
    assert place.repository.git("log", "--format=%s") == "release\nbegin"
    assert place.repository.git("stash", "list") == ""


async def test_a_branch_that_nobody_has_checked_out_is_moved_alone(place: Place) -> None:
    """HEAD, index and files of the checkout are another branch's, and stay."""
    git = place.repository.git
    git("switch", "--quiet", "--create", "side")
    place.repository.write("file.txt", "mine\n")
    async with effect(place) as one:
        await one.perform()
        assert (await one.probe()).state is State.DONE
    assert git("symbolic-ref", "--short", "HEAD") == "side"
    assert git("status", "--porcelain") == " M file.txt"
    assert not (place.repository.path / ".git/FETCH_HEAD").exists()


async def test_commits_that_the_user_made_meanwhile_are_kept(place: Place) -> None:
    """They have diverged: nothing moves, checked out or not; nor during a merge, whose end is a commit."""
    async with effect(place) as one:
        git = place.repository.git
        git("update-ref", "refs/heads/other", git("commit-tree", "-p", "HEAD", "-m", "theirs", "HEAD^{tree}"))
        git("merge", "--quiet", "--no-ff", "--no-commit", "other")
        with pytest.raises(FailedError) as caught:
            await one.perform()
        assert "what git status names" in caught.value.cure
        assert "if that makes commits on main, the next --resume has the git rebase" in caught.value.cure
        mine = place.repository.commit("mine")
        with pytest.raises(FailedError, match="you have committed to main meanwhile"):
            await one.perform()
        place.repository.git("switch", "--quiet", "--detach")
        with pytest.raises(FailedError):
            await one.perform()
    assert place.repository.git("rev-parse", "main") == mine


def _on_another_branch(repository: Repository) -> None:
    repository.git("switch", "--quiet", "--create", "side")
    repository.write("file.txt", "mine\n")


def _in_another_worktree(repository: Repository) -> None:
    repository.git("switch", "--quiet", "--detach")
    repository.git("worktree", "add", "--quiet", str(repository.path.parent / "a worktree"), "main")


def _gone_on_elsewhere(repository: Repository) -> None:
    _in_another_worktree(repository)
    Repository(repository.path.parent / "a worktree").git("commit", "--quiet", "--allow-empty", "-m", "mine")


def _gone_on_and_edited(repository: Repository) -> None:
    repository.git("commit", "--quiet", "--allow-empty", "--message", "mine")
    repository.write("other.txt", "mine\n")
    repository.git("add", "other.txt")


STANDS: dict[str, Callable[[Repository], object]] = {
    "as it was": lambda _: None,
    "on another branch": _on_another_branch,
    "in another worktree": _in_another_worktree,
    "gone on elsewhere": _gone_on_elsewhere,
    "gone on, and edited": _gone_on_and_edited,
    "a file in the way": lambda repository: repository.write("new.txt", "mine\n"),
    "an edit in the way": lambda repository: repository.write("file.txt", "begin\nmine\n"),
    "deleted": lambda repository: (
        repository.git("switch", "--quiet", "--detach"),
        repository.git("branch", "--quiet", "-D", "main"),
    ),
}


NEED_A_PERSON = {"gone on elsewhere", "gone on, and edited", "a file in the way", "an edit in the way"}


def _typed(repository: Repository, command: str) -> None:
    argv = ("sh", "-eu", "-c", command)
    done = subprocess.run(argv, cwd=repository.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (command, done.stderr)


@pytest.mark.parametrize("stands", STANDS)
async def test_the_command_by_hand_works_when_it_is_typed(place: Place, stands: str) -> None:
    """Wherever the branch is checked out, whatever is edited there, and where it has gone on."""
    repository = place.repository
    async with effect(place) as one:
        STANDS[stands](repository)
        probed = await one.probe()
        typed = await probed.typed()
        assert typed, probed
        (command,) = typed
        first = await probed.obstacle()
        assert first == (command if stands in NEED_A_PERSON else "")
        _typed(repository, command)
        assert (await one.probe()).state is State.DONE, command
    kept = [path for path in repository.path.glob("*.txt*") if "mine" in path.read_text()]
    assert bool(kept) == ("edit" in stands or "way" in stands or stands == "on another branch")
