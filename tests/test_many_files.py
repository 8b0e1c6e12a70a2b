"""A release of many files: one uploader for all, seen to move, and gone on with from any of them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.base import files
from release_async.plan.plan import Target
from release_async.plan.route import ROUTES
from release_async.run.journal import Journal
from release_async.run.step_results import ReleaseCommit, Results
from support import crashing, indexes
from support.crashing import KILLED, RESUME, Scene
from support.releasing import Run
from support.steps import built
from support.story import PACKAGE, PLAN, changed
from support.warehouse import State

pytestmark = pytest.mark.by_turns

COUNT, BROKEN_OFF = 40, 17


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A project whose release has built a wheel for each of many platforms, and is about to upload them.

    No build of a test makes so many: what a run has made lies where it would have put it, with the journal
    that it would have written.
    """
    with crashing.scene(tmp_path) as scene:
        environ = scene.stage.environ
        environ["TEST_PYPI_REPOSITORY_URL"] = environ.pop("PYPI_REPOSITORY_URL")
        environ["PYPI_TEST_TOKEN"] = environ.pop("PYPI_API_TOKEN")
        git = scene.stage.repository.git
        base = git("rev-parse", "HEAD")
        url, setting = environ["TEST_PYPI_REPOSITORY_URL"], "PYPI_TEST_TOKEN"
        target = Target(name="Example", repository_url=url, token_setting=setting)
        plan = changed(PLAN, base=base, target=target, route=ROUTES["test"], tag=None, test_command=None)
        run = scene.stage.repository.path / ".git/release-async" / plan.run
        made = Results(ReleaseCommit(base), built(*(files.pin(path) for path in wheels(run / "artifacts"))))
        Journal(run).begin(plan, made, 1.7e9)
        yield scene


def wheels(directory: Path) -> list[Path]:
    """The same wheel for many platforms."""
    first = indexes.wheel(directory, PACKAGE.version, ballast=1000)
    name = first.name.removesuffix("any.whl")
    made = [directory / f"{name}manylinux_2_{number}_x86_64.whl" for number in range(10, 10 + COUNT)]
    for number, path in enumerate(made):
        path.write_bytes(first.read_bytes())
        with path.open("ab") as file:  # behind the end of the archive, so that no two are the same
            file.write(bytes(number))
    first.unlink()
    return made


def uploaders(scene: Scene) -> set[str]:
    """The processes of this stage that upload: they work in a directory of their own."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().match(f"{scene.stage.repository.path}/.git/*/*/uploader"):
                found.add(process.name)
        except OSError:  # it ended while we looked, or is not ours
            continue
    return found


def progress(run: Run) -> dict[str, tuple[int, int]]:
    """How far each upload came, as the events told."""
    told = [json.loads(line) for line in run.stdout.splitlines()]
    return {each["effect"]: (each["sent"], each["total"]) for each in told if each["event"] == "progress"}


def test_forty_wheels_are_gone_on_with_from_the_seventeenth(scene: Scene, anyio_backend: str) -> None:
    """SIGKILL when it has just been sent: the rest goes out through one uploader, and each file once."""
    names = sorted(path.name for path in scene.stage.repository.path.glob(".git/release-async/*/artifacts/*"))
    assert len(names) == COUNT
    index = scene.index
    assert isinstance(index, State)
    killed = scene.crash(f"after upload {names[BROKEN_OFF - 1]}", *RESUME, backend=anyio_backend)
    assert killed == KILLED
    assert index.posts() == names[:BROKEN_OFF]
    seen: list[set[str]] = []
    index.arriving = lambda _: seen.append(uploaders(scene))
    run = scene.stage.run(*RESUME, backend=anyio_backend)
    assert run.code == 0, run.said
    assert index.posts() == names
    assert sorted(index.digests()) == names
    assert len(seen) == COUNT - BROKEN_OFF
    assert len(set.union(*seen)) == 1
    told = progress(run)
    assert set(told) == {f"upload {name}" for name in names[BROKEN_OFF:]}
    assert all(sent == total > 0 for sent, total in told.values())
    assert not list(scene.stage.repository.path.glob(".git/release-async/[0-9]*"))
