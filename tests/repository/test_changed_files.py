"""What the next commit changes, in every way that git makes one."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from release_async.base.errors import CommandError
from release_async.repository import changed_files
from release_async.repository.changed_files import Staged
from support.repositories import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """One commit with two files."""
    made = Repository.init(tmp_path / "a project")
    made.write("a.txt", "one\n")
    made.write("sub/b.txt", "b\n" * 20)
    made.commit()
    return made


def changed(repository: Repository, **environ: str) -> dict[str, tuple[bytes | None, list[bytes | None]]]:
    """Each changed path, its new content and its old ones."""
    with Staged(str(repository.path), {**os.environ, **environ}) as staged:
        return {
            change.path: (staged.content(change.oid), [staged.content(oid) for oid in change.old_oids])
            for change in staged.changes()
        }


def test_the_index_is_compared_with_head(repository: Repository) -> None:
    """A changed file has its old content, a new one none; what only lies on the disk does not count."""
    repository.write("a.txt", "two\n")
    repository.write("new.txt", "new\n")
    repository.git("add", "--all")
    repository.write("a.txt", "on disk\n")
    assert changed(repository) == {"a.txt": (b"two\n", [b"one\n"]), "new.txt": (b"new\n", [])}


def test_an_empty_commit_changes_nothing(repository: Repository) -> None:
    """Nor does one whose files only got another mode on the disk."""
    (repository.path / "a.txt").chmod(0o755)
    assert changed(repository) == {}


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_in_a_first_commit_everything_is_new(tmp_path: Path, form: str) -> None:
    """There is no HEAD to compare with, and the empty tree has another id under another hash."""
    fresh = Repository(tmp_path)
    fresh.git("init", "--quiet", f"--object-format={form}")
    assert changed(fresh) == {}
    fresh.write("a.txt", "one\n")
    fresh.git("add", "--all")
    assert changed(fresh) == {"a.txt": (b"one\n", [])}
    fresh.git("commit", "--quiet", "--message=first")
    assert changed(fresh) == {}


def test_deletions_pass_and_renames_keep_their_past(repository: Repository) -> None:
    """A moved file is compared with what it was under its old name."""
    repository.git("rm", "--quiet", "a.txt")
    repository.git("mv", "sub/b.txt", "moved.txt")
    repository.write("moved.txt", "b\n" * 20 + "c\n")
    repository.git("add", "--all")
    assert changed(repository) == {"moved.txt": (b"b\n" * 20 + b"c\n", [b"b\n" * 20])}


def test_what_is_only_announced_is_not_committed(repository: Repository) -> None:
    """``git add --intent-to-add`` puts an empty entry into the index; an empty file is one."""
    repository.write("announced.txt", "later\n")
    repository.git("add", "--intent-to-add", "announced.txt")
    repository.write("empty.txt", "")
    repository.git("add", "empty.txt")
    assert changed(repository) == {"empty.txt": (b"", [])}


def test_links_and_submodules_have_no_content_of_their_own(repository: Repository) -> None:
    """A link that becomes a file is new as a whole."""
    (repository.path / "link").symlink_to("a.txt")
    oid = repository.git("rev-parse", "HEAD")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{oid},module")
    repository.git("add", "link")
    assert changed(repository) == {}
    repository.git("commit", "--quiet", "--message=link")
    (repository.path / "link").unlink()
    repository.write("link", "a file\n")
    repository.git("add", "link")
    assert changed(repository) == {"link": (b"a file\n", [])}


def diverged(repository: Repository) -> None:
    """Two branches that change the same file at both ends, and one new file each; ours is checked out."""
    repository.write("shared.txt", "".join(f"{number}\n" for number in range(20)))
    repository.commit()
    for branch, line in (("theirs", 0), ("main", 19)):
        repository.git("switch", "--quiet", *(("--create",) if branch == "theirs" else ()), branch)
        lines = (repository.path / "shared.txt").read_text().splitlines()
        lines[line] = branch
        repository.write("shared.txt", "\n".join(lines) + "\n")
        repository.write(f"{branch}.txt", f"{branch}\n")
        repository.commit()


def test_a_merge_changes_what_differs_from_both_parents(repository: Repository) -> None:
    """What only came from the other side is theirs; ``git commit`` ends such a merge."""
    diverged(repository)
    repository.git("merge", "--quiet", "--no-commit", "theirs")
    repository.write("a.txt", "by the merge\n")
    repository.git("add", "a.txt")
    found = changed(repository)
    assert set(found) == {"a.txt", "shared.txt"}
    assert len(found["shared.txt"][1]) == 2
    assert found["a.txt"] == (b"by the merge\n", [b"one\n", b"one\n"])


def test_an_octopus_has_every_parent(repository: Repository) -> None:
    """All names in MERGE_HEAD count."""
    diverged(repository)
    repository.git("switch", "--quiet", "--create", "third", "main~1")
    repository.write("third.txt", "third\n")
    repository.commit()
    repository.git("switch", "--quiet", "main")
    repository.git("merge", "--quiet", "--no-commit", "theirs", "third")
    assert set(changed(repository)) == {"shared.txt"}
    assert len(changed(repository)["shared.txt"][1]) == 3


def test_a_merge_that_git_commits_by_itself_is_one(repository: Repository, tmp_path: Path) -> None:
    """In pre-merge-commit there is no MERGE_HEAD yet; git's variables name the other side."""
    diverged(repository)
    seen = tmp_path / "environment"
    hook = repository.write(".git/hooks/pre-merge-commit", f"#!/bin/sh\nenv >'{seen}'\nexit 1\n")
    hook.chmod(0o755)
    assert repository.tried("merge", "--no-edit", "theirs").returncode == 1
    told = dict(line.split("=", 1) for line in seen.read_text().splitlines() if line.startswith("GIT"))
    repository.git("reset", "--quiet", "--hard")
    repository.git("merge", "--quiet", "--no-commit", "theirs")
    Path(repository.path / ".git/MERGE_HEAD").unlink()
    assert set(changed(repository, **told)) == {"shared.txt"}
    assert set(changed(repository)) == {"shared.txt", "theirs.txt"}


