"""Git on the way of a commit: one command's output, or one child that reads objects. It changes nothing.

Git's own environment decides which repository and which index is meant, as a hook needs it: nothing of
``GIT_*`` is dropped but what would bend path names. Who asks about another repository passes an environment
without it.
"""

# ruff: noqa: PTH100, PTH112 - pathlib would cost every commit its import

import os
import subprocess

from release_async.errors import CommandError, UsageError
from release_async.lean import Final, Mapping, Sequence
from release_async.versions.text import plain

Root = str | os.PathLike[str]
Environment = Mapping[str, str]
Reader = subprocess.Popen[bytes]

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
    child = _started(root, environ, arguments, stdin=subprocess.DEVNULL)
    out, err = child.communicate()
    if child.returncode != 0:
        raise _failed(arguments, err.decode("utf-8", "backslashreplace").strip())
    return out


def reader(root: Root, environ: Environment) -> Reader:
    """A child that gives the object for each name on its standard input (git-cat-file, ``--batch``).

    Raises:
        CommandError: git is missing, or cannot be started.
    """
    return _started(root, environ, ("cat-file", "--batch"), stdin=subprocess.PIPE)


def _started(root: Root, environ: Environment, arguments: Sequence[str], stdin: int) -> Reader:
    try:
        return subprocess.Popen(
            # A configured file system monitor is a program of somebody's choice, and no commit needs it.
            ("git", "-c", "core.fsmonitor=false", *arguments),  # noqa: S607 - the git of the person's PATH
            cwd=root,
            env=environ,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if stdin == subprocess.PIPE else subprocess.PIPE,
        )
    except FileNotFoundError as error:
        here = os.path.isdir(root)
        missing = "git was not found" if here else f"There is no folder {plain(os.fspath(root))}"
        raise CommandError(f"{missing}.", cure="Install git, or add it to PATH.") from error
    except (OSError, ValueError) as error:
        raise CommandError(f"git could not be started: {error}.", cure="Look at it: git --version") from error


def _failed(arguments: Sequence[str], said: str) -> CommandError | UsageError:
    """The error for what git said."""
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
