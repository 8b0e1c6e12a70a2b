"""The branch and its remote are compared by what the remote has now."""

from dataclasses import replace
from pathlib import Path

import pytest

from release_async.checks import upstream
from release_async.errors import CommandError
from release_async.plan import Plan
from support.story import PLAN
from support.worlds import Place, prepared, said


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout whose remote is up to date."""
    return prepared(tmp_path)


def planned(place: Place) -> Plan:
    """A release of what is checked out."""
    git = place.repository.git
    return replace(PLAN, base=git("rev-parse", "HEAD"), remote_url=git("remote", "get-url", "origin"))


async def judged(place: Place, plan: Plan) -> list[tuple[str, str]]:
    """What the check says."""
    async with place.world(plan) as world:
        return said(await upstream.run(plan, world))


def theirs(place: Place) -> str:
    """A commit on top of what the remote has, made there."""
    bare = Path(place.repository.git("remote", "get-url", "origin"))
    repository = type(place.repository)(bare)
    oid = repository.git("commit-tree", "-p", "main", "-m", "theirs", "main^{tree}")
    repository.git("update-ref", "refs/heads/main", oid)
    return oid


async def test_the_same_is_fine_and_ahead_is_told(place: Place) -> None:
    """The release pushes what was not pushed yet."""
    assert await judged(place, planned(place)) == []
    place.repository.commit("mine")
    place.repository.commit("mine too")
    (problem,) = await judged(place, planned(place))
    assert problem == ("warn", "main is 2 commits ahead of origin/main: the release pushes them too")


async def test_behind_and_diverged_are_refused(place: Place) -> None:
    """With the counts of both sides."""
    theirs(place)
    assert await judged(place, planned(place)) == [("refuse", "main is 1 commit behind origin/main")]
    place.repository.commit("mine")
    (problem,) = await judged(place, planned(place))
    assert problem == ("refuse", "main and origin/main have diverged: 1 of your commits, 1 of theirs")


async def test_a_branch_that_is_not_there_yet_is_told(place: Place) -> None:
    """It is no error of a remote that is away."""
    plan = replace(planned(place), branch="trunk")
    assert await judged(place, plan) == [("warn", "origin has no branch trunk yet: the release creates it")]


async def test_a_remote_that_is_away_is_no_verdict(place: Place, tmp_path: Path) -> None:
    """Neither behind nor fine: the check could not judge."""
    plan = planned(place)
    (tmp_path / "remote.git").rename(tmp_path / "away.git")
    async with place.world(plan) as world:
        with pytest.raises(CommandError):
            await upstream.run(plan, world)


async def test_no_remote_is_refused(place: Place) -> None:
    """There is nowhere to push to."""
    plan = replace(planned(place), remote_url="")
    assert await judged(place, plan) == [("refuse", "there is no remote origin")]