def test_a_branch_named_merge_head_merges_nothing(repository: Repository) -> None:
    """A name is no merge."""
    repository.git("branch", "MERGE_HEAD")
    repository.write("a.txt", "two\n")
    repository.git("add", "a.txt")
    assert set(changed(repository)) == {"a.txt"}


@pytest.mark.parametrize("command", ["cherry-pick", "rebase", "revert"])
def test_history_that_is_made_anew_is_known(repository: Repository, command: str) -> None:
    """After a conflict the old commit's content of each file is at hand."""
    repository.git("switch", "--quiet", "--create", "side")
    repository.write("a.txt", "side\n")
    side = repository.commit()
    if command == "revert":
        repository.write("a.txt", "later\n")
        repository.commit()
    else:
        repository.git("switch", "--quiet", "main")
        repository.write("a.txt", "ours\n")
        repository.commit()
    if command == "rebase":
        repository.git("switch", "--quiet", "side")
    assert repository.tried(command, "main" if command == "rebase" else side).returncode != 0
    repository.write("a.txt", "resolved\n")
    repository.git("add", "a.txt")
    with Staged(str(repository.path), os.environ) as staged:
        [change] = staged.changes()
        assert staged.content(change.replayed_oid) == (b"one\n" if command == "revert" else b"side\n")


def test_the_index_that_git_names_is_the_one(repository: Repository, tmp_path: Path) -> None:
    """``git commit FILE`` and ``-a`` hand over an index of their own."""
    repository.write("a.txt", "two\n")
    repository.git("add", "a.txt")
    other = tmp_path / "index"
    shutil.copy2(repository.path / ".git/index", other)
    repository.git("reset", "--quiet")
    assert changed(repository) == {}
    assert set(changed(repository, GIT_INDEX_FILE=str(other))) == {"a.txt"}


