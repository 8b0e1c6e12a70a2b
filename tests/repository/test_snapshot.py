"""The index, a revision and the disk, as real git repositories have them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from release_async.base.errors import CommandError, UsageError
from release_async.repository import snapshot
from release_async.versions.find_distributions import distributions
from support.repositories import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """One commit with two files."""
    made = Repository.init(tmp_path / "a project")
    made.write("a.txt", "committed\n")
    made.write("sub/b.txt", "b\n")
    made.commit()
    return made


def staged(repository: Repository, path: str) -> bytes | None:
    """The staged content of one file."""
    with snapshot.index(repository.path) as tree:
        return tree.read(path)


def test_index_revision_and_disk_are_three_things(repository: Repository) -> None:
    """Each source answers for itself."""
    repository.write("a.txt", "staged\n")
    repository.git("add", "a.txt")
    repository.write("a.txt", "on disk\n")
    repository.write("new.txt", "new\n")
    assert staged(repository, "a.txt") == b"staged\n"
    with snapshot.revision(repository.path, "HEAD") as tree:
        assert tree.read("a.txt") == b"committed\n"
        assert list(tree.paths()) == ["a.txt", "sub/b.txt"]
    on_disk = snapshot.disk(repository.path)
    assert on_disk.read("a.txt") == b"on disk\n"
    assert set(on_disk.paths()) == {"a.txt", "sub/b.txt", "new.txt"}


def test_content_is_exact(repository: Repository) -> None:
    """Line ends, NUL, missing final newlines, emptiness and size are as they were written."""
    contents = {"crlf": b"a\r\nb", "nul": b"\0\n\0", "empty": b"", "large": b"x\n" * 200_000}
    repository.git("config", "core.autocrlf", "false")
    for name, content in contents.items():
        repository.write(name, content)
    repository.commit()
    with snapshot.index(repository.path) as tree:
        assert {name: tree.read(name) for name in contents} == contents
        assert tree.read("a.txt") == b"committed\n"
        assert tree.read("missing") is None
        assert tree.read("sub") is None


def test_a_tree_without_a_commit_is_read(tmp_path: Path) -> None:
    """The first commit has no HEAD, and a sha256 repository has other ids."""
    for form in ("sha1", "sha256"):
        path = tmp_path / form
        subprocess.run(("git", "init", "--quiet", f"--object-format={form}", str(path)), check=True)
        repository = Repository(path)
        repository.write("a", "1")
        repository.git("add", "a")
        assert staged(repository, "a") == b"1"


def test_any_path_name_is_told_apart(repository: Repository) -> None:
    """Names are bytes: line feeds, quotes, tabs and what is no UTF-8."""
    names = ["line\nfeed", 'quo"te', "tab\tname", os.fsdecode(b"caf\xe9.py"), "süß", "-dash", ":(glob)x"]
    for name in names:
        repository.write(name, name.encode("utf-8", "surrogateescape"))
    repository.commit()
    with snapshot.index(repository.path) as tree:
        assert set(names) < set(tree.paths())
        assert all(tree.read(name) == name.encode("utf-8", "surrogateescape") for name in names)
    assert set(names) < set(snapshot.disk(repository.path).paths())


def test_links_are_followed_inside_the_tree_only(repository: Repository) -> None:
    """A link may be a folder or point to a link; it never leads out, and never around for ever."""
    path = repository.path
    (path / "link").symlink_to("sub/b.txt")
    (path / "sub/up").symlink_to("../link")
    (path / "folder").symlink_to("sub")
    (path / "out").symlink_to("../../outside")
    (path / "absolute").symlink_to(path / "a.txt")
    (path / "loop").symlink_to("loop")
    (path / "nowhere").symlink_to("gone")
    (path.parent.parent / "outside").write_text("secret")
    repository.commit()
    with snapshot.index(path) as tree:
        assert [tree.read(name) for name in ("link", "sub/up", "folder/b.txt")] == [b"b\n"] * 3
        assert [tree.read(name) for name in ("out", "absolute", "loop", "nowhere", "folder")] == [None] * 5
    tree_on_disk = snapshot.disk(path)
    assert tree_on_disk.read("sub/up") == b"b\n"
    assert [tree_on_disk.read(name) for name in ("out", "loop", "nowhere", "folder")] == [None] * 4


def test_a_file_that_is_only_intended_is_not_there(repository: Repository) -> None:
    """``git add --intent-to-add`` announces a file that the commit will not hold; an empty one it will."""
    repository.write("intended", "x")
    repository.git("add", "--intent-to-add", "intended")
    repository.write("empty", "")
    repository.git("add", "empty")
    assert staged(repository, "intended") is None
    assert staged(repository, "empty") == b""


def test_a_conflict_is_reported(repository: Repository) -> None:
    """Unmerged paths are named and not read."""
    repository.git("switch", "--quiet", "--create", "theirs")
    repository.write("a.txt", "theirs\n")
    repository.commit()
    repository.git("switch", "--quiet", "main")
    repository.write("a.txt", "ours\n")
    repository.commit()
    assert repository.tried("merge", "theirs").returncode == 1
    with snapshot.index(repository.path) as tree:
        assert tree.unmerged == ("a.txt",)
        assert tree.read("a.txt") is None
        assert tree.read("sub/b.txt") == b"b\n"


def test_a_submodule_is_not_entered(repository: Repository, tmp_path: Path) -> None:
    """Its files are its own hook's matter."""
    other = Repository.init(tmp_path / "other")
    other.write("inner", "1")
    other.commit()
    repository.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.path), "module"
    )
    with snapshot.index(repository.path) as tree:
        assert set(tree.paths()) == {".gitmodules", "a.txt", "sub/b.txt"}
    assert snapshot.disk(repository.path).read("module") is None


