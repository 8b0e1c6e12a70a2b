"""A token is seen by the index it belongs to and by nobody else: no child, no file, no line of output."""

import json
import os
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count, cycle
from pathlib import Path
from typing import NamedTuple

import pytest

from release_async.base.secret import MASK, Credentials, Secret
from release_async.plan.route import ROUTES
from release_async.release.steps import STEPS
from release_async.run import journal
from support import by_ci, canary, collecting, forks, indexes, matrix, proposing, releasing, secrets
from support.front import Fate, front
from support.releasing import Stage, ended

pytestmark = pytest.mark.by_turns


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time, with a canary for a token."""
    account, packages = Credentials("someone", Secret(secrets.characters(40))), tmp_path / "packages"
    with indexes.pypiserver(packages, account) as url:
        yield Stage(*releasing.tiny_repositories(tmp_path), packages, url, account)


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


class Seen(NamedTuple):
    """A process, as anyone on the machine who may can see it at one moment (proc(5))."""

    pid: int
    line: str
    environ: bytes


@contextmanager
def watched(stage: Stage) -> Iterator[set[Seen]]:
    """Look again and again at every process: of the runs, and of anyone whom a secret has come to.

    Those of the runs live for a moment only, and so they are looked for twenty times as often.
    """
    seen: set[Seen] = set()
    over, ourselves = threading.Event(), os.getpid()

    def look() -> None:
        for turn in count():
            if over.wait(0.003):
                return
            pids = descendants(ourselves) if turn % 20 else all_processes()
            seen.update(found for found in map(looked_at, pids) if found and told_of(found))

    def told_of(found: Seen) -> bool:
        ours = stage.word.encode() in found.environ
        return found.pid != ourselves and (ours or canary.shows(found.environ) or canary.shows(found.line))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def all_processes() -> Iterator[int]:
    """The id of every process."""
    return (int(process.name) for process in Path("/proc").glob("[0-9]*"))


def descendants(pid: int) -> Iterator[int]:
    """The id of every process that a process has started, and so on."""
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # it has ended
            for child in map(int, children.read_text(encoding="ascii").split()):
                yield child
                yield from descendants(child)


def looked_at(pid: int) -> Seen | None:
    """A process as it is now; None where it has ended meanwhile."""
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="surrogateescape")
        return Seen(pid, line, Path(f"/proc/{pid}/environ").read_bytes())
    except OSError:
        return None


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
    lines = " ".join(found.line for found in seen)
    assert all(child in lines for child in ("builder_child.py", "uploader_child.py", "git"))
    assert len({found.pid for found in seen}) > 10, "there was something to see"
    # A child is a copy of the tool, environment included, until it has become the program it was started for;
    # caught in between, it has no command line.
    ours = "release_async\0--version"
    others = [found for found in seen if found.line and ours not in found.line]
    assert [found.line for found in others if canary.shows(found.environ)] == []
    assert [found.line for found in seen if canary.shows(found.line)] == []
    for part in ("tests", "build"):
        environ = json.loads((notes / part).read_text())["environ"]
        assert environ["STAGE"] == stage.word
        assert not canary.shows(json.dumps(environ))
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


def test_with_test_neither_token_reaches_the_project(stage: Stage, tmp_path: Path) -> None:
    """Of both indexes, from the environment and from .env, used or overruled, under whatever name."""
    notes = tmp_path / "notes"
    notes.mkdir()
    real, other = secrets.pypi(), "of nobody, ".replace(" ", "-") + stage.word
    stage.repository.write(".env", f"PYPI_API_TOKEN={other}\n")
    environ = {
        "TEST_PYPI_REPOSITORY_URL": stage.url,
        "PYPI_TEST_TOKEN": stage.account.secret.reveal(),
        "PYPI_API_TOKEN": real,
        "COPY": stage.account.secret.reveal(),
        "COPY_IN_TEXT": f"x={real};",
        "COPY_OF_DOTENV": other,
    }
    with (
        watched(stage) as seen,
        stage.started("--test", "--yes", TINY_NOTES=str(notes), **environ) as process,
    ):
        run = ended(process)
    assert run.code == 0, run.said
    for part in ("tests", "build"):
        text = (notes / part).read_text()
        assert stage.word in text
        assert not canary.shows(text)
        assert not set(environ) & set(json.loads(text)["environ"])
    ours = "release_async\0--test"
    assert [found.line for found in seen if canary.shows(found.line)] == []
    others = [found for found in seen if found.line and ours not in found.line]
    assert [found.line for found in others if canary.shows(found.environ)] == []


WALKED = [step for step in STEPS if step in {*ROUTES["here"].steps, *ROUTES["current"].steps}]
"""The steps that a release from here takes."""


@pytest.mark.parametrize(
    ("where", "output"),
    [*zip([*WALKED, "credentials", "versions"], cycle(["plain", "json", "rich"]), strict=False)],
)
def test_a_crash_at_any_step_shows_no_token(stage: Stage, where: str, output: str, tmp_path: Path) -> None:
    """With the whole traceback, of an error whose words and locals are full of it; nothing is left of it."""
    version = "current" if where == "checkout" else "major"
    crashed(stage, where, "--version", version, "--skip-tests", "--yes", "--output", output)
    assert files_that_hold(stage, tmp_path) == []


def crashed(stage: Stage, where: str, *words: str) -> None:
    """Have a run crash at a step or check, and see that it shows no token.

    Raises:
        AssertionError: It does, or there was no crash.
    """
    words = (where, *words, "--verbose")
    with forks.started("support.raising", words, stage.environment(), stage.repository.path) as program:
        run = ended(program)
    said = run.stdout + run.stderr
    assert run.code in {1, 5}, said
    assert "RuntimeError" in said
    assert not canary.shows("".join(said.split()))
    assert MASK in said


OF_REQUESTS, OF_CI = ("propose", "merge", "await-ci"), ("ready", "await-publication")
OF_FILES, OF_CANDIDATES = ("take",), ("candidate", "await-build", "collect")
"""The steps that only a release by request takes, one by CI, one of given files, and one of a candidate."""


def test_a_crash_is_tried_at_every_step() -> None:
    """One that is added is tried by one of these tests."""
    assert {*WALKED, *OF_REQUESTS, *OF_CI, *OF_FILES, *OF_CANDIDATES} == set(STEPS)


@pytest.mark.parametrize(("where", "output"), [*zip(OF_REQUESTS, ["plain", "json", "rich"], strict=True)])
def test_a_crash_while_a_release_is_proposed_shows_no_token(tmp_path: Path, where: str, output: str) -> None:
    """Neither the index's nor the forge's, which only gh is given; nor is any of them written down."""
    settings = {"land": '"push"', "ci": '"require"'} if where == "await-ci" else {}
    with proposing.scene(tmp_path, **settings) as scene:
        crashed(scene.stage, where, *proposing.RELEASE[:-2], "--output", output)
        scene.nothing_is_public()
        assert files_that_hold(scene.stage, tmp_path) == []


@pytest.mark.parametrize(("where", "output"), [*zip(OF_CI, ["json", "plain"], strict=True)])
def test_a_crash_while_ci_publishes_shows_no_token(tmp_path: Path, where: str, output: str) -> None:
    """One that is still set, although none is needed."""
    with by_ci.scene(tmp_path) as scene:
        account = scene.stage.account
        scene.stage.environ |= {"PYPI_API_TOKEN": account.secret.reveal(), "PYPI_USERNAME": account.user}
        crashed(scene.stage, where, *by_ci.RELEASE, "--output", output)
        assert files_that_hold(scene.stage, tmp_path) == []


@pytest.mark.parametrize(("where", "output"), [*zip(OF_CANDIDATES, ["rich", "plain", "json"], strict=True)])
def test_a_crash_while_ci_builds_shows_no_token(tmp_path: Path, where: str, output: str) -> None:
    """Neither before the candidate is pushed, nor while it is awaited, nor between artifacts and upload."""
    with collecting.scene(tmp_path) as scene:
        words: tuple[str, ...] = collecting.RELEASE
        if where == "collect":
            assert scene.run(*collecting.RELEASE).code == 7
            collecting.builds(scene, tmp_path / "ci")
            words = ("--resume",)
        crashed(scene.stage, where, *words, "--output", output)
        collecting.nothing_is_public(scene)
        assert files_that_hold(scene.stage, tmp_path) == []


@pytest.mark.parametrize("where", OF_FILES)
def test_a_crash_while_files_are_published_shows_no_token(stage: Stage, where: str, tmp_path: Path) -> None:
    """Of files that are built already."""
    files = matrix.built(stage.repository.path, tmp_path / "wheelhouse", ("py3-none-any",))
    crashed(stage, where, "publish", *map(str, files), "--yes")
    assert files_that_hold(stage, tmp_path) == []


def test_what_children_and_servers_say_acts_on_nothing(stage: Stage) -> None:
    """Escapes and the token, from a test suite, a hook, and the remote that refuses: in no output, no log."""
    word = stage.account.secret.reveal()
    says = "printf '\\033]0;owned\\007\\033[31mred\\033[0m \\302\\2332J '$(cat ../word) >&2"
    (stage.repository.path.parent / "word").write_text(word)
    canary.plant(stage.repository.path.parent / "word", word.encode())
    for hook in (stage.repository.path / ".git/hooks/pre-commit", stage.remote.path / "hooks/pre-receive"):
        hook.parent.mkdir(exist_ok=True)
        place = stage.repository.path.parent / "word"
        fails = "exit 1" if "remote" in str(hook) else "exit 0"
        hook.write_text(f"#!/bin/sh\n{says.replace('../word', str(place))}\n{fails}\n")
        hook.chmod(0o755)
    for output in ("plain", "json", "rich"):
        run = stage.run("--version", "minor", "--verbose", "--output", output)
        assert run.code == 5, run.said
        text = run.stdout + run.stderr
        assert "red" in text
        assert not any(sign in text for sign in ("\x07", "\x9b", "]0;", "\x1b[31m", "\\u001b", "\\u009b"))
        assert not canary.shows("".join(text.split()))
        assert stage.run("--abandon", "--yes").code == 0
        stage.repository.git("tag", "--delete", "v2.1.0")
        for published in stage.packages.iterdir():
            published.unlink()
    logs = [path for path in (stage.repository.path / ".git/release-async").rglob("*.log") if path.is_file()]
    assert any("red" in path.read_text() for path in logs)
    assert not any("\x1b" in path.read_text() or holds(stage, path.read_text()) for path in logs)


NEVER = (
    "requests",
    "twine",
    "sitecustomize",
    "usercustomize",
    "anyio",
    "build",
    "packaging",
    "httpx2",
    "rich",
    "json",
)


def test_nothing_of_the_project_is_imported_in_the_place_of_ours(stage: Stage, tmp_path: Path) -> None:
    """Modules that are named as those we use, at the top of the project that is released from there."""
    notes = tmp_path / "notes"
    notes.mkdir()
    for name in NEVER:
        code = f"import os\nopen({str(notes / name)!r}, 'w').write(str(os.environ))\nraise SystemExit(9)\n"
        stage.repository.write(f"{name}.py" if name != "twine" else "twine/__init__.py", code)
    stage.repository.write("check.py", "print('the tests are not what is tried here')\n")
    stage.repository.commit("as if they were ours")
    stage.repository.git("push", "--quiet", "origin", "HEAD:main")
    script = Path(sys.executable).with_name("release-async")
    for backend in ("asyncio", "trio"):
        words = ("--version", "minor", "--yes", "--skip-tests", "--backend", backend)
        argv = (sys.executable, "-I", str(script), *words)
        env = stage.environment(PYTHONPATH=str(stage.repository.path))
        run = subprocess.run(
            argv, cwd=stage.repository.path, env=env, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stdout + run.stderr
    # PYTHONPATH is the person's own word to every Python, also to that of their backend.
    assert sorted(path.name for path in notes.iterdir() if canary.shows(path.read_text())) == []
    assert {path.name for path in notes.iterdir()} <= {"build", "tests"}


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
    assert {file.name: file.sha256 for file in begun.results.files} == stage.published()
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
