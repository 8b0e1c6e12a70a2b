"""Installs a wheel into an empty prefix, to see that it can be installed. No environment is changed."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import NamedTuple

import anyio
from packaging.utils import canonicalize_name

from release_async.base import files
from release_async.base.errors import CommandError
from release_async.external.build import entry_points_child, pip_or_uv
from release_async.external.build.pip_or_uv import RunOptions

_NOTHING = "[]"


class BrokenEntryPoint(NamedTuple):
    """An entry point that cannot be loaded.

    Attributes:
        words: What is wrong, in a sentence.
        is_command: Whether it is a command; if not, a plug-in, which may be broken on purpose.
    """

    words: str
    is_command: bool


@dataclass(frozen=True, slots=True)
class Installed:
    """What a wheel is once it is installed.

    Attributes:
        version: The version in the installed metadata; empty where there are none of that name.
        broken: The entry points that cannot be loaded, although what they require is there.
    """

    version: str
    broken: tuple[BrokenEntryPoint, ...] = ()


@dataclass(frozen=True, slots=True)
class TrialOptions:
    """How a wheel is tried.

    Attributes:
        env: The environment of the installer and of the interpreter; settings of pip and uv are ignored.
        python: The interpreter that loads the entry points; empty to load none.
    """

    env: Mapping[str, str]
    python: str = ""


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """Where a project is installed from.

    Attributes:
        env: The environment of the installer; settings of pip and uv are ignored.
        simple_url: The simple API of the only index that is asked.
    """

    env: Mapping[str, str]
    simple_url: str


async def installed(name: str, wheel: Path, home: Path, options: TrialOptions) -> Installed:
    """Install a wheel without dependencies and without an index, and see what it is there.

    Args:
        name: The project, in any spelling.
        wheel: The wheel, which fits this interpreter.
        home: The prefix, which is absent, and removed afterwards.
        options: How it is tried.

    Raises:
        CommandError: It cannot be installed.
    """
    await _install(home, options.env, "--no-index", "--no-compile", str(wheel))
    version = await anyio.to_thread.run_sync(_read, canonicalize_name(name), home)
    loads = bool(options.python) and await anyio.to_thread.run_sync(_has_entry_points, home)
    broken = await _broken(home, options) if loads else ()
    await anyio.to_thread.run_sync(files.remove_tree, home)
    return Installed(version, broken)


async def version_from_index(name: str, requirement: str, home: Path, options: IndexOptions) -> str:
    """Install a project from one index into an empty prefix, and read the version in its metadata.

    Args:
        name: The project, in any spelling.
        requirement: Its project and version, ``name==version``.
        home: The prefix, which is absent, and stays.
        options: Where it comes from.

    Raises:
        CommandError: It cannot be installed, or has no metadata.
    """
    only = ("--index-url", options.simple_url, "--only-binary", ":all:")
    await _install(home, options.env, *only, requirement)
    version = await anyio.to_thread.run_sync(_read, canonicalize_name(name), home)
    if not version:
        raise CommandError(f"{requirement} has no metadata once it is installed", cure="see what was built")
    return version


async def _install(home: Path, env: Mapping[str, str], *arguments: str) -> None:
    """Install into the prefix, without dependencies, and as nobody has configured it."""
    own, cache = pip_or_uv.without_configuration(env), home.with_name(f"{home.name}-cache")
    options = RunOptions(home.parent, pip_or_uv.with_own_cache(own, cache, env))
    await pip_or_uv.install(pip_or_uv.prefix_target(home), options, "--quiet", "--no-deps", *arguments)
    await anyio.to_thread.run_sync(files.remove_tree, cache)


def _has_entry_points(home: Path) -> bool:
    """Whether there is anything to load, for which a process is started."""
    return any(home.rglob("*.dist-info/entry_points.txt"))


async def _broken(home: Path, options: TrialOptions) -> tuple[BrokenEntryPoint, ...]:
    """The entry points that cannot be loaded; none where the interpreter says nothing that can be read."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    argv = (options.python, "-I", entry_points_child.__file__, str(home), version)
    try:
        own = pip_or_uv.without_configuration(options.env)
        said = await pip_or_uv.run(RunOptions(home.parent, own), *argv)
        told = json.loads(said.rpartition("\n")[2] or _NOTHING)
        return tuple(BrokenEntryPoint(str(words), bool(is_command)) for words, is_command in told)
    except (CommandError, ValueError, TypeError, OSError):
        return ()  # there is no such interpreter, or a module has ended it


def _read(name: str, home: Path) -> str:
    """The version found anywhere below the prefix: systems differ in where they put packages."""
    places = {str(path.parent) for path in home.rglob("*.dist-info")}
    found = (each for each in distributions(path=sorted(places)) if canonicalize_name(each.name) == name)
    return next((each.version for each in found), "")
