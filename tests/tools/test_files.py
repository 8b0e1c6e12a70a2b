"""Built files are pinned, and trees of any mode removed, without touching what a link leads to."""

import hashlib
import os
import stat
from pathlib import Path

from release_async.tools import files


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
