"""The stage of a whole release: a project in a real repository, a bare remote, a real package index."""

import atexit
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from release_async.base.errors import UsageError
from release_async.base.secret import Credentials
from release_async.cli import command_line
from release_async.run import lock
from support import forks, indexes, nobody
from support.forked_children import name_of
from support.forks import Program
from support.processes import marker
from support.repositories import Repository
from support.sample import write_sample
from support.tiny import write_tiny

MINUTES = 180.0


class Run(NamedTuple):
    """How one run of the tool ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def said(self) -> str:
        """Everything it wrote, with every run of blanks as one, so that wrapped lines do not matter."""
        return " ".join((self.stdout + self.stderr).split())


class Fingerprint(NamedTuple):
    """What must be as it was when a release has failed before its point of no return."""

    branch: str
    head: str
    staged: bytes
    files: Mapping[str, bytes]
    config: str
    refs: str
    worktrees: str
    fetch_head: bool
    runs: tuple[str, ...]
    remote: str
    published: Mapping[str, str]


@dataclass
class Stage:
    """One project, and the world that it is released to.

    Attributes:
        repository: The user's checkout.
        remote: The bare repository that is its ``origin``.
        packages: The directory that the index serves.
        url: The index's repository URL.
        account: Who may upload there.
        word: Stands in the environment of every process that a run starts.
        environ: What a run gets beside the environment of the test.
        says_yes: Whether a release that is started here has ``--yes``: without a terminal it must.
    """

    repository: Repository
    remote: Repository
    packages: Path
    url: str
    account: Credentials
    word: str = field(default_factory=marker)
    environ: dict[str, str] = field(default_factory=dict)
    says_yes: bool = True

    def __post_init__(self) -> None:
        """Point a release here."""
        self.environ = {
            **nobody.CACHES,
            "VIRTUAL_ENV": sys.prefix,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            **forks.BYTECODE,
            "PYPI_REPOSITORY_URL": self.url,
            "PYPI_USERNAME": self.account.user,
            "PYPI_API_TOKEN": self.account.secret.reveal(),
            "STAGE": self.word,
            **self.environ,
        }

    def run(self, *arguments: str, backend: str = "asyncio", **environ: str) -> Run:
        """Run ``release-async`` in the project, without a terminal, and wait for its end."""
        with self.forked(*arguments, backend=backend, **environ) as process:
            return ended(process)

    def planned(self, *arguments: str) -> dict[str, Any]:
        """The plan that a run would carry out, as JSON tells it."""
        run = self.run(*arguments, "--dry-run", "--output", "json", "--skip-tests")
        assert run.code == 0, run.said
        events = map(json.loads, run.stdout.splitlines())
        return next(event for event in events if event["event"] == "plan_made")

    def forked(
        self, *arguments: str, backend: str = "asyncio", **environ: str
    ) -> AbstractContextManager[Program]:
        """As ``started``, by a process that has imported everything already: at a third less."""
        words = self._words(arguments, backend)
        return forks.started("release_async", words, self.environment(**environ), self.repository.path)

    def _words(self, arguments: tuple[str, ...], backend: str) -> tuple[str, ...]:
        """What is typed, with the consent that nobody can be asked for."""
        yes = ("--yes",) if self.says_yes and _asks(arguments) else ()
        return (*arguments, *yes, "--backend", backend)

    def environment(self, **environ: str) -> dict[str, str]:
        """What a run gets, and a person who goes on by hand."""
        return {**os.environ, **self.environ, **environ}

    @contextmanager
    def started(
        self, *arguments: str, backend: str = "asyncio", **environ: str
    ) -> Iterator[subprocess.Popen[str]]:
        """``release-async`` from its first import on, while it runs; it is ended where it still does."""
        process = subprocess.Popen(
            (sys.executable, "-m", "release_async", *self._words(arguments, backend)),
            cwd=self.repository.path,
            env=self.environment(**environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
        with process:
            try:
                yield process
            finally:
                process.kill()

    def fingerprint(self) -> Fingerprint:
        """How everything is at the moment that a failed release must not have changed."""
        git, top = self.repository.git, self.repository.path
        private = top / ".git"
        return Fingerprint(
            branch=(private / "HEAD").read_text(),
            head=self.repository.head(),
            staged=(private / "index").read_bytes(),
            files={name: _content(top / name) for name in git("ls-files", "-z").split("\0") if name},
            config=git("config", "--list", "--local"),
            refs=git("for-each-ref"),
            worktrees=git("worktree", "list", "--porcelain"),
            fetch_head=(private / "FETCH_HEAD").exists(),
            runs=tuple(path.name for path in (private / "release-async").glob("[0-9]*")),
            remote=self.remote.git("for-each-ref"),
            published=self.published(),
        )

    def published(self) -> dict[str, str]:
        """The SHA-256 of every file that the index has, by name."""
        return {path.name: sha256(path) for path in sorted(self.packages.glob("*")) if path.is_file()}

    def wait_for_the_last(self) -> None:
        """Wait until nothing that a run has started lives, however it ended.

        Whoever is about to be gone has given back its memory, and with it its name, before its locks.

        Raises:
            TimeoutError: Something lives on.
        """
        home = self.repository.path / ".git/release-async"
        wait_until(lambda: not self.processes() and not lock.owner(home))

    def processes(self) -> list[str]:
        """The command lines of all living processes that a run on this stage has started (proc(5))."""
        found = []
        name = name_of(self.word) + "\n"
        for process in Path("/proc").glob("[0-9]*"):
            try:
                its_own = self.word.encode() in (process / "environ").read_bytes()
                if its_own or (process / "comm").read_text(errors="replace") == name:
                    found.append((process / "cmdline").read_text().replace("\0", " "))
            except OSError:  # it ended while we looked, or is not ours
                continue
        return found


@cache
def _asks(arguments: tuple[str, ...]) -> bool:
    """Whether these words begin a release that is to be confirmed."""
    try:
        options = command_line.parse(arguments)
    except UsageError:
        return False
    without = options.yes or options.dry_run or options.resume or options.abandon
    return options.command == "release" and options.version != command_line.TOOL and not without


def ended(process: Program | subprocess.Popen[str]) -> Run:
    """Wait for the end of a run."""
    stdout, stderr = process.communicate(timeout=MINUTES)
    return Run(process.returncode, stdout, stderr)


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b"(no file)"


def sha256(path: Path) -> str:
    """The digest of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def staged(directory: Path, project: Repository) -> Iterator[Stage]:
    """Serve an index and give the committed project a remote, both below ``directory``."""
    remote = directory / "remote.git"
    project.with_remote(remote)
    account = indexes.credentials()
    with indexes.pypiserver(directory / "packages", account) as url:
        yield Stage(project, Repository(remote), directory / "packages", url, account)


