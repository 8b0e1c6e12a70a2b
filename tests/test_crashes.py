"""A release is killed at every point of its way; what a person types next brings it to the same end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import crashing
from support.crashing import KILLED, RELEASE, Scene

POINTS = 89


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A fresh project, remote and index."""
    with crashing.scene(tmp_path) as scene:
        yield scene


def test_every_point_is_known(scene: Scene) -> None:
    """The matrix cannot shrink unseen: an undisturbed release passes exactly the points that are tried."""
    assert scene.crash(0, *RELEASE) == 0
    points = scene.points()
    assert (len(points), len(set(points)) > 30) == (POINTS, True), points
    assert scene.faults(None) == []


@pytest.mark.parametrize("point", range(1, POINTS + 1))
def test_a_release_that_dies_is_finished_once(scene: Scene, point: int) -> None:
    """Before the pivot nothing was public and it is begun anew; after it the rest is done, nothing twice."""
    backend = ("asyncio", "trio")[point % 2]
    assert scene.crash(point, *RELEASE, backend=backend, power=point % 3 == 0) == KILLED
    story = scene.story()
    scene.go_on(("trio", "asyncio")[point % 2])
    assert scene.faults(story) == []
