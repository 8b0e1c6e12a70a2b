"""The state of a checkout: what is under way, how deep it is, what git is told to overlook."""

import os
from pathlib import Path

import pytest

from release_async.external.git import checkout_state
from release_async.external.git.checkout_state import IndexEntry, Operation
from release_async.external.git.git_commands import Git
from release_async.process import child_environments
from support.repositories import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """One commit of three files."""
    repository = Repository.init(tmp_path / "work tree")
    for name in ("a.txt", "b ä.txt", "c.txt"):
        repository.write(name, "text\n")
    repository.commit("begin")
    return repository


@pytest.fixture
def git(repository: Repository) -> Git:
    """Git at the top of it."""
    return Git(repository.path, child_environments.for_git(os.environ))


async def test_nothing_is_under_way(git: Git) -> None:
    """In a checkout that nobody works on."""
    assert await checkout_state.unfinished_operation(git) is None
    assert not await checkout_state.is_shallow(git)
    assert await checkout_state.special_entries(git) == ()


async def test_of_a_bisect_and_a_merge_the_merge_is_named_first(git: Git, repository: Repository) -> None:
    """It has to be ended before the other can be."""
    first = repository.git("rev-parse", "HEAD")
    repository.commit("second")
    repository.git("bisect", "start", "--no-checkout", "HEAD", first)
    assert await checkout_state.unfinished_operation(git) is Operation.BISECT
    side = repository.git("commit-tree", "-p", first, "-m", "side", "HEAD^{tree}")
    repository.git("merge", "--quiet", "--no-commit", side)
    assert await checkout_state.unfinished_operation(git) is Operation.MERGE


async def test_a_linked_working_tree_has_operations_of_its_own(
    git: Git, repository: Repository, tmp_path: Path
) -> None:
    """They are looked for where that tree keeps them."""
    other = Repository(tmp_path / "other")
    repository.git("worktree", "add", "--quiet", "--detach", str(other.path))
    side = other.git("commit-tree", "-p", "HEAD", "-m", "side", "HEAD^{tree}")
    other.commit("ours")
    other.git("merge", "--quiet", "--no-commit", side)
    assert await checkout_state.unfinished_operation(git) is None
    assert await checkout_state.unfinished_operation(git.at(other.path)) is Operation.MERGE


async def test_flags_and_submodules_are_noted(git: Git, repository: Repository) -> None:
    """Whole names, and nothing of the files that git looks at."""
    repository.git("update-index", "--assume-unchanged", "a.txt")
    repository.git("update-index", "--skip-worktree", "b ä.txt")
    repository.git("init", "--quiet", "part")
    Repository(repository.path / "part").commit("begin")
    repository.git("-c", "advice.addEmbeddedRepo=false", "add", "part")
    noted = (
        IndexEntry("a.txt", "assume-unchanged", submodule=False),
        IndexEntry("b ä.txt", "skip-worktree", submodule=False),
        IndexEntry("part", "", submodule=True),
    )
    assert await checkout_state.special_entries(git) == noted
    assert await checkout_state.is_cloned(git, "part")
    assert not await checkout_state.is_cloned(git, "c.txt")
