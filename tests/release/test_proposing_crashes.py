"""A release that others merge is killed on both sides of its wait; what is typed next ends it as ever."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import proposing
from support.matrices import sampled
from support.proposing import RELEASE, RESUME, Ground, Scene

BEFORE, BEHIND = 31, 199
"""How many points an undisturbed run passes until it waits, and after the merge."""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """One release that waits, for all tests to copy."""
    with proposing.ground(tmp_path_factory.mktemp("ground")) as ground:
        yield ground


@pytest.fixture
def merged(tmp_path: Path, ground: Ground) -> Iterator[tuple[Scene, str]]:
    """A release that was merged while nobody looked, and the commit that it was merged as."""
    with ground.copied(tmp_path) as scene:
        yield scene, scene.pulls.merge("squash")


def gone_on(scene: Scene) -> None:
    """Do what a person does: go on, and begin anew where nothing is remembered."""
    run = scene.run(*RESUME)
    if run.code == 8:
        run = scene.run(*RELEASE)
    assert run.code == 7, run.said
    scene.nothing_is_public()
    assert [request["state"] for request in scene.pulls.shown] == ["open"]


def test_every_point_is_known(tmp_path: Path) -> None:
    """The matrices cannot shrink unseen: an undisturbed release passes exactly the points that are tried."""
    with proposing.scene(tmp_path) as scene:
        assert len(scene.died(0, *RELEASE, log=tmp_path / "before.log")) == BEFORE
        commit = scene.pulls.merge()
        assert len(scene.died(0, *RESUME, log=tmp_path / "behind.log")) == BEHIND
        scene.is_released(commit)


@pytest.mark.parametrize("point", sampled(range(1, BEFORE + 1), (14,)))
def test_a_run_that_dies_before_it_waits_is_gone_on_with(tmp_path: Path, point: int) -> None:
    """One branch and one request, and after the merge one release."""
    with proposing.scene(tmp_path) as scene:
        scene.died(point, *RELEASE, log=tmp_path / "points.log")
        gone_on(scene)
        commit = scene.pulls.merge("squash")
        run = scene.run(*RESUME)
        assert run.code == 0, run.said
        scene.is_released(commit)


@pytest.mark.parametrize("point", sampled(range(1, BEHIND + 1), (31, 88, 140)))
def test_a_run_that_dies_after_the_merge_is_gone_on_with(
    merged: tuple[Scene, str], tmp_path: Path, point: int
) -> None:
    """Each file is stored once, and what was built is what was merged."""
    scene, commit = merged
    scene.died(point, *RESUME, log=tmp_path / "points.log")
    run = scene.run(*RESUME, backend=("trio", "asyncio")[point % 2])
    assert run.code in {0, 8}, run.said
    scene.is_released(commit)
