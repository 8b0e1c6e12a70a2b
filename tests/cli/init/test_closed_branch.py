"""A branch that takes pull requests only is found out by init, where GitHub tells."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.cli.init.closed_branch import closing_rule
from support import github
from support.github import GitHub
from support.worlds import Place, prepared


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout whose remote is on GitHub."""
    place = prepared(tmp_path)
    place.repository.git("remote", "set-url", "origin", github.URL)
    return place


@pytest.fixture
def hub(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    """The GitHub, to which this process is signed in."""
    with github.serving(place.remote.path) as hub:
        for name, value in hub.environ().items():
            monkeypatch.setenv(name, value)
        yield hub


async def test_a_rule_that_has_to_be_kept_closes_the_branch(place: Place, hub: GitHub) -> None:
    """One that this account may bypass does not, nor does one of another kind."""
    assert await closing_rule(place.git, "origin", "main") == ""
    hub.ruleset("deletion", "required_signatures")
    hub.ruleset("pull_request", current_user_can_bypass="always")
    assert await closing_rule(place.git, "origin", "main") == ""
    hub.ruleset("pull_request", name="reviews")
    assert await closing_rule(place.git, "origin", "main") == "the ruleset reviews"


async def test_who_cannot_tell_closes_nothing(place: Place, hub: GitHub) -> None:
    """No right, no remote, another host, silence: a person decides, and the check says so later."""
    hub.ruleset("pull_request")
    rules = ("GET", f"/repos/{github.NAME}/rules/branches/main")
    hub.faults = {rules: [github.Fault(502)]}
    assert await closing_rule(place.git, "origin", "main") == ""
    assert await closing_rule(place.git, "upstream", "main") == ""
    hub.push = False
    assert await closing_rule(place.git, "origin", "main") == ""
    place.repository.git("remote", "set-url", "origin", "git@example.com:person/demo.git")
    assert await closing_rule(place.git, "origin", "main") == ""
