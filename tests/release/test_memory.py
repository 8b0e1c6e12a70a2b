"""What a release remembers, on a disk that fails and in a damaged journal: nothing untrue is acted upon."""

import json
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from release_async.run import journal
from release_async.run.journal import FILE, ROOM
from support import crashing, forks
from support.crashing import FILES, KILLED, RELEASE, Scene
from support.forks import ForkedTool
from support.releasing import Run, ended
from support.terminal import Terminal

pytestmark = pytest.mark.by_turns

WHEEL, SDIST = FILES
NOWHERE = "nothing is public, and nothing of yours has changed"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A fresh project, remote and index."""
    with crashing.scene(tmp_path) as scene:
        yield scene


def on_a_disk(scene: Scene, failure: tuple[str, str], *, room: int = ROOM, backend: str = "asyncio") -> Run:
    """A release on a disk that fails in this way from this moment on."""
    fault, moment = failure
    order = json.dumps({"fault": fault, "moment": moment, "room": room})
    words = (order, "--", *RELEASE[:-2], "--backend", backend)
    with forks.started(
        "support.disk", words, scene.stage.environment(), scene.stage.repository.path
    ) as program:
        return ended(program)


@pytest.mark.parametrize(("fault", "words"), [("full", "No space left"), ("broken", "Input/output error")])
def test_a_disk_that_fails_before_the_pivot_ends_the_release(
    scene: Scene, anyio_backend: str, fault: str, words: str
) -> None:
    """Without a durable memory no byte leaves, and nothing of the user's has changed."""
    before = scene.stage.fingerprint()
    run = on_a_disk(scene, (fault, "begin"), backend=anyio_backend)
    assert run.code == 4, run.said
    for said in (words, "the disk of the git directory has room", NOWHERE):
        assert said in run.said
    assert scene.stage.fingerprint() == before
    assert scene.index.stored() == []


def test_a_disk_that_is_full_after_the_pivot_keeps_no_outcome_out(scene: Scene, anyio_backend: str) -> None:
    """The room for them was taken beforehand."""
    run = on_a_disk(scene, ("full", "end"), backend=anyio_backend)
    assert run.code == 0, run.said
    assert scene.faults(None) == []


def test_without_that_room_it_would_be_unfinished(scene: Scene) -> None:
    """The negative control; and when the disk has room again the release is finished all the same."""
    run = on_a_disk(scene, ("full", "end"), room=1)
    assert run.code == 5, run.said
    assert "No space left" in run.said
    story = scene.recorded()
    assert scene.stage.run("--resume").code == 0
    assert scene.faults(story) == []


def test_a_disk_that_breaks_after_the_pivot_stops_every_further_effect(
    scene: Scene, anyio_backend: str
) -> None:
    """What is public is told; nothing else is begun that could be forgotten."""
    run = on_a_disk(scene, ("broken", "end"), backend=anyio_backend)
    assert run.code == 5, run.said
    assert f"already public: {WHEEL} still to do" in run.said
    assert tuple(scene.index.digests()) == (WHEEL,)
    story = scene.recorded()
    assert scene.stage.run("--resume").code == 0
    assert scene.faults(story) == []


