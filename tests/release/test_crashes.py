"""A release is killed at every point of its way; what a person types next brings it to the same end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import crashing
from support.crashing import FILES, KILLED, POINTS, RELEASE, RESUME, Scene
from support.matrices import sampled

BEFORE_A_LINE = frozenset((20, 24, 29, 32, 37, 40, 47, 50, 55, 58, 63, 66, 69, 74, 77, 81))
"""Nothing happens between these and the points ahead of them: who dies there leaves the same behind."""
TRIED = [point for point in range(1, POINTS + 1) if point not in BEFORE_A_LINE]
ALWAYS = [point for point in TRIED if point % 8 in {0, 5}]
"""A part of them, on both backends, with and without a loss of power."""


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A fresh project, remote and index."""
    with crashing.scene(tmp_path) as scene:
        yield scene


def test_every_point_is_known(scene: Scene) -> None:
    """The matrix cannot shrink unseen: an undisturbed release passes exactly the points that are tried."""
    assert scene.crash(0, *RELEASE) == 0
    points = scene.points()
    assert (len(points), len(TRIED)) == (POINTS, 82), points
    lines = {number for number, name in enumerate(points, 1) if name.startswith("before the line")}
    assert lines == BEFORE_A_LINE
    assert scene.faults(None) == []


@pytest.mark.parametrize("point", sampled(TRIED, ALWAYS))
def test_a_release_that_dies_is_finished_once(scene: Scene, point: int) -> None:
    """Before the pivot nothing was public and it is begun anew; after it the rest is done, nothing twice."""
    scene.dies_at(point)
    story = scene.recorded()
    scene.goes_on_behind(point)
    assert scene.faults(story) == []


def test_a_release_that_dies_twice_is_finished_once(scene: Scene) -> None:
    """The run that goes on is killed too, at the same place and elsewhere."""
    assert scene.crash(f"after upload {FILES[1]}", *RELEASE) == KILLED
    story = scene.recorded()
    for point in (2, 9, 23):
        assert scene.crash(point, *RESUME, backend="trio") == KILLED
    scene.go_on("asyncio")
    assert scene.faults(story) == []


def test_what_a_release_that_dies_in_its_clean_up_leaves_is_swept_by_the_same_command(scene: Scene) -> None:
    """Nothing is owed any more, and whoever types the same command again is left with nothing of ours."""
    assert scene.crash(POINTS - 5, *RELEASE) == KILLED
    assert "before the line finished" in scene.points()
    assert scene.faults(None) != []
    assert scene.stage.run(*RELEASE).code == 0
    assert scene.faults(None) == []


def test_the_proof_finds_a_journal_that_is_not_synchronised(scene: Scene) -> None:
    """The negative control: without the synchronisation a power cut makes the release forget an upload."""
    assert scene.crash(f"after upload {FILES[0]}", *RELEASE, power=True, spoil="sync") == KILLED
    scene.go_on("asyncio")
    assert scene.faults(None) != []


def test_the_proof_finds_an_intent_that_comes_too_late(scene: Scene) -> None:
    """The negative control: what is written down after the effect is missing where it was needed."""
    assert scene.crash(f"after upload {FILES[0]}", *RELEASE, spoil="late") == KILLED
    scene.go_on("asyncio")
    assert scene.faults(None) != []


def test_the_proof_finds_files_that_were_built_anew(scene: Scene) -> None:
    """The negative control: what was not inspected is out, under the name of what was."""
    assert scene.crash(f"after upload {FILES[0]}", *RELEASE) == KILLED
    story = scene.recorded()
    scene.crash(0, *RESUME, spoil="rebuild")
    assert scene.faults(story) != []
