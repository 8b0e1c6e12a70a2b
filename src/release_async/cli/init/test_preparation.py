"""What the tests of a project lack before the first rehearsal: a runner, or pytest. It installs none."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from release_async.base.errors import CommandError
from release_async.process.run_process import Command, run
from release_async.run import test_command, test_installation
from release_async.run.test_command import Suite

PATIENCE = 20.0
"""Seconds that a Python may take to say whether it has pytest."""
VENV = ".venv"
_HAS_PYTEST = "import importlib.util, sys; sys.exit(importlib.util.find_spec('pytest') is None)"


class Missing(NamedTuple):
    """What is not installed.

    Attributes:
        what: That it is not installed, in a sentence.
        command: What installs it, typed in the project's directory.
    """

    what: str
    command: str

    @property
    def makes_venv(self) -> bool:
        """Whether the command makes a ``.venv``, which before Python 3.13 nothing tells git to ignore."""
        return f"-m venv {VENV}" in self.command


async def missing(project: Path, environ: Mapping[str, str], suite: Suite) -> Missing | None:
    """What the tests are run by, if it is not there.

    Args:
        project: The project's directory.
        environ: The environment that the tests will have.
        suite: How they are run.
    """
    if suite.note and (runner := test_command.missing_runner(project, environ)):
        what = f"The project names {runner} for its tests, which is not installed."
        return Missing(what, test_installation.tool_command(runner, environ))
    if (
        not suite.command
        or "pytest" not in suite.command
        or await _has_pytest(project, environ, suite.command)
    ):
        return None
    command = test_installation.commands(project, environ, missing="pytest", by_pytest=True)
    return Missing("The tests are run by pytest, which is not installed for them.", command)


async def _has_pytest(project: Path, environ: Mapping[str, str], argv: tuple[str, ...]) -> bool:
    """Whether the Python that runs the tests finds it; one that cannot be asked is asked by the rehearsal."""
    python = test_command.interpreter(project, environ)
    if argv[0] != python and test_command.virtual_environment(project, environ) is None:
        return False  # uv would make the environment now, and nobody has said so
    command = Command(argv=(python, "-c", _HAS_PYTEST), cwd=project, env=environ, timeout=PATIENCE)
    try:
        return (await run(command)).returncode != 1
    except CommandError:
        return True
