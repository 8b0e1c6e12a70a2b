"""A release of what CI has built is killed on both sides of its wait; what is typed next ends it as ever."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import collecting
from support.collecting import RELEASE
from support.matrices import sampled
from support.proposing import RESUME, Scene

BEFORE, BEHIND = 31, 192
"""How many points an undisturbed run passes until it waits, and after CI has built."""
FOUND = 20
"""How many another clone passes until it waits as well."""


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A project whose files CI builds."""
    with collecting.scene(tmp_path) as scene:
        yield scene


def test_every_point_is_known(scene: Scene, tmp_path: Path) -> None:
    """The matrices cannot shrink unseen: an undisturbed release passes exactly the points that are tried."""
    before = scene.died(0, *RELEASE, log=tmp_path / "before.log")
    elsewhere = collecting.same_person_elsewhere(scene, tmp_path)
    found = elsewhere.died(0, *RESUME, log=tmp_path / "found.log")
    digests = collecting.builds(scene, tmp_path / "ci")
    behind = scene.died(0, *RESUME, log=tmp_path / "behind.log")
    passed = (len(before), len(found), len(behind))
    assert passed == (BEFORE, FOUND, BEHIND), "\n".join([*before, "", *found, "", *behind])
    collecting.is_released(scene, digests)


@pytest.mark.parametrize("point", sampled(range(1, BEFORE + 1), (24, 26)))
def test_a_run_that_dies_before_it_waits_is_gone_on_with(scene: Scene, tmp_path: Path, point: int) -> None:
    """Nothing is on the index, and no tag; one run at most is taken, and its files are the release."""
    scene.died(point, *RELEASE, log=tmp_path / "points.log")
    collecting.nothing_is_public(scene)
    run = scene.run(*RESUME)
    if run.code == 8:
        run = scene.run(*RELEASE)
    assert run.code == 7, run.said
    collecting.nothing_is_public(scene)
    digests = collecting.builds(scene, tmp_path / "ci")
    run = scene.run(*RESUME)
    assert run.code == 0, run.said
    collecting.is_released(scene, digests)


@pytest.mark.parametrize("point", sampled(range(1, BEHIND + 1), (16, 63, 120)))
def test_a_run_that_dies_after_the_build_is_gone_on_with(scene: Scene, tmp_path: Path, point: int) -> None:
    """Each file is stored once, and what was collected first is what is released."""
    assert scene.run(*RELEASE).code == 7
    digests = collecting.builds(scene, tmp_path / "ci")
    scene.died(point, *RESUME, log=tmp_path / "points.log")
    run = scene.run(*RESUME, backend=("trio", "asyncio")[point % 2])
    assert run.code in {0, 8}, run.said
    collecting.is_released(scene, digests)


@pytest.mark.parametrize("point", sampled(range(1, FOUND + 1), (9, 11)))
def test_a_clone_that_dies_while_it_takes_over_does_so_once_more(
    scene: Scene, tmp_path: Path, point: int
) -> None:
    """It knows of the release wholly or not at all, and the run that builds stays the only one."""
    assert scene.run(*RELEASE).code == 7
    elsewhere = collecting.same_person_elsewhere(scene, tmp_path)
    elsewhere.died(point, *RESUME, log=tmp_path / "points.log")
    digests = collecting.builds(scene, tmp_path / "ci")
    run = elsewhere.run(*RESUME)
    assert run.code == 0, run.said
    assert len(scene.hub.workflow_runs) == 1
    collecting.is_released(elsewhere, digests)
