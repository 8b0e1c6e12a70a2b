"""A release of HEAD as it is, killed at every point of its way; what a person types next finishes it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import crashing
from support.crashing import FILES, KILLED, POINTS, RELEASE, RESUME, VERSION, Scene
from support.matrices import sampled

MISSED = 9
"""Points of an ordinary release that this one does not have: those of its message and of the landing."""
EFFECTS = (1, 4, 5, 8, 9, 10, 11, 14, 15, 18, 27, 28, 35, 36, 43, 46, 53, 54, 64, 65, 72, 89)
"""Right before and behind each effect."""
BETWEEN = (2, 3, 21, 25, 30, 44, 45, 68, 75, 78, 80, 82, 87)
"""Some of the others: at the refs, inside lines of the journal, in the clean-up."""
ALWAYS = EFFECTS[::3]
"""Pushed before and not yet, on both backends, with and without a loss of power."""


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A project whose HEAD states the version that is asked for, by a commit that nobody has seen yet."""
    with crashing.scene(tmp_path) as scene:
        assert scene.stage.run("bump", VERSION).code == 0
        scene.stage.repository.commit("raise the version")
        yield scene


def test_every_point_is_known(scene: Scene) -> None:
    """The matrix cannot shrink unseen: an undisturbed release passes exactly the points that are tried."""
    assert scene.crash(0, *RELEASE) == 0
    points = scene.points()
    assert len(points) == POINTS - MISSED, points
    effects = [number for number, name in enumerate(points, 1) if crashing.is_of_an_effect(name)]
    assert tuple(effects) == EFFECTS
    assert not [point for point in points if "release commit" in point]
    assert scene.faults(None) == []


@pytest.mark.parametrize("point", sampled([*EFFECTS, *BETWEEN], ALWAYS))
def test_a_release_that_dies_is_finished_once(scene: Scene, point: int) -> None:
    """Whether the remote has HEAD already or gets it with the tag."""
    if point % 4 < 2:
        scene.stage.repository.git("push", "--quiet", "origin", "main")
    scene.dies_at(point)
    story = scene.recorded()
    scene.goes_on_behind(point)
    assert scene.faults(story) == []


def test_a_release_that_dies_twice_is_finished_once(scene: Scene) -> None:
    """The run that goes on is killed too."""
    assert scene.crash(f"after upload {FILES[0]}", *RELEASE) == KILLED
    story = scene.recorded()
    for point in (2, 9, 17):
        assert scene.crash(point, *RESUME, backend="trio") == KILLED
    scene.go_on("asyncio")
    assert scene.faults(story) == []