@contextmanager
def tiny(directory: Path) -> Iterator[Stage]:
    """A stage with the project that builds in no time."""
    project, remote = tiny_repositories(directory)
    account = indexes.credentials()
    with indexes.pypiserver(directory / "packages", account) as url:
        yield Stage(project, remote, directory / "packages", url, account)


@contextmanager
def tiny_at(directory: Path, packages: Path, served: tuple[str, Credentials]) -> Iterator[Stage]:
    """As `tiny`, on an index that serves many stages, one after another; it is empty again afterwards."""
    try:
        yield Stage(*tiny_repositories(directory), packages, *served)
    finally:
        for path in packages.iterdir():
            path.unlink()


def tiny_repositories(directory: Path) -> tuple[Repository, Repository]:
    """The project that builds in no time, and the bare remote that it was pushed to, below a directory.

    They are copies of two that are made once, which spares a dozen processes.
    """
    template = _template()
    names = ("project", "remote.git")
    project, remote = (Repository(shutil.copytree(template / name, directory / name)) for name in names)
    config = project.path / ".git/config"
    config.write_text(config.read_text().replace(str(template / "remote.git"), str(remote.path)))
    project.git("update-index", "--refresh")
    return project, remote


@cache
def _template() -> Path:
    """Where the two are that all are copies of, until this process ends."""
    directory = Path(tempfile.mkdtemp(prefix="release-async-tests-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    write_tiny(directory / "project")
    project = Repository.init(directory / "project")
    project.commit("begin")
    project.with_remote(directory / "remote.git")
    return directory


@contextmanager
def sample(directory: Path) -> Iterator[Stage]:
    """A stage with the sample project, which setuptools builds and pytest tests."""
    write_sample(directory / "project")
    with _committed(directory) as stage:
        yield stage


@contextmanager
def _committed(directory: Path) -> Iterator[Stage]:
    project = Repository.init(directory / "project")
    project.commit("begin")
    with staged(directory, project) as stage:
        yield stage


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for what another process is about to do.

    Raises:
        TimeoutError: It did not come to pass.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{condition} within {seconds} s")
        time.sleep(0.01)
