"""Git on the way of a commit: one command's output, or one child that reads objects. It changes nothing.

Git's own environment decides which repository and which index is meant, as a hook needs it: nothing of
``GIT_*`` is dropped but what would bend path names. Who asks about another repository passes an environment
without it.
"""

# ruff: noqa: PTH100, PTH110, PTH112, PTH118, PTH123 - pathlib would cost every commit its import

import os
import sys

from release_async.base.errors import CommandError, UsageError
from release_async.base.lazy_typing import TYPE_CHECKING, Callable, Final, Mapping, Sequence
from release_async.versions.encoding import plain

if TYPE_CHECKING:
    import subprocess
    from typing import BinaryIO

Root = str | os.PathLike[str]
Environment = Mapping[str, str]

MISSING: Final = "Look for damage: git fsck. In a partial clone: git fetch --refetch --no-filter"
"""What to do about an object that is not there; without the last word the same filter leaves it out again."""

_BENDING: Final = frozenset(f"GIT_{kind}_PATHSPECS" for kind in ("LITERAL", "GLOB", "NOGLOB", "ICASE"))


def environment(root: Root, environ: Environment | None = None) -> dict[str, str]:
    """The environment of git for commands that run in ``root``, whatever folder it was meant for.

    Args:
        root: The top folder of the work tree.
        environ: What git was given; this process's environment where none is named.
    """
    given = os.environ if environ is None else environ
    kept = {name: value for name, value in given.items() if name not in _BENDING}
    kept |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    if "GIT_DIR" in kept:
        kept["GIT_DIR"] = os.path.abspath(kept["GIT_DIR"])
        kept["GIT_WORK_TREE"] = os.path.abspath(root)
    return kept


def output(root: Root, environ: Environment, *arguments: str) -> bytes:
    """What one git command prints.

    Args:
        root: The folder it runs in.
        environ: Its whole environment.
        arguments: Its words, the subcommand first.

    Raises:
        CommandError: git is missing, or refuses.
        UsageError: The folder is in no work tree.
    """
    return begun(root, environ, *arguments)()


def begun(root: Root, environ: Environment, *arguments: str) -> Callable[[], bytes]:
    """Start a git command and do not wait for it.

    Returns:
        What must be called once, for what it prints; takes and raises what ``output`` does.
    """
    child = _started(root, environ, arguments, asked=False)

    def answer() -> bytes:
        out, err = child.communicate()
        if child.returncode != 0:
            raise _failed(root, arguments, (err or b"").decode("utf-8", "backslashreplace").strip())
        return out

    return answer


def reader(root: Root, environ: Environment) -> "Child":
    """A child that gives the object for each name on its standard input (git-cat-file, ``--batch``).

    Raises:
        CommandError: git is missing, or cannot be started.
    """
    return _started(root, environ, ("cat-file", "--batch"), asked=True)


def _started(root: Root, environ: Environment, arguments: Sequence[str], *, asked: bool) -> "Child":
    """One git, which reads questions and is silent about errors, or is told nothing and tells errors."""
    # A configured file system monitor is a program of somebody's choice, and no commit needs it.
    argv = ("git", "-C", os.fspath(root), "-c", "core.fsmonitor=false", *arguments)
    try:
        return _spawned(argv, environ, asked=asked) if _CAN_SPAWN else _popened(argv, environ, asked=asked)
    except FileNotFoundError as error:
        raise CommandError("git was not found.", cure="Install git, or add it to PATH.") from error
    except (OSError, ValueError) as error:
        raise CommandError(f"git could not be started: {error}.", cure="Look at it: git --version") from error


_CAN_SPAWN: Final = hasattr(os, "posix_spawn") and None not in (sys.__stdin__, sys.__stdout__, sys.__stderr__)
"""Where one of the three is closed, a pipe would take its number: ``subprocess`` knows what to do then."""


def _popened(argv: tuple[str, ...], environ: Environment, *, asked: bool) -> "subprocess.Popen[bytes]":
    from subprocess import DEVNULL, PIPE, Popen  # noqa: PLC0415 - takes longer than git itself

    stdin, stderr = (PIPE, DEVNULL) if asked else (DEVNULL, PIPE)
    return Popen(argv, env=environ, stdin=stdin, stdout=PIPE, stderr=stderr)


