"""A release of a version from the tag, killed at every point: never two tags, never one too early."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.base.exit_codes import ExitCode
from support import crashing, indexes, releasing, tagged
from support.crashing import KILLED, RELEASE, RESUME, VERSION, Scene
from support.matrices import sampled
from support.warehouse import warehouse

TAG = f"v{VERSION}"
POINTS = 88
"""How many points an undisturbed release passes."""
EFFECTS = (2, 5, 6, 9, 10, 11, 12, 15, 16, 18, 27, 28, 35, 36, 43, 46, 53, 54, 64, 65, 72, 88)
"""Right before and behind each effect."""
ALWAYS = [point for number, point in enumerate(EFFECTS) if number % 8 in {1, 6}]
"""One side of every second one, by turns; an ordinary release is killed at the rest of its way."""


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A fresh project, remote and index."""
    account = indexes.credentials()
    with warehouse(account) as server:
        stage = releasing.Stage(*tagged.tiny_pair(tmp_path), tmp_path / "packages", server.url, account)
        yield Scene(stage, server.state, tmp_path / "points.log")


def faults(scene: Scene, head: str) -> list[str]:
    """What differs from the end of an undisturbed release: one tag, at the commit that was built."""
    git, remote = scene.stage.repository.git, scene.stage.remote.git
    found = {
        "the files": (tuple(scene.index.digests()), crashing.FILES),
        "how often each was stored": (sorted(scene.index.stored()), sorted(crashing.FILES)),
        "the tags": (git("tag", "--list"), f"v2.0.0\n{TAG}"),
        "the tags on the remote": (remote("tag", "--list"), f"v2.0.0\n{TAG}"),
        "what the tag names": (git("rev-parse", f"{TAG}^{{commit}}"), head),
        "the tag on the remote": (remote("rev-parse", TAG), git("rev-parse", TAG)),
        "the branch": (git("rev-parse", "main"), head),
        "the branch on the remote": (remote("rev-parse", "main"), head),
        "private refs": (git("for-each-ref", "refs/release-async"), ""),
        "what runs left": (list((scene.stage.repository.path / ".git/release-async").glob("[0-9]*")), []),
        "the working tree": (git("status", "--porcelain"), ""),
        "processes": (scene.stage.processes(), []),
    }
    return [f"{what}: {seen} instead of {wanted}" for what, (seen, wanted) in found.items() if seen != wanted]


def test_every_point_is_known(scene: Scene) -> None:
    """The matrix cannot shrink unseen: an undisturbed release passes exactly the points that are tried."""
    head = scene.stage.repository.git("rev-parse", "HEAD")
    assert scene.crash(0, *RELEASE) == 0
    points = scene.points()
    assert len(points) == POINTS, points
    effects = [number for number, name in enumerate(points, 1) if crashing.is_of_an_effect(name)]
    assert tuple(effects) == EFFECTS
    assert faults(scene, head) == []


@pytest.mark.parametrize("point", sampled(range(1, POINTS + 1), ALWAYS))
def test_a_release_that_dies_leaves_no_tag_before_the_upload_and_one_after(scene: Scene, point: int) -> None:
    """Before anything is public the next run begins anew; behind it, going on ends with that one tag."""
    git = scene.stage.repository.git
    head = git("rev-parse", "HEAD")
    scene.dies_at(point)
    if not scene.index.digests():
        assert git("tag", "--list") == "v2.0.0"
        assert scene.stage.remote.git("tag", "--list") == "v2.0.0"
    scene.goes_on_behind(point)
    assert faults(scene, head) == []


def test_what_is_given_up_before_its_tag_leaves_none(scene: Scene) -> None:
    """Its files stay public; the words say how a tag is taken back."""
    assert scene.crash("before tag v3.0.0", *RELEASE) == KILLED
    run = scene.stage.run("--abandon", "--yes")
    assert run.code == ExitCode.DONE, run.said
    assert scene.stage.repository.git("tag", "--list") == "v2.0.0"
    assert scene.stage.repository.git("for-each-ref", "refs/release-async") == ""


def test_a_release_that_dies_twice_is_finished_once(scene: Scene) -> None:
    """The run that goes on is killed too."""
    head = scene.stage.repository.git("rev-parse", "HEAD")
    assert scene.crash("before the line done", *RELEASE) == KILLED
    for point in (2, 9, 17):
        scene.crash(point, *RESUME, backend="trio")
    scene.go_on("asyncio")
    assert faults(scene, head) == []
