"""The workshop: everything of one run is in one place, and gone with it unless something is public."""

import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from release_async.base.errors import CommandError, RefusedError
from release_async.external.git import worktree
from release_async.external.git.git_commands import ABSENT, Git
from release_async.external.index.uploader import Uploader
from release_async.plan.plan import Plan
from release_async.process import child_environments
from release_async.run.builder_and_uploader import ChildOptions, ChildrenOptions
from release_async.run.step_results import Results
from release_async.run.workspace import Workspace, open_workspace
from support.repositories import Repository
from support.story import PLAN, changed

MADE = Results()
"""What a run has made by its pivot; what it is plays no part here."""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """One commit."""
    repository = Repository.init(tmp_path / "project")
    repository.write("file.txt", "text\n")
    repository.commit("begin")
    return repository


@pytest.fixture
def git(repository: Repository) -> Git:
    """Git at the top of it."""
    return Git(repository.path, child_environments.for_git(os.environ))


def opened(git: Git, plan: Plan = PLAN) -> AbstractAsyncContextManager[Workspace]:
    """The workshop of one run."""
    env = child_environments.for_project(os.environ)
    options = ChildOptions(env, 60, lambda _: None)
    home = git.root / ".git/release-async"
    return open_workspace(git, plan, home, ChildrenOptions(options, options))


def traces(repository: Repository) -> tuple[str, str, list[str]]:
    """What a run may leave behind."""
    runs = [path.name for path in (repository.path / ".git/release-async").glob("[0-9]*")]
    return repository.git("for-each-ref"), repository.git("worktree", "list", "--porcelain"), runs


@asynccontextmanager
async def used(git: Git) -> AsyncIterator[Workspace]:
    """A workshop in which a worktree, a ref and files were made."""
    async with opened(git) as opened_workspace:
        head = await git.oid("HEAD")
        await worktree.add(git, opened_workspace.tree, head)
        await git.set_ref(opened_workspace.commit_ref, head, ABSENT)
        opened_workspace.artifacts.mkdir()
        (opened_workspace.artifacts / "x.whl").write_text("")
        (opened_workspace.artifacts / "x.whl").chmod(0o400)
        yield opened_workspace


async def test_what_ends_before_the_first_upload_leaves_nothing(git: Git, repository: Repository) -> None:
    """However it ends."""
    before = traces(repository)
    with pytest.raises(CommandError):
        async with used(git):
            await git.text("nonsense")
    assert traces(repository) == before


async def test_what_has_begun_to_publish_is_kept(git: Git, repository: Repository) -> None:
    """Refs and files are what the release is finished from: the next run sweeps no more than the worktree."""
    async with used(git) as opened_workspace:
        opened_workspace.journal.begin(PLAN, MADE, 1.7e9)
    refs, worktrees, runs = traces(repository)
    assert (worktrees.count("worktree "), runs) == (2, [PLAN.run])
    assert (opened_workspace.artifacts / "x.whl").exists()
    with pytest.raises(RefusedError, match=r"demo 1\.3\.0 was interrupted meanwhile, and comes first"):
        async with opened(git, _another(PLAN)):
            pass
    async with opened(git):
        pass
    assert (opened_workspace.artifacts / "x.whl").exists()
    after = traces(repository)
    assert (after[0], after[1].count("worktree "), after[2]) == (refs, 1, runs)


async def test_what_a_killed_run_left_is_swept_by_the_next(git: Git, repository: Repository) -> None:
    """Its worktree, though locked, its refs and its directory."""
    before = traces(repository)
    home = repository.path / ".git/release-async"
    tree = home / "20200101-000000-dead00/release-x-1"
    tree.parent.mkdir(parents=True)
    await worktree.add(git, tree, await git.oid("HEAD"))
    await git.set_ref("refs/release-async/20200101-000000-dead00/commit", await git.oid("HEAD"), ABSENT)
    async with opened(git):
        assert not tree.parent.exists()
    assert traces(repository) == before


async def test_a_run_that_is_gone_on_with_has_no_builder(git: Git) -> None:
    """What was built and inspected is never built again, so nothing is started that could."""
    async with used(git) as opened_workspace:
        opened_workspace.journal.begin(PLAN, MADE, 1.7e9)
    async with opened(git) as opened_workspace:
        assert isinstance(opened_workspace.uploader, Uploader)
        with pytest.raises(RuntimeError, match="never built again"):
            _ = opened_workspace.builder


async def test_one_release_at_a_time(git: Git) -> None:
    """The second is refused while the first one's workshop is open."""
    async with opened(git):
        with pytest.raises(RefusedError, match=f"process {os.getpid()}"):
            async with opened(git, _another(PLAN)):
                pass


async def test_clearing_is_complete_and_may_be_repeated(git: Git) -> None:
    """After it nothing is left that only this run needed, though it had begun."""
    async with used(git) as opened_workspace:
        opened_workspace.journal.begin(PLAN, MADE, 1.7e9)
        assert not opened_workspace.cleared()
        for _ in range(2):
            await opened_workspace.clear()
            assert opened_workspace.cleared()


async def test_the_copy_is_free_to_be_written_into(git: Git, repository: Repository) -> None:
    """A clone with the files of that commit, and nothing of it shows in the checkout."""
    repository.write("file.txt", "not committed")
    async with opened(git) as opened_workspace:
        copy = await opened_workspace.copy_of(await git.oid("HEAD"))
        assert (copy / "file.txt").read_text() == "text\n"
        (copy / "file.txt").write_text("written by a backend")
    assert not copy.exists()
    assert (repository.path / "file.txt").read_text() == "not committed"


def _another(plan: Plan) -> Plan:
    return changed(plan, run="20260102-030405-ffff")
