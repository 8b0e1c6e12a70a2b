"""Whether a file is published is what the index says of its name and its bytes."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.base import files
from release_async.base.files import Artifact
from release_async.plan.effect import State
from release_async.plan.plan import Plan
from release_async.release import published_files
from release_async.release.published_files import Wanted
from release_async.release.steps import upload
from release_async.run.step_results import Results
from support import indexes
from support.steps import built
from support.story import PACKAGE, PLAN
from support.worlds import Place, prepared


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


async def state(place: Place, artifact: Artifact, plan: Plan = PLAN) -> State:
    """What the probe says."""
    async with place.context(plan) as context:
        return (await published_files.published(plan, context, Wanted({PACKAGE.name: (artifact,)}))).state


async def test_the_same_bytes_are_done_and_other_bytes_a_conflict(
    place: Place, artifact: Artifact, packages: Path
) -> None:
    """By SHA-256: a name alone proves nothing."""
    assert await state(place, artifact) is State.NOT_DONE
    (packages / artifact.name).write_bytes(artifact.path.read_bytes())
    assert await state(place, artifact) is State.DONE
    (packages / artifact.name).unlink()
    indexes.wheel(packages, PACKAGE.version, ballast=10)
    assert await state(place, artifact) is State.CONFLICT


async def test_an_index_that_does_not_answer_is_unknown(place: Place, artifact: Artifact) -> None:
    """Never NOT_DONE: that would upload again."""
    place.url = f"http://127.0.0.1:{indexes.free_port()}/"
    assert await state(place, artifact) is State.UNKNOWN


async def test_the_wheel_goes_first_and_each_file_has_its_command(place: Place, artifact: Artifact) -> None:
    """The command a person would type names file and index, and no credentials."""
    async with place.context(PLAN) as context:
        (effect,) = upload.effects(PLAN, context, Results(built(artifact)))
    assert effect.public
    assert effect.manual == (f"twine upload --repository-url {PLAN.target.repository_url} {artifact.path}",)


async def test_a_command_can_be_pasted_wherever_the_project_lies(place: Place, tmp_path: Path) -> None:
    """A blank or a quote in the name of a folder splits no word."""
    path = indexes.wheel(tmp_path / "it's built", PACKAGE.version)
    async with place.context(PLAN) as context:
        (effect,) = upload.effects(PLAN, context, Results(built(files.pin(path))))
    assert [shlex.split(line)[-1] for line in effect.manual] == [str(path)]
