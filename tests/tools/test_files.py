"""Files are written whole or not at all, pinned, and removed whatever their modes."""

import hashlib
import os
import stat
from pathlib import Path

import pytest

from release_async.tools import files
from release_async.versions.edit import Change


def change(path: str, before: bytes, after: bytes) -> Change:
    """A change of one file."""
    return Change(path=path, before=before, after=after, edits=())


def test_every_file_is_written_and_keeps_its_mode(tmp_path: Path) -> None:
    """Also an executable one, and no temporary file stays."""
    for name, mode in (("a", 0o755), ("b", 0o640)):
        (tmp_path / name).write_bytes(b"old\r\n")
        (tmp_path / name).chmod(mode)
    files.write_all(tmp_path, [change("a", b"old\r\n", b"new\r\n"), change("b", b"old\r\n", b"new\n")])
    assert (tmp_path / "a").read_bytes() == b"new\r\n"
    assert (tmp_path / "b").read_bytes() == b"new\n"
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in "ab"] == [0o755, 0o640]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


@pytest.mark.parametrize("surprise", ["changed", "gone"])
def test_a_surprise_in_one_file_restores_the_others(tmp_path: Path, surprise: str) -> None:
    """A file that is not what the change starts from stops everything."""
    (tmp_path / "a").write_bytes(b"old")
    if surprise == "changed":
        (tmp_path / "b").write_bytes(b"somebody was here")
    with pytest.raises(OSError, match="b"):
        files.write_all(tmp_path, [change("a", b"old", b"new"), change("b", b"old", b"new")])
    assert (tmp_path / "a").read_bytes() == b"old"
    assert {path.name for path in tmp_path.iterdir()} <= {"a", "b"}


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
