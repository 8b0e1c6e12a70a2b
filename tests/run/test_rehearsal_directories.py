"""What a rehearsal that was killed has left goes; what belongs to anybody else, or still runs, stays."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from release_async.run import rehearsal_directories

HANGS = """\
import sys
from release_async.run import rehearsal_directories
with rehearsal_directories.made() as directory:
    (directory / "project").mkdir(mode=0o500)
    print(directory, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_of_a_process_that_was_killed_it_goes_and_of_one_that_runs_it_stays(temporary: Path) -> None:
    """The kernel knows which is which, also where a process id has been given out again."""
    argv = (sys.executable, "-c", HANGS)
    env = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(argv, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        directory = Path(run.stdout.readline().strip())
        assert rehearsal_directories.sweep() == 0
        assert (directory / "project").is_dir()
        run.kill()
    assert rehearsal_directories.sweep() == 1
    assert not directory.exists()


def test_what_came_to_its_end_stays(temporary: Path) -> None:
    """A failure is looked into, and of a success the files are kept."""
    with rehearsal_directories.made() as directory:
        (directory / "index").mkdir()
    assert rehearsal_directories.sweep() == 0
    assert [path.name for path in directory.iterdir()] == ["index"]
    assert directory.parent == temporary


def test_nobody_else_s_folder_is_touched(temporary: Path) -> None:
    """One without our mark, one behind a symbolic link, and a file of that name."""
    (temporary / "release-async-theirs").mkdir()
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / ".running").touch()
    (temporary / "release-async-link").symlink_to(elsewhere)
    (temporary / "release-async-file").touch()
    (temporary / "release-async-mark").mkdir()
    (temporary / "release-async-mark" / ".running").symlink_to(elsewhere / ".running")
    before = sorted(temporary.rglob("*"))
    assert rehearsal_directories.sweep() == 0
    assert sorted(temporary.rglob("*")) == before
