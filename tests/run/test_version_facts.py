"""What the next version follows from is found where releases are made on branches of their own too."""

import os
from pathlib import Path

import pytest

from release_async.plan.settings import Flags
from release_async.run.project import open_project
from release_async.run.version_facts import proposed
from support.repositories import Repository
from support.tiny import write_tiny


@pytest.mark.parametrize(
    ("stated", "tags", "expected"),
    [
        ("1.29.0.dev0", ("v0.9.0rc1", "v1.28.0"), "1.29.0"),
        ("1.28.0", ("v0.9.0rc1", "v1.28.0"), "1.28.1"),
        ("1.28.0.dev0", ("v0.9.0", "v1.28.0"), "1.28.1"),
        ("1.4.0", ("v1.4.0", "v2.0.0"), "1.4.1"),
    ],
)
async def test_a_release_on_a_branch_of_its_own_is_one(
    tmp_path: Path, stated: str, tags: tuple[str, str], expected: str
) -> None:
    """Its tag is no ancestor of HEAD, and yet the next version comes after it; a later line is another's."""
    write_tiny(tmp_path / "tiny", version=stated)
    repository = Repository.init(tmp_path / "tiny")
    repository.commit("begin")
    repository.git("remote", "add", "origin", "https://nowhere.invalid/person/tiny.git")
    before, beside = tags
    repository.git("tag", before)
    repository.git("checkout", "--quiet", "-b", "release")
    repository.git("commit", "--quiet", "--allow-empty", "-m", "release")
    repository.git("tag", beside)
    repository.git("checkout", "--quiet", "-")
    project = await open_project(repository.path, Flags(), os.environ)
    assert (await proposed(project)).version == expected
