"""A sample project in the shape this tool was conceived for: one version in three files, and look-alikes."""

from pathlib import Path
from typing import Final

VERSION: Final = "2.0.0"
"""What every file of ``VERSION_FILES`` states."""

PACKAGE: Final = "sample"
"""The name of the distribution and of its import package."""

VERSION_FILES: Final = ("pyproject.toml", "setup.py", f"{PACKAGE}/__init__.py")
"""Every file that states the project's version."""

MODULES: Final = 30
TEST_FILES: Final = 6

_PYPROJECT: Final = f"""\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "{PACKAGE}"
version = "{VERSION}"
description = "A project with nothing to say, for rehearsing releases."
readme = "README.md"
license = "MIT"
requires-python = ">=3.8"
dependencies = []

[project.optional-dependencies]
pinned = ["colorful-nothing=={VERSION}"]  # a look-alike: somebody else's version, never installed

[tool.black]
target-version = ["py38"]

[tool.ruff]
target-version = "py38"

[tool.mypy]
python_version = "3.8"

[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["."]

[tool.x]
version = "{VERSION}"
"""

_SETUP: Final = f"""\
from setuptools import setup

setup(
    name="{PACKAGE}",
    version="{VERSION}",
    packages=["{PACKAGE}"],
)
"""

_INIT: Final = f'''\
"""A project with nothing to say."""

__version__ = "{VERSION}"
'''

_README: Final = f"""\
# {PACKAGE}

A project with nothing to say. This page describes release {VERSION}.
"""

_CHANGELOG: Final = f"""\
# Changelog

## [Unreleased]

### Added

- Nothing yet.

## [{VERSION}] - 2026-01-02

### Added

- The first of the modules.
"""

_IGNORED: Final = """\
.venv/
__pycache__/
*.egg-info/
.pytest_cache/
build/
dist/
.env
"""

_MODULE: Final = '''\
"""Part {number} of {total}."""


def add(value: int) -> int:
    """Add {number}."""
    return value + {number}
'''

_TEST_HEAD: Final = f"""\
import importlib
import time

import pytest


def compute(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


@pytest.mark.parametrize("number", {{numbers}})
def test_add(number: int) -> None:
    {{spend}}({{pause!r}})
    part = importlib.import_module(f"{PACKAGE}.part_{{{{number:02}}}}")
    assert part.add(1) == number + 1
"""


def write_sample(root: Path, *, test_seconds: float = 0.0, computing: bool = False) -> None:
    """Write the sample project; it is no git repository yet.

    setuptools builds it from ``pyproject.toml`` and ``setup.py`` together, and its pytest suite passes.

    Args:
        root: The folder, which may be missing.
        test_seconds: About how long the whole suite takes, in seconds, beside pytest's own start.
        computing: Whether it keeps a processor busy for that time, or only waits.
    """
    files = {
        "pyproject.toml": _PYPROJECT,
        "setup.py": _SETUP,
        f"{PACKAGE}/__init__.py": _INIT,
        "README.md": _README,
        "CHANGELOG.md": _CHANGELOG,
        ".gitignore": _IGNORED,
        **_modules(),
        **_tests(test_seconds, "compute" if computing else "time.sleep"),
    }
    for relative, text in files.items():
        path = root / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _modules() -> dict[str, str]:
    numbers = range(1, MODULES + 1)
    return {
        f"{PACKAGE}/part_{number:02}.py": _MODULE.format(number=number, total=MODULES) for number in numbers
    }


def _tests(seconds: float, spend: str) -> dict[str, str]:
    """The test files, each for its share of the modules; every test takes its share of the time."""
    share = MODULES // TEST_FILES
    return {
        f"tests/test_group_{group}.py": _TEST_HEAD.format(
            numbers=list(range(group * share + 1, (group + 1) * share + 1)),
            pause=seconds / MODULES,
            spend=spend,
        )
        for group in range(TEST_FILES)
    }
