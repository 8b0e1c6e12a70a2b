"""What CI has built is taken byte for byte, whole and once, or not at all; and it is fetched only once."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from release_async.base.errors import ConflictError, DamagedUploadError, TransientError
from release_async.plan.effect import DONE, State
from release_async.plan.events import Note
from release_async.release.steps import collect
from release_async.run.step_results import BuiltFiles, Collected, EndedRun
from support import candidates, indexes, matrix
from support.candidates import TOP, Candidate
from support.warehouse import State as Index, warehouse

Files = dict[str, dict[str, bytes]]
LIST = ("GET", f"{TOP}/actions/runs/7/artifacts")
SDIST = "demo-1.3.0.tar.gz"


@pytest.fixture(scope="module")
def index() -> Iterator[tuple[str, Index]]:
    """An index whose last release has 62 files."""
    with warehouse(indexes.credentials()) as server:
        for name in (*(f"demo-1.2.3-{tag}.whl" for tag in matrix.TAGS), "demo-1.2.3.tar.gz"):
            server.state.store(name, "0" * 64, b"")
        yield server.url, server.state


@pytest.fixture
async def scene(tmp_path: Path, index: tuple[str, Index]) -> AsyncIterator[Candidate]:
    """A run that has built all 62 files."""
    async with candidates.candidate(tmp_path, url=index[0]) as scene:
        scene.has_built(whole())
        yield scene


def whole() -> Files:
    """The 62 files, in an artifact of each Python, and one of the sdist."""
    wheels = [f"demo-1.3.0-{tag}.whl" for tag in matrix.TAGS]
    names = (*matrix.PYTHONS, "py3")
    found = {f"dist-{python}": {w: w.encode() for w in wheels if f"-{python}-" in w} for python in names}
    return found | {"dist-sdist": {SDIST: b"the sdist", "notes.txt": b"of no interest"}}


async def collected(scene: Candidate) -> tuple[str, ...]:
    """The names of the files that the step takes, in their order."""
    for number in (0, 1, 2):
        assert (await scene.done("collect", number)).state is State.DONE
    return tuple(each.name for each in scene.made.files_of("demo"))


async def test_every_file_is_taken_and_pinned(scene: Candidate) -> None:
    """All 62, wheels first, with their bytes; beside them nothing."""
    names = await collected(scene)
    wheels = sorted(f"demo-1.3.0-{tag}.whl" for tag in matrix.TAGS)
    assert names == (*wheels, SDIST)
    for artifact in scene.made.get(BuiltFiles):
        content = b"the sdist" if artifact.name == SDIST else artifact.name.encode()
        assert artifact.sha256 == hashlib.sha256(content).hexdigest()
        assert artifact.path.read_bytes() == content
        assert artifact.path.stat().st_mode & 0o777 == 0o400
    assert sorted(path.name for path in scene.context.workspace.artifacts.iterdir()) == sorted(names)
    assert scene.hub.requests.count(LIST) == 1
    assert len(scene.hub.artifacts.given) == 7


async def test_what_is_there_already_is_not_downloaded_again(
    scene: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a break, in the next run, and of another attempt: what has the digest that the forge states."""
    monkeypatch.setattr(collect, "_AT_ONCE", 1)  # no other download still goes on when one is cut
    scene.hub.artifacts.cut = 1
    with pytest.raises(TransientError):
        await scene.perform("collect")
    first = len(scene.hub.artifacts.given)
    await collected(scene)
    assert len(scene.hub.artifacts.given) - first <= 7
    kept = scene.made.get(Collected)
    assert len({each.number for each in kept.kept}) == 7
    given = len(scene.hub.artifacts.given)
    scene.made = scene.made.having(EndedRun(7, 2, ""))
    anew = scene.hub.artifacts.keep(7, "dist-cp310", whole()["dist-cp310"] | {"log": b"of the second"})
    assert (await scene.seen("collect")).state is State.NOT_DONE
    assert await scene.done("collect") == DONE
    assert scene.hub.artifacts.given[given:] == [anew.number]
    (scene.context.workspace.directory / "collected" / str(anew.number)).unlink()
    assert await scene.done("collect") == DONE
    assert scene.hub.artifacts.given[given:] == [anew.number, anew.number]


def _missing(files: Files) -> None:
    del files["dist-cp312"]["demo-1.3.0-cp312-cp312-win_amd64.whl"]
    del files["dist-cp313"]["demo-1.3.0-cp313-cp313-macosx_11_0_arm64.whl"]


def _doubled(files: Files) -> None:
    for name in [*files["dist-cp314"]][:2]:
        files["dist-sdist"][name] = files["dist-cp314"][name]


