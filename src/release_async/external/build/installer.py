"""Runs uv, or pip where uv is missing or fails, to install packages into an environment or a prefix."""

import contextlib
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from release_async.base.errors import CommandError
from release_async.process.process import Command, run as run_command

_MINUTES = 600.0


class Where(NamedTuple):
    """Where to install, as options for both installers.

    Attributes:
        for_uv: Options of ``uv pip install``.
        before: Options of pip before its command.
        for_pip: Options of ``pip install``.
    """

    for_uv: tuple[str, ...]
    before: tuple[str, ...] = ()
    for_pip: tuple[str, ...] = ()


class Bench(NamedTuple):
    """How an installer runs.

    Attributes:
        cwd: Its working directory.
        env: Its whole environment.
    """

    cwd: Path
    env: Mapping[str, str]


def environment(python: Path) -> Where:
    """The virtual environment of this interpreter; it has no pip of its own."""
    return Where(for_uv=("--python", str(python)), before=("--python", str(python)))


def prefix(home: Path) -> Where:
    """A prefix: laid out like an environment, without an interpreter; packages elsewhere are ignored."""
    into = ("--prefix", str(home))
    return Where(for_uv=("--python", sys.executable, *into), for_pip=(*into, "--ignore-installed"))


async def install(where: Where, bench: Bench, *arguments: str) -> None:
    """Install what ``arguments`` name; both installers understand them.

    Raises:
        CommandError: It cannot be installed.
    """
    uv = shutil.which("uv", path=bench.env.get("PATH"))
    if uv:
        # uv uses neither pip's configuration nor the system's certificates, so pip may still succeed.
        with contextlib.suppress(CommandError):
            await run(bench, uv, "pip", "install", *where.for_uv, *arguments)
            return
    pip = (sys.executable, "-I", "-m", "pip", "--disable-pip-version-check", *where.before)
    await run(bench, *pip, "install", *where.for_pip, *arguments)


async def run(bench: Bench, *argv: str) -> str:
    """Run a command and return its output.

    Raises:
        CommandError: It failed.
    """
    command = Command(argv=argv, cwd=bench.cwd, env=bench.env, timeout=_MINUTES)
    return (await run_command(command)).checked("see what it says; the network may be needed").stdout.strip()
