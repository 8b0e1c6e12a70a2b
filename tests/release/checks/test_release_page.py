"""The release page is free, and gh may make it: found out before anything is public."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.base.problems import NotJudged
from release_async.external.github.gh_api import ForgeConnection
from release_async.process import child_environments
from release_async.release.checks import release_page
from support import github
from support.github import Fault, GitHub
from support.story import PLAN
from support.worlds import Place, prepared, said

URL = f"git@github.com:{github.NAME}.git"
RELEASE = f"/repos/{github.NAME}/releases/tags/v1.3.0"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[GitHub]:
    """A GitHub that has the checkout's branch."""
    with github.serving(tmp_path / "remote.git") as hub:
        yield hub


@pytest.fixture
def place(tmp_path: Path, hub: GitHub) -> Place:
    """A checkout that is pushed there."""
    place = prepared(tmp_path)
    place.forge = ForgeConnection(URL, child_environments.for_forge(hub.environ()), 30.0)
    return place


async def judged(place: Place) -> list[tuple[str, str]]:
    """What the check says."""
    async with place.context(PLAN) as context:
        found = await release_page.run(PLAN, context)
    assert not isinstance(found, NotJudged)
    return said(found)


async def test_a_release_of_the_tag_that_is_there_already_refuses(place: Place, hub: GitHub) -> None:
    """Its tag may be gone from the remote, and is burned for ever where the release is immutable."""
    assert await judged(place) == []
    hub.release("v1.3.0", immutable=True)
    assert await judged(place) == [("refuse", "person/demo has a release of v1.3.0 already")]


async def test_a_draft_of_the_tag_warns(place: Place, hub: GitHub) -> None:
    """Somebody prepares the page by hand, or an earlier release was given up: ours will stand beside it."""
    hub.release("v1.3.0", draft=True)
    assert await judged(place) == [
        ("warn", "person/demo has a draft of v1.3.0, release 1: it is left as it is, beside ours")
    ]
    assert hub.posted() == []


async def test_an_account_that_only_reads_warns(place: Place, hub: GitHub) -> None:
    """The release is made without its page."""
    hub.push = False
    assert await judged(place) == [
        (
            "warn",
            "the release will have no page on person/demo: gh's account may not write to person/demo",
        )
    ]


async def test_a_github_that_does_not_say_warns(place: Place, hub: GitHub) -> None:
    """No answer is neither a page nor its absence."""
    hub.faults = {("GET", RELEASE): [Fault(502)]}
    ((level, what),) = await judged(place)
    assert level == "warn"
    assert "already: GitHub answered 502" in what


async def test_many_checks_that_ask_find_the_forge_once(place: Place, hub: GitHub) -> None:
    """One question proves token, host, repository and right for all of them."""
    assert place.forge
    first = await place.forge.connect()
    assert await place.forge.check_access() is first
    assert place.forge.found is first
    assert hub.requests == [("GET", f"/repos/{github.NAME}")]
