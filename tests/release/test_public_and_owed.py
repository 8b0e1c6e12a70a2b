"""How a release stands: what is public, what is owed, by hand how, until when; nothing is changed."""

import calendar
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from release_async.base import files
from release_async.external.index import repository_url
from release_async.plan.effect import Probed, State
from release_async.plan.plan import Plan
from release_async.plan.route import ROUTES
from release_async.release import public_and_owed
from release_async.release.public_and_owed import Release, Seen
from release_async.run.step_results import ReleaseCommit, Results, TagObjects
from support import indexes
from support.steps import built
from support.story import PACKAGE, PLAN, changed
from support.worlds import prepared

BEGUN = calendar.timegm((2026, 2, 20, 23, 59, 0))


@asynccontextmanager
async def begun(directory: Path, plan: Plan) -> AsyncIterator[Release]:
    """A release of one file that has passed its point of no return."""
    place = prepared(directory)
    async with place.context(plan) as context:
        head = place.repository.git("rev-parse", "HEAD")
        wheel = files.pin(indexes.wheel(directory / "built", PACKAGE.version))
        made = Results(ReleaseCommit(head), TagObjects(dict.fromkeys(plan.tags, head)), built(wheel))
        context.workspace.journal.begin(plan, made, BEGUN)
        yield Release(plan, context, made)


def at(url: str) -> Plan:
    """The plan for another index."""
    return changed(PLAN, target=replace(PLAN.target, repository_url=url))


async def test_files_that_are_owed_have_a_last_day_on_the_public_indexes(tmp_path: Path) -> None:
    """Fourteen days from the pivot by the index's clock; by ours it may be any day."""
    for number, url in enumerate(repository_url.upload_urls()):
        plan = at(url)
        async with begun(tmp_path / str(number), plan) as release:
            owed = list(public_and_owed.effects(release))
            told = public_and_owed.deadline(release, owed)
            assert told.endswith(f"accepts no more files of {PACKAGE.version} after 2026-03-06 23:59 UTC")
            uploads = len(release.effects(PLAN.route.pivot))
            assert public_and_owed.deadline(release, owed[uploads:]) == ""


