"""A project that builds in no time: its build backend lies in its own tree and requires nothing (PEP 517).

The environment tells its backend and its test suite how to behave, so that one project serves every test:
``TINY_BUILD`` and ``TINY_TESTS`` are ``fail`` or ``wait``, and ``TINY_NOTES`` names a directory in which each
part of the project leaves its environment, and what it saw, before it does anything else.
"""

from pathlib import Path
from typing import Final

NAME: Final = "tiny"
VERSION: Final = "2.0.0"
BACKEND: Final = "tiny_backend"
"""The module of its build backend."""

VERSION_FILES: Final = ("pyproject.toml", "tiny/__init__.py")
"""Every file that states the version."""

_BUILD_SYSTEM: Final = f"""\
[build-system]
requires = []
build-backend = "{BACKEND}"
backend-path = ["backend"]
"""

_PYPROJECT: Final = f"""\
{_BUILD_SYSTEM}
[project]
name = "{NAME}"
version = "{VERSION}"  # stays, this comment too
description = "A project that builds in no time."
dynamic = ["readme"]

[project.optional-dependencies]
pinned = ["colorful-nothing=={VERSION}"]

[tool.black]
target-version = ["py38"]

[tool.mypy]
python_version = "3.8"

[tool.release-async]
test-command = ["python3", "check.py"]

[tool.x]
version = "{VERSION}"
"""

_INIT: Final = f'''\
"""Tiny."""

__version__ = '{VERSION}'
'''

_BACKEND: Final = '''\
"""A build backend of the project itself."""

import base64
import hashlib
import io
import tarfile
import tomllib
import zipfile
from pathlib import Path

import behaviour


def _project():
    return tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]


def _metadata(project):
    identity = f"Name: {project['name']}\\nVersion: {project['version']}\\nSummary: Tiny.\\n"
    return f"Metadata-Version: 2.1\\n{identity}Description-Content-Type: text/markdown\\n\\n# Tiny\\n"


def build_sdist(directory, config_settings=None):
    behaviour.of("build")
    project = _project()
    top = f"{project['name']}-{project['version']}"
    with tarfile.open(Path(directory, f"{top}.tar.gz"), "w:gz") as archive:
        for path in sorted(Path().rglob("*")):
            if path.is_file() and not {".git", "__pycache__"} & set(path.parts):
                archive.add(path, f"{top}/{path.as_posix()}")
        entry = tarfile.TarInfo(f"{top}/PKG-INFO")
        data = _metadata(project).encode()
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return f"{top}.tar.gz"


def build_wheel(directory, config_settings=None, metadata_directory=None):
    project = _project()
    stem = f"{project['name']}-{project['version']}"
    info = f"{stem}.dist-info"
    with zipfile.ZipFile(Path(directory, f"{stem}-py3-none-any.whl"), "w") as archive:
        for path in sorted(Path(project["name"]).rglob("*.py")):
            archive.write(path)
        archive.writestr(f"{info}/METADATA", _metadata(project))
        tags = "Root-Is-Purelib: true\\nTag: py3-none-any\\n"
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\\nGenerator: tiny\\n{tags}")
        lines = [f"{name},sha256={_hash(archive.read(name))},\\n" for name in archive.namelist()]
        archive.writestr(f"{info}/RECORD", "".join([*lines, f"{info}/RECORD,,\\n"]))
    return f"{stem}-py3-none-any.whl"


def _hash(content):
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
'''

_BEHAVIOUR: Final = '''\
"""What the environment asks this project to do when it is tested or built."""

import os
import sys


def of(part):
    notes = os.environ.get("TINY_NOTES")
    if notes:
        import json
        from pathlib import Path

        seen = {"environ": dict(os.environ), "here": os.getcwd(), "arguments": sys.orig_argv}
        Path(notes, part).write_text(json.dumps(seen), encoding="utf-8")
    wanted = os.environ.get(f"TINY_{part.upper()}")
    if wanted == "fail":
        sys.exit(f"the {part} fails, as it was asked to")
    if wanted == "wait":
        import subprocess

        subprocess.run([sys.executable, "-c", "import time; time.sleep(99)"])
'''

_CHECK: Final = '''\
"""The test suite."""

import sys

sys.path.insert(0, "backend")
import behaviour

behaviour.of("tests")
print("all is well")
'''


def write_tiny(root: Path, version: str = VERSION) -> None:
    """Write the project; it is no git repository yet.

    Args:
        root: The folder, which may be missing.
        version: What it states.
    """
    files = {
        "pyproject.toml": _PYPROJECT,
        "tiny/__init__.py": _INIT,
        f"backend/{BACKEND}.py": _BACKEND,
        "backend/behaviour.py": _BEHAVIOUR,
        "check.py": _CHECK,
        ".gitignore": "__pycache__/\n.env\ndist/\n",
    }
    for relative, text in files.items():
        path = root / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        stated = text.replace(VERSION, version) if relative in VERSION_FILES else text
        path.write_bytes(stated.encode())


def is_at(root: Path) -> bool:
    """Whether a project is built by this one's backend, and so with nothing installed."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8") if (root / "pyproject.toml").exists() else ""
    return _BUILD_SYSTEM in text
