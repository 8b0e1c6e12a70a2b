"""Downloads a released wheel as users do: with pip, from one index alone. It installs and runs nothing.

pip reads no configuration and no credentials here: it would also ask an extra index that a person has set up.
"""

import importlib.util
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from release_async.base.errors import CommandError
from release_async.base.printable_text import printable
from release_async.external.index.repository_url import is_loopback
from release_async.process.child_output import LineSink
from release_async.process.run_process import Command, run

_ABSENT = re.compile(r"No matching distribution found|Could not find a version that satisfies")
_NOT_REACHED = re.compile(r"Retrying \(|Could not fetch URL|connection error|SSLError", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WheelRequest:
    """The wheel to download.

    Attributes:
        requirement: Its project and version, ``name==version``.
        simple_url: The simple API of the only index that is asked.
        name: The name of the file.
    """

    requirement: str
    simple_url: str
    name: str


@dataclass(frozen=True, slots=True)
class DownloadOptions:
    """How a download runs.

    Attributes:
        directory: The working directory; created if necessary, otherwise empty.
        env: Its environment, without credentials.
        seconds: How long it may take.
        on_line: Called with each line of pip's output.
    """

    directory: Path
    env: Mapping[str, str]
    seconds: float
    on_line: LineSink


async def download_wheel(request: WheelRequest, options: DownloadOptions) -> Path | None:
    """Download a wheel with pip, without its dependencies.

    Only wheels: to download an sdist, pip would run the project's build for its metadata.

    Returns:
        The file; None where pip has read the index and found no such wheel.

    Raises:
        CommandError: pip is missing or could not ask the index.
    """
    if importlib.util.find_spec("pip") is None:
        raise CommandError(
            "there is no pip beside release-async", cure="install pip into the same environment"
        )
    options.directory.mkdir(parents=True, exist_ok=True)
    completed = await run(_command(request, options), on_line=options.on_line)
    if completed.ok:
        return _downloaded(request, options)
    if _ABSENT.search(completed.stderr) and not _NOT_REACHED.search(completed.stdout + completed.stderr):
        return None
    last = completed.stderr.strip().splitlines()[-1:]
    reason = f"not done within {options.seconds:g} s" if completed.timed_out else printable("".join(last))
    raise CommandError(f"pip: {reason}", cure="see that pip can reach the index")


def _downloaded(request: WheelRequest, options: DownloadOptions) -> Path:
    file = options.directory / request.name
    if file.is_file():
        return file
    others = ", ".join(sorted(path.name for path in options.directory.glob("*.whl")))
    raise CommandError(f"pip prefers {others}", cure="no action is needed")


def _command(request: WheelRequest, options: DownloadOptions) -> Command:
    argv = (
        *(sys.executable, "-I", "-m", "pip", "--isolated", "--no-input", "--disable-pip-version-check"),
        *("--keyring-provider", "disabled", "--retries", "2", "--quiet", "--no-cache-dir"),
        *("download", "--no-deps", "--only-binary", ":all:", "--ignore-requires-python"),
        *("--index-url", request.simple_url, "--progress-bar", "off", "--dest", str(options.directory)),
        *("--", request.requirement),
    )
    env = _environment(options.env, request)
    return Command(argv=argv, cwd=options.directory, env=env, timeout=options.seconds)


def _environment(env: Mapping[str, str], request: WheelRequest) -> dict[str, str]:
    """The environment without any configuration of pip; proxies stay, but not for a local index."""
    kept = {name: value for name, value in env.items() if not name.upper().startswith("PIP_")}
    # For pip, the null device means "no configuration file at all", not even the system's.
    no_configuration = {"PIP_CONFIG_FILE": os.devnull, "NETRC": os.devnull}
    # It needs no program, and would ask a Rust compiler for its version, to tell the index of it.
    no_programs = {"PATH": os.devnull}
    return (
        kept
        | no_configuration
        | no_programs
        | ({"NO_PROXY": "*", "no_proxy": "*"} if is_loopback(request.simple_url) else {})
    )
