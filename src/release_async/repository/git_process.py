"""Runs git for hooks: one command and its output, or one ``cat-file`` that reads objects. Changes nothing.

The repository and the index are those of the ``GIT_*`` variables, as a hook needs it; only variables that
change the meaning of path names are dropped. For another repository, pass an environment without them.
"""

# ruff: noqa: PTH100, PTH110, PTH112, PTH118, PTH123 - pathlib would cost every commit its import

import os
import sys

from release_async.base.lazy_typing import TYPE_CHECKING, Callable, Final, Mapping, Sequence
from release_async.versions.text_encoding import plain

if TYPE_CHECKING:
    import subprocess
    from typing import BinaryIO

    from release_async.base.errors import CommandError, UsageError

Root = str | os.PathLike[str]
Environment = Mapping[str, str]

MISSING_OBJECT_CURE: Final = "Look for damage: git fsck. In a partial clone: git fetch --refetch --no-filter"
"""What to do about a missing object; without the last option the same filter would leave it out again."""

_PATHSPEC_VARIABLES: Final = frozenset(
    ("GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS")
)


def environment(root: Root, environ: Environment | None = None) -> dict[str, str]:
    """The environment for git commands that run in ``root``.

    Args:
        root: The top folder of the work tree.
        environ: The environment to start from; this process's by default.
    """
    given = os.environ if environ is None else environ
    kept = {name: value for name, value in given.items() if name not in _PATHSPEC_VARIABLES}
    kept |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    if "GIT_DIR" in kept:
        kept["GIT_DIR"] = os.path.abspath(kept["GIT_DIR"])
        kept["GIT_WORK_TREE"] = os.path.abspath(root)
    return kept


def output(root: Root, environ: Environment, *arguments: str) -> bytes:
    """Run one git command and return what it prints.

    Args:
        root: The folder it runs in.
        environ: Its whole environment.
        arguments: The subcommand and its arguments.

    Raises:
        CommandError: git is missing, or refuses.
        UsageError: The folder is in no work tree.
    """
    return start(root, environ, *arguments)()


def start(root: Root, environ: Environment, *arguments: str) -> Callable[[], bytes]:
    """Start a git command without waiting for it.

    Returns:
        A function that must be called once: waits, returns the output, and raises as ``output`` does.
    """
    child = _start_child(root, environ, arguments, with_stdin=False)

    def wait_for_output() -> bytes:
        out, err = child.communicate()
        if child.returncode != 0:
            raise _failed(root, arguments, (err or b"").decode("utf-8", "backslashreplace").strip())
        return out

    return wait_for_output


def object_reader(root: Root, environ: Environment) -> "Child":
    """Start ``git cat-file --batch``, which prints the object for each name on its standard input.

    Raises:
        CommandError: git is missing, or cannot be started.
    """
    return _start_child(root, environ, ("cat-file", "--batch"), with_stdin=True)


def _start_child(root: Root, environ: Environment, arguments: Sequence[str], *, with_stdin: bool) -> "Child":
    """Start git with a pipe for its standard input, or else for its standard error."""
    # A configured file system monitor is a program of somebody's choice, and no commit needs it.
    argv = ("git", "-C", os.fspath(root), "-c", "core.fsmonitor=false", *arguments)
    try:
        begin = _spawn if _CAN_SPAWN else _popen
        return begin(argv, environ, with_stdin=with_stdin)
    except (OSError, ValueError) as error:
        raise _not_started(error) from error


def _not_started(error: Exception) -> "CommandError":
    from release_async.base.errors import CommandError  # noqa: PLC0415 - a commit that passes raises nothing

    if isinstance(error, FileNotFoundError):
        return CommandError("git was not found.", cure="Install git, or add it to PATH.")
    return CommandError(f"git could not be started: {error}.", cure="Look at it: git --version")


_CAN_SPAWN: Final = hasattr(os, "posix_spawn") and None not in (sys.__stdin__, sys.__stdout__, sys.__stderr__)
"""If one of the three is closed, a pipe would get its number; ``subprocess`` handles that."""


def _popen(argv: tuple[str, ...], environ: Environment, *, with_stdin: bool) -> "subprocess.Popen[bytes]":
    from subprocess import DEVNULL, PIPE, Popen  # noqa: PLC0415 - importing it takes longer than git itself

    stdin, stderr = (PIPE, DEVNULL) if with_stdin else (DEVNULL, PIPE)
    return Popen(argv, env=environ, stdin=stdin, stdout=PIPE, stderr=stderr)


