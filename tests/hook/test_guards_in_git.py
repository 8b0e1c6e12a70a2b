"""The installed guards in every way that git makes a commit: what a person stages is what is judged."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from release_async.__main__ import main
from support import canary, secrets
from support.repositories import Repository

FILE = "deploy.sh"
Way = Callable[[Repository], subprocess.CompletedProcess[str]]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A repository with the guards and two commits; this machine's tools are not on the PATH."""
    made = Repository.init(tmp_path / "a project")
    made.write(FILE, "first\n" + "\n" * 20 + "last\n")
    made.write("below/other.txt", "x\n")
    made.commit()
    monkeypatch.setattr(sys, "argv", ["release-async", "hooks", "install", "--guards", "-C", str(made.path)])
    assert main() == 0
    monkeypatch.setenv("PATH", os.defpath)
    return made


def with_token(repository: Repository) -> str:
    """Put a token into the last line of the file on the disk."""
    token = secrets.pypi()
    path = repository.path / FILE
    repository.write(FILE, path.read_text() + f"token = {token}\n")
    return token


def plain(repository: Repository) -> subprocess.CompletedProcess[str]:
    """Staged, then committed."""
    repository.git("add", FILE)
    return repository.tried("commit", "--message=x")


def of_everything(repository: Repository) -> subprocess.CompletedProcess[str]:
    """``git commit --all``."""
    return repository.tried("commit", "--all", "--message=x")


def of_a_path(repository: Repository) -> subprocess.CompletedProcess[str]:
    """``git commit FILE``, with something else staged."""
    repository.write("below/other.txt", "y\n")
    repository.git("add", "below")
    return repository.tried("commit", "--message=x", FILE)


def of_a_hunk(repository: Repository) -> subprocess.CompletedProcess[str]:
    """``git commit --patch``, with the answer that takes the hunk."""
    return subprocess.run(
        ("git", "commit", "--patch", "--message=x"),
        cwd=repository.path,
        input="y\n",
        capture_output=True,
        text=True,
        check=False,
    )


def amended(repository: Repository) -> subprocess.CompletedProcess[str]:
    """``git commit --amend``."""
    repository.git("add", FILE)
    return repository.tried("commit", "--amend", "--no-edit")


def from_below(repository: Repository) -> subprocess.CompletedProcess[str]:
    """From a folder of the work tree."""
    return repository.tried("-C", "below", "commit", "--all", "--message=x")


def literally(repository: Repository) -> subprocess.CompletedProcess[str]:
    """With an option that leaks into the hook."""
    return repository.tried("--literal-pathspecs", "commit", "--all", "--message=x")


def squashed(repository: Repository) -> subprocess.CompletedProcess[str]:
    """A branch that no hook has seen, as one commit."""
    repository.git("switch", "--quiet", "--create", "side")
    repository.git("commit", "--quiet", "--no-verify", "--all", "--message=unseen")
    repository.git("switch", "--quiet", "main")
    repository.git("merge", "--quiet", "--squash", "side")
    return repository.tried("commit", "--message=x")


def mailed(repository: Repository) -> subprocess.CompletedProcess[str]:
    """``git am``."""
    repository.git("commit", "--quiet", "--no-verify", "--all", "--message=unseen")
    repository.git("format-patch", "--quiet", "--output-directory", "../mail", "-1")
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    (patch,) = (repository.path.parent / "mail").iterdir()
    canary.plant(patch)
    return repository.tried("am", str(patch))


def by_a_merge(repository: Repository) -> subprocess.CompletedProcess[str]:
    """Into a merge that is stopped for the purpose."""
    content = (repository.path / FILE).read_text()
    repository.git("checkout", "--quiet", FILE)
    repository.git("switch", "--quiet", "--create", "side")
    repository.write("new.txt", "x\n")
    repository.commit()
    repository.git("switch", "--quiet", "main")
    repository.git("commit", "--quiet", "--allow-empty", "--message=ours")
    repository.git("merge", "--quiet", "--no-commit", "side")
    repository.write(FILE, content)
    repository.git("add", FILE)
    return repository.tried("commit", "--message=merge")