def flipped(where: bytes) -> Callable[[Path], None]:
    """A damage: one bit of the first place that reads so."""

    def damage(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[data.index(where)] ^= 1
        path.write_bytes(bytes(data))

    return damage


def newer(path: Path) -> None:
    """A journal of a schema that is not known yet."""
    record = json.loads(path.read_bytes().split(b"\n")[0].partition(b" ")[2])
    body = json.dumps(record | {"schema": journal.REVOCABLE_SCHEMA + 1, "tool": "99.1"})
    path.write_text(f"{journal._seal('', body)} {body}\n")  # noqa: SLF001 - another version has written this


def garbage(path: Path) -> None:
    """No line is sound."""
    path.write_bytes(b"x\n" * 100)


def a_directory(path: Path) -> None:
    """It cannot even be read."""
    path.unlink()
    path.mkdir()


DAMAGES = (
    (flipped(b'"begin"'), "damaged in line 1"),
    (flipped(b'"intent"'), "damaged in line 2"),
    (newer, "pip install release-async==99.1"),
    (garbage, "damaged in line 1"),
    (a_directory, "cannot be read: Is a directory"),
)


def test_a_journal_that_cannot_be_trusted_is_looked_at_and_not_acted_upon(
    scene: Scene, tmp_path: Path, anyio_backend: str
) -> None:
    """Exit 6 from every command, and nothing changes; what the world shows is told where that is known."""
    assert scene.crash(f"before upload {SDIST}", *RELEASE) == KILLED
    (run,) = (scene.stage.repository.path / ".git/release-async").glob("[0-9]*/")
    shutil.copytree(run, tmp_path / "kept")
    before = scene.stage.fingerprint()
    for damage, words in DAMAGES:
        damage(run / FILE)
        seen = {
            word: scene.stage.run(*word.split(), backend=anyio_backend) for word in ("--resume", "status")
        }
        for told in seen.values():
            assert (told.code, words in told.said) == (6, True), told.said
            assert NOWHERE not in told.said
        truth = f"done upload {WHEEL} still to do upload {SDIST}, tag v3.0.0"
        assert (truth in seen["status"].said) == ("line 2" in words)
        assert (run / "artifacts" / SDIST).exists()
        shutil.rmtree(run)
        shutil.copytree(tmp_path / "kept", run)
    assert (scene.stage.fingerprint(), len(scene.index.stored())) == (before, 1)


def test_a_journal_that_cannot_be_trusted_can_be_given_up(scene: Scene, tmp_path: Path) -> None:
    """A new release is refused until then; giving up says what is public where that can be known."""
    assert scene.crash(f"before upload {SDIST}", *RELEASE) == KILLED
    home = scene.stage.repository.path / ".git/release-async"
    (run,) = home.glob("[0-9]*/")
    shutil.copytree(run, tmp_path / "kept")
    for damage, words in (*DAMAGES[2:], *DAMAGES[:2]):
        damage(run / FILE)
        told = scene.stage.run("--version", "4.0.0", "--yes")
        assert (told.code, NOWHERE in told.said) == (6, False), told.said
        assert ("damaged" in words) <= ("release-async --abandon" in told.said)
        assert scene.stage.run("--abandon").code == 2
        told = scene.stage.run("--abandon", "--yes", backend="trio")
        assert (told.code, "damaged" not in words or words in told.said) == (0, True), told.said
        assert list(home.glob("[0-9]*/")) == []
        shutil.copytree(tmp_path / "kept", run)
    assert f"done upload {WHEEL}" in told.said
    assert "remove 3.0.0 from" in told.said


def test_each_release_that_is_given_up_is_named(scene: Scene) -> None:
    """Two that were broken off, as after a copied git directory: one answer never gives up both."""
    assert scene.crash(f"before upload {SDIST}", *RELEASE) == KILLED
    home = scene.stage.repository.path / ".git/release-async"
    (run,) = home.glob("[0-9]*/")
    shutil.copytree(run, home / f"{run.name}x")
    garbage(home / f"{run.name}x" / FILE)
    argv = ("--abandon", "-C", str(scene.stage.repository.path))
    with ForkedTool(argv, scene.stage.environment(), (200, 50)) as terminal:
        for question, answer in (("Give up tiny 3.0.0", "y"), (f"Forget the run {run.name}x", "n")):
            terminal.read_until(partial(_asks, question))
            terminal.type(f"{answer}\r")
        assert terminal.finish(60) == 3
    assert [path.name for path in home.glob("[0-9]*/")] == [f"{run.name}x"]
    told = scene.stage.run("--abandon", "--yes")
    assert (told.code, f"the run {run.name}x is given up" in told.said) == (0, True)
    assert list(home.glob("[0-9]*/")) == []


def _asks(question: str, seen: Terminal) -> bool:
    return any(question in row for row in seen.lines)
