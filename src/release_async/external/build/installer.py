"""Installs with what there is: uv where there is one that can, else pip. What and where to, others decide."""

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
    """Where to install, in the words of both.

    Attributes:
        for_uv: Options of ``uv pip install``.
        before: Options of pip that stand before its command.
        for_pip: Options of ``pip install``.
    """

    for_uv: tuple[str, ...]
    before: tuple[str, ...] = ()
    for_pip: tuple[str, ...] = ()


class Bench(NamedTuple):
    """What an installer runs with.

    Attributes:
        cwd: The directory that it works in.
        env: Its whole environment.
    """

    cwd: Path
    env: Mapping[str, str]


def environment(python: Path) -> Where:
    """The virtual environment of this interpreter, which has no pip of its own."""
    return Where(for_uv=("--python", str(python)), before=("--python", str(python)))


def prefix(home: Path) -> Where:
    """A prefix: laid out as an environment, but without an interpreter; nothing that is elsewhere counts."""
    into = ("--prefix", str(home))
    return Where(for_uv=("--python", sys.executable, *into), for_pip=(*into, "--ignore-installed"))


async def install(where: Where, bench: Bench, *arguments: str) -> None:
    """Install what ``arguments`` name, which both understand.

    Raises:
        CommandError: It cannot be installed.
    """
    uv = shutil.which("uv", path=bench.env.get("PATH"))
    if uv:
        # uv heeds neither pip's configuration nor the system's certificates, and pip may still succeed.
        with contextlib.suppress(CommandError):
            await run(bench, uv, "pip", "install", *where.for_uv, *arguments)
            return
    pip = (sys.executable, "-I", "-m", "pip", "--disable-pip-version-check", *where.before)
    await run(bench, *pip, "install", *where.for_pip, *arguments)


async def run(bench: Bench, *argv: str) -> str:
    """Run a command and return what it wrote.

    Raises:
        CommandError: It failed.
    """
    command = Command(argv=argv, cwd=bench.cwd, env=bench.env, timeout=_MINUTES)
    return (await run_command(command)).checked("see what it says; the network may be needed").stdout.strip()
