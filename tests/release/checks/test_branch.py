"""A release is made from the release branch, and not in the middle of something else."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from release_async.release.checks import branch
from release_async.versions.distribution import Distribution
from support.repositories import Repository
from support.story import changed
from support.worlds import Place, judged, prepared, said


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout of main, and a branch whose commit conflicts with it."""
    place = prepared(tmp_path)
    place.repository.git("switch", "--quiet", "--create", "side")
    place.repository.write("file.txt", "theirs\n")
    place.repository.commit("theirs")
    place.repository.git("switch", "--quiet", "main")
    place.repository.write("file.txt", "ours\n")
    place.repository.commit("ours")
    return place


def rebase(repository: Repository) -> None:
    """Stop in a conflict of a rebase, the way it is done today."""
    assert repository.tried("rebase", "side").returncode


def old_rebase(repository: Repository) -> None:
    """The same by patches."""
    assert repository.tried("rebase", "--apply", "side").returncode


def patches(repository: Repository) -> None:
    """Stop at a patch that does not apply."""
    mail = repository.git("format-patch", "--stdout", "side", "-1")
    repository.write(".git/mail", mail + "\n")
    assert repository.tried("am", ".git/mail").returncode


def merge(repository: Repository) -> None:
    """Stop in a conflict of a merge."""
    assert repository.tried("merge", "side").returncode


def merged(repository: Repository) -> None:
    """Stop before the commit of a merge that went well."""
    repository.git("merge", "--quiet", "--no-commit", "--strategy=ours", "side")


def cherry_pick(repository: Repository) -> None:
    """Stop in a conflict of a cherry-pick."""
    assert repository.tried("cherry-pick", "side").returncode


def half_picked(repository: Repository) -> None:
    """The first of two was committed by hand, and git waits for the word to go on."""
    repository.git("switch", "--quiet", "side")
    repository.commit("another")
    repository.git("switch", "--quiet", "main")
    assert repository.tried("cherry-pick", "--allow-empty", "main..side").returncode
    repository.commit("as it should be")


def revert(repository: Repository) -> None:
    """Stop in a conflict of a revert."""
    assert repository.tried("revert", "side").returncode


def bisect(repository: Repository) -> None:
    """Look for a commit, without one being checked out."""
    repository.git("bisect", "start", "--no-checkout", "HEAD", "HEAD~1")


@pytest.mark.parametrize(
    ("begin", "named", "ends"),
    [
        (rebase, "rebase", "git rebase --abort"),
        (old_rebase, "rebase", "git rebase --abort"),
        (patches, "series of patches (git am)", "git am --abort"),
        (merge, "merge", "git merge --abort"),
        (merged, "merge", "git merge --abort"),
        (cherry_pick, "cherry-pick", "git cherry-pick --abort"),
        (half_picked, "cherry-pick", "git cherry-pick --abort"),
        (revert, "revert", "git revert --abort"),
        (bisect, "bisect", "git bisect reset"),
    ],
)
async def test_what_is_half_done_is_named_with_the_command_that_ends_it(
    place: Place, begin: Callable[[Repository], None], named: str, ends: str
) -> None:
    """And nothing else is said: a rebase has no branch, which is no second problem. The command works."""
    assert await judged(place, branch) == ()
    begin(place.repository)
    (problem,) = await judged(place, branch)
    assert (problem.level.value, problem.what) == ("refuse", f"a {named} is in progress")
    assert problem.cure.endswith(ends)
    place.repository.git(*ends.split()[1:])
    assert await judged(place, branch) == ()


async def test_another_working_tree_may_be_in_the_middle_of_something(place: Place, tmp_path: Path) -> None:
    """Only the checkout that is released counts."""
    other = Repository(tmp_path / "other")
    place.repository.git("worktree", "add", "--quiet", str(other.path), "side")
    assert other.tried("merge", "main").returncode
    assert await judged(place, branch) == ()


async def test_another_branch_and_none_are_refused(place: Place) -> None:
    """With the command that goes back; a branch of the settings is as good as main."""
    place.repository.git("switch", "--quiet", "side")
    (problem,) = await judged(place, branch)
    assert problem.what == "branch side is checked out, and releases are made from main"
    assert problem.cure.startswith("git switch main")
    assert await judged(place, branch, changed(place.plan, branch="side")) == ()
    place.repository.git("switch", "--quiet", "--detach")
    (problem,) = await judged(place, branch)
    assert "HEAD is detached" in problem.what


async def test_a_release_branch_that_is_nowhere_is_not_to_be_switched_to(place: Place) -> None:
    """The setting alone is the cure; where the remote has the branch, git makes it from there."""
    place.repository.git("branch", "--move", "main", "master")
    (problem,) = await judged(place, branch, changed(place.plan, branch="trunk"))
    assert problem.cure == 'set branch = "master" in [tool.release-async]'
    place.repository.git("fetch", "--quiet", "origin", "main:refs/remotes/origin/trunk")
    (problem,) = await judged(place, branch, changed(place.plan, branch="trunk"))
    assert problem.cure == 'git switch trunk, or set branch = "master" in [tool.release-async]'


@pytest.fixture
def shallow(place: Place, tmp_path: Path) -> Place:
    """A clone of depth 1."""
    place.repository.git("push", "--quiet", "origin", "main")
    url = place.remote.path.as_uri()
    place.repository.git("clone", "--quiet", "--depth=1", url, str(tmp_path / "shallow"))
    return Place(Repository(tmp_path / "shallow"))


async def test_a_shallow_clone_is_told(shallow: Place) -> None:
    """It can be released, so it warns; the cure makes it whole."""
    (problem,) = await judged(shallow, branch)
    assert said((problem,))[0][0] == "warn"
    assert "shallow" in problem.what
    shallow.repository.git(*problem.cure.split()[1:])
    assert await judged(shallow, branch) == ()


async def test_a_shallow_clone_is_refused_where_the_version_is_counted_from_tags(shallow: Place) -> None:
    """The tool would count from the wrong tag, or from none."""
    plan = shallow.plan
    async with shallow.context(plan) as context:
        counted = Distribution("demo", "", (), tag_tool="setuptools-scm")
        derived = replace(context, distributions=(counted,))
        (problem,) = await branch.run(plan, derived)
    assert (problem.level.value, "setuptools-scm" in problem.what) == ("refuse", True)
