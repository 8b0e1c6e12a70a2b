"""Where nobody has named a version, none is checked that cannot be had."""

import os
from pathlib import Path

import pytest

from release_async.plan.settings import Flags
from release_async.run import unnamed_version
from release_async.run.project import open_project
from support.repositories import Repository
from support.tiny import write_tiny


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ((), "patch"),
        (("v2.1.0", "2.0.1", "other-v2.0.1"), "patch"),
        (("v2.0.1",), "2.0.2"),
        (("v2.0.1", "v2.0.2", "v2.0.4"), "2.0.3"),
    ],
)
async def test_a_patch_whose_tag_is_taken_is_passed_over(
    tmp_path: Path, tags: tuple[str, ...], expected: str
) -> None:
    """As on a branch that states an older version than the releases of its maintenance branches."""
    write_tiny(tmp_path / "tiny")
    repository = Repository.init(tmp_path / "tiny")
    repository.commit("begin")
    repository.git("remote", "add", "origin", "https://nowhere.invalid/person/tiny.git")
    for tag in tags:
        repository.git("tag", tag)
    project = await open_project(repository.path, Flags(), {**os.environ, "TAG_FORMAT": "v{version}"})
    assert await unnamed_version.free_patch(project) == expected
