"""Whatever is refused of a version, all refusals name the same others, and each of those can be had."""

import json
from pathlib import Path

import pytest

from release_async.release.checks import tag_free, version_free, versions
from support import indexes
from support.story import PLAN, changed
from support.worlds import Place, judged, prepared

JSON = "application/vnd.pypi.simple.v1+json"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout whose HEAD states 1.2.3, and in which older and later versions have tags."""
    place = prepared(tmp_path)
    for tag in ("v1.1.0", "v1.2.4", "v2.0.0"):
        place.repository.git("tag", tag)
    return place


async def test_every_refusal_names_the_same_versions(place: Place) -> None:
    """Greater than HEAD's too, without a tag, and without any file on the index."""
    names = ["demo-1.1.tar.gz", "demo-1.2.5.tar.gz", "demo-1.3-py3-none-any.whl"]
    page = json.dumps({"files": [{"filename": name, "hashes": {}} for name in names]})
    with indexes.scripted(indexes.answer("200 OK", page, Content_Type=JSON)) as server:
        place.url = server.url
        plan = changed(place.plan, version="1.1.0", tag="v1.1.0")
        cures = [(await judged(place, check, plan))[-1].cure for check in (tag_free, version_free, versions)]
    for cure in cures:
        assert "--version 1.2.6 (patch), 1.4.0 (minor) or 3.0.0 (major)" in cure


async def test_an_index_that_does_not_answer_rules_nothing_out(place: Place) -> None:
    """What is refused is so without it."""
    *_, problem = await judged(place, versions, changed(place.plan, version="1.1.0", tag="v1.1.0"))
    assert problem.cure == "choose another version: --version 1.2.5 (patch), 1.3.0 (minor) or 3.0.0 (major)"
    assert PLAN.packages[0].current == "1.2.3"