def test_no_configuration_bends_the_answer(repository: Repository, tmp_path: Path) -> None:
    """Whatever ``git diff`` is told, no program of it runs and no name or line is left out."""
    ran = tmp_path / "ran"
    program = repository.write("program", f"#!/bin/sh\ntouch '{ran}'\n")
    program.chmod(0o755)
    for key, value in {
        "diff.external": str(program),
        "core.fsmonitor": str(program),
        "diff.noprefix": "true",
        "diff.relative": "true",
        "diff.renames": "copies",
        "diff.ignoreSubmodules": "all",
        "diff.orderFile": "/does/not/exist",
        "color.ui": "always",
        "core.quotePath": "true",
        "core.abbrev": "4",
    }.items():
        repository.git("config", key, value)
    repository.write(".git/info/attributes", "* diff=custom -text\n")
    repository.git("config", "diff.custom.textconv", str(program))
    repository.write("a.txt", "two\n")
    repository.write("sub/ä.txt", "new\n")
    repository.git("-c", "core.fsmonitor=false", "add", "a.txt", "sub")
    ran.unlink(missing_ok=True)
    assert set(changed(repository, GIT_EXTERNAL_DIFF=str(program), GIT_LITERAL_PATHSPECS="1")) == {
        "a.txt",
        "sub/ä.txt",
    }
    assert not ran.exists()


def test_odd_names_come_through(repository: Repository) -> None:
    """Names are bytes: a line end, a tab, undecodable bytes, a dash in front."""
    odd = ("line\nend", "tab\tin", "caf\udce9", "-dash", "a:b", " space ")
    for name in odd:
        (repository.path / name).write_text("x\n")
    repository.git("add", "--all")
    assert set(changed(repository)) == set(odd)


def test_a_linked_worktree_and_a_separate_git_directory(repository: Repository, tmp_path: Path) -> None:
    """Git names both by variables, relative ones too."""
    repository.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    linked = Repository(tmp_path / "linked")
    linked.write("a.txt", "linked\n")
    linked.git("add", "a.txt")
    assert set(changed(linked)) == {"a.txt"}
    assert changed(repository) == {}
    shutil.move(repository.path / ".git", repository.path.parent / "elsewhere")
    found = changed(
        repository, GIT_DIR=os.path.relpath(repository.path.parent / "elsewhere"), GIT_WORK_TREE="."
    )
    assert found == {}


def test_a_sparse_index_is_whole(repository: Repository) -> None:
    """What is not checked out did not change."""
    repository.git("sparse-checkout", "set", "--cone", "--sparse-index", "none")
    repository.write("a.txt", "two\n")
    repository.git("add", "--sparse", "a.txt")
    assert set(changed(repository)) == {"a.txt"}


def test_a_huge_content_is_not_read(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """None says so, and the next question is answered."""
    monkeypatch.setattr(changed_files, "LARGEST", 100)
    repository.write("huge.bin", b"x" * 200_000)
    repository.write("small.bin", b"y" * 100)
    repository.git("add", "--all")
    assert changed(repository) == {"huge.bin": (None, []), "small.bin": (b"y" * 100, [])}


def test_damage_and_a_missing_git_are_errors_with_a_cure(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither passes for an unchanged commit."""
    with Staged(str(repository.path), os.environ) as staged, pytest.raises(CommandError) as raised:
        staged.content("0" * 40)
    assert "fsck" in raised.value.cure
    (repository.path / ".git/index").write_bytes(b"garbage")
    with pytest.raises(CommandError, match="diff-index"):
        changed(repository)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CommandError, match="git was not found"):
        changed(repository)


def test_nothing_is_written(repository: Repository) -> None:
    """Not an object, not the index: the whole git directory is as it was."""

    def everything() -> dict[Path, tuple[int, int]]:
        paths = (repository.path / ".git").rglob("*")
        return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in paths}

    repository.write("a.txt", "two\n")
    repository.git("add", "a.txt")
    before = everything()
    assert changed(repository)
    assert everything() == before
    assert (
        subprocess.run(("git", "fsck"), cwd=repository.path, check=False, capture_output=True).returncode == 0
    )
