"""The private worktree: whole, at the right commit, gone without a trace, whatever is configured."""

import os
from pathlib import Path

import pytest

from release_async.base.errors import FailedError
from release_async.external.git import worktree
from release_async.external.git.git_commands import Git
from release_async.process import child_environments
from support.repositories import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """One commit."""
    repository = Repository.init(tmp_path / "project")
    repository.write("file.txt", "one\ntwo\n")
    repository.write("below/other.txt", "three\n")
    repository.commit("begin")
    return repository


@pytest.fixture
def git(repository: Repository) -> Git:
    """Git at the top of it."""
    return Git(repository.path, child_environments.for_git(os.environ))


@pytest.fixture
def tree(repository: Repository) -> Path:
    """Where the worktree is to be."""
    private = repository.path / ".git/private"
    private.mkdir()
    return private / "release-x-1"


def gone(path: Path) -> bool:
    """Whether there is nothing at all."""
    return not path.exists()


async def test_it_is_detached_locked_and_whole(git: Git, tree: Path, repository: Repository) -> None:
    """At the commit asked for, on no branch, and safe from ``git worktree prune``."""
    base = repository.git("rev-parse", "HEAD")
    repository.commit("more")
    inside = await worktree.add(git, tree, base)
    assert (await inside.oid("HEAD"), await inside.branch(), await inside.status()) == (base, "", ())
    assert (tree / "below/other.txt").read_text() == "three\n"
    assert "locked release-x-1 is being made here" in repository.git("worktree", "list", "--porcelain")


async def test_removal_leaves_nothing_and_may_be_repeated(
    git: Git, tree: Path, repository: Repository
) -> None:
    """Also where the directory is gone already, or holds files of a build."""
    before = repository.git("worktree", "list", "--porcelain")
    inside = await worktree.add(git, tree, await git.oid("HEAD"))
    Repository(inside.root).write("build/left.o", "")
    for _ in range(2):
        await worktree.remove(git, tree)
        assert gone(tree)
    assert repository.git("worktree", "list", "--porcelain") == before


async def test_no_hook_runs_when_it_is_made(git: Git, tree: Path, repository: Repository) -> None:
    """``post-checkout`` is for the user's own checkouts."""
    hook = repository.path / ".git/hooks/post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch '{repository.path}/ran'\n")
    hook.chmod(0o755)
    await worktree.add(git, tree, await git.oid("HEAD"))
    assert "ran" not in repository.git("ls-files", "--others")


async def test_configuration_of_the_checkout_does_not_change_the_bytes(
    git: Git, tree: Path, repository: Repository
) -> None:
    """Neither core.autocrlf nor a sparse checkout."""
    repository.git("config", "core.autocrlf", "true")
    repository.git("sparse-checkout", "set", "below")
    inside = await worktree.add(git, tree, await git.oid("HEAD"))
    assert (tree / "file.txt").read_bytes() == b"one\ntwo\n"
    assert (tree / "below/other.txt").read_bytes() == b"three\n"
    assert await inside.status() == ()


async def test_a_commit_in_it_is_no_business_of_the_checkout(
    git: Git, tree: Path, repository: Repository
) -> None:
    """Branch, index and files of the user's checkout do not notice."""
    head, index = repository.git("rev-parse", "HEAD"), (repository.path / ".git/index").read_bytes()
    inside = await worktree.add(git, tree, head)
    (tree / "file.txt").write_text("changed\n")
    await inside.text("commit", "--quiet", "--all", "-m", "changed")
    assert await inside.oid("HEAD^") == head
    assert repository.git("rev-parse", "HEAD") == head
    assert (repository.path / ".git/index").read_bytes() == index
    assert (repository.path / "file.txt").read_text() == "one\ntwo\n"


async def test_a_repository_that_is_bound_to_one_work_tree_is_no_trap(
    git: Git, tree: Path, repository: Repository
) -> None:
    """core.worktree in the repository's configuration leads no command back into the user's files."""
    repository.git("config", "core.worktree", str(repository.path))
    (repository.path / "file.txt").write_text("mine\n")
    inside = await worktree.add(git, tree, await git.oid("HEAD"))
    assert (await inside.status(), (tree / "file.txt").read_text()) == ((), "one\ntwo\n")
    assert (repository.path / "file.txt").read_text() == "mine\n"


async def test_git_that_answers_for_another_tree_is_found_out(
    git: Git, tree: Path, repository: Repository
) -> None:
    """Git that is bound to the user's checkout would reset their edits: nothing is reset."""
    bound = git.at(git.root, GIT_WORK_TREE=str(repository.path))
    (repository.path / "file.txt").write_text("mine\n")
    with pytest.raises(FailedError) as caught:
        await worktree.add(bound, tree, await git.oid("HEAD"))
    assert "core.worktree" in caught.value.cure
    assert (repository.path / "file.txt").read_text() == "mine\n"


async def test_only_initialised_submodules_are_filled(
    git: Git, tree: Path, repository: Repository, tmp_path: Path
) -> None:
    """From their own objects, offline; what the user has not initialised stays an empty directory."""
    library = Repository.init(tmp_path / "library")
    library.write("data.txt", "data")
    library.commit()
    for name in ("used", "unused"):
        repository.git(
            "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.path), name
        )
    repository.commit("submodules")
    repository.git("submodule", "--quiet", "deinit", "--force", "unused")
    library.path.rename(tmp_path / "away")
    await worktree.add(git, tree, await git.oid("HEAD"))
    assert (tree / "used/data.txt").read_text() == "data"
    assert not (tree / "unused/data.txt").exists()
    await worktree.remove(git, tree)
    used = Repository(repository.path / "used")
    assert used.git("worktree", "list", "--porcelain").count("worktree ") == 1


def test_half_a_worktree_is_forgotten_and_a_whole_one_is_not(tmp_path: Path) -> None:
    """What a killed removal leaves: an entry that git lists no more; the person's own stay."""
    for name, whole in (("release-demo-1.0", False), ("release-mine", True), ("theirs", False)):
        entry = tmp_path / "worktrees" / name
        entry.mkdir(parents=True)
        (entry / "HEAD").write_text("")
        if whole:
            (entry / "gitdir").write_text("/somewhere/.git\n")
    worktree.remove_incomplete(tmp_path)
    worktree.remove_incomplete(tmp_path / "nowhere")
    assert sorted(path.name for path in (tmp_path / "worktrees").iterdir()) == ["release-mine", "theirs"]
