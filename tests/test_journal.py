"""The journal is durable and written once; the lock keeps a second release out and dies with its owner."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from release_async import journal
from release_async.errors import FailedError, RefusedError
from support.story import PLAN

_HOLDER = """
import sys
from pathlib import Path
from release_async import journal
with journal.locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_what_was_begun_can_be_read_again(tmp_path: Path) -> None:
    """The plan whole, the pinned ids beside it, one line."""
    journal.begin(tmp_path, PLAN, {"commit": "a" * 40, "artifacts": [{"name": "x", "sha256": "y"}]})
    (line,) = (tmp_path / journal.FILE).read_text(encoding="utf-8").splitlines()
    record = json.loads(line)
    assert (record["schema"], record["event"], record["commit"]) == (journal.SCHEMA, "begin", "a" * 40)
    assert record["plan"]["message"] == PLAN.message
    assert record["plan"]["edits"] == [list(edit) for edit in PLAN.edits]
    assert journal.begun(tmp_path)


def test_a_release_begins_once(tmp_path: Path) -> None:
    """A second beginning would overwrite what the first one has pinned."""
    assert not journal.begun(tmp_path)
    journal.begin(tmp_path, PLAN, {})
    with pytest.raises(FileExistsError):
        journal.begin(tmp_path, PLAN, {})


def test_what_published_nothing_is_forgotten(tmp_path: Path) -> None:
    """Also twice; then it can begin anew."""
    journal.begin(tmp_path, PLAN, {})
    for _ in range(2):
        journal.forget(tmp_path)
    assert not journal.begun(tmp_path)
    journal.begin(tmp_path, PLAN, {})


def test_a_second_release_is_told_of_the_first(tmp_path: Path) -> None:
    """By its process number; when that process is killed the lock is free at once."""
    home = tmp_path / "release-async"
    argv = (sys.executable, "-c", _HOLDER, str(home))
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RefusedError, match=f"process {holder.pid}"), journal.locked(home):
            pass
        holder.kill()
        holder.wait()
    with journal.locked(home):
        pass


def test_the_lock_is_free_after_a_release_that_failed(tmp_path: Path) -> None:
    """An error passes through it."""
    for _ in range(2):
        with pytest.raises(ValueError, match="inside"), journal.locked(tmp_path):
            raise ValueError("inside")


def test_a_place_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    """A file where the directory should be."""
    (tmp_path / "release-async").write_text("")
    with pytest.raises(FailedError, match="cannot be written"), journal.locked(tmp_path / "release-async"):
        pass
