"""A release that others merge is killed on both sides of its wait; what is typed next ends it as ever."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import proposing
from support.matrices import sampled
from support.proposing import RELEASE, RESUME, VERSION, Ground, Scene

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


GREEN: dict[str, object] = {"name": "tests", "status": "completed", "conclusion": "success"}
SHOWN, CHECKED = 23, 172
"""How many points a release passes until it waits for the checks of its commit, and once these are green."""


@pytest.fixture
def checked(tmp_path: Path) -> Iterator[Scene]:
    """A project whose release commit has to be green before it is built."""
    with proposing.scene(tmp_path, land='"push"', ci='"require"') as scene:
        yield scene


def ends_green(scene: Scene) -> None:
    """Do what a person does once the checks are green; the branch that showed the commit is gone then."""
    scene.hub.runs = [GREEN]
    run = scene.run(*RESUME)
    if run.code == 8 and not scene.index.digests():
        run = scene.run(*RELEASE)
    assert run.code in {0, 8}, run.said
    scene.is_released(scene.remote.git("rev-parse", "main"))
    assert scene.remote.git("for-each-ref", "--format=%(refname)", "refs/heads") == "refs/heads/main"


def test_every_point_of_a_release_that_has_to_be_green_is_known(checked: Scene, tmp_path: Path) -> None:
    """As above."""
    assert len(checked.died(0, *RELEASE, log=tmp_path / "before.log")) == SHOWN
    checked.hub.runs = [GREEN]
    assert len(checked.died(0, *RESUME, log=tmp_path / "behind.log")) == CHECKED
    ends_green(checked)


@pytest.mark.parametrize("point", sampled(range(1, SHOWN + 1), (12,)))
def test_a_run_that_dies_before_its_commit_is_checked_is_gone_on_with(
    checked: Scene, tmp_path: Path, point: int
) -> None:
    """Nothing is public, whatever of it others can see."""
    checked.died(point, *RELEASE, log=tmp_path / "points.log")
    checked.nothing_is_public()
    ends_green(checked)


@pytest.mark.parametrize("point", sampled(range(1, CHECKED + 1), (130,)))
def test_a_run_that_dies_after_its_commit_was_checked_is_gone_on_with(
    checked: Scene, tmp_path: Path, point: int
) -> None:
    """What was checked is what is released."""
    assert checked.run(*RELEASE).code == 7
    commit = checked.remote.git("rev-parse", f"release-candidate/{VERSION}")
    checked.hub.runs = [GREEN]
    checked.died(point, *RESUME, log=tmp_path / "points.log")
    ends_green(checked)
    assert checked.remote.git("rev-parse", "main") == commit
