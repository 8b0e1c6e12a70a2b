"""What cannot be decided is said with all that is known without asking anybody."""

import os
from pathlib import Path

import pytest

from release_async.external.index.simple_api import IndexUnreachableError
from release_async.plan.settings import Flags
from release_async.run import plan_decision
from release_async.run.project import open_project
from support.repositories import Repository
from support.tiny import write_tiny
from support.worlds import NOBODY


@pytest.mark.parametrize("token", ["", "some-words"])
async def test_a_test_index_that_does_not_answer_hides_no_missing_token(tmp_path: Path, token: str) -> None:
    """It is asked before there is a plan to check, and the check of the token never comes to speak."""
    write_tiny(tmp_path / "tiny")
    repository = Repository.init(tmp_path / "tiny")
    repository.commit("begin")
    repository.git("remote", "add", "origin", "https://nowhere.invalid/person/tiny.git")
    environ = {**os.environ, "TEST_PYPI_REPOSITORY_URL": NOBODY, "PYPI_TEST_TOKEN": token}
    project = await open_project(repository.path, Flags(test=True), environ)
    with pytest.raises(IndexUnreachableError) as caught:
        await plan_decision.decide(project, "minor", "")
    assert "could not be asked" in caught.value.what
    assert ("there is no token for 127.0.0.1:9 either" in caught.value.what.splitlines()) is (not token)
    assert (f"put PYPI_TEST_TOKEN=... into {repository.path}/.env" in caught.value.cure) is (not token)
