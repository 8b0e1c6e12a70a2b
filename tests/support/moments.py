"""A release that is brought to a certain moment and held there, so that a signal finds it in exactly that."""

import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from enum import Enum
from pathlib import Path

from release_async.run import lock
from support.forks import ForkedTool, Program
from support.front import Fate, Front, front
from support.releasing import MINUTES, Run, Stage, ended, wait_until
from support.terminal import Process, Terminal


class Moment(Enum):
    """What a release is in the middle of."""

    STARTING = "imports"
    TESTS = "the test suite, on a terminal"
    QUESTION = "a question on a terminal"
    COMMIT = "a hook of the commit"
    BUILD = "the build backend"
    CONFIRM = "a remote that does not answer the last look"
    UPLOAD = "the first upload"
    PUSH = "a hook of the remote"
    VERIFY = "an index that does not show the files yet"


PUBLIC = (Moment.UPLOAD, Moment.PUSH, Moment.VERIFY)
"""The moments after the point of no return."""

_ON_TERMINAL = (Moment.TESTS, Moment.QUESTION)
_SLEEP = "#!/bin/sh\ntouch '{notes}/{part}'\nsleep 99\n"
_WAIT = "#!/bin/sh\ntouch '{notes}/{part}'\nwhile [ ! -e '{notes}/go' ]; do sleep 0.05; done\n"
_NOTE = "#!/bin/sh\ntouch '{notes}/{part}'\n"
# The remote answers as ever, until the backend has begun to build.
_RECEIVE_PACK = """\
#!/bin/sh
if [ -e '{notes}/build' ]; then touch '{notes}/{part}'; sleep 99; fi
exec git-receive-pack "$@"
"""


class Held:
    """One release that waits in its moment.

    Attributes:
        stage: The project and its world.
        moment: Where it waits.
    """

    def __init__(self, stage: Stage, moment: Moment, notes: Path) -> None:
        self.stage = stage
        self.moment = moment
        self._notes = notes
        self._server: Front | None = None
        self._process: Process | Program | None = None
        self.terminal: Terminal | None = None
        self._prepare()

    def _prepare(self) -> None:
        hooks, theirs = self.stage.repository.path / ".git/hooks", self.stage.remote.path / "hooks"
        match self.moment:
            case Moment.COMMIT:
                self._script(hooks / "pre-commit", _SLEEP)
            case Moment.CONFIRM:
                script = self._script(self._notes.parent / "receive-pack", _RECEIVE_PACK)
                self.stage.repository.git("config", "remote.origin.receivepack", str(script))
            case Moment.PUSH:
                self._script(theirs / "pre-receive", _WAIT)
            case Moment.VERIFY:
                self._script(theirs / "post-receive", _NOTE)

    def _script(self, path: Path, text: str) -> Path:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.format(notes=self._notes, part=self.moment.name.lower()), encoding="utf-8")
        path.chmod(0o755)
        return path

    @contextmanager
    def running(self, backend: str, *, forked: bool = False) -> Iterator[None]:
        """Start the release and wait until it is there; it is ended where it still runs at the end.

        Args:
            backend: The event loop.
            forked: Whether it and its children may be forks of what is imported already.
        """
        environ = {"TINY_NOTES": str(self._notes)}
        if self.moment in {Moment.TESTS, Moment.BUILD}:
            environ[f"TINY_{self.moment.name}"] = "wait"
        with ExitStack() as stack:
            if self.moment in PUBLIC:
                fates = [Fate.HELD] if self.moment is Moment.UPLOAD else []
                self._server = stack.enter_context(front(self.stage.url, *fates))
                self._server.hidden_by = self._notes / "verify"
                environ["PYPI_REPOSITORY_URL"] = self._server.url
            if self.moment in _ON_TERMINAL:
                self.terminal = stack.enter_context(self._on_terminal(backend, environ, forked=forked))
                self._process = self.terminal.process
            elif forked:
                program = self.stage.forked("--version", "major", backend=backend, **environ)
                self._process = stack.enter_context(program)
            else:
                started = self.stage.started("--version", "major", backend=backend, **environ)
                self._process = stack.enter_context(started)
            self._wait()
            yield

    def _on_terminal(self, backend: str, environ: dict[str, str], *, forked: bool) -> Terminal:
        words = ("--version", "major", "--backend", backend, "-C", str(self.stage.repository.path))
        env = {**self.stage.environment(**environ), "TERM": "xterm-256color"}
        if forked:
            return ForkedTool(words, env, (100, 40))
        return Terminal((sys.executable, "-m", "release_async", *words), env, (100, 40))

    def _wait(self) -> None:
        match self.moment:
            case Moment.STARTING:
                self._until(lambda: handles(self.pid, signal.SIGTERM))
            case Moment.QUESTION:
                self._look(lambda seen: bool(seen.lines) and seen.lines[-1].endswith("[y/N]"))
            case Moment.TESTS:
                self._look(lambda _: self._there("tests"))
            case Moment.UPLOAD:
                self._until(lambda: self._server is not None and self._server.arrived.is_set())
            case Moment.VERIFY:
                self._until(lambda: self._server is not None and self._server.hid.is_set())
            case _:
                self._until(lambda: self._there(self.moment.name.lower()))

    def _until(self, condition: Callable[[], bool]) -> None:
        """Wait for it; a run that does not come there is ended, and says itself what it has done instead."""
        try:
            wait_until(condition)
        except TimeoutError as error:
            self.send(signal.SIGKILL)
            raise AssertionError(f"not reached: {self.moment.value}\n{self.finish().said}") from error

    def _look(self, condition: Callable[[Terminal], bool]) -> None:
        assert self.terminal
        self.terminal.read_until(condition, 60)

    def _there(self, part: str) -> bool:
        return (self._notes / part).exists()

    @property
    def pid(self) -> int:
        """The process of the release."""
        assert self._process
        return self._process.pid

    def send(self, number: signal.Signals) -> None:
        """Send a signal to it, and to nobody else."""
        assert self._process
        self._process.send_signal(number)

    def go_on(self) -> None:
        """Whatever held it lets it go."""
        (self._notes / "go").touch()
        if self._server:
            self._server.go_on.set()

    def finish(self) -> Run:
        """How it ended."""
        if self.terminal:
            return Run(self.terminal.finish(MINUTES), self.terminal.raw.decode(errors="replace"), "")
        assert self._process
        return ended(self._process)  # type: ignore[arg-type]  # without a terminal its pipes are text

    def rest(self) -> list[str]:
        """What a run must not leave in the two git directories: locks, and files of unfinished work."""
        places = (self.stage.repository.path / ".git", self.stage.remote.path)
        found = {path.relative_to(place) for place in places for path in place.rglob("*") if path.is_file()}
        with lock.held(places[0] / "release-async"):
            return sorted(str(path) for path in found if not _may_stay(path))


def _may_stay(path: Path) -> bool:
    """What git itself keeps, and of ours the file that is locked, and the logs."""
    if path.suffix == ".lock" or path.name.startswith("tmp_obj"):
        return False
    ours = path.parts[:1] == ("release-async",) or "worktrees" in path.parts
    return not ours or path.parts[1] in {"lock", "logs"}


def handles(pid: int, number: signal.Signals) -> bool:
    """Whether a process has a handler for a signal (proc(5), SigCgt)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught, 16) >> (number - 1) & 1)


def notes(directory: Path) -> Path:
    """An empty directory in which the parts of the project say that they run."""
    made = directory / "notes"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    return made
