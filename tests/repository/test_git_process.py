"""How git is started on a commit's way: by posix_spawn where there is one, as ``subprocess`` would do it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from release_async.base.errors import CommandError, UsageError
from release_async.repository import git_process
from support.repositories import Repository

WAYS = [pytest.param(True, id="spawned"), pytest.param(False, id="subprocess")]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Both ways to start a process; what follows must hold for each."""
    monkeypatch.setattr(git_process, "_CAN_SPAWN", request.param)
    return bool(request.param)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that is taken for git; write a script into it."""
    path = tmp_path / "bin" / "git"
    path.parent.mkdir()
    path.touch(0o755)
    monkeypatch.setenv(
        "PATH", f"{tmp_path / 'missing'}{os.pathsep}{path.parent}{os.pathsep}{os.environ['PATH']}"
    )
    return path


def descriptors() -> list[str]:
    """The open files of this process."""
    folder = Path("/dev/fd")
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.mark.usefixtures("way")
def test_both_pipes_may_be_full_at_once(program: Path, tmp_path: Path) -> None:
    """Nobody waits for the other, however much comes on either, and nothing is left open."""
    megabytes = "import sys; sys.stderr.write('e' * 3_000_000); sys.stdout.write('o' * 3_000_000)"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -c "{megabytes}"\n')
    before = descriptors()
    assert git_process.output(tmp_path, os.environ, "anything") == b"o" * 3_000_000
    assert descriptors() == before


@pytest.mark.usefixtures("way")
def test_an_end_is_told_with_its_reason(program: Path, tmp_path: Path) -> None:
    """What it says on standard error is the detail, undecodable bytes escaped."""
    program.write_text("#!/bin/sh\nprintf 'no \\377 luck' >&2\nexit 3\n")
    with pytest.raises(CommandError, match="git ls-files failed") as caught:
        git_process.output(tmp_path, os.environ, "ls-files")
    assert caught.value.detail == "no \\xff luck"


def children() -> set[str]:
    """The children of this process, zombies too (proc(5))."""
    tasks = Path("/proc/self/task").glob("*/children")
    return {pid for task in tasks for pid in task.read_text().split()}


@pytest.mark.usefixtures("way")
def test_no_child_stays_behind(tmp_path: Path) -> None:
    """Every child is waited for, also one that reads."""
    made = Repository.init(tmp_path / "project")
    made.write("a", "text")
    made.commit()
    oid = made.git("rev-parse", "HEAD:a")
    before = children()
    child = git_process.object_reader(made.path, os.environ)
    assert child.stdin
    assert child.stdout
    child.stdin.write(f"{oid}\n".encode())
    child.stdin.flush()
    assert child.stdout.readline().split()[1:] == [b"blob", b"4"]
    child.communicate()
    assert child.returncode == 0
    assert children() <= before


@pytest.mark.usefixtures("way")
def test_a_reader_that_has_ended_is_closed_without_noise(program: Path, tmp_path: Path) -> None:
    """A question that nobody reads any more is lost, and that is all."""
    program.write_text("#!/bin/sh\nexec 0<&-\nexit 1\n")
    child = git_process.object_reader(tmp_path, os.environ)
    assert child.stdin
    assert child.stdout
    assert child.stdout.read() == b""
    child.stdin.write(b"question\n")
    child.communicate()
    assert child.returncode == 1


@pytest.mark.usefixtures("way")
def test_a_killed_child_is_told_by_its_signal(tmp_path: Path) -> None:
    """As ``subprocess`` tells it."""
    child = git_process.object_reader(Repository.init(tmp_path / "project").path, os.environ)
    child.kill()
    child.communicate()
    assert child.returncode == -9


@pytest.mark.usefixtures("way")
def test_what_cannot_be_started_names_the_cause(program: Path, tmp_path: Path) -> None:
    """No git at all, one that may not be run, and one further on the way to it that may."""
    with pytest.raises(CommandError, match="git was not found"):
        git_process.output(tmp_path, {"PATH": str(tmp_path)}, "version")
    with pytest.raises(CommandError, match="could not be started"):
        git_process.output(tmp_path, {**os.environ, "NUL": "\0"}, "version")
    program.chmod(0o644)
    assert git_process.output(tmp_path, os.environ, "version").startswith(b"git version")
    if os.getuid():  # who may do everything may run it
        with pytest.raises(CommandError, match="could not be started"):
            git_process.output(tmp_path, {"PATH": str(program.parent)}, "version")


@pytest.mark.usefixtures("way")
def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    """Not git's words about changing to it."""
    with pytest.raises(CommandError, match="There is no folder"):
        git_process.output(tmp_path / "gone", os.environ, "ls-files")
    with pytest.raises(UsageError, match="is not in the working tree of a git repository"):
        git_process.output(
            tmp_path, {**os.environ, "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}, "ls-files"
        )


@pytest.mark.parametrize("name", ["index", "other index"])
def test_a_relative_index_is_the_one_git_means(tmp_path: Path, name: str) -> None:
    """T1: whatever folder git is started in, ``GIT_INDEX_FILE`` is found as git itself finds it."""
    made = Repository.init(tmp_path / "project")
    made.write("in_it", "text")
    made.write("below/file", "text")
    environ = {**os.environ, "GIT_INDEX_FILE": f".git/{name}"}
    subprocess.run(("git", "add", "in_it"), cwd=made.path, env=environ, check=True)
    listed = git_process.output(made.path, git_process.environment(made.path, environ), "ls-files")
    assert listed == b"in_it\n"


def test_a_closed_stream_is_no_harm(tmp_path: Path) -> None:
    """A pipe that takes the number of standard input, output or error is never mistaken for it."""
    made = Repository.init(tmp_path / "project")
    made.write("a", "text")
    made.git("add", "a")
    program = (
        "import os, sys; from release_async.repository import git_process;"
        "sys.exit(git_process.output(os.curdir, os.environ, 'ls-files') != b'a\\n')"
    )
    for closed in ("0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"):
        command = f'exec "{sys.executable}" -I -c "$0" {closed}'
        assert subprocess.run(("sh", "-c", command, program), cwd=made.path, check=False).returncode == 0


def test_children_whose_ends_nobody_wants(tmp_path: Path) -> None:
    """Where SIGCHLD is ignored the system keeps no exit code: what was printed counts."""
    made = Repository.init(tmp_path / "project")
    made.write("a", "text")
    made.git("add", "a")
    program = (
        "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN);"
        "from release_async.repository import git_process;"
        "sys.exit(git_process.output(os.curdir, os.environ, 'ls-files') != b'a\\n')"
    )
    answered = subprocess.run((sys.executable, "-I", "-c", program), cwd=made.path, check=False)
    assert answered.returncode == 0
