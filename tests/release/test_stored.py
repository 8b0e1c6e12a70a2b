"""A release that an earlier version of the tool has left unfinished is finished by this one."""

import json
import shutil
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.run import journal
from release_async.run.journal import FILE, RecordedRelease
from release_async.run.step_results import BuiltFiles, Confirmed, TagObjects
from support import crashing, releasing
from support.crashing import Scene
from support.warehouse import State, Upload

STORED = sorted((Path(__file__).parent / "stored").glob("*.tar.xz"))
"""What `stored/make.py` has made with earlier versions."""


@pytest.fixture(params=STORED, ids=lambda path: path.name)
def scene(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """The project as that version left it behind the upload of the wheel; only its addresses differ."""
    with tarfile.open(request.param) as archive:
        archive.extractall(tmp_path / "stored", filter="data")
    facts = json.loads((tmp_path / "stored/facts.json").read_text())
    with crashing.scene(tmp_path) as scene:
        for path, name in ((scene.stage.repository.path, "project"), (scene.stage.remote.path, "remote.git")):
            shutil.rmtree(path)
            shutil.copytree(tmp_path / "stored" / name, path)
        moved = {facts["remote"]: str(scene.stage.remote.path), facts["repository_url"]: scene.stage.url}
        moved[facts["repository_url"].split("/")[2]] = scene.stage.url.split("/")[2]
        _move(scene.stage.repository.path / ".git", moved)
        assert isinstance(scene.index, State)
        _fill(scene.index, tmp_path / "stored/packages")
        yield scene


def _move(git: Path, moved: dict[str, str]) -> None:
    """Write the new addresses into git's configuration and the journal, whose lines are sealed anew."""
    (path,) = git.glob(f"release-async/*/{FILE}")
    seal, sealed = "", b""
    for line in path.read_bytes().rstrip(b"\0").splitlines():
        body = _replaced(line.partition(b" ")[2].decode(), moved)
        seal = journal._seal(seal, body)  # noqa: SLF001 - as whoever wrote it
        sealed += f"{seal} {body}\n".encode()
    path.write_bytes(sealed)
    config = git / "config"
    config.write_text(_replaced(config.read_text(), moved))


def _replaced(text: str, moved: dict[str, str]) -> str:
    for old, new in moved.items():
        text = text.replace(old, new)
    return text


def _fill(index: State, packages: Path) -> None:
    """Let the index hold what that version had uploaded."""
    for path in packages.iterdir():
        content, digest = path.read_bytes(), releasing.sha256(path)
        index.files[path.name] = (digest, len(content), time.time())
        index.contents[path.name] = content
        index.uploads.append(Upload(path.name, digest, 200))


def recorded(scene: Scene) -> RecordedRelease:
    """What the journal tells."""
    found = scene.recorded()
    assert found
    return found


def test_the_journal_of_an_earlier_version_is_read(scene: Scene) -> None:
    """Its plan of one package is a train of one, and its one tag has its object."""
    told = recorded(scene)
    (package,) = told.plan.packages
    assert (package.name, package.version, package.tag) == ("tiny", "3.0.0", "v3.0.0")
    assert told.plan.route.pivot == "upload"
    assert list(told.results.get(TagObjects).oids) == ["v3.0.0"]
    assert [file.name for file in told.results.get(BuiltFiles)] == list(crashing.FILES)
    assert told.results.get(Confirmed).page is False
    assert list(told.tried) == [f"upload {crashing.FILES[0]}"]


def test_a_release_of_an_earlier_version_is_finished(scene: Scene, anyio_backend: str) -> None:
    """With the same files, commit and tag; nothing that is public is sent again."""
    before = recorded(scene)
    status = scene.stage.run("status", backend=anyio_backend)
    assert status.code == 5, status.said
    run = scene.stage.run("--resume", backend=anyio_backend)
    assert run.code == 0, run.said
    assert scene.faults(before) == []


def test_a_release_of_an_earlier_version_can_be_given_up(scene: Scene) -> None:
    """Nothing of it stays in the repository."""
    run = scene.stage.run("--abandon", "--yes")
    assert run.code == 0, run.said
    assert scene.recorded() is None
    assert scene.stage.repository.git("for-each-ref", "refs/release-async") == ""
