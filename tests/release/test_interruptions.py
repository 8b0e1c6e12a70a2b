"""A release that is interrupted: before the first upload nothing has changed, after it the rest is told."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest

from release_async.base import cancellation
from release_async.base.secret import Credentials
from release_async.base.signal_listener import spoken
from support import forks, indexes, moments, releasing
from support.front import Fate, front
from support.matrices import sampled
from support.moments import PUBLIC, Held, Moment
from support.processes import adopting, left
from support.releasing import MINUTES, Stage, ended, wait_until

pytestmark = pytest.mark.by_turns

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TO_STARTED = signal.SIGTERM
"""The signal that comes to a release, and to children, that are started as by a person; others to forks."""
BACKENDS = ("asyncio", "trio")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, tuple[str, Credentials]]]:
    """One index for all: its directory, its address, and who may upload."""
    packages = tmp_path_factory.mktemp("index") / "packages"
    account = indexes.credentials()
    with indexes.pypiserver(packages, account) as url:
        yield packages, (url, account)


@pytest.fixture
def stage(tmp_path: Path, index: tuple[Path, tuple[str, Credentials]]) -> Iterator[Stage]:
    """The project that builds in no time."""
    with releasing.tiny_at(tmp_path, *index) as stage:
        yield stage


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Where the parts of the project say that they run."""
    return moments.notes(tmp_path)


@pytest.fixture
def orphans() -> Iterator[Callable[[], list[str]]]:
    """Tells what a run has left behind, whatever it made of itself."""
    forks.prepare()
    with adopting() as adopted:
        yield adopted


class Case(NamedTuple):
    """A moment, and the signal that comes in it."""

    moment: Moment
    number: signal.Signals
    backend: str

    def __str__(self) -> str:
        """How pytest names it."""
        return f"{self.moment.name}-{self.number.name}-{self.backend}"


CASES = [Case(*values) for values in product(Moment, SIGNALS, BACKENDS)]
PAIRS = [case for number, case in enumerate(CASES) if number % 4 in {0, 3}]
"""Every moment with every signal, and each of both on either event loop."""


@pytest.mark.parametrize("case", sampled(CASES, PAIRS), ids=str)
def test_a_signal_ends_the_release_in_order(
    stage: Stage, notes: Path, orphans: Callable[[], list[str]], case: Case
) -> None:
    """Before the first upload: 128 + signal, nothing changed. After it: 5, what is owed. No child left."""
    moment, number, _ = case
    held = Held(stage, moment, notes)
    before = stage.fingerprint()
    with held.running(case.backend, forked=number != TO_STARTED and moment is not Moment.STARTING):
        held.send(number)
        held.go_on()
        run = held.finish()
        assert orphans() == []
        assert stage.processes() == []
        assert "Traceback" not in run.said
        if held.terminal:
            assert held.terminal.cursor_visible
            assert held.terminal.modes_are_as_before
    if moment in PUBLIC:
        assert run.code == 5, run.said
        assert "already public" in run.said
        assert "still to do" in run.said
        assert stage.published()
    else:
        assert run.code == 128 + number, run.said
        assert f"interrupted by {spoken(number)}" in run.said
        assert "run the same command again" in run.said
        assert "nothing is public" in run.said
        assert stage.fingerprint() == before
        assert held.rest() == []


def test_the_table_of_moments_has_not_shrunk() -> None:
    """Both sides of the point of no return are in it, with every signal on both event loops."""
    assert len(set(CASES)) >= 48
    assert len({case.moment in PUBLIC for case in CASES}) == 2


def test_each_run_tries_every_pair_of_them() -> None:
    """No moment is without a signal, and neither is ever tried on one event loop alone."""
    assert {case[:2] for case in PAIRS} == set(product(Moment, SIGNALS))
    assert {case[::2] for case in PAIRS} == set(product(Moment, BACKENDS))
    assert {case[1:] for case in PAIRS} == set(product(SIGNALS, BACKENDS))


def press_again(held: Held) -> None:
    """Ctrl-C, late enough to be another one and not the same key held down."""
    time.sleep(cancellation.SECONDS_APART * 1.2)
    held.send(signal.SIGINT)


