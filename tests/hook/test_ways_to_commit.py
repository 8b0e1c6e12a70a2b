"""Every way in which git makes a commit, against the installed hooks: which of them run, and what passes by.

What git asks no hook about has to be found afterwards: by the hook of the push, and by ``hook ci``.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from release_async import hook
from support.hooked import (
    BAD,
    GOOD,
    PYPROJECT,
    REFUSAL,
    as_others_get_it,
    beside,
    copied,
    project,
    stopped,
    unseen,
    watched,
)
from support.repositories import Repository

STILL_GOOD = GOOD + "# more\n"
Command = tuple[str, ...]
Way = Callable[[Repository, str], Command]
"""Makes ready, past all hooks, that a content becomes that of ``demo.py``; and the command that does it."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A project with the installed hooks, to be copied."""
    return project(tmp_path_factory.mktemp("template") / "project")


@pytest.fixture
def repository(template: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A copy of its own, with a remote; messages are taken as git proposes them."""
    monkeypatch.setenv("GIT_EDITOR", "true")
    return copied(template, tmp_path / "a project").with_remote(tmp_path / "remote.git")


def plain(repository: Repository, content: str) -> Command:
    """Staged, then committed."""
    repository.write("demo.py", content)
    repository.git("add", "demo.py")
    return ("commit", "--message=x")


def of_everything(repository: Repository, content: str) -> Command:
    """``git commit --all``."""
    repository.write("demo.py", content)
    return ("commit", "--all", "--message=x")


def of_a_hunk(repository: Repository, content: str) -> Command:
    """``git commit --patch``, which is answered with yes."""
    repository.write("demo.py", content)
    return ("commit", "--patch", "--message=x")


def of_a_path(repository: Repository, content: str) -> Command:
    """``git commit FILE``, while something else is staged."""
    repository.write("below/other.txt", "y\n")
    repository.git("add", "below")
    repository.write("demo.py", content)
    return ("commit", "--message=x", "demo.py")


def including_a_path(repository: Repository, content: str) -> Command:
    """``git commit --include FILE``."""
    return (*of_a_path(repository, content)[:-1], "--include", "demo.py")


def amended(repository: Repository, content: str) -> Command:
    """``git commit --amend`` with something staged."""
    plain(repository, content)
    return ("commit", "--amend", "--no-edit")


def amended_as_it_is(repository: Repository, content: str) -> Command:
    """``git commit --amend`` of a commit that no hook saw, with nothing staged."""
    unseen(repository, content)
    return ("commit", "--amend", "--message=y")


def as_a_fixup(repository: Repository, content: str) -> Command:
    """``git commit --fixup``."""
    plain(repository, content)
    return ("commit", "--fixup=HEAD")


def empty(repository: Repository, content: str) -> Command:
    """``git commit --allow-empty`` on what no hook saw."""
    unseen(repository, content)
    return ("commit", "--allow-empty", "--message=x")


def first(repository: Repository, content: str) -> Command:
    """A commit without a parent."""
    repository.git("checkout", "--quiet", "--orphan", "fresh")
    return of_everything(repository, content)


def from_below(repository: Repository, content: str) -> Command:
    """From a folder of the work tree."""
    return ("-C", "below", *of_everything(repository, content))


def ending_a_merge(repository: Repository, content: str) -> Command:
    """``git merge --no-commit``, then ``git commit``."""
    beside(repository, content)
    repository.git("merge", "--quiet", "--no-commit", "side")
    return ("commit", "--message=x")


def ending_a_conflict(repository: Repository, content: str) -> Command:
    """A merge with a conflict in a file that states no version, then ``git commit``."""
    beside(repository, content, "theirs\n")
    stopped(repository, "merge", "side")
    return ("commit", "--message=x")


def continuing_a_merge(repository: Repository, content: str) -> Command:
    """The same, then ``git merge --continue``."""
    ending_a_conflict(repository, content)
    return ("merge", "--continue")


def squashed(repository: Repository, content: str) -> Command:
    """``git merge --squash``, then ``git commit``."""
    beside(repository, content)
    repository.git("merge", "--quiet", "--squash", "side")
    return ("commit", "--message=x")


def ending_a_pick(repository: Repository, content: str) -> Command:
    """A cherry-pick with a conflict, then ``git commit``."""
    beside(repository, content, "theirs\n")
    stopped(repository, "cherry-pick", "side")
    return ("commit", "--message=x")


def continuing_a_pick(repository: Repository, content: str) -> Command:
    """The same, then ``git cherry-pick --continue``."""
    ending_a_pick(repository, content)
    return ("cherry-pick", "--continue")


def undone(repository: Repository, content: str) -> str:
    """A commit whose reversal brings the content back."""
    unseen(repository, content, "before\n")
    return unseen(repository, GOOD + "x = 1\n", "after\n")


def continuing_a_revert(repository: Repository, content: str) -> Command:
    """A revert with a conflict, then ``git revert --continue``."""
    commit = undone(repository, content)
    unseen(repository, GOOD + "x = 1\n", "later\n")
    stopped(repository, "revert", "--no-edit", commit)
    return ("revert", "--continue")


def edited_in_a_rebase(repository: Repository, content: str) -> Command:
    """``git rebase`` that stops to edit, then ``git commit --amend``."""
    unseen(repository, GOOD + "x = 1\n")
    repository.git("-c", "sequence.editor=sed -i.old s/^pick/edit/", "rebase", "--interactive", "HEAD~1")
    return amended(repository, content)


def ending_a_rebase_pick(repository: Repository, content: str) -> Command:
    """``git rebase`` with a conflict, then ``git commit``."""
    continuing_a_rebase(repository, content)
    return ("commit", "--message=x")


def with_leaking_options(repository: Repository, content: str) -> Command:
    """``git --literal-pathspecs``, which reaches the hook."""
    return ("--literal-pathspecs", *of_everything(repository, content))


def merged(repository: Repository, content: str) -> Command:
    """Two branches that git merges by itself."""
    beside(repository, content)
    return ("merge", "--no-edit", "side")


def merged_though_ahead(repository: Repository, content: str) -> Command:
    """A merge commit where none would be needed."""
    beside(repository, content)
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    return ("merge", "--no-edit", "--no-ff", "side")


def pulled(repository: Repository, content: str) -> Command:
    """``git pull`` of two branches that have moved."""
    beside(repository, content)
    return ("pull", "--no-edit", "--no-rebase", ".", "side")


def merged_of_three(repository: Repository, content: str) -> Command:
    """An octopus."""
    beside(repository, content)
    repository.git("switch", "--quiet", "--create", "third", "main~1")
    repository.write("third.txt", "x\n")
    repository.git("add", "third.txt")
    unseen(repository, GOOD)
    repository.git("switch", "--quiet", "main")
    return ("merge", "--no-edit", "side", "third")


def mailed(repository: Repository, content: str) -> Command:
    """``git am``."""
    unseen(repository, content)
    repository.git("format-patch", "--quiet", "--output-directory", "../mail", "-1")
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    return ("am", *map(str, (repository.path.parent / "mail").iterdir()))


def mailed_three_way(repository: Repository, content: str) -> Command:
    """``git am --3way``."""
    return ("am", "--3way", *mailed(repository, content)[1:])


def rebased_as_patches(repository: Repository, content: str) -> Command:
    """``git rebase --apply``."""
    return ("rebase", "--apply", *rebased(repository, content)[1:])


COMMITTED = (
    *(plain, of_everything, of_a_hunk, of_a_path, including_a_path, amended, amended_as_it_is, as_a_fixup),
    *(empty, first, from_below, ending_a_merge, ending_a_conflict, continuing_a_merge, squashed),
    *(ending_a_pick, continuing_a_pick, continuing_a_revert, edited_in_a_rebase, ending_a_rebase_pick),
    with_leaking_options,
)
MERGED = (merged, merged_though_ahead, pulled, merged_of_three)
PATCHED = (mailed, mailed_three_way, rebased_as_patches)
HOOKED = (
    *((way, "pre-commit") for way in COMMITTED),
    *((way, "pre-merge-commit") for way in MERGED),
    *((way, "pre-applypatch") for way in PATCHED),
)


def name(value: object) -> str:
    """What a way is called."""
    return getattr(value, "__name__", "")


def done(repository: Repository, command: Command) -> subprocess.CompletedProcess[str]:
    """Run git's command; who is asked about a hunk says yes."""
    return subprocess.run(
        ("git", *command), cwd=repository.path, input="y\n", capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(("way", "event"), HOOKED, ids=name)
def test_what_git_asks_about_is_refused(repository: Repository, way: Way, event: str) -> None:
    """By the one hook that git runs for it, once, with the place and the cure; and no commit is made."""
    command = way(repository, BAD)
    before, had = (
        repository.tried(*each).stdout for each in (("rev-parse", "HEAD"), ("show", "HEAD:demo.py"))
    )
    with watched(repository) as ran:
        refused = done(repository, command)
    said = refused.stdout + refused.stderr
    assert refused.returncode != 0, said
    assert ran == [event]
    assert said.count(REFUSAL) == 1, said
    raises = way is rebased_as_patches or had not in {
        "",
        BAD,
    }  # a rebase first goes back to what it applies to
    meant = "2.0" if raises else "1.0"  # the version of the source, where no copy is raised
    cure = f"release-async bump {meant} && git add pyproject.toml demo.py"
    assert (f"  (cd .. && {cure})\n" if way is from_below else f"  {cure}\n") in said
    after = repository.tried("rev-parse", "HEAD").stdout
    assert after == before or repository.git("show", "HEAD:demo.py") != BAD.rstrip()


@pytest.mark.parametrize(("way", "event"), HOOKED, ids=name)
def test_the_same_passes_where_all_agree(repository: Repository, way: Way, event: str) -> None:
    """In silence: it is the version that was refused, and not the way."""
    command = way(repository, STILL_GOOD)
    with watched(repository) as ran:
        passed = done(repository, command)
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert ran == [event]
    assert "release-async" not in passed.stdout + passed.stderr
    assert "# more" in repository.git("show", "HEAD:demo.py")


def fast_forward(repository: Repository, content: str) -> Command:
    """``git merge`` that only moves the branch."""
    merged_though_ahead(repository, content)
    return ("merge", "--ff-only", "side")


def pulled_ahead(repository: Repository, content: str) -> Command:
    """``git pull`` that only moves the branch."""
    merged_though_ahead(repository, content)
    return ("pull", "--ff-only", ".", "side")


def picked(repository: Repository, content: str) -> Command:
    """A cherry-pick without a conflict."""
    beside(repository, content)
    return ("cherry-pick", "side")


def reverted(repository: Repository, content: str) -> Command:
    """A revert without a conflict."""
    return ("revert", "--no-edit", undone(repository, content))


def rebased(repository: Repository, content: str) -> Command:
    """A rebase without a conflict."""
    beside(repository, content)
    repository.git("switch", "--quiet", "side")
    return ("rebase", "main")


def continuing_a_rebase(repository: Repository, content: str) -> Command:
    """A rebase with a conflict, then ``git rebase --continue``."""
    beside(repository, content, "theirs\n")
    repository.git("switch", "--quiet", "side")
    stopped(repository, "rebase", "main")
    return ("rebase", "--continue")


def autosquashed(repository: Repository, content: str) -> Command:
    """A rebase that folds a correction into its commit."""
    unseen(repository, GOOD + "x = 1\n")
    repository.write("demo.py", content)
    repository.git("commit", "--quiet", "--no-verify", "--all", "--fixup=HEAD")
    return ("-c", "sequence.editor=true", "rebase", "--interactive", "--autosquash", "HEAD~2")


def unverified(repository: Repository, content: str) -> Command:
    """``git commit --no-verify``."""
    return (*plain(repository, content), "--no-verify")


def merged_unverified(repository: Repository, content: str) -> Command:
    """``git merge --no-verify``."""
    return (*merged(repository, content), "--no-verify")


def by_plumbing(repository: Repository, content: str) -> Command:
    """``git commit-tree`` and ``git update-ref``."""
    plain(repository, content)
    tree = repository.git("write-tree")
    commit = repository.git("commit-tree", "-p", "HEAD", "-m", "x", tree)
    return ("update-ref", "HEAD", commit)


UNHOOKED = (
    *(fast_forward, pulled_ahead, picked, reverted, rebased, continuing_a_rebase, autosquashed),
    *(unverified, merged_unverified, by_plumbing),
)


@pytest.mark.parametrize("way", UNHOOKED, ids=name)
def test_what_git_asks_no_hook_about_is_found_afterwards(
    repository: Repository, way: Way, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It passes, as the reference says; the push refuses it, and so does CI."""
    command = way(repository, BAD)
    with watched(repository) as ran:
        passed = done(repository, command)
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert ran == []
    assert repository.git("show", "HEAD:demo.py") == BAD.rstrip()
    with watched(repository) as ran:
        refused = repository.tried("push", "origin", "HEAD:refs/heads/shared")
    assert refused.returncode == 1
    assert ran == ["pre-push"]
    assert f"shared: {REFUSAL}\n" in refused.stderr
    assert repository.git("ls-remote", "origin", "shared") == ""
    monkeypatch.chdir(repository.path)
    capfd.readouterr()
    assert hook.main(["ci", "origin/main..HEAD"]) == hook.REFUSED
    assert f"{repository.git('rev-parse', 'HEAD')[:12]}: {REFUSAL}\n" in capfd.readouterr().err


def test_what_a_server_merges_is_found_by_ci(
    repository: Repository,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """No hook of this clone runs there, none when it comes back, and there is nothing left to push."""
    repository.git("clone", "--quiet", str(tmp_path / "remote.git"), str(tmp_path / "server"))
    server = Repository(tmp_path / "server")
    server.git("push", "--quiet", "origin", f"{unseen(server, BAD)}:main")
    with watched(repository) as ran:
        assert repository.tried("pull", "--ff-only", "origin", "main").returncode == 0
    assert ran == []
    assert repository.tried("push", "origin", "main").returncode == 0
    monkeypatch.chdir(repository.path)
    assert hook.main(["ci", "origin/main~1..origin/main"]) == hook.REFUSED
    assert REFUSAL in capfd.readouterr().err


@pytest.mark.parametrize("command", [("stash",), ("commit", "--dry-run", "--all")], ids=" ".join)
def test_what_makes_no_commit_of_the_branch_is_not_asked_about(
    repository: Repository, command: Command
) -> None:
    """Work may be laid aside in any state."""
    head = repository.git("rev-parse", "HEAD")
    repository.write("demo.py", BAD)
    with watched(repository) as ran:
        assert repository.tried(*command).returncode == 0
    assert ran == []
    assert repository.git("rev-parse", "HEAD") == head


@pytest.fixture(scope="module")
def hook_repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """This project, as a hook manager clones it."""
    return as_others_get_it(tmp_path_factory.mktemp("hooks") / "release-async")


@pytest.fixture(scope="module")
def managed(tmp_path_factory: pytest.TempPathFactory, hook_repository: Repository) -> Repository:
    """A project whose hooks a manager is to run, at every stage that it knows."""
    made = project(tmp_path_factory.mktemp("managed") / "project")
    source = f"{{repo: {hook_repository.path}, rev: {hook_repository.git('rev-parse', 'HEAD')}"
    entry = "entry: hooks/fast.py version-consistency-push, language: script"
    hooks = f"[{{id: version-consistency-fast}}, {{id: version-consistency-push, {entry}}}]"
    stages = "[pre-commit, pre-merge-commit, pre-push]"
    made.write(
        ".pre-commit-config.yaml",
        f"default_install_hook_types: {stages}\nrepos:\n  - {source}, hooks: {hooks}}}\n",
    )
    made.git("add", ".pre-commit-config.yaml")
    made.git("commit", "--quiet", "--message=configure")
    return made


@pytest.fixture(params=["pre-commit", "prek"])
def through(
    request: pytest.FixtureRequest,
    managed: Repository,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Repository:
    """A copy of its own with the hooks of a manager alone; its cache is one for all tests."""
    cache = managed.path.parent / "cache"
    monkeypatch.setenv("PRE_COMMIT_HOME", str(cache / "pre-commit"))
    monkeypatch.setenv("PREK_HOME", str(cache / "prek"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("GIT_EDITOR", "true")
    made = copied(managed, tmp_path / "a project")
    for path in (made.path / ".git/hooks").iterdir():
        path.unlink()
    subprocess.run((str(request.param), "install"), cwd=made.path, check=True, capture_output=True)
    return made


THROUGH = (of_a_path, amended_as_it_is, ending_a_conflict, continuing_a_pick, merged)


@pytest.mark.parametrize("way", THROUGH, ids=name)
def test_hook_managers_hand_it_on(through: Repository, way: Way) -> None:
    """What pre-commit and prek are asked by git, they ask ours, whichever files the commit changes."""
    command = way(through, BAD)
    head = through.git("rev-parse", "HEAD")
    refused = done(through, command)
    said = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert REFUSAL in said, said
    assert through.git("rev-parse", "HEAD") == head


def test_the_first_push_through_hook_managers_is_judged(through: Repository, tmp_path: Path) -> None:
    """Of a history that is all new to the remote they name no commit, only the branch."""
    unseen(through, BAD)
    through.git("init", "--quiet", "--bare", str(tmp_path / "remote.git"))
    through.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    refused = through.tried("push", "origin", "main")
    assert refused.returncode == 1, refused.stderr
    assert f"main: {REFUSAL}" in refused.stdout + refused.stderr
    unseen(through, GOOD)
    passed = through.tried("push", "origin", "main")
    assert passed.returncode == 0, passed.stdout + passed.stderr


@pytest.mark.parametrize("folder", [".", "below"])
def test_a_commit_of_named_paths_is_told_what_else_to_name(repository: Repository, folder: str) -> None:
    """It takes these alone: both places are raised on disk, and the same command never passes."""
    repository.write("pyproject.toml", PYPROJECT.replace("1.0", "2.0"))
    repository.write("demo.py", BAD)
    refused = repository.tried("-C", folder, "commit", "--message=x", ":/demo.py")
    assert refused.returncode != 0
    assert "these alone: git commit " in refused.stderr
    named = refused.stderr.rstrip().rpartition("git commit ")[2].split()
    assert repository.tried("-C", folder, "commit", "--message=x", *named).returncode == 0
    assert repository.git("status", "--porcelain") == ""
