"""Built files are pinned, and trees of any mode removed, without touching what a link leads to."""

import hashlib
import os
import shutil
import stat
from pathlib import Path

import pytest

from release_async.base import files


def test_a_link_is_removed_and_not_what_it_leads_to(tmp_path: Path) -> None:
    """What lies elsewhere is somebody's."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("")
    for last in ("", "kept"):
        link = tmp_path / "link"
        link.symlink_to(elsewhere)
        files.remove_tree(link, last)
        assert (link.is_symlink(), [path.name for path in elsewhere.iterdir()]) == (False, ["kept"])


def test_pinned_files_have_their_digest_and_are_read_only(tmp_path: Path) -> None:
    """Name, size and SHA-256 are those of the bytes."""
    path = tmp_path / "x-1.whl"
    path.write_bytes(b"bytes")
    artifact = files.pin(path)
    assert (artifact.name, artifact.size) == ("x-1.whl", 5)
    assert artifact.sha256 == hashlib.sha256(b"bytes").hexdigest()
    assert stat.S_IMODE(path.stat().st_mode) == 0o400


def test_a_file_that_is_pinned_for_now_is_on_the_disk_once_that_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To pin one for good is both; the digest is the same."""
    path, synced = tmp_path / "x-1.whl", []
    path.write_bytes(b"bytes")
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle).st_ino))
    artifact = files.pin_for_now(path)
    assert synced == []
    files.make_durable(path)
    assert synced == [path.stat().st_ino]
    assert files.pin(path) == artifact
    assert synced == [path.stat().st_ino] * 2


def test_a_pinned_copy_is_what_was_copied(tmp_path: Path) -> None:
    """Of any size, over what was there; the digest and the size are those of the copy, which is read-only."""
    for content in (b"", b"bytes", os.urandom((1 << 20) + 7)):
        source, target = tmp_path / "x-1.whl", tmp_path / "copy.whl"
        source.write_bytes(content)
        target.unlink(missing_ok=True)
        target.write_bytes(b"something that is longer")
        artifact = files.pinned_copy(source, target)
        assert target.read_bytes() == content
        assert artifact == files.pin_for_now(target)
        assert stat.S_IMODE(target.stat().st_mode) == 0o400


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


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A FIFO under the name of a file has no writer, and reading it would never end."""
    fifo = tmp_path / "x-1.whl"
    os.mkfifo(fifo)
    wanted = files.Artifact(fifo, "0" * 64, 5)
    assert not files.is_intact(wanted)
    assert not files.begins_with(wanted, 5, "0" * 64)
    with pytest.raises(OSError, match="not a regular file"):
        files.fingerprint(fifo)
