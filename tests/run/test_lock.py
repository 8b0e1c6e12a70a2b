"""The lock keeps a second release out, says who has it, and dies with the last process that has it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from release_async.base.errors import FailedError, RefusedError
from release_async.run import lock
from support.processes import end_stranger

_HOLDER = """
import subprocess, sys
from pathlib import Path
from release_async.run import lock
with lock.held(Path(sys.argv[1])) as held:
    held.tell("upload")
    child = subprocess.Popen(["sleep", "30"], pass_fds=(held.handle,)) if "child" in sys.argv else None
    print(child.pid if child else 0, flush=True)
    sys.stdin.read()
"""


def holder(home: Path, *words: str) -> subprocess.Popen[str]:
    """Another process that holds the lock at the step upload, once it has said so."""
    return subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(home), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_the_lock_says_who_since_when_and_at_which_step(tmp_path: Path) -> None:
    """The second run does nothing and waits for nothing."""
    with holder(tmp_path) as other:
        assert other.stdout
        other.stdout.readline()
        with pytest.raises(RefusedError) as caught, lock.held(tmp_path):
            pass
        other.kill()
    for word in (f"process {other.pid}", time.strftime("since %Y-%m-%d"), "at the step upload"):
        assert word in caught.value.what
    assert "release-async status" in caught.value.cure


def test_a_dead_owners_lock_is_taken_at_once(tmp_path: Path) -> None:
    """No age, no guess: the kernel has freed it."""
    with holder(tmp_path) as other:
        assert other.stdout
        other.stdout.readline()
        assert lock.owner(tmp_path).startswith(f"process {other.pid}, since")
        other.kill()
    assert lock.owner(tmp_path) == ""
    with lock.held(tmp_path):
        assert f"process {os.getpid()}" in lock.owner(tmp_path)


def test_a_child_that_still_uploads_keeps_it(tmp_path: Path) -> None:
    """Its parent is gone, and nobody uploads beside it."""
    with holder(tmp_path, "child") as other:
        assert other.stdout
        child = int(other.stdout.readline())
        other.kill()
    try:
        with (
            pytest.raises(RefusedError, match=r"is gone .* a child process of it still runs"),
            lock.held(tmp_path),
        ):
            pass
    finally:
        end_stranger(child, "sleep")


def test_the_lock_is_free_after_a_release_that_failed(tmp_path: Path) -> None:
    """Whatever was raised inside."""
    for _ in range(2):
        with pytest.raises(ValueError, match="inside"), lock.held(tmp_path):
            raise ValueError("inside")


def test_what_stands_in_the_file_is_for_display_only(tmp_path: Path) -> None:
    """Rubbish in it does not matter."""
    with lock.held(tmp_path) as held:
        os.pwrite(held.handle, b"\xff{", 0)
        assert lock.owner(tmp_path) == "an unknown process"


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """With its name."""
    (tmp_path / "file").write_text("")
    with pytest.raises(FailedError, match="cannot be written"), lock.held(tmp_path / "file"):
        pass


def test_nobody_holds_a_lock_that_never_was(tmp_path: Path) -> None:
    """Asking makes nothing."""
    assert lock.owner(tmp_path / "nowhere") == ""
    assert not (tmp_path / "nowhere").exists()
