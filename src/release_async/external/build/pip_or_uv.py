"""Runs uv, or pip where uv is missing or fails, to install packages into an environment or a prefix."""

import contextlib
import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from release_async.base.errors import CommandError
from release_async.process.run_process import Command, run as run_command

_MINUTES = 600.0
_NOT_REACHED = re.compile(
    r"Retrying \(|Could not fetch URL|connection|SSLError|Failed to fetch|dns error|No matching distribution",
    re.IGNORECASE,
)
_WHAT_IT_SAYS = "correct what it names in the project and commit; to see the same: python -m build"


class InstallTarget(NamedTuple):
    """Where to install, as options for both installers.

    Attributes:
        uv_options: Options of ``uv pip install``.
        pip_global_options: Options of pip before its command.
        pip_options: Options of ``pip install``.
    """

    uv_options: tuple[str, ...]
    pip_global_options: tuple[str, ...] = ()
    pip_options: tuple[str, ...] = ()


class RunOptions(NamedTuple):
    """How an installer runs.

    Attributes:
        cwd: Its working directory.
        env: Its whole environment.
    """

    cwd: Path
    env: Mapping[str, str]


def without_configuration(env: Mapping[str, str]) -> dict[str, str]:
    """An environment in which both installers have their defaults, whatever a person has configured.

    For installations from a place of our own: a cooling-off period, a constraint or another index of the
    person's must not keep them from it. For pip, the null device means "no configuration file at all".
    """
    kept = {name: value for name, value in env.items() if not name.upper().startswith(("PIP_", "UV_"))}
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1"}


def with_own_cache(env: Mapping[str, str], directory: Path, theirs: Mapping[str, str]) -> dict[str, str]:
    """An environment in which the person's caches neither give nor get any package.

    What uv knows of interpreters is theirs all the same: to ask one anew takes twice as long as to install a
    small wheel.

    Args:
        env: The environment that this is added to.
        directory: Where uv has a cache, for this use alone.
        theirs: The environment that says where the person's is (uv's manual, "Cache directory").
    """
    base = Path(theirs.get("XDG_CACHE_HOME") or Path(theirs.get("HOME", directory), ".cache"))
    cache = Path(theirs.get("UV_CACHE_DIR") or base / "uv")
    directory.mkdir(exist_ok=True)
    for known in cache.glob("interpreter-v*"):
        with contextlib.suppress(OSError):  # it is there already, or Windows lets nobody make a link
            (directory / known.name).symlink_to(known.absolute(), target_is_directory=True)
    return {**env, "UV_CACHE_DIR": str(directory), "PIP_NO_CACHE_DIR": "1"}


def environment_target(python: Path) -> InstallTarget:
    """The virtual environment of this interpreter; it has no pip of its own."""
    return InstallTarget(uv_options=("--python", str(python)), pip_global_options=("--python", str(python)))


def prefix_target(home: Path) -> InstallTarget:
    """A prefix: laid out like an environment, without an interpreter; packages elsewhere are ignored.

    Nothing is run in it, and so pip may unpack there what wants a newer Python than ours.
    """
    into = ("--prefix", str(home))
    return InstallTarget(
        uv_options=("--python", sys.executable, *into),
        pip_options=(*into, "--ignore-installed", "--ignore-requires-python"),
    )


async def install(target: InstallTarget, options: RunOptions, *arguments: str) -> None:
    """Install what ``arguments`` name; both installers understand them.

    Raises:
        CommandError: It cannot be installed.
    """
    uv = shutil.which("uv", path=options.env.get("PATH"))
    if uv:
        # uv uses neither pip's configuration nor the system's certificates, so pip may still succeed.
        with contextlib.suppress(CommandError):
            await run(options, uv, "pip", "install", *target.uv_options, *arguments)
            return
    pip = (sys.executable, "-I", "-m", "pip", "--disable-pip-version-check", *target.pip_global_options)
    await run(options, *pip, "install", *target.pip_options, *arguments)


async def run(options: RunOptions, *argv: str) -> str:
    """Run a command and return its output.

    Raises:
        CommandError: It failed.
    """
    command = Command(argv=argv, cwd=options.cwd, env=options.env, timeout=_MINUTES)
    completed = await run_command(command)
    said = completed.stdout + completed.stderr
    cure = "see what it says; the network may be needed" if _NOT_REACHED.search(said) else _WHAT_IT_SAYS
    return completed.checked(cure).stdout.strip()
