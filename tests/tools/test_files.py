"""Files written whole or not at all; what is not the one ordinary file that is meant is never touched."""

import hashlib
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from release_async.tools import files
from release_async.tools.files import write_all
from release_async.versions.edit import Change

Mend = Callable[[Path, Path], str]


def change(path: str, before: bytes = b"old\n", after: bytes = b"new\n") -> Change:
    """One change of a whole file."""
    return Change(path, before, after, ())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A work tree of two files, and something outside of it."""
    (tmp_path / "outside").write_bytes(b"old\n")
    top = tmp_path / "tree"
    (top / "sub").mkdir(parents=True)
    for name in ("a", "sub/b"):
        (top / name).write_bytes(b"old\n")
    return top


def test_all_are_written_and_keep_their_mode(root: Path) -> None:
    """Every file has its new bytes, and nothing else lies beside it."""
    (root / "a").chmod(0o755)
    write_all(root, [change("a"), change("sub/b")])
    assert {name: (root / name).read_bytes() for name in ("a", "sub/b")} == {"a": b"new\n", "sub/b": b"new\n"}
    assert (root / "a").stat().st_mode & 0o777 == 0o755
    assert sorted(path.name for path in root.rglob("*")) == ["a", "b", "sub"]


def climbing(root: Path, outside: Path) -> str:
    """A path that leads out."""
    return os.path.relpath(outside, root)


def absolute(root: Path, outside: Path) -> str:  # noqa: ARG001 - as the others
    """A path that begins at the root of the disk."""
    return str(outside)


def linked(root: Path, outside: Path) -> str:
    """A symbolic link to a file outside."""
    (root / "link").symlink_to(outside)
    return "link"


def linked_folder(root: Path, outside: Path) -> str:
    """A symbolic link to a folder."""
    (root / "folder").symlink_to(outside.parent)
    return "folder/outside"


def hard_linked(root: Path, outside: Path) -> str:
    """A second name of a file outside."""
    (root / "hard").hardlink_to(outside)
    return "hard"


def git_internal(root: Path, outside: Path) -> str:  # noqa: ARG001 - as the others
    """Git's own configuration."""
    (root / ".git").mkdir()
    (root / ".git" / "config").write_bytes(b"old\n")
    return ".git/config"


def pipe(root: Path, outside: Path) -> str:  # noqa: ARG001 - as the others
    """A FIFO, on which reading would wait for ever."""
    os.mkfifo(root / "pipe")
    return "pipe"


def read_only(root: Path, outside: Path) -> str:  # noqa: ARG001 - as the others
    """A file that its owner has closed."""
    (root / "closed").write_bytes(b"old\n")
    (root / "closed").chmod(0o444)
    return "closed"


def missing(root: Path, outside: Path) -> str:  # noqa: ARG001 - as the others
    """A file that a sparse checkout leaves out."""
    return "sparse/out"


def submodule(root: Path, outside: Path) -> str:  # noqa: ARG001 - as the others
    """A file of another repository."""
    (root / "module").mkdir()
    (root / "module" / ".git").write_text("gitdir: elsewhere\n")
    (root / "module" / "file").write_bytes(b"old\n")
    return "module/file"


def changed(root: Path, outside: Path) -> str:  # noqa: ARG001 - as the others
    """A file that someone has just saved."""
    (root / "saved").write_bytes(b"mine\n")
    return "saved"


@pytest.mark.parametrize(
    "odd",
    [
        climbing,
        absolute,
        linked,
        linked_folder,
        hard_linked,
        git_internal,
        pipe,
        read_only,
        missing,
        submodule,
        changed,
    ],
)
def test_what_is_no_ordinary_file_of_the_tree_stops_all(root: Path, odd: Mend) -> None:
    """The reason is told, the outside bytes are untouched, and so are the files before it."""
    outside = root.parent / "outside"
    path = odd(root, outside)
    with pytest.raises(OSError, match=r"\w") as caught:
        write_all(root, [change("a"), change(path), change("sub/b")])
    assert path in str(caught.value)
    assert outside.read_bytes() == b"old\n"
    assert (root / "a").read_bytes() == b"old\n"
    assert (root / "sub/b").read_bytes() == b"old\n"


def test_a_failure_in_the_middle_restores_what_was_written(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk may be full after the first of two."""
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target.name == "b":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_all(root, [change("a"), change("sub/b")])
    assert (root / "a").read_bytes() == b"old\n"
    assert (root / "sub/b").read_bytes() == b"old\n"
    assert sorted(path.name for path in root.rglob("*")) == ["a", "b", "sub"]


def test_pinned_files_have_their_digest_and_are_read_only(tmp_path: Path) -> None:
    """Name, size and SHA-256 are those of the bytes."""
    path = tmp_path / "x-1.whl"
    path.write_bytes(b"bytes")
    artifact = files.pin(path)
    assert (artifact.name, artifact.size) == ("x-1.whl", 5)
    assert artifact.sha256 == hashlib.sha256(b"bytes").hexdigest()
    assert stat.S_IMODE(path.stat().st_mode) == 0o400


def test_read_only_trees_are_removed(tmp_path: Path) -> None:
    """Directories that forbid it, links to elsewhere, and nothing at all."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    tree = tmp_path / "tree"
    (tree / "a/b").mkdir(parents=True)
    (tree / "a/b/file").write_text("")
    (tree / "link").symlink_to(outside)
    for directory in (tree / "a/b", tree / "a", tree):
        directory.chmod(0o500)
    for _ in range(2):
        files.remove_tree(tree)
    assert not tree.exists()
    assert (outside / "kept").read_text() == "kept"
    assert os.access(outside, os.W_OK)


def test_a_pinned_file_is_intact_while_it_holds_its_bytes(tmp_path: Path) -> None:
    """Not when it is changed, gone, or no file any more."""
    path = tmp_path / "x-1.whl"
    path.write_bytes(b"bytes")
    artifact = files.pin(path)
    assert files.is_intact(artifact)
    path.chmod(0o600)
    path.write_bytes(b"Bytes")
    assert not files.is_intact(artifact)
    path.unlink()
    assert not files.is_intact(artifact)
    path.mkdir()
    assert not files.is_intact(artifact)


def test_one_entry_can_be_kept_to_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who dies on the way leaves it, so that what it tells of is never forgotten too early."""
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    for name in ("aaa", "kept", "sub/kept", "zzz"):
        (tree / name).write_text("")
    rmtree = shutil.rmtree
    seen: list[list[str]] = []

    def watched(path: Path, *, ignore_errors: bool) -> None:
        if path == tree:
            seen.append([entry.name for entry in tree.iterdir()])
        rmtree(path, ignore_errors=ignore_errors)

    monkeypatch.setattr(shutil, "rmtree", watched)
    files.remove_tree(tree, "kept")
    assert seen == [["kept"]]
    assert not tree.exists()