def _spawned(argv: tuple[str, ...], environ: Environment, *, asked: bool) -> "Spawned":
    """Start a program that PATH leads to; raises as ``subprocess.Popen`` does."""
    told, tell = os.pipe()
    theirs, ours = os.pipe() if asked else reversed(os.pipe())
    talking, silent = (0, 2) if asked else (2, 0)
    actions = (
        (os.POSIX_SPAWN_DUP2, tell, 1),
        (os.POSIX_SPAWN_DUP2, theirs, talking),
        (os.POSIX_SPAWN_OPEN, silent, os.devnull, os.O_RDWR, 0),
    )
    try:
        pid = _first_on_path(argv, environ, actions)
    except BaseException:
        os.close(told)
        os.close(ours)
        raise
    finally:
        os.close(tell)
        os.close(theirs)
    return Spawned(pid, open(told, "rb"), open(ours, "wb" if asked else "rb"))


def _first_on_path(
    argv: tuple[str, ...],
    environ: Environment,
    actions: Sequence[tuple[int, int, int] | tuple[int, int, str, int, int]],
) -> int:
    """Start the first program of this name that can be started, and say its process id."""
    refused: OSError | None = None
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        program = os.path.join(folder, argv[0])
        if not os.path.exists(program):
            continue  # looking takes a hundredth of the time of trying
        try:
            return os.posix_spawn(program, argv, environ, file_actions=actions)
        except OSError as error:
            refused = refused or error
    raise refused or FileNotFoundError(argv[0])


class Spawned:
    """A child of ours: as much of ``subprocess.Popen`` as git's door needs."""

    def __init__(self, pid: int, stdout: "BinaryIO", other: "BinaryIO") -> None:
        self.returncode: int | None = None
        self.stdout = stdout
        self.stdin = other if other.writable() else None
        self.stderr = None if self.stdin else other
        self._pid = pid

    def communicate(self) -> tuple[bytes, bytes]:
        """Tell it that nothing more is asked, read what it prints to the end, and wait for its own."""
        try:
            self._hang_up(self.stdin)
            return self._drained()
        finally:
            self._hang_up(self.stdout)
            self._hang_up(self.stderr)
            self.returncode = self._waited()

    def _drained(self) -> tuple[bytes, bytes]:
        """All of its output and of its errors, each as it comes: neither pipe is left to run full."""
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
                piece = os.read(number, _PIECE)
                pieces[number].append(piece)
                if not piece:
                    waiting.unregister(number)
                    left -= 1
        out, err = (b"".join(each) for each in pieces.values())
        return out, err

    def kill(self) -> None:
        """End it at once; ``communicate`` must follow."""
        os.kill(self._pid, 9)

    def _waited(self) -> int:
        try:
            return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        except ChildProcessError:
            return 0  # whoever started us ignores children's ends, so the system keeps no answer

    @staticmethod
    def _hang_up(pipe: "BinaryIO | None") -> None:
        try:
            if pipe:
                pipe.close()
        except BrokenPipeError:
            pass  # it ended before it read the last question


_PIECE: Final = 1 << 16

if TYPE_CHECKING:
    Child = Spawned | subprocess.Popen[bytes]
else:
    Child = Spawned


def _failed(root: Root, arguments: Sequence[str], said: str) -> CommandError | UsageError:
    """The error for what git said."""
    if "cannot change to" in said and not os.path.isdir(root):
        return CommandError(f"There is no folder {plain(os.fspath(root))}.", cure="Go to one that exists.")
    if "not a git repository" in said or "must be run in a work tree" in said:
        return UsageError(
            "This is not the work tree of a git repository.", cure="Go there first.", detail=said
        )
    if "Not a valid object name" in said:
        return UsageError(
            f"There is no revision {plain(arguments[-1])}.", cure="To see what there is: git log", detail=said
        )
    if "dubious ownership" in said:
        return CommandError(
            "git refuses this repository: it belongs to another user.",
            cure="If you trust it: git config --global --add safe.directory PATH",
            detail=said,
        )
    command = " ".join(map(plain, arguments[:1]))
    return CommandError(f"git {command} failed.", cure="Mend what git names, then try again.", detail=said)