def with_sparse_index(repository: Repository) -> subprocess.CompletedProcess[str]:
    """Where most of the tree is not checked out."""
    content = (repository.path / FILE).read_text()
    repository.git("checkout", "--quiet", FILE)
    repository.git("sparse-checkout", "set", "--cone", "--sparse-index", "none")
    repository.write(FILE, content)
    return repository.tried("commit", "--all", "--message=x")


def as_dotfiles(repository: Repository) -> subprocess.CompletedProcess[str]:
    """With the git directory elsewhere, named by relative paths."""
    (repository.path / ".git").rename(repository.path.parent / "dot.git")
    return repository.tried("--git-dir=../dot.git", "--work-tree=.", "commit", "--all", "--message=x")


def in_a_worktree(repository: Repository) -> subprocess.CompletedProcess[str]:
    """In a linked one."""
    linked = Repository(repository.path.parent / "linked")
    repository.git("worktree", "add", "--quiet", str(linked.path))
    linked.write(FILE, (repository.path / FILE).read_text())
    return linked.tried("commit", "--all", "--message=x")


WAYS = (
    plain,
    of_everything,
    of_a_path,
    of_a_hunk,
    amended,
    from_below,
    literally,
    squashed,
    mailed,
    by_a_merge,
)
PLACES = (with_sparse_index, as_dotfiles, in_a_worktree)


@pytest.mark.parametrize("way", [*WAYS, *PLACES], ids=lambda way: way.__name__)
def test_a_token_is_refused_in_every_way_to_commit(repository: Repository, way: Way) -> None:
    """Named once, with its line, and never shown."""
    token = with_token(repository)
    refused = way(repository)
    said = refused.stdout + refused.stderr
    assert refused.returncode != 0, said
    assert said.count(f"{FILE}:23: PyPI API token (pypi-AgEI...,") == 1, said
    if way is not of_a_hunk:  # there git itself shows the hunk
        assert token[9:] not in said


@pytest.mark.parametrize("way", [*WAYS, *PLACES], ids=lambda way: way.__name__)
def test_the_same_without_a_token_passes(repository: Repository, way: Way) -> None:
    """So that it is the token which is refused."""
    (repository.path / FILE).write_text((repository.path / FILE).read_text() + "harmless\n")
    passed = way(repository)
    assert passed.returncode == 0, passed.stdout + passed.stderr


def test_a_submodule_has_its_own_hooks(repository: Repository, tmp_path: Path) -> None:
    """The outer commit holds only a commit's id."""
    inner = Repository.init(tmp_path / "inner")
    inner.write("leak.txt", secrets.pypi())
    inner.commit()
    repository.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.path), "inner"
    )
    passed = repository.tried("commit", "--message=submodule")
    assert passed.returncode == 0, passed.stderr


def test_a_clean_merge_of_what_is_known_passes(repository: Repository) -> None:
    """The other branch holds a token already: this merge does not add it, and says nothing."""
    repository.git("switch", "--quiet", "--create", "side")
    with_token(repository)
    repository.git("commit", "--quiet", "--no-verify", "--all", "--message=unseen")
    repository.git("switch", "--quiet", "main")
    repository.git("commit", "--quiet", "--allow-empty", "--message=ours")
    merged = repository.tried("merge", "--no-edit", "side")
    assert merged.returncode == 0, merged.stderr
    assert "token" not in merged.stderr


def test_the_bystanders_stay_as_they_are(repository: Repository) -> None:
    """A refused ``git commit FILE`` leaves the real index and the disk alone: nothing is ever staged."""
    with_token(repository)
    repository.write("below/other.txt", "y\n")
    repository.git("add", "below")
    before = repository.git("status", "--porcelain"), repository.git("write-tree")
    assert repository.tried("commit", "--message=x", FILE).returncode == 1
    assert (repository.git("status", "--porcelain"), repository.git("write-tree")) == before
