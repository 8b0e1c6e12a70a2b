"""Installs a wheel into an empty prefix, to see that it can be installed. No environment is changed."""

from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path

import anyio
from packaging.utils import canonicalize_name

from release_async.base import files
from release_async.external.build import pip_or_uv
from release_async.external.build.pip_or_uv import RunOptions


async def installed_version(name: str, wheel: Path, home: Path, env: Mapping[str, str]) -> str:
    """Install a wheel without dependencies and without an index, and read the version it reports.

    Args:
        name: The project, in any spelling.
        wheel: The wheel, which fits this interpreter.
        home: The prefix, which is absent, and removed afterwards.
        env: The environment of the installer; settings of pip and uv in it are ignored.

    Returns:
        The version in the installed metadata; empty where there are none of that name.

    Raises:
        CommandError: It cannot be installed.
    """
    own = pip_or_uv.without_configuration(env)
    alone = ("--quiet", "--no-deps", "--no-index", "--no-cache-dir", "--no-compile")
    await pip_or_uv.install(pip_or_uv.prefix_target(home), RunOptions(home.parent, own), *alone, str(wheel))
    version = await anyio.to_thread.run_sync(_read, canonicalize_name(name), home)
    await anyio.to_thread.run_sync(files.remove_tree, home)
    return version


def _read(name: str, home: Path) -> str:
    """The version found anywhere below the prefix: systems differ in where they put packages."""
    places = {str(path.parent) for path in home.rglob("*.dist-info")}
    found = (each for each in distributions(path=sorted(places)) if canonicalize_name(each.name) == name)
    return next((each.version for each in found), "")
