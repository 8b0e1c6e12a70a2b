"""A tag is never made over another one, here or where it is pushed to."""

import json
from pathlib import Path

import pytest

from release_async.base.errors import CommandError
from release_async.release.checks import tag_free
from support import indexes
from support.repositories import Repository
from support.story import changed
from support.worlds import Place, judged, prepared, problems_of, said, unjudged

TAG = "v1.3.0"
JSON = "application/vnd.pypi.simple.v1+json"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout whose remote is up to date, and other tags on both sides."""
    place = prepared(tmp_path)
    for repository in (place.repository, place.remote):
        for tag in ("v1.2.0", "v1.3.0rc1", "v1.3"):
            repository.git("tag", tag, "main")
    return place


async def test_a_new_tag_passes(place: Place) -> None:
    """Others that look like it do not matter."""
    assert await judged(place, tag_free) == ()


async def test_without_a_tag_or_a_remote_nothing_is_ticked(place: Place) -> None:
    """Nothing is asked either."""
    place.repository.git("tag", TAG)
    assert await unjudged(place, tag_free, changed(place.plan, tag=None)) == "no tag is made"
    assert await unjudged(place, tag_free, changed(place.plan, remote_url="")) == "there is no remote origin"


async def test_a_tag_that_is_only_here_can_be_deleted(place: Place) -> None:
    """At another commit or at the one that is released: the cure is the same, and it works."""
    place.repository.git("tag", TAG)
    (problem,) = await judged(place, tag_free)
    assert (problem.where, problem.what) == ("", f"the tag {TAG} exists already"), "its name is told once"
    place.repository.git(*problem.cure.partition(": ")[2].partition(";")[0].split()[1:])
    assert await judged(place, tag_free) == ()


async def test_a_tag_of_files_that_are_out_is_not_to_be_deleted(place: Place) -> None:
    """A release was given up, and only its tag is left here: no version is free because that goes."""
    place.repository.git("tag", TAG)
    page = json.dumps({"files": [{"filename": "demo-1.3.0.tar.gz", "hashes": {}}]})
    with indexes.scripted(indexes.answer("200 OK", page, Content_Type=JSON)) as server:
        place.url = server.url
        (problem,) = await judged(place, tag_free)
    assert problem.cure.startswith("choose another version: --version 1.3.1 (patch)"), problem.cure


@pytest.mark.parametrize("tag_tool", ["", "hatch-vcs"])
async def test_a_tag_that_only_the_remote_has_is_found(place: Place, tag_tool: str) -> None:
    """Also one at the very commit that is released, and where all tags of the remote are listed."""
    place.remote.git("tag", TAG, "main")
    (problem,) = await judged(place, tag_free, changed(place.plan, tag_tool=tag_tool))
    assert problem.what == f"origin has a tag {TAG} already"
    place.repository.git(*problem.cure.partition("see the tag: ")[2].split()[1:])
    assert place.repository.git("tag", "--list", TAG) == TAG


async def test_a_tag_on_both_sides_is_not_to_be_deleted(place: Place) -> None:
    """Deleting the one here would cure nothing."""
    for repository in (place.repository, place.remote):
        repository.git("tag", TAG, "main")
    (problem,) = await judged(place, tag_free)
    assert problem.what == f"the tag {TAG} exists already, here and on origin"
    assert "git tag -d" not in problem.cure


async def test_a_tag_where_a_directory_would_have_to_be_is_found(place: Place) -> None:
    """Git cannot have ``release`` beside ``release/1.3.0``, which would come out after the upload."""
    plan = changed(place.plan, tag="release/1.3.0")
    assert await judged(place, tag_free, plan) == ()
    place.remote.git("tag", "release", "main")
    place.repository.git("tag", "release/1.3.0/final", "main")
    assert said(await judged(place, tag_free, plan)) == [
        ("refuse", "there is a tag release on origin, beside which git cannot have release/1.3.0"),
        ("refuse", "there is a tag release/1.3.0/final here, beside which git cannot have release/1.3.0"),
    ]


async def test_a_remote_that_is_away_has_not_said_that_the_tag_is_free(place: Place, tmp_path: Path) -> None:
    """Absent is not unreachable; a tag that is here is enough to refuse."""
    plan = place.plan
    place.remote.path.rename(tmp_path / "away.git")
    async with place.context(plan) as context:
        with pytest.raises(CommandError, match="no repository where origin points"):
            await tag_free.run(plan, context)
        place.repository.git("tag", TAG)
        assert said(problems_of(await tag_free.run(plan, context))) == [
            ("refuse", f"the tag {TAG} exists already")
        ]


async def test_the_place_that_is_pushed_to_is_asked(place: Place, tmp_path: Path) -> None:
    """Not the one that is fetched from."""
    mirror = Repository(tmp_path / "mirror.git")
    place.repository.git("clone", "--quiet", "--bare", str(place.remote.path), str(mirror.path))
    place.repository.git("remote", "set-url", "--push", "origin", str(mirror.path))
    place.remote.git("tag", TAG, "main")
    assert await judged(place, tag_free) == ()
    mirror.git("tag", TAG, "main")
    assert said(await judged(place, tag_free)) == [("refuse", f"origin has a tag {TAG} already")]


async def test_what_is_next_is_said_of_a_tag_that_is_taken(place: Place) -> None:
    """By part, and none whose tag is here too."""
    for tag in (TAG, "v1.3.1", "v2.0.0"):
        place.repository.git("tag", tag)
    (problem,) = await judged(place, tag_free)
    assert problem.cure.endswith("--version 1.3.2 (patch), 1.4.0 (minor) or 3.0.0 (major)")
