"""Files written whole or not at all; what is not the one ordinary file that is meant is never touched."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from release_async.repository.atomic_write import write_all
from release_async.versions.version_edits import Change

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


def test_a_new_file_is_made_where_there_is_none(root: Path) -> None:
    """With the mode of the person's umask; what a change says of the disk has to be so."""
    old = os.umask(0o027)
    try:
        write_all(root, [Change("sub/new", None, b"new\n"), change("a")])
    finally:
        os.umask(old)
    assert (root / "sub/new").read_bytes() == b"new\n"
    assert (root / "sub/new").stat().st_mode & 0o777 == 0o640
    with pytest.raises(OSError, match="sub/b was created meanwhile"):
        write_all(root, [Change("sub/b", None, b"new\n")])
    assert (root / "sub/b").read_bytes() == b"old\n"


@pytest.mark.parametrize("odd", [climbing, absolute, linked, linked_folder, git_internal, pipe, submodule])
def test_a_new_file_is_not_made_elsewhere(root: Path, odd: Mend) -> None:
    """Nor in the place of a link or a pipe."""
    path = odd(root, root.parent / "outside")
    places = {path, f"{path.rpartition('/')[0]}/made".lstrip("/")} if "/" in path else {path}
    for place in places:
        with pytest.raises(OSError, match=r"\w"):
            write_all(root, [change("a"), Change(place, None, b"new\n")])
    assert (root / "a").read_bytes() == b"old\n"
    assert (root.parent / "outside").read_bytes() == b"old\n"
    assert not (root.parent / "made").exists()


def test_what_was_made_is_taken_away_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a later file cannot be written."""
    replace = os.replace

    def full(source: str, target: str) -> None:
        if target.endswith("b"):
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_all(root, [Change("new", None, b"new\n"), change("sub/b")])
    assert sorted(path.name for path in root.rglob("*")) == ["a", "b", "sub"]


def test_a_failure_in_the_middle_restores_what_was_written(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk may be full after the first of two."""
    replace = os.replace

    def full(source: str, target: str) -> None:
        if target.endswith("b"):
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_all(root, [change("a"), change("sub/b")])
    assert (root / "a").read_bytes() == b"old\n"
    assert (root / "sub/b").read_bytes() == b"old\n"
    assert sorted(path.name for path in root.rglob("*")) == ["a", "b", "sub"]