def _renamed(old: str, new: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        for packed in files.values():
            for name in [name for name in packed if old in name][:2]:
                packed[name.replace(old, new)] = packed.pop(name)

    return change


def _without_sdist(files: Files) -> None:
    del files["dist-sdist"]


def _unpacks(path: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        files["dist-sdist"][path] = b"x"

    return change


WRONG: dict[str, tuple[Callable[[Files], None], tuple[str, ...]]] = {
    "missing": (
        _missing,
        ("2 of 62 files are missing, by the last release, 1.2.3: ", "cp312-cp312-win_amd64", "macosx_arm64"),
    ),
    "doubled": (_doubled, ("is in 2 artifacts: dist-cp314, dist-sdist", "2 things are wrong")),
    "of another version": (
        _renamed("demo-1.3.0-cp311-cp311-musllinux", "demo-1.2.9-cp311-cp311-musllinux"),
        ("2 files are of demo 1.2.9, not of demo 1.3.0: demo-1.2.9-cp311-cp311-musl", "in dist-cp311"),
    ),
    "of another project": (_renamed("demo-1.3.0-py3", "other-1.3.0-py3"), ("is of other 1.3.0",)),
    "of no name": (_renamed("demo-1.3.0-py3", "demo-1.3.0"), ("is of no release, not of demo",)),
    "without an sdist": (_without_sdist, ("there is no sdist", "1 of 62 files are missing")),
    "that lead out": (_unpacks("../../x.whl"), ("dist-sdist holds '../../x.whl', which leads out of it",)),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_matrix_that_is_not_the_release_is_refused(scene: Candidate, wrong: str) -> None:
    """Everything that is wrong is told at once, and nothing is kept as a built file."""
    files, (change, words) = whole(), WRONG[wrong]
    change(files)
    scene.has_built(files)
    assert await scene.done("collect") == DONE
    with pytest.raises(ConflictError) as caught:
        await scene.perform("collect", 2)
    said = f"{caught.value.what}\n{caught.value.detail}"
    assert all(each in said for each in words), said
    assert scene.made.find(BuiltFiles) is None
    assert not scene.context.workspace.artifacts.exists()
    assert not list(scene.place.repository.path.parent.rglob("x.whl"))


async def test_what_differs_from_what_the_run_says_is_refused(scene: Candidate) -> None:
    """By digest, commit, age and number; each by its words, before anything is unpacked."""
    kept, hub = scene.hub.artifacts, scene.hub
    kept.damaged = 1
    with pytest.raises(DamagedUploadError, match="is not what its run says: SHA-256"):
        await scene.perform("collect")
    kept.kept[3].shown = {"expired": True}
    with pytest.raises(ConflictError, match="these artifacts have expired: dist-cp313") as caught:
        await scene.perform("collect")
    assert caught.value.cure == "run it again: gh run rerun 7"
    kept.kept[3].shown = {"workflow_run": {"id": 7, "head_sha": "2" * 40}}
    with pytest.raises(ConflictError, match=r"were built from another commit than .*: dist-cp313"):
        await scene.perform("collect")
    kept.kept[3].shown = {}
    assert await scene.done("collect") == DONE
    (scene.context.workspace.directory / "collected" / str(kept.kept[0].number)).unlink()
    kept.keep(7, "dist-cp310", {"demo-1.3.0-py2-none-any.whl": b""})
    with pytest.raises(ConflictError, match="has kept other artifacts now than when"):
        await scene.perform("collect")
    hub.artifacts.kept.clear()
    with pytest.raises(ConflictError, match="run 7 has kept no artifact"):
        await scene.perform("collect")
    assert scene.made.find(BuiltFiles) is None


async def test_without_a_digest_the_bytes_are_pinned_as_they_came(scene: Candidate) -> None:
    """Servers of before 2025 state none; a file that is kept as it is, and not packed, is taken as well."""
    scene.has_built({})
    for name, packed in whole().items():
        if name != "dist-sdist":
            scene.hub.artifacts.keep(7, name, packed, digest=None)
    scene.hub.artifacts.keep_as_it_is(7, SDIST, b"the sdist", digest=None)
    assert len(await collected(scene)) == 62
    assert scene.made.files_of("demo")[-1].path.read_bytes() == b"the sdist"


async def test_the_settings_say_what_a_release_has(scene: Candidate) -> None:
    """In the place of the last release; kinds that are new by that are told, and no mistake."""
    files = whole()
    files["dist-new"] = {"demo-1.3.0-cp315-cp315-win_amd64.whl": b"new"}
    scene.has_built(files)
    assert len(await collected(scene)) == 63
    notes = [event.text for event in scene.place.events if isinstance(event, Note)]
    assert notes == ["kinds of files that the last release, 1.2.3 does not have: cp315-cp315-win_amd64"]
