"""What an index shows and gives is compared with what was built, whatever tools there are to ask it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from release_async.base import files
from release_async.base.files import Artifact
from release_async.plan.effect import State
from release_async.plan.events import Note
from release_async.plan.route import ROUTES
from release_async.release.steps import verify
from release_async.run.step_results import Results
from support import indexes
from support.steps import Tried, built
from support.story import PACKAGE, PLAN, changed
from support.worlds import Place, prepared

SHOWN, GIVEN = 0, 1
"""The numbers of the effects."""


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """What the index has."""
    return tmp_path / "packages"


@pytest.fixture
def place(tmp_path: Path, packages: Path) -> Iterator[Place]:
    """A checkout, and a real index."""
    place = prepared(tmp_path)
    with indexes.pypiserver(packages, indexes.credentials()) as place.url:
        yield place


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    """A wheel that was built."""
    return files.pin(indexes.wheel(tmp_path / "built", PACKAGE.version))


@pytest.fixture
def published(artifact: Artifact, packages: Path) -> Artifact:
    """A wheel that was built, and is on the index."""
    publish(artifact, packages)
    return artifact


def publish(artifact: Artifact, packages: Path) -> None:
    """Put a file on the index."""
    (packages / artifact.name).write_bytes(artifact.path.read_bytes())


async def test_shown_is_what_is_visible_whole(place: Place, artifact: Artifact, packages: Path) -> None:
    """One missing file is enough for No."""
    async with place.context(PLAN) as context:
        other = files.pin(indexes.wheel(artifact.path.parent / "other", "9.9"))
        tried = Tried(verify, PLAN, context, Results(built(artifact, other)))
        publish(artifact, packages)
        assert (await tried.probe(SHOWN)).state is State.NOT_DONE
        publish(other, packages)
        assert (await tried.probe(SHOWN)).state is State.DONE


async def test_who_only_looks_downloads_nothing(place: Place, artifact: Artifact, packages: Path) -> None:
    """How a release stands is asked often, and quickly."""
    publish(artifact, packages)
    async with place.context(PLAN) as context:
        tried = Tried(verify, PLAN, context, Results(built(artifact)))
        assert (await tried.probe(GIVEN)).state is State.NOT_DONE
        assert not (context.workspace.directory / "fetched").exists()


async def test_that_the_bytes_are_right_and_installers_take_others_is_told(
    place: Place, published: Artifact, packages: Path
) -> None:
    """Somebody has added a wheel that they like better: the release is out, and does not fail for it."""
    async with place.context(PLAN) as context:
        tried = Tried(verify, PLAN, context, Results(built(published)))
        for told in (0, 1):
            assert (await tried.probe(SHOWN)).state is State.DONE
            await tried.perform(GIVEN)
            assert (await tried.probe(GIVEN)).state is State.DONE
            notes = [event.text for event in place.events if isinstance(event, Note)]
            assert len(notes) == told, notes
            better = published.name.replace("-py3-", "-7-py3-")
            (packages / better).write_bytes(published.path.read_bytes())
    assert notes[0].startswith(f"pip and uv would not take {published.name} from http://")
    assert notes[0].endswith(f": they prefer {better}")


async def test_what_is_listed_and_gone_is_not_given(place: Place, artifact: Artifact, packages: Path) -> None:
    """It is asked for until the time is over, and then told as late, not as wrong."""
    publish(artifact, packages)
    place.settings = replace(place.settings, visible_timeout=1.0)
    async with place.context(PLAN) as context:
        tried = Tried(verify, PLAN, context, Results(built(artifact)))
        assert (await tried.probe(SHOWN)).state is State.DONE
        (packages / artifact.name).unlink()
        await tried.perform(GIVEN)
        probed = await tried.probe(GIVEN)
    assert probed.state is State.NOT_DONE
    assert probed.why == f"Example has accepted {artifact.name} and does not give it yet"


async def test_only_a_test_index_is_for_trying(place: Place, artifact: Artifact) -> None:
    """From the index that others install from, the release is not installed here."""
    async with place.context(PLAN) as context:
        plans, made = (PLAN, changed(PLAN, route=ROUTES["test"])), Results(built(artifact))
        counts = [len(verify.effects(plan, context, made)) for plan in plans]
    assert counts == [2, 3]
