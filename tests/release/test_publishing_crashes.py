"""Files that are published, killed at every point of the way; the same command typed again ends it whole."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import crashing, matrix, releasing
from support.crashing import KILLED, Scene
from support.matrices import sampled

VERSION, POINTS = "2.0.0", 66
LINUX, MAC = (
    "cp310-cp310-manylinux_2_17_x86_64",
    "cp310-cp310-macosx_11_0_arm64",
)  # no Python that runs this: nothing is tried to install
FILES = (f"tiny-{VERSION}-{MAC}.whl", f"tiny-{VERSION}-{LINUX}.whl", f"tiny-{VERSION}.tar.gz")
EFFECTS = (1, 4, 5, 6, 7, 8, 9, 12, 21, 22, 29, 30, 37, 38, 48, 49, 56, 66)
"""Right before and behind each effect."""
ALWAYS = (8, 22, 26, 29, 38, 48, 62)
"""With nothing public, behind the first upload, inside the journal, around others, while it cleans up."""


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A project, and a wheel for each of two machines beside its sdist."""
    with crashing.scene(tmp_path) as scene:
        matrix.built(scene.stage.repository.path, tmp_path / "wheelhouse", (LINUX, MAC))
        yield scene


def words(directory: Path) -> tuple[str, ...]:
    """The command, with all files."""
    return ("publish", *(str(directory / "wheelhouse" / name) for name in FILES), "--yes")


def test_every_point_is_known(scene: Scene, tmp_path: Path) -> None:
    """The matrix cannot shrink unseen: an undisturbed run passes exactly the points that are tried."""
    assert scene.crash(0, *words(tmp_path)) == 0
    points = scene.points()
    assert len(points) == POINTS, points
    effects = [number for number, name in enumerate(points, 1) if crashing.is_of_an_effect(name)]
    assert tuple(effects) == EFFECTS


@pytest.mark.parametrize("point", sampled(range(1, POINTS + 1), ALWAYS))
def test_the_same_command_ends_it_whole(scene: Scene, tmp_path: Path, point: int) -> None:
    """Each file is stored once, with its bytes, in order; nothing of ours is left."""
    backend = ("asyncio", "trio")[point % 2]
    assert scene.crash(point, *words(tmp_path), backend=backend, power=point % 3 == 0) == KILLED
    run = scene.stage.run(*words(tmp_path), backend=("trio", "asyncio")[point % 2])
    assert run.code == 0, run.said
    is_whole(scene, tmp_path)


def test_who_gives_other_files_is_told_what_comes_first(scene: Scene, tmp_path: Path) -> None:
    """What is begun is gone on with for the same bytes alone; from a fresh clone nothing has begun."""
    assert scene.crash(f"after upload {FILES[0]}", *words(tmp_path)) == KILLED
    place = tmp_path / "wheelhouse" / FILES[1]
    content = place.read_bytes()
    place.write_bytes(content + b"x")
    run = scene.stage.run(*words(tmp_path))
    assert run.code == 5, run.said
    assert "is unfinished and comes first" in run.said
    assert scene.index.stored() == [FILES[0]]
    place.write_bytes(content)
    shutil.rmtree(scene.stage.repository.path / ".git/release-async")
    run = scene.stage.run(*words(tmp_path))
    assert run.code == 0, run.said
    assert scene.index.stored() == list(FILES)


@pytest.mark.parametrize("place", ["before", "after"])
def test_killed_with_several_on_their_way_it_ends_whole(scene: Scene, tmp_path: Path, place: str) -> None:
    """The first goes alone and the sdist last; each of those between is stored once, whatever was begun."""
    tags = [f"cp312-cp312-manylinux_2_{number}_x86_64" for number in range(20, 26)]
    house = tmp_path / "many"
    *wheels, sdist = (path.name for path in matrix.built(scene.stage.repository.path, house, tags))
    files = ("publish", *(str(house / name) for name in (*wheels, sdist)), "--yes")
    backend = ("asyncio", "trio")[place == "after"]
    assert scene.crash(f"{place} upload {wheels[3]}", *files, backend=backend, power=True) == KILLED
    assert scene.index.stored()[0] == wheels[0]
    assert sdist not in scene.index.stored()
    run = scene.stage.run(*files, backend=backend)
    assert run.code == 0, run.said
    assert sorted(scene.index.stored()) == sorted((*wheels, sdist))
    assert scene.index.stored()[-1] == sdist
    assert scene.index.digests() == {
        name: releasing.sha256(house / name) for name in sorted((*wheels, sdist))
    }
    assert list((scene.stage.repository.path / ".git/release-async").glob("[0-9]*/")) == []
    assert scene.stage.processes() == []


def is_whole(scene: Scene, directory: Path) -> None:
    """See that all files are there once, and nothing else has changed.

    Raises:
        AssertionError: It is not so.
    """
    git, house = scene.stage.repository.git, directory / "wheelhouse"
    given = {name: releasing.sha256(house / name) for name in FILES}
    assert scene.index.digests() == dict(sorted(given.items()))
    assert scene.index.stored() == list(FILES)
    assert git("for-each-ref", "refs/release-async") == ""
    assert git("tag") == ""
    assert git("worktree", "list", "--porcelain").count("worktree ") == 1
    assert list((scene.stage.repository.path / ".git/release-async").glob("[0-9]*/")) == []
    assert scene.stage.processes() == []