def test_who_insists_breaks_off_an_upload_and_learns_what_is_unknown(
    stage: Stage, notes: Path, anyio_backend: str, orphans: Callable[[], list[str]]
) -> None:
    """The second Ctrl-C: the index never answers, the uploader is gone, the release is not denied: exit 5."""
    held = Held(stage, Moment.UPLOAD, notes)
    with held.running(anyio_backend):
        held.send(signal.SIGINT)
        press_again(held)
        run = held.finish()
        assert orphans() == []
        assert stage.processes() == []
    assert run.code == 5, run.said
    assert "during: upload tiny-3.0.0-py3-none-any.whl; whether that is done is unknown" in run.said
    assert "already public" not in run.said
    unknown, _, owed = run.said.partition("done or not, unknown")[2].partition("still to do")
    assert "upload tiny-3.0.0-py3-none-any.whl" in unknown
    assert "upload tiny-3.0.0-py3-none-any.whl" not in owed
    assert "upload tiny-3.0.0.tar.gz" in owed
    assert stage.fingerprint().runs


def test_who_insists_breaks_off_a_push(stage: Stage, notes: Path, anyio_backend: str) -> None:
    """The second Ctrl-C: git is ended with its helpers, the remote is as it was, files are public: exit 5."""
    held = Held(stage, Moment.PUSH, notes)
    remote = stage.remote.git("for-each-ref")
    with held.running(anyio_backend):
        held.send(signal.SIGINT)
        press_again(held)
        run = held.finish()
    assert run.code == 5, run.said
    assert "during: push main and v3.0.0 to origin" in run.said
    assert len(stage.published()) == 2
    assert stage.remote.git("for-each-ref") == remote
    assert [path for path in held.rest() if path.endswith(".lock")] == []


def test_who_will_not_wait_for_the_cleaning_up_leaves_at_once(
    stage: Stage, notes: Path, anyio_backend: str, orphans: Callable[[], list[str]]
) -> None:
    """The third Ctrl-C before the first upload: 130, the truth about what is left; the next run clears it."""
    held = Held(stage, Moment.COMMIT, notes)
    before = stage.fingerprint()
    hangs = notes.parent / "bin/git"
    git = shutil.which("git")
    hangs.parent.mkdir()
    hangs.write_text(
        f"#!/bin/sh\ncase \"$*\" in *'worktree remove'*) touch '{notes}/cleaning'; sleep 99;; esac\n"
        f'exec {git} "$@"\n'
    )
    hangs.chmod(0o755)
    path = stage.environ["PATH"]
    stage.environ["PATH"] = f"{hangs.parent}{os.pathsep}{path}"
    with held.running(anyio_backend):
        held.send(signal.SIGINT)
        press_again(held)
        wait_until((notes / "cleaning").exists)
        press_again(held)
        run = held.finish()
    assert left(orphans, 60) == []
    assert run.code == 130, run.said
    assert "interrupted by SIGINT (Ctrl-C), and again" in run.said
    assert "the next run removes them" in run.said
    after = stage.fingerprint()
    assert after.runs
    for name in ("branch", "head", "staged", "files", "config", "remote", "published"):
        assert getattr(after, name) == getattr(before, name), name
    stage.environ["PATH"] = path
    (stage.repository.path / ".git/hooks/pre-commit").unlink()
    assert stage.run("--version", "major").code == 0
    assert stage.fingerprint().runs == ()


@pytest.mark.parametrize("moment", [Moment.TESTS, Moment.COMMIT, Moment.CONFIRM, Moment.UPLOAD, Moment.PUSH])
def test_nothing_outlives_a_kill(
    stage: Stage, notes: Path, orphans: Callable[[], list[str]], moment: Moment
) -> None:
    """SIGKILL, which nobody hears: what the run was in the middle of ends all the same."""
    held = Held(stage, moment, notes)
    with held.running("trio"):
        held.send(signal.SIGKILL)
        assert left(orphans) == []
        assert left(stage.processes) == []


@pytest.mark.parametrize("moment", [Moment.TESTS, Moment.QUESTION])
def test_a_closed_window_ends_the_run_in_order(
    stage: Stage, notes: Path, moment: Moment, anyio_backend: str
) -> None:
    """Nothing can be shown any more, and every write fails: all is cleaned up nevertheless, exit 129."""
    held = Held(stage, moment, notes)
    before = stage.fingerprint()
    with held.running(anyio_backend):
        assert held.terminal
        held.terminal.hang_up()
        assert held.terminal.process.wait(MINUTES) == 129
        assert stage.processes() == []
    assert stage.fingerprint() == before
    assert held.rest() == []


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
    assert left(stage.processes, 60) == []
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
    assert "tiny-3.0.0-py3-none-any.whl" in public
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
