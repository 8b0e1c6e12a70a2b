"""Opening a project: what is decided holds what the person may see, and nothing that they must not lose."""

import os
from dataclasses import asdict
from pathlib import Path

from release_async import project
from release_async.settings import Flags
from support.repositories import Repository
from support.tiny import write_tiny


async def test_the_plan_holds_no_password_of_the_remote(tmp_path: Path) -> None:
    """It is shown, written into the journal, and told as JSON; where it is pushed to can still be read."""
    write_tiny(tmp_path)
    repository = Repository.init(tmp_path)
    repository.commit("begin")
    repository.git("remote", "add", "origin", "https://person:open-sesame@example.com/person/tiny.git")
    opened = await project.opened(tmp_path, Flags(), dict(os.environ))
    plan = await project.decide(opened, "minor")
    assert plan.remote_url == "https://***@example.com/person/tiny.git"
    assert "sesame" not in str(asdict(plan))