async def test_the_last_day_is_told_when_it_is_near(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the tenth day on, as long as a file is owed."""
    plan = at(repository_url.upload_urls().pypi)
    async with begun(tmp_path, plan) as release:
        journal, days = release.context.workspace.journal, 9.9
        monkeypatch.setattr(release.context.index, "now", lambda: BEGUN + days * 86400)
        assert public_and_owed.urgent(release) == ""
        days = 10.0
        assert public_and_owed.urgent(release).endswith("after 2026-03-06 23:59 UTC")
        (upload,) = release.effects(PLAN.route.pivot)
        assert journal.recorded
        journal.recorded = replace(journal.recorded, done=(upload.name,))
        assert public_and_owed.urgent(release) == ""


async def test_other_indexes_have_no_such_day(tmp_path: Path) -> None:
    """None that we know of."""
    async with begun(tmp_path, PLAN) as release:
        assert public_and_owed.deadline(release, list(public_and_owed.effects(release))) == ""


async def test_what_is_owed_comes_with_its_commands(tmp_path: Path) -> None:
    """In the order in which they must be typed; what is done is not among them."""
    async with begun(tmp_path, PLAN) as release:
        upload, tag, push, *_ = list(public_and_owed.effects(release))
        told = public_and_owed.of(release, Seen(done={tag.name}, public=[upload.name]))
        assert told.public == (upload.name,)
        assert told.owed[0] == push.name
        assert tag.name not in told.owed
        assert told.manual[: len(push.manual)] == push.manual
        assert upload.manual[0] not in told.manual


async def test_a_merge_that_is_owed_keeps_the_look_among_the_commands(tmp_path: Path) -> None:
    """Also once the branch here has followed: what is typed ends with it, as long as anything is typed."""
    async with begun(tmp_path, PLAN) as release:
        upload, tag, push, land, *_ = list(public_and_owed.effects(release))
        looks = [command for look in release.effects("verify") for command in look.manual]
        seen = Seen(done={tag.name, land.name}, public=[upload.name], manual={push.name: ("merge",)})
        told = public_and_owed.of(release, seen).manual
        assert told[0] == "merge"
        assert looks
        assert set(looks) <= set(told[1:])


async def test_by_hand_it_goes_no_further_than_what_a_person_must_decide(tmp_path: Path) -> None:
    """What follows builds on that: a branch that is moved would be at a commit that nobody may push."""
    async with begun(tmp_path, PLAN) as release:
        upload, tag, push, land, *_ = list(public_and_owed.effects(release))
        seen = Seen(done=(), public=(), answers={push.name: Probed(State.CONFLICT)})
        told = public_and_owed.of(release, seen)
        assert told.manual == (*upload.manual, *tag.manual)
        assert told.owed == (upload.name, tag.name, push.name, land.name, *told.owed[4:])


async def test_a_look_is_still_to_do_only_where_nothing_else_is(tmp_path: Path) -> None:
    """A run that ends before has not looked, and whoever has may know that it is seen."""
    async with begun(tmp_path, PLAN) as release:
        looks = {effect.name for effect in release.effects("verify")}
        assert looks.isdisjoint(public_and_owed.of(release, Seen(done=(), public=())).owed)


async def test_what_is_half_done_is_told_by_its_halves(tmp_path: Path) -> None:
    """The part that others can see is public, and only the rest of it is owed."""
    async with begun(tmp_path, PLAN) as release:
        upload, tag, push, *_ = list(public_and_owed.effects(release))
        half = Probed(State.NOT_DONE, parts=("push the tag",), rest="merge the branch")
        seen = Seen(done={tag.name}, public=[upload.name], answers={push.name: half, upload.name: half})
        told = public_and_owed.of(release, seen)
        assert told.public == (upload.name, "push the tag")
        assert told.owed[0] == "merge the branch"
        assert push.name not in told.owed


async def test_where_only_a_look_is_left_nothing_is_typed_by_hand(tmp_path: Path) -> None:
    """What a person has looked at themselves no later run can know: going on ends it."""
    async with begun(tmp_path, PLAN) as release:
        looks = {effect.name for effect in release.effects("verify")}
        others = {effect.name for effect in public_and_owed.effects(release)} - looks
        told = public_and_owed.of(release, Seen(done=others, public=()))
        assert set(told.owed) == looks
        assert told.manual == ()
        assert any(
            "pip download" in line for line in public_and_owed.of(release, Seen(done=(), public=())).manual
        )


async def test_what_may_be_done_is_told_apart_from_what_is_owed(tmp_path: Path) -> None:
    """Its commands stay among those to type by hand, for it may have to be done."""
    async with begun(tmp_path, PLAN) as release:
        upload, tag, push, *_ = list(public_and_owed.effects(release))
        seen = Seen(done={tag.name}, public=[upload.name], unknown={push.name, tag.name})
        told = public_and_owed.of(release, seen)
        assert told.unknown == (push.name,)
        assert push.name not in told.owed
        assert told.manual[: len(push.manual)] == push.manual


async def test_the_world_is_asked_and_left_alone(tmp_path: Path) -> None:
    """An index that does not answer is unknown; what the journal has seen done stays public."""
    async with begun(tmp_path, PLAN) as release:
        asked = {effect.name: said.state for effect, said in (await public_and_owed.asked(release))[0]}
        upload = next(iter(asked))
        assert asked[upload] is State.UNKNOWN
        assert asked[f"tag {PACKAGE.tag}"] is State.NOT_DONE
        assert public_and_owed.published(release) == []
        release.context.workspace.journal.intend(upload)
        release.context.workspace.journal.end(upload, State.DONE)
        release.context.workspace.journal.recorded = type(release.context.workspace.journal)(
            release.context.workspace.directory
        ).recorded
        assert public_and_owed.published(release) == [upload]


@pytest.mark.parametrize(
    ("plan", "missing"), [(changed(PLAN, tag=None), "tag"), (changed(PLAN, route=ROUTES["test"]), "push")]
)
async def test_what_a_release_does_not_do_it_does_not_owe(tmp_path: Path, plan: Plan, missing: str) -> None:
    """AUTO_GIT_TAG=false, and --test."""
    async with begun(tmp_path, plan) as release:
        names = [effect.name for effect in public_and_owed.effects(release)]
        assert names
        assert not any(name.startswith(missing) for name in names)