@pytest.mark.parametrize(
    "environment",
    [
        {"GIT_LITERAL_PATHSPECS": "1"},
        {"GIT_GLOB_PATHSPECS": "1"},
        {"GIT_EXTERNAL_DIFF": "false"},
        {"LC_ALL": "de_DE.UTF-8"},
    ],
)
def test_a_bending_environment_changes_nothing(
    repository: Repository, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What git options leave in the environment never makes a file invisible."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    repository.write("intended", "x")
    repository.git("add", "--intent-to-add", "intended")
    assert staged(repository, "a.txt") == b"committed\n"
    assert staged(repository, "intended") is None


def test_gits_own_environment_decides(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index and the directory that the environment names are read, relative ones too."""
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "other-index"))
    repository.git("read-tree", "HEAD:sub")
    with snapshot.index(repository.path) as tree:
        assert list(tree.paths()) == ["b.txt"]
    monkeypatch.delenv("GIT_INDEX_FILE")
    (repository.path / ".git").rename(tmp_path / "dot.git")
    monkeypatch.chdir(repository.path)
    monkeypatch.setenv("GIT_DIR", "../dot.git")
    monkeypatch.setenv("GIT_WORK_TREE", ".")
    top = snapshot.toplevel(".")
    assert Path(top) == repository.path
    assert staged(Repository(Path(top)), "a.txt") == b"committed\n"
    monkeypatch.chdir(repository.path / "sub")
    monkeypatch.setenv("GIT_DIR", "../../dot.git")
    monkeypatch.setenv("GIT_WORK_TREE", "..")
    assert Path(snapshot.toplevel(".")) == repository.path
    assert staged(repository, "a.txt") == b"committed\n"


def test_an_environment_that_is_given_is_the_whole_one(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks about another repository is not misled by what git told a hook about this one."""
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    scrubbed = {
        name: value for name, value in os.environ.items() if name not in {"GIT_DIR", "GIT_INDEX_FILE"}
    }
    assert Path(snapshot.toplevel(repository.path / "sub", scrubbed)) == repository.path
    with snapshot.index(repository.path, scrubbed) as tree:
        assert tree.read("a.txt") == b"committed\n"
    with pytest.raises(UsageError):
        snapshot.index(repository.path)


def test_the_top_is_found_from_anywhere(repository: Repository, tmp_path: Path) -> None:
    """Below it, in a linked worktree, and in a folder git does not know yet."""
    (repository.path / "new").mkdir()
    repository.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    for start in ("", "sub", "new"):
        assert Path(snapshot.toplevel(repository.path / start)) == repository.path
    assert Path(snapshot.toplevel(tmp_path / "linked/sub")) == tmp_path / "linked"
    with pytest.raises(UsageError, match="is not in the working tree of a git repository"):
        snapshot.toplevel(tmp_path)
    with pytest.raises(UsageError, match="is not in the working tree of a git repository"):
        snapshot.toplevel(repository.path / ".git")
    with pytest.raises(CommandError, match="no folder"):
        snapshot.toplevel(tmp_path / "gone")


def test_a_missing_git_is_said(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One clear error with its cure."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match="git was not found") as caught:
        snapshot.index(repository.path)
    assert "PATH" in caught.value.cure


def test_a_repository_of_somebody_else_is_said(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git's refusal is passed on with its own words."""
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(CommandError, match="another user") as caught:
        snapshot.index(repository.path)
    assert "safe.directory" in caught.value.cure
    assert "dubious ownership" in caught.value.detail


def test_an_unknown_or_hostile_revision_is_said(repository: Repository) -> None:
    """A revision is never taken for an option."""
    for rev in ("nope", "--output=x", ""):
        with pytest.raises(UsageError, match="no revision"):
            snapshot.revision(repository.path, rev)


def test_a_damaged_object_is_an_error_and_no_missing_file(repository: Repository) -> None:
    """Silence about content that cannot be read would be a pass."""
    oid = repository.git("rev-parse", "HEAD:a.txt")
    (repository.path / ".git/objects" / oid[:2] / oid[2:]).unlink()
    with snapshot.index(repository.path) as tree, pytest.raises(CommandError, match=oid):
        tree.read("a.txt")


def test_nothing_is_left_running_or_changed(repository: Repository) -> None:
    """The child is gone after use, and reading wrote nothing."""
    before = {path: path.stat().st_mtime_ns for path in repository.path.rglob("*")}
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    running = children.read_text() if children.exists() else ""
    with snapshot.index(repository.path) as tree:
        tree.read("a.txt")
        if children.exists():
            assert children.read_text() != running
    if children.exists():
        assert children.read_text() == running
    assert {path: path.stat().st_mtime_ns for path in repository.path.rglob("*")} == before


def test_announced_files_are_read_in_any_order(repository: Repository) -> None:
    """More objects than one window, small and large, some announced twice, some never, some never read."""
    contents = {f"many/{number:03}": b"%d\n" % number * (1 + number % 7 * 9_000) for number in range(400)}
    for name, content in contents.items():
        repository.write(name, content)
    repository.commit()
    with snapshot.index(repository.path) as tree:
        tree.prefetch([*contents, "missing", *list(contents)[:50]])
        assert tree.read("a.txt") == b"committed\n"
        for name in [*reversed(list(contents)[10:]), *list(contents)[:5]]:
            assert tree.read(name) == contents[name]
        tree.prefetch(list(contents))
        assert tree.read("many/007") == contents["many/007"]


def test_whatever_the_number_of_files_git_is_started_twice(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One list and one reader; a third question only where empty files make it necessary, and only once."""
    for number in range(30):
        repository.write(f"p{number}/pyproject.toml", f'[project]\nname = "p{number}"\nversion = "1.0"\n')
        repository.write(f"p{number}/src/p{number}/__init__.py", '__version__ = "1.0"\n')
    repository.commit()
    log = tmp_path / "log"
    real = shutil.which("git")
    (tmp_path / "bin").mkdir()
    wrapper = tmp_path / "bin" / "git"
    wrapper.write_text(f'#!/bin/sh\necho "$5 $6" >>"{log}"\nexec "{real}" "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")
    with snapshot.index(repository.path) as tree:
        assert len(distributions(tree)) == 30
    assert log.read_text().splitlines() == ["ls-files --stage", "cat-file --batch"]
    for number in range(30):
        repository.write(f"p{number}/src/p{number}/__init__.py", "")
    repository.git("add", "--all")
    log.unlink()
    with snapshot.index(repository.path) as tree:
        assert len(distributions(tree)) == 30
    assert log.read_text().splitlines() == ["ls-files --stage", "cat-file --batch", "diff-files --name-only"]


def test_what_a_sparse_checkout_leaves_out_is_still_there(repository: Repository) -> None:
    """The disk does not have the file, but the project does; a file that was deleted is gone."""
    repository.git("sparse-checkout", "set", "--no-cone", "/*", "!sub")
    assert not (repository.path / "sub/b.txt").exists()
    tree = snapshot.disk(repository.path)
    assert tree.read("sub/b.txt") == b"b\n"
    (repository.path / "a.txt").unlink()
    assert tree.read("a.txt") is None
