"""An isolated build environment that uv installs into without asking its interpreter what it is.

uv asks each interpreter that it has not seen before, which takes longer than to install a small backend, and
keeps the answer in its cache. A new environment has the interpreter of its maker, and that one uv knows.
"""

import importlib
import importlib.util
import logging
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from build.env import DefaultIsolatedEnv

_LOG = logging.getLogger("build")
_KEYRING = "UV_KEYRING_PROVIDER"
_LONGEST_LINE = 8192
"""Bytes; a path has at most half of that."""


def program() -> str | None:
    """The uv that is installed beside us, or else the one on PATH; None where there is none."""
    if importlib.util.find_spec("uv"):
        with suppress(FileNotFoundError):
            return str(importlib.import_module("uv").find_uv_bin())  # nobody needs it
    found = shutil.which("uv")
    if found is None:
        return None
    # Run it to be sure: a version manager's shim may be on PATH without any uv behind it.
    works = subprocess.run([found, "--version"], check=False, capture_output=True).returncode == 0
    return found if works else None


class UvEnvironment(DefaultIsolatedEnv):
    """An environment of ours, which uv takes for a prefix of our interpreter."""

    def __init__(self, uv: str, path: Path) -> None:
        super().__init__(installer="uv", path=str(path))
        self._uv = uv

    def install(
        self, requirements: Collection[str], constraints: Collection[str] = (), *, _fresh: bool = False
    ) -> None:
        """Install requirements, as `DefaultIsolatedEnv` does.

        Raises:
            subprocess.CalledProcessError: uv could not install them.
        """
        if (
            constraints or os.name == "nt"
        ):  # scripts are programs on Windows, and name their interpreter within
            super().install(requirements, constraints, _fresh=_fresh)
        elif requirements:
            _LOG.info("Installing packages in isolated environment: %s", ", ".join(sorted(requirements)))
            self._install(requirements)
            _use_interpreter(Path(self.python_executable))

    def _install(self, requirements: Collection[str]) -> None:
        options = ("--python", sys.executable, "--prefix", self.path)
        env = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
        if shutil.which("keyring"):
            env.setdefault(_KEYRING, "subprocess")
        words = (self._uv, "pip", "install", *sorted(requirements), *options)
        try:
            subprocess.run(
                words, env=env, check=True, capture_output=True, encoding="utf-8", errors="replace"
            )
        except subprocess.CalledProcessError as error:
            _LOG.info("%s\n%s%s", shlex.join(words), error.stdout, error.stderr)
            raise


def _use_interpreter(python: Path) -> None:
    """Have the scripts beside an interpreter run by it, where uv has written ours into them."""
    for script in python.parent.iterdir():
        if not script.is_symlink() and script.is_file() and (skipped := _lines_that_run_it(script)):
            _, *rest = script.read_bytes().split(b"\n", skipped)
            _replace(script, _run_by(python) + rest[-1])


def _lines_that_run_it(script: Path) -> int:
    """How many lines at its beginning have a script run by our interpreter; 0 where they do not."""
    with script.open("rb") as file:
        first, second = file.readline(_LONGEST_LINE), file.readline(_LONGEST_LINE)
    ours = os.fsencode(sys.executable)
    if first.rstrip() == b"#!" + ours:
        return 1
    return 3 if first.rstrip() == b"#!/bin/sh" and second.startswith(b"'''exec'") and ours in second else 0


def _run_by(python: Path) -> bytes:
    """Lines by which a script is run, however long the path is: commands to a shell, a text to Python."""
    return os.fsencode(f"#!/bin/sh\n'''exec' {shlex.quote(str(python))} \"$0\" \"$@\"\n' '''\n")


def _replace(script: Path, content: bytes) -> None:
    """Replace a script by a new file: what uv has linked lies in its cache, too."""
    new = script.with_name(f".{script.name}.new")
    new.write_bytes(content)
    new.chmod(script.stat().st_mode)
    new.replace(script)
