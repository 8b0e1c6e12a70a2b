"""The rules that GitHub has for a branch and for a tag are read as they are, and nothing is judged."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.base.errors import FailedError
from release_async.external.github import rulesets
from release_async.external.github.gh_api import Forge, ForgeConnection
from release_async.external.github.rulesets import Rule
from release_async.process import child_environments
from support import github
from support.github import Fault, GitHub
from support.worlds import prepared

TOP = f"/repos/{github.NAME}"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[GitHub]:
    """A GitHub that has the branch main."""
    prepared(tmp_path)
    with github.serving(tmp_path / "remote.git") as hub:
        yield hub


async def entered(hub: GitHub) -> Forge:
    """The forge, through the real gh."""
    found = await ForgeConnection(
        f"git@github.com:{github.NAME}.git", child_environments.for_forge(hub.environ()), 30.0
    ).connect()
    assert isinstance(found, Forge)
    return found


async def test_rulesets_and_protection_are_read_with_whom_they_bind(hub: GitHub) -> None:
    """Each rule by its ruleset's name; what an administrator is exempt from does not bind."""
    hub.ruleset("pull_request", "update", name="mine", current_user_can_bypass="always")
    hub.ruleset("required_signatures", name="theirs", current_user_can_bypass=None)
    hub.protection = {"enforce_admins": {"enabled": False}, "lock_branch": {"enabled": True}}
    assert await rulesets.branch_rules(await entered(hub), "main") == (
        Rule("pull_request", "the ruleset mine", binding=False),
        Rule("update", "the ruleset mine", binding=False),
        Rule("required_signatures", "the ruleset theirs", binding=None),
        Rule("lock_branch", "the branch's protection", binding=False),
    )


async def test_only_rulesets_for_tags_that_are_in_force_meet_a_tag(hub: GitHub) -> None:
    """Those of branches, and those that are only tried out, do not."""
    hub.ruleset("creation", target="tag")
    hub.ruleset("creation", target="tag", enforcement="evaluate")
    hub.ruleset("creation", target="tag", conditions={})
    hub.ruleset("creation")
    forge = await entered(hub)
    assert await rulesets.tag_rules(forge, "v1") == (
        Rule("creation", "the ruleset house rules", binding=True),
    )


async def test_no_answer_is_not_no_rules(hub: GitHub) -> None:
    """For the rulesets; the older protection shows itself to few, and who may not see it is told nothing."""
    forge = await entered(hub)
    hub.faults = {("GET", f"{TOP}/branches/main/protection"): [Fault(403, "Resource not accessible")]}
    assert await rulesets.branch_rules(forge, "main") == ()
    hub.faults = {("GET", f"{TOP}/{path}"): [Fault(500)] for path in ("rules/branches/main", "rulesets")}
    with pytest.raises(FailedError, match="500"):
        await rulesets.branch_rules(forge, "main")
    with pytest.raises(FailedError, match="500"):
        await rulesets.tag_rules(forge, "v1")
