"""Runs uv, or pip where uv is missing or fails, to install packages into an environment or a prefix."""

import contextlib
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from release_async.base.errors import CommandError
from release_async.process.run_process import Command, run as run_command

_MINUTES = 600.0


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


def environment_target(python: Path) -> InstallTarget:
    """The virtual environment of this interpreter; it has no pip of its own."""
    return InstallTarget(uv_options=("--python", str(python)), pip_global_options=("--python", str(python)))


def prefix_target(home: Path) -> InstallTarget:
    """A prefix: laid out like an environment, without an interpreter; packages elsewhere are ignored."""
    into = ("--prefix", str(home))
    return InstallTarget(
        uv_options=("--python", sys.executable, *into), pip_options=(*into, "--ignore-installed")
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
    return (await run_command(command)).checked("see what it says; the network may be needed").stdout.strip()
