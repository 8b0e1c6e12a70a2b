"""A token is seen by the index it belongs to and by nobody else: no child, no file, no line of output."""

import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from release_async import journal
from release_async.secret import Credentials, Secret
from support import indexes, releasing, secrets
from support.front import Fate, front
from support.releasing import Stage, ended


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time, with a canary for a token."""
    with releasing.tiny(tmp_path) as stage:
        canary = Credentials(stage.account.user, Secret(secrets.characters(40)))
        with indexes.pypiserver(stage.packages, canary) as url:
            stage.account = canary
            stage.url = stage.environ["PYPI_REPOSITORY_URL"] = url
            stage.environ["PYPI_API_TOKEN"] = canary.secret.reveal()
            yield stage


def spellings(stage: Stage) -> tuple[bytes, ...]:
    """The canary as itself and as HTTP's basic scheme has it."""
    word = stage.account.secret.reveal()
    return word.encode(), b64encode(f"{stage.account.user}:{word}".encode())


def holds(stage: Stage, text: str | bytes) -> bool:
    """Whether a text gives the canary away."""
    data = text.encode(errors="surrogateescape") if isinstance(text, str) else text
    return any(spelling in data for spelling in spellings(stage))


def files_that_hold(stage: Stage, directory: Path) -> list[Path]:
    """The files below a directory that give the canary away."""
    files = (path for path in directory.rglob("*") if path.is_file() and path.name != ".env")
    return [path for path in files if holds(stage, path.read_bytes())]


@contextmanager
def watched(stage: Stage) -> Iterator[dict[int, tuple[str, bytes]]]:
    """Look again and again at every process of the runs: its command line and its environment (proc(5))."""
    seen: dict[int, tuple[str, bytes]] = {}
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.002):
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    environ = (process / "environ").read_bytes()
                    if stage.word.encode() in environ:
                        seen[int(process.name)] = (process / "cmdline").read_text(), environ
                except OSError:  # it ended while we looked
                    continue

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("source", ["environment", ".env"])
def test_no_child_and_no_output_shows_the_token(stage: Stage, source: str, tmp_path: Path) -> None:
    """In command lines, environments of children, tests, backend, output and files, at any time."""
    notes = tmp_path / "notes"
    notes.mkdir()
    if source == ".env":
        stage.repository.write(".env", f"PYPI_API_TOKEN={stage.environ.pop('PYPI_API_TOKEN')}\n")
    backend = "trio" if source == ".env" else "asyncio"
    with (
        watched(stage) as seen,
        stage.started("--version", "major", "--verbose", backend=backend, TINY_NOTES=str(notes)) as process,
    ):
        run = ended(process)
    assert run.code == 0, run.said
    assert not holds(stage, run.stdout + run.stderr)
    lines = " ".join(line for line, _ in seen.values())
    assert all(child in lines for child in ("builder_child.py", "uploader_child.py", "git"))
    # A child is a copy of the tool, environment included, until it has become the program it was started for;
    # caught in between, it has no command line.
    ours = "release_async\0--version"
    others = [(line, environ) for line, environ in seen.values() if line and ours not in line]
    assert [line for line, environ in others if holds(stage, environ)] == []
    assert [line for line, _ in seen.values() if holds(stage, line)] == []
    for part in ("tests", "build"):
        assert json.loads((notes / part).read_text())["environ"]["STAGE"] == stage.word
    assert files_that_hold(stage, tmp_path) == []


def test_a_token_under_another_name_does_not_reach_the_project(stage: Stage, tmp_path: Path) -> None:
    """The same value in a variable of any name, and other people's tokens, are dropped."""
    notes = tmp_path / "notes"
    notes.mkdir()
    word = stage.account.secret.reveal()
    others = {
        "TWINE_PASSWORD": word,
        "HARMLESS": f"x{word}x",
        "GITHUB_TOKEN": secrets.github(),
        "AWS_SECRET_KEY": "x",
    }
    run = stage.run("--version", "major", "--dry-run", TINY_NOTES=str(notes), **others)
    assert run.code == 0, run.said
    assert not set(others) & set(json.loads((notes / "tests").read_text())["environ"])


def test_the_journal_holds_no_token(stage: Stage, anyio_backend: str) -> None:
    """While the first file is on its way the journal is there, with digests and without credentials."""
    with front(stage.url, Fate.HELD) as server:
        target = {"PYPI_REPOSITORY_URL": server.url}
        with stage.started("--version", "major", backend=anyio_backend, **target) as process:
            assert server.arrived.wait(60)
            private = stage.repository.path / ".git"
            (begun,) = filter(None, map(journal.read, private.glob("release-async/*/")))
            leaks = files_that_hold(stage, private)
            server.go_on.set()
            ended(process)
    assert begun.plan.target.token_setting == "PYPI_API_TOKEN"  # noqa: S105 - a name
    assert {file.name: file.sha256 for file in begun.pinned.files} == stage.published()
    assert leaks == []
    assert process.returncode == 0


@pytest.mark.parametrize("output", ["plain", "json", "rich"])
def test_no_failure_shows_the_token(stage: Stage, output: str) -> None:
    """A refused upload and a lost journal are told in every output without it."""
    stage.environ["PYPI_API_TOKEN"] += "-wrong"
    run = stage.run("--version", "major", "--output", output, "--verbose")
    assert run.code == 4, run.said
    assert not holds(stage, run.stdout + run.stderr)


def test_a_password_in_the_remote_url_is_not_shown(stage: Stage) -> None:
    """Neither in the plan nor in git's own words, when that remote cannot be reached."""
    url = f"http://someone:{stage.account.secret.reveal()}@127.0.0.1:{indexes.free_port()}/x.git"
    stage.repository.git("remote", "set-url", "origin", url)
    stage.environ["PYPI_API_TOKEN"] = "another"  # noqa: S105 - nobody's
    for output in ("plain", "json", "rich"):
        run = stage.run("--version", "major", "--output", output, "--verbose")
        assert run.code == 4, run.said
        assert not holds(stage, run.stdout + run.stderr)
