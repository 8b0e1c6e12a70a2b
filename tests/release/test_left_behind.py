"""What git keeps of a release that is given up: ours is told with its command, and nothing of others is."""

import shlex
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from release_async.release import left_behind
from release_async.release.left_behind import LeftBehind
from release_async.release.public_and_owed import Release
from release_async.run.journal import RecordedRelease
from release_async.run.step_results import ReleaseCommit, Results, TagObjects
from support.repositories import Repository
from support.story import PLAN, changed
from support.worlds import Place, prepared

MAIN, ASIDE, TAG = "refs/heads/main", "refs/heads/release/1.3.0", "refs/tags/v1.3.0"
REFS = (MAIN, ASIDE, TAG)
OURS, THEIRS, NOBODY = "ours", "theirs", ""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout whose remote is up to date."""
    return prepared(tmp_path)


class World(NamedTuple):
    """Whose object each ref has: those of the remote, and the tag here."""

    branch: str
    aside: str
    tag: str
    here: str


WORLDS = (
    World(OURS, NOBODY, OURS, OURS),
    World(NOBODY, OURS, NOBODY, OURS),
    World(THEIRS, OURS, THEIRS, OURS),
    World(THEIRS, THEIRS, OURS, THEIRS),
    World(THEIRS, NOBODY, THEIRS, NOBODY),
)


@asynccontextmanager
async def given_up(place: Place) -> AsyncIterator[tuple[Release, RecordedRelease]]:
    """A release that is past its point of no return, and whose push was begun."""
    git = place.repository.git
    plan = changed(PLAN, base=git("rev-parse", "HEAD"), remote_url=git("remote", "get-url", "origin"))
    async with place.context(plan) as context:
        commit = git("commit-tree", "-p", "HEAD", "-m", "release", "HEAD^{tree}")
        made = Results(ReleaseCommit(commit), TagObjects({"v1.3.0": commit}))
        tried = {"push main and v1.3.0 to origin": 1e9}
        told = RecordedRelease(plan=plan, results=made, begun=1e9, tried=tried, done=(), finished=False)
        yield Release(plan, context, made), told


def have(repository: Repository, refs: Mapping[str, str | None]) -> None:
    """Give a repository these refs, and take away those that are to lead nowhere."""
    for ref, oid in refs.items():
        repository.tried("update-ref", *((ref, oid) if oid else ("-d", ref)))


def commands(release: Release, left: LeftBehind) -> list[list[str]]:
    """What deletes something, word by word."""
    chores = left_behind.chores(release.plan, release.made, left)
    typed = [each for chore in chores for each in chore.rpartition(": ")[2].split(" && ")]
    return [shlex.split(each)[1:] for each in typed if not each.startswith(("git pull", "git revert"))]


def theirs_and(place: Place, ours: str) -> Mapping[str, str]:
    """An object of each of both, which both repositories have."""
    git = place.repository.git
    theirs = git("commit-tree", "-p", "HEAD", "-m", "theirs", "HEAD^{tree}")
    git("push", "--quiet", "origin", f"{ours}:refs/heads/a", f"{theirs}:refs/heads/b")
    return {OURS: ours, THEIRS: theirs}


async def test_the_commands_delete_all_that_is_ours_and_nothing_of_others(place: Place) -> None:
    """The remote's branch is never deleted: what the commit changes is for a person to revert."""
    async with given_up(place) as (release, recorded):
        owners = theirs_and(place, release.made.commit)
        for world in WORLDS:
            there = dict(zip(REFS, world[:3], strict=True))
            have(place.remote, {ref: owners.get(whose) for ref, whose in there.items()})
            have(place.repository, {TAG: owners.get(world.here)})
            left = await left_behind.of(release, recorded)
            for words in commands(release, left):
                place.repository.git(*words)
            kept = [ref for ref, whose in there.items() if whose == THEIRS or (whose and ref == MAIN)]
            assert place.remote.git("for-each-ref", "--format=%(refname)", *REFS).split() == kept, world
            assert place.repository.git("tag", "--list") == ("v1.3.0" if world.here == THEIRS else ""), world
            assert left.is_landed is (world.branch == OURS)


async def test_where_nobody_could_say_what_is_there_the_commands_delete_nothing_but_ours(
    place: Place,
) -> None:
    """The remote was away when they were told, and is back when they are typed."""
    async with given_up(place) as (release, recorded):
        owners = theirs_and(place, release.made.commit)
        for tag in (OURS, THEIRS, NOBODY):
            have(place.remote, {MAIN: owners[THEIRS], TAG: owners.get(tag)})
            away = place.remote.path.rename(place.remote.path.with_name("away.git"))
            left = await left_behind.of(release, recorded)
            away.rename(place.remote.path)
            for words in commands(release, left):
                place.repository.tried(*words)
            assert (left.is_certain, left.is_landed) == (False, False)
            assert place.remote.git("tag", "--list") == ("v1.3.0" if tag == THEIRS else "")


async def test_a_commit_that_others_have_gone_on_from_is_told_with_what_undoes_it(place: Place) -> None:
    """And not where the branch is without it: there is nothing to revert."""
    async with given_up(place) as (release, recorded):
        for parent, landed in ((release.made.commit, True), (release.plan.base, False)):
            git = place.repository.git
            theirs = git("commit-tree", "-p", parent, "-m", "theirs", "HEAD^{tree}")
            git("push", "--quiet", "--force", "origin", f"{theirs}:refs/heads/main")
            left = await left_behind.of(release, recorded)
            told = list(left_behind.chores(release.plan, release.made, left))
            undo = f"git pull origin main && git revert {release.made.commit[:12]}"
            assert [chore.endswith(undo) for chore in told] == [True] * landed
