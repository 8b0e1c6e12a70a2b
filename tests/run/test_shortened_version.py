"""A version is planned as the code of the project makes it of its numbers."""

import os
from pathlib import Path

import pytest

from release_async.plan.settings import Flags
from release_async.run.project import open_project
from release_async.run.shortened_version import without_last_zero
from support.repositories import Repository

INIT = """from demo.utils import get_version

VERSION = {}
__version__ = get_version(VERSION)
"""
SETTINGS = """[project]
name = "demo"
dynamic = ["version"]
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[tool.setuptools.dynamic]
version = {attr = "demo.__version__"}
"""


@pytest.mark.parametrize(
    ("tags", "stated", "asked"),
    [
        (("5.1", "5.1.3", "5.2"), '(5, 2, 0, "final", 0)', ("minor", "5.3")),
        (("5.1", "5.1.3", "5.2"), '(5, 2, 0, "final", 0)', ("patch", "patch")),
        (("5.1", "5.1.3"), '(5, 2, 0, "beta", 1)', ("stable", "5.2")),
        (("5.1.0", "5.2.0"), '(5, 2, 0, "final", 0)', ("minor", "minor")),
        (("5.1", "5.2.0"), '(5, 2, 0, "final", 0)', ("minor", "minor")),
        ((), '(5, 2, 0, "final", 0)', ("minor", "minor")),
        (("5.1", "5.2"), "(5, 2, 0)", ("minor", "minor")),
        (("5.1",), '(5, 2, 0, "final", 0)', ("current", "current")),
    ],
)
async def test_a_last_zero_is_left_away_as_in_the_tags(
    tmp_path: Path, tags: tuple[str, ...], stated: str, asked: tuple[str, str]
) -> None:
    """Else the files that are built would have another name than the plan says."""
    repository = Repository.init(tmp_path)
    repository.write("pyproject.toml", SETTINGS)
    repository.write("demo/__init__.py", INIT.format(stated))
    repository.write("demo/utils.py", "def get_version(version): ...\n")
    repository.commit("begin")
    repository.git("remote", "add", "origin", "https://nowhere.invalid/person/demo.git")
    for tag in tags:
        repository.git("tag", tag)
    project = await open_project(repository.path, Flags(), os.environ)
    request, expected = asked
    assert await without_last_zero(project, request) == expected