def _spawn(argv: tuple[str, ...], environ: Environment, *, with_stdin: bool) -> "Spawned":
    """Start a program found on PATH; raises as ``subprocess.Popen`` does."""
    stdout_read, stdout_write = os.pipe()
    child_end, own_end = os.pipe() if with_stdin else reversed(os.pipe())
    piped, ignored = (0, 2) if with_stdin else (2, 0)
    actions = (
        (os.POSIX_SPAWN_DUP2, stdout_write, 1),
        (os.POSIX_SPAWN_DUP2, child_end, piped),
        (os.POSIX_SPAWN_OPEN, ignored, os.devnull, os.O_RDWR, 0),
    )
    try:
        pid = _first_on_path(argv, environ, actions)
    except BaseException:
        os.close(stdout_read)
        os.close(own_end)
        raise
    finally:
        os.close(stdout_write)
        os.close(child_end)
    return Spawned(pid, open(stdout_read, "rb"), open(own_end, "wb" if with_stdin else "rb"))


def _first_on_path(
    argv: tuple[str, ...],
    environ: Environment,
    actions: Sequence[tuple[int, int, int] | tuple[int, int, str, int, int]],
) -> int:
    """Start the first program of this name on PATH that can be started; return its process id."""
    refused: OSError | None = None
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        program = os.path.join(folder, argv[0])
        if not os.path.exists(program):
            continue  # a hundred times faster than trying to start it
        try:
            return os.posix_spawn(program, argv, environ, file_actions=actions)
        except OSError as error:
            refused = refused or error
    raise refused or FileNotFoundError(argv[0])


class Spawned:
    """A child process: as much of ``subprocess.Popen`` as the hooks need."""

    def __init__(self, pid: int, stdout: "BinaryIO", other: "BinaryIO") -> None:
        self.returncode: int | None = None
        self.stdout = stdout
        self.stdin = other if other.writable() else None
        self.stderr = None if self.stdin else other
        self._pid = pid

    def communicate(self) -> tuple[bytes, bytes]:
        """Close its standard input, read its output to the end, and wait for it to exit."""
        try:
            self._close(self.stdin)
            return self._read_both()
        finally:
            self._close(self.stdout)
            self._close(self.stderr)
            self.returncode = self._wait()

    def _read_both(self) -> tuple[bytes, bytes]:
        """Read standard output and standard error together, so that neither pipe fills up."""
        if self.stderr is None:
            return self.stdout.read(), b""
        from select import POLLHUP, POLLIN, poll  # noqa: PLC0415 - Windows has none

        pieces: dict[int, list[bytes]] = {self.stdout.fileno(): [], self.stderr.fileno(): []}
        waiting = poll()
        for number in pieces:
            waiting.register(number, POLLIN | POLLHUP)
        left = len(pieces)
        while left:
            for number, _ in waiting.poll():
                piece = os.read(number, _CHUNK)
                pieces[number].append(piece)
                if not piece:
                    waiting.unregister(number)
                    left -= 1
        out, err = (b"".join(each) for each in pieces.values())
        return out, err

    def kill(self) -> None:
        """End it at once; ``communicate`` must follow."""
        os.kill(self._pid, 9)

    def _wait(self) -> int:
        try:
            return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        except ChildProcessError:
            return 0  # our parent ignores SIGCHLD, so the system keeps no exit status

    @staticmethod
    def _close(pipe: "BinaryIO | None") -> None:
        try:
            if pipe:
                pipe.close()
        except BrokenPipeError:
            pass  # it ended before it read the last request


_CHUNK: Final = 1 << 16

if TYPE_CHECKING:
    Child = Spawned | subprocess.Popen[bytes]
else:
    Child = Spawned


def _failed(root: Root, arguments: Sequence[str], stderr: str) -> "CommandError | UsageError":
    """The error for what git wrote to standard error."""
    from release_async.base.errors import CommandError, UsageError  # noqa: PLC0415 - a commit that passes raises nothing

    if "cannot change to" in stderr and not os.path.isdir(root):
        return CommandError(f"There is no folder {plain(os.fspath(root))}.", cure="Go to one that exists.")
    if "not a git repository" in stderr or "must be run in a work tree" in stderr:
        return UsageError(
            f"{plain(os.path.abspath(os.fsdecode(root)))} is not in the working tree of a git repository",
            cure="run it inside the project",  # a hook, which has no option -C
            detail=stderr,
        )
    if "Not a valid object name" in stderr:
        return UsageError(
            f"There is no revision {plain(arguments[-1])}.",
            cure="To see what there is: git log",
            detail=stderr,
        )
    if "dubious ownership" in stderr:
        return CommandError(
            "git refuses this repository: it belongs to another user.",
            cure="If you trust it: git config --global --add safe.directory PATH",
            detail=stderr,
        )
    command = " ".join(map(plain, arguments[:1]))
    return CommandError(f"git {command} failed.", cure="Fix what git reports, then try again.", detail=stderr)
