"""Each tool that takes the version from a tag, in its newest version, killed right at every effect.

Every test run kills each of them once (`test_tag_tools.py`), and a project that builds in no time at every
effect (`test_tagged_crashes.py`).
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from release_async.base.exit_codes import ExitCode
from support import indexes, releasing, tagged
from support.crashing import KILLED, Scene
from support.repositories import Repository
from support.tagged import PLANNED, TOOLS
from support.warehouse import State, warehouse

EFFECTS = (
    "HEAD is the release commit",
    "tag object {tag}",
    "sdist and wheel",
    "contents, metadata and installation of both files",
    "a last look at {host} and origin",
    "upload {wheel}",
    "upload {sdist}",
    "tag {tag}",
    "push {tag} to origin",
    "download the files from {host}",
    "remove our working files",
)
"""All effects of such a release, in their order."""
PIVOT = EFFECTS.index("upload {wheel}")
SDIST = f"demo_project-{PLANNED}.tar.gz"
POINTS = tuple(f"{when} {effect}" for effect in EFFECTS for when in ("before", "after"))
BEFORE, BEHIND = POINTS[: 2 * PIVOT], POINTS[2 * PIVOT :]
WORDS = ("--version", "minor", "--yes", "--skip-tests", "--output", "json")
RESUME = ("--resume", "--output", "json")


@contextmanager
def opened(directory: Path, name: str) -> Iterator[Scene]:
    """The project of one tool, its remote, and an index."""
    account = indexes.credentials()
    with warehouse(account) as server:
        project = tagged.committed(directory / "project", TOOLS[name])
        project.with_remote(directory / "remote.git")
        project.git("push", "--quiet", "origin", "--tags")
        remote = Repository(directory / "remote.git")
        stage = releasing.Stage(project, remote, directory / "packages", server.url, account)
        yield Scene(stage, server.state, directory / "points.log")


def _wheel(name: str) -> str:
    """What the tool calls its wheel: hatchling and flit build for Python 2 as well by default."""
    tag = "py3" if '"setuptools' in TOOLS[name].files["pyproject.toml"] else "py2.py3"
    return f"demo_project-{PLANNED}-{tag}-none-any.whl"


def _words(name: str, scene: Scene) -> dict[str, str]:
    """What the names of the effects hold."""
    tag, host = TOOLS[name].form.format(version=PLANNED), scene.stage.url.split("/")[2]
    return {"tag": tag, "host": host, "wheel": _wheel(name), "sdist": SDIST}


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", TOOLS)
def test_one_tag_in_the_end_and_none_before_the_upload(tmp_path: Path, name: str) -> None:
    """Killed at one effect after another: before the upload nothing is there, behind it --resume ends all.

    Each of the releases that die early sweeps what the one before has left. That which dies at the upload is
    gone on with from every later point, on copies of what it left.
    """
    with opened(tmp_path, name) as scene:
        words = _words(name, scene)
        last = TOOLS[name].form.format(version=tagged.LAST)
        for number, point in enumerate(BEFORE):
            assert _dies(scene, point.format(**words), number, *WORDS) == KILLED, (point, scene.points())
            assert (_tags(scene), scene.index.digests()) == (([last], [last]), {}), point
        assert _dies(scene, BEHIND[0].format(**words), 0, *WORDS) == KILLED
        kept = shutil.copytree(tmp_path, tmp_path.with_name(f"{tmp_path.name}-kept"), symlinks=True)
        for number, point in enumerate(BEHIND):
            _restore(kept, tmp_path, scene)
            assert _dies(scene, point.format(**words), number, *RESUME) == KILLED, (point, scene.points())
            run = scene.stage.run("--resume", backend=("trio", "asyncio")[number % 2])
            assert run.code == ExitCode.DONE or point == BEHIND[-1], run.said
            assert _faults(scene, words, last) == [], point


def _dies(scene: Scene, point: str, number: int, *words: str) -> int:
    return scene.crash(point, *words, backend=("asyncio", "trio")[number % 2])


def _restore(kept: Path, top: Path, scene: Scene) -> None:
    """Bring project and remote back as they were, and empty the index."""
    for name in ("project", "remote.git"):
        shutil.rmtree(top / name)
        shutil.copytree(kept / name, top / name, symlinks=True)
    scene.stage.repository.git("update-index", "--refresh")
    state = scene.index
    assert isinstance(state, State)
    for seen in (state.files, state.contents, state.uploads):
        seen.clear()


def _faults(scene: Scene, words: dict[str, str], last: str) -> list[str]:
    """What differs from the end of an undisturbed release."""
    git, tag = scene.stage.repository.git, words["tag"]
    found = {
        "files": (sorted(scene.index.stored()), sorted((words["wheel"], SDIST))),
        "tags": (_tags(scene), (sorted((last, tag)),) * 2),
        "commit": (git("rev-parse", f"{tag}^{{commit}}"), git("rev-parse", "HEAD")),
        "remote": (scene.stage.remote.git("rev-parse", tag), git("rev-parse", tag)),
        "refs": (git("for-each-ref", "refs/release-async"), ""),
    }
    return [f"{what}: {seen} instead of {wanted}" for what, (seen, wanted) in found.items() if seen != wanted]


def _tags(scene: Scene) -> tuple[list[str], list[str]]:
    """The tags here and on the remote."""
    here, there = scene.stage.repository, scene.stage.remote
    return (sorted(here.git("tag", "--list").split()), sorted(there.git("tag", "--list").split()))
