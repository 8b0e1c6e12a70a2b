"""Makes virtual environments, installs into them, runs commands in them. Never the project's own."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from release_async.external.build import pip_or_uv, shared_environment_child
from release_async.external.build.pip_or_uv import RunOptions


@dataclass(frozen=True, slots=True)
class VirtualEnvironment:
    """A virtual environment that we made.

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
        """Install what ``arguments`` name.

        Raises:
            CommandError: It cannot be installed.
        """
        await pip_or_uv.install(pip_or_uv.environment_target(self.python), self._options, *arguments)

    async def installed_version(self, name: str) -> str:
        """The version of the installed project, by its metadata.

        Raises:
            CommandError: It is not installed.
        """
        code = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"
        return await self.run(str(self.python), "-I", "-c", code, name)

    async def run(self, *argv: str) -> str:
        """Run a command in the parent directory of the environment and return its output.

        Raises:
            CommandError: It failed.
        """
        return await pip_or_uv.run(self._options, *argv)

    @property
    def _options(self) -> RunOptions:
        return RunOptions(self.home.parent, self.env)


async def create_empty(home: Path, env: Mapping[str, str]) -> VirtualEnvironment:
    """A new, empty environment.

    Raises:
        CommandError: It cannot be made.
    """
    made = VirtualEnvironment(home, env)
    await made.run(sys.executable, "-I", "-m", "venv", "--without-pip", str(home))
    return made


async def create_sharing(
    python: str, left_out: str, home: Path, env: Mapping[str, str]
) -> VirtualEnvironment:
    """A new environment that shares by path, without a download, all packages of ``python`` but one project.

    Args:
        python: The interpreter whose packages are shared.
        left_out: The project that is not.
        home: Where the environment is made.
        env: The environment of the commands that work on it.

    Raises:
        CommandError: It cannot be made.
    """
    made = VirtualEnvironment(home, env)
    await made.run(python, "-I", shared_environment_child.__file__, str(home), canonicalize_name(left_out))
    return made
