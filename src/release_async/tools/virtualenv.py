"""Virtual environments of our own: made, filled, asked what is in them. No project's own is changed."""

import contextlib
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from release_async.errors import CommandError
from release_async.tools import shared_environment
from release_async.tools.process import Command, run

_MINUTES = 600.0


@dataclass(frozen=True, slots=True)
class VirtualEnvironment:
    """One virtual environment of ours.

    Attributes:
        home: Its directory.
        env: The environment of the commands that work on it.
    """

    home: Path
    env: Mapping[str, str]

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    async def install(self, *arguments: str) -> None:
        """Install with uv where there is one that can, else with pip; both understand ``arguments``.

        Raises:
            CommandError: It cannot be installed.
        """
        place = ("--python", str(self.python))
        uv = shutil.which("uv", path=self.env.get("PATH"))
        if uv:
            # uv heeds neither pip's configuration nor the system's certificates, and pip may still succeed.
            with contextlib.suppress(CommandError):
                await self.run(uv, "pip", "install", *place, *arguments)
                return
        pip = (sys.executable, "-I", "-m", "pip", "--disable-pip-version-check")
        await self.run(*pip, *place, "install", *arguments)

    async def version_of(self, name: str) -> str:
        """The version that the installed project says it is.

        Raises:
            CommandError: It is not installed.
        """
        code = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"
        return await self.run(str(self.python), "-I", "-c", code, name)

    async def run(self, *argv: str) -> str:
        """Run a command beside the environment and return what it wrote.

        Raises:
            CommandError: It failed.
        """
        command = Command(argv=argv, cwd=self.home.parent, env=self.env, timeout=_MINUTES)
        return (await run(command)).checked("see what it says; the network may be needed").stdout.strip()


async def empty(home: Path, env: Mapping[str, str]) -> VirtualEnvironment:
    """A new environment with nothing in it.

    Raises:
        CommandError: It cannot be made.
    """
    made = VirtualEnvironment(home, env)
    await made.run(sys.executable, "-I", "-m", "venv", "--without-pip", str(home))
    return made


async def sharing(python: str, left_out: str, home: Path, env: Mapping[str, str]) -> VirtualEnvironment:
    """A new environment with everything that ``python`` has, by path and without a download, but one project.

    Args:
        python: The interpreter whose packages are shared.
        left_out: The project that is not.
        home: Where the environment is made.
        env: The environment of the commands that work on it.

    Raises:
        CommandError: It cannot be made.
    """
    made = VirtualEnvironment(home, env)
    await made.run(python, "-I", shared_environment.__file__, str(home), canonicalize_name(left_out))
    return made
