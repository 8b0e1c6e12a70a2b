"""Of many wheels two are judged at once; what is found is what one after another would find."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from release_async.base import files
from release_async.base.errors import FailedError
from release_async.external.build import archive_reader
from release_async.guard import artifact_gates
from release_async.guard.archive_members import Archive, Finding
from release_async.guard.artifact_gates import Pair
from release_async.guard.file_origin import Commit
from release_async.release import archive_gates
from release_async.release.archive_gates import Judgement, PackageFiles
from support.built_archives import MODULE, checkout, pack_sdist, pack_wheel
from support.story import PACKAGE, changed
from support.worlds import Place

STEM = f"{PACKAGE.name}-{PACKAGE.version}"
METADATA = f"Metadata-Version: 2.1\nName: {PACKAGE.name}\nVersion: {PACKAGE.version}\nSummary: Demo.\n"
COUNT = 6
WAIT = 10.0


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout that holds a module."""
    return checkout(tmp_path)


def package_files(place: Place, requires: str = "") -> PackageFiles:
    """Several wheels, each with a file of its own that the sdist has not, and the sdist."""
    folder = place.repository.path.parent / "dist"
    folder.mkdir()
    wheels = [folder / f"{STEM}-cp3{number}-none-any.whl" for number in range(COUNT)]
    for number, path in enumerate(wheels):
        pack_wheel(path, {"demo.py": MODULE, f"only_{number}.py": "x"}, METADATA)
    sdist = folder / f"{STEM}.tar.gz"
    pack_sdist(sdist, {"demo.py": MODULE, "PKG-INFO": f"{METADATA}{requires}"})
    plan = changed(place.plan, root=".")
    pinned = tuple(map(files.pin_for_now, (*wheels, sdist)))
    return PackageFiles(plan.packages[0], plan.base, pinned, "PyPI", rehearsed=False)


async def judged(place: Place, given: PackageFiles, room: threading.Semaphore) -> Judgement:
    """What the gates find in the files, in a checkout of their commit."""
    async with place.context(place.plan) as context:
        workspace = replace(context.workspace, tree=place.repository.path)
        return await archive_gates.judged(given, replace(context, workspace=workspace), room)


class Readers:
    """How many wheels were being read and judged at once, and how many in all."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = self.most = self.all = 0
        self._lock = threading.Lock()
        self._read, self._gates = archive_reader.wheel, artifact_gates.of_wheel
        monkeypatch.setattr(archive_reader, "wheel", self.wheel)
        monkeypatch.setattr(artifact_gates, "of_wheel", self.gates)

    def wheel(self, path: Path) -> Archive:
        """Read a wheel, and wait a moment for a second one that is let in."""
        with self._lock:
            self.now += 1
            self.all += 1
            self.most = max(self.most, self.now)
        time.sleep(0.02)
        return self._read(path)

    @contextmanager
    def _ended(self) -> Iterator[None]:
        yield
        with self._lock:
            self.now -= 1

    def gates(self, pair: Pair, commit: Commit, examples: tuple[str, ...]) -> tuple[Finding, ...]:
        """Judge it; then it is not kept any more."""
        with self._ended():
            return tuple(self._gates(pair, commit, examples))


@pytest.mark.parametrize("room", [1, 2, 5])
async def test_what_is_found_stands_in_the_order_of_the_files(
    place: Place, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there is room for: two at most, since each is in memory while it is judged."""
    readers = Readers(monkeypatch)
    found = await judged(place, package_files(place), threading.Semaphore(room))
    strays = [finding.path for finding in found.contents if finding.what == "is not in the sdist"]
    assert strays == [f"only_{number}.py" for number in range(COUNT)]
    assert (readers.most, readers.all) == (min(room, 2), COUNT)


async def test_a_second_wheel_is_begun_as_soon_as_there_is_room(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Room that is given meanwhile counts."""
    room, readers = threading.Semaphore(0), Readers(monkeypatch)
    given = package_files(place)
    with anyio.fail_after(WAIT):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(judged, place, given, room)
            await anyio.sleep(0.05)
            assert readers.all == 0
            room.release(2)
    assert (readers.most, readers.all) == (2, COUNT)


async def test_a_large_wheel_is_judged_alone(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of them would take twice the memory; the order of what is found stays."""
    readers, given = Readers(monkeypatch), package_files(place)
    sizes = sorted(artifact.size for artifact in given.wheels)
    monkeypatch.setattr(archive_gates, "_SMALL", sizes[0] - 1)
    found = await judged(place, given, threading.Semaphore(2))
    assert [each.path for each in found.contents] == [f"only_{number}.py" for number in range(COUNT)]
    assert readers.most == 1


async def test_what_is_wrong_with_the_sdist_is_told_once(place: Place) -> None:
    """Each wheel is compared with it; what differs is told of each wheel."""
    given = package_files(place, "Classifier: No :: Such\n")
    found = await judged(place, given, threading.Semaphore(2))
    of_sdist = [finding for finding in found.metadata if finding.archive == given.sdist.name]
    assert of_sdist
    assert len(of_sdist) == len(set(of_sdist))


async def test_one_wheel_that_is_none_ends_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, and those that are not begun are not read."""
    given, readers = package_files(place), Readers(monkeypatch)
    broken = given.wheels[0].path
    broken.chmod(0o600)
    broken.write_bytes(b"no archive")
    with pytest.raises(FailedError, match=f"{broken.name} cannot be read as an archive"):
        await judged(place, given, threading.Semaphore(1))
    assert readers.all < COUNT


async def test_who_is_interrupted_waits_for_no_wheel_that_is_not_begun(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ones that are being judged are let go, and nothing is read after that."""
    room, readers = threading.Semaphore(0), Readers(monkeypatch)
    given = package_files(place)
    with anyio.move_on_after(0.05) as scope:
        await judged(place, given, room)
    assert scope.cancelled_caught
    room.release(2)
    await anyio.sleep(0.1)
    assert readers.all == 0
