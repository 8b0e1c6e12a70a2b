"""A release of what CI has built is that, byte for byte, whole, and public only once all of it is right."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import collecting
from support.collecting import CANDIDATE, RELEASE
from support.proposing import Scene

pytestmark = pytest.mark.by_turns


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A project whose files CI builds."""
    with collecting.scene(tmp_path) as scene:
        yield scene


def test_it_waits_for_ci_and_uploads_what_that_has_built(
    scene: Scene, tmp_path: Path, anyio_backend: str
) -> None:
    """The candidate is pushed without a tag and built; then its files are uploaded, and the tag is pushed."""
    run = scene.run(*RELEASE, backend=anyio_backend)
    assert run.code == 7, run.said
    assert f"waits for CI to build {CANDIDATE}" in run.said
    collecting.nothing_is_public(scene)
    digests = collecting.builds(scene, tmp_path / "ci")
    run = scene.run("--resume", backend=anyio_backend)
    assert run.code == 0, run.said
    collecting.is_released(scene, digests)
