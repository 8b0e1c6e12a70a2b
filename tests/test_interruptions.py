"""A release that is interrupted: before the first upload nothing has changed, after it the rest is told."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import releasing
from support.front import Fate, front
from support.releasing import MINUTES, Stage, ended, wait_until

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_BACKENDS = dict(zip(SIGNALS, ("trio", "asyncio", "trio"), strict=True))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time."""
    with releasing.tiny(tmp_path) as stage:
        yield stage


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Where the parts of the project say that they run."""
    directory = tmp_path / "notes"
    directory.mkdir()
    return directory


@pytest.mark.parametrize("part", ["tests", "build"])
@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_before_the_first_upload_leaves_nothing(
    stage: Stage, notes: Path, part: str, number: signal.Signals
) -> None:
    """While the suite or the backend runs: exit 128 + signal, nothing changed, no child left."""
    backend = _BACKENDS[number] if part == "tests" else _BACKENDS[SIGNALS[SIGNALS.index(number) - 1]]
    before = stage.fingerprint()
    asked = {"TINY_NOTES": str(notes), f"TINY_{part.upper()}": "wait"}
    with stage.started("--version", "major", backend=backend, **asked) as process:
        wait_until((notes / part).exists)
        process.send_signal(number)
        run = ended(process)
    assert run.code == 128 + number, run.said
    assert f"interrupted by {number.name}" in run.said
    assert "nothing is public" in run.said
    assert stage.fingerprint() == before
    assert stage.processes() == []


def test_impatience_does_not_break_the_cleaning_up(stage: Stage, notes: Path, anyio_backend: str) -> None:
    """Ctrl-C pressed again and again ends the run no sooner and no dirtier."""
    before = stage.fingerprint()
    asked = {"TINY_NOTES": str(notes), "TINY_BUILD": "wait"}
    with stage.started("--version", "major", backend=anyio_backend, **asked) as process:
        wait_until((notes / "build").exists)
        for _ in range(5):
            process.send_signal(signal.SIGINT)
        run = ended(process)
    assert run.code == 130, run.said
    assert "Traceback" not in run.said
    assert stage.fingerprint() == before
    assert stage.processes() == []


def test_after_a_kill_the_next_run_sweeps_and_releases(stage: Stage, notes: Path) -> None:
    """SIGKILL leaves a run directory and a worktree, and nothing public; the next run clears them away."""
    before = stage.fingerprint()
    asked = {"TINY_NOTES": str(notes), "TINY_BUILD": "wait"}
    with stage.started("--version", "major", **asked) as process:
        wait_until((notes / "build").exists)
        process.kill()
        ended(process)
    wait_until(lambda: stage.processes() == [])
    after = stage.fingerprint()
    assert after.runs
    for name in ("branch", "head", "staged", "files", "config", "remote", "published"):
        assert getattr(after, name) == getattr(before, name), name
    run = stage.run("--version", "major", backend="trio")
    assert run.code == 0, run.said
    swept = stage.fingerprint()
    assert swept.runs == ()
    assert swept.worktrees.count("worktree ") == 1
    assert "release-async" not in swept.refs


def test_an_upload_that_has_begun_is_finished(stage: Stage, anyio_backend: str) -> None:
    """Ctrl-C during the first upload: the file arrives whole, and the run then says what is owed: exit 5."""
    with front(stage.url, Fate.HELD) as server:
        target = {"PYPI_REPOSITORY_URL": server.url}
        with stage.started("--version", "major", backend=anyio_backend, **target) as process:
            assert server.arrived.wait(60)
            process.send_signal(signal.SIGINT)
            server.go_on.set()
            run = ended(process)
    assert run.code == 5, run.said
    assert "tiny-3.0.0-py3-none-any.whl" in stage.published()
    public, _, owed = run.said.partition("already public")[2].partition("still to do")
    assert "upload tiny-3.0.0-py3-none-any.whl" in public
    assert "push main and v3.0.0 to origin" in owed
    assert stage.remote.git("log", "-1", "--format=%s", "main") == "begin"
    assert stage.processes() == []


def test_a_signal_behind_the_end_does_not_deny_the_release(stage: Stage, anyio_backend: str) -> None:
    """Ctrl-C when all is out, while children are let go: the release is out, and the exit code is 0."""
    with stage.started("--version", "major", backend=anyio_backend) as process:
        assert process.stdout
        for line in process.stdout:
            if "is released" in line:
                process.send_signal(signal.SIGINT)
        run = ended(process)
    assert run.code == 0, run.said
    assert len(stage.published()) == 2
    assert stage.fingerprint().runs == ()
    assert stage.processes() == []


def test_a_closed_terminal_is_no_traceback(stage: Stage, notes: Path) -> None:
    """Whoever reads the output goes away: the run is ended by its signal all the same, in order."""
    before = stage.fingerprint()
    asked = {"TINY_NOTES": str(notes), "TINY_TESTS": "wait"}
    with stage.started("--version", "major", backend="trio", **asked) as process:
        assert process.stdout
        wait_until((notes / "tests").exists)
        process.stdout.close()
        process.send_signal(signal.SIGHUP)
        code = process.wait(timeout=MINUTES)
        assert process.stderr
        assert "Traceback" not in process.stderr.read()
    assert code == 129
    assert stage.fingerprint() == before
    assert stage.processes() == []
