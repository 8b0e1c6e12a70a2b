"""Where nobody has named a version, none is checked that cannot be had."""

import os
from pathlib import Path

import pytest

from release_async.plan.settings import Flags
from release_async.run import unnamed_version
from release_async.run.project import open_project
from support import indexes
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


@pytest.mark.parametrize(
    ("version", "tags", "expected"),
    [
        ("2.1.dev0", (), "stable"),
        ("2.1.dev0", ("v2.1.0",), "patch"),
        ("2.1rc1", (), "stable"),
        ("2.1.post1.dev0", (), "patch"),
        ("2.1+dev", (), "2.1"),
        ("2.1+dev", ("v2.1",), "patch"),
    ],
)
async def test_a_version_before_a_release_is_there_for_it(
    tmp_path: Path, version: str, tags: tuple[str, ...], expected: str
) -> None:
    """The patch of 2.1.dev0 is 2.1.1: nobody who has not asked for it means that."""
    write_tiny(tmp_path / "tiny", version=version)
    repository = Repository.init(tmp_path / "tiny")
    repository.commit("begin")
    repository.git("remote", "add", "origin", "https://nowhere.invalid/person/tiny.git")
    for tag in tags:
        repository.git("tag", tag)
    for flags in (Flags(), Flags(test=True)):
        project = await open_project(repository.path, flags, os.environ)
        assert await unnamed_version.free_patch(project) == expected
        assert await unnamed_version.stable_or_patch(project) == expected
    assert await unnamed_version.unreleased_or_patch(project) == expected, "of a trial no index is asked"


async def test_a_version_that_nobody_has_yet_is_planned_as_it_is(tmp_path: Path) -> None:
    """As on the first release: by tag and index. Where one of them has it, or says nothing, it is a patch."""
    write_tiny(tmp_path / "tiny")
    repository = Repository.init(tmp_path / "tiny")
    repository.commit("begin")
    packages = tmp_path / "packages"

    async def planned(url: str) -> str:
        environ = {**os.environ, "PYPI_REPOSITORY_URL": url}
        return await unnamed_version.unreleased_or_patch(
            await open_project(repository.path, Flags(), environ)
        )

    with indexes.pypiserver(packages, indexes.credentials()) as url:
        assert await planned(url) == "current"
        indexes.wheel(packages).rename(packages / "tiny-1.9.0-py3-none-any.whl")
        assert await planned(url) == "current"
        uploaded = indexes.wheel(packages).rename(packages / "tiny-2.0.0-py3-none-any.whl")
        assert await planned(url) == "patch"
        uploaded.unlink()
        repository.git("tag", "v2.0.0")
        assert await planned(url) == "patch"
        repository.git("tag", "--delete", "v2.0.0")
    assert await planned(url) == "patch"
