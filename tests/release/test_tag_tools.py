"""Each of the tools that take a version from a git tag, in its newest version: tried, killed, finished."""

import subprocess
import sys
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path
from zipfile import ZipFile

import pytest

from support import indexes, releasing, tagged
from support.crashing import KILLED, Scene
from support.matrices import sampled
from support.repositories import Repository
from support.tagged import PLANNED, TOOLS
from support.warehouse import warehouse

TRIED_ON_THE_TEST_INDEX = ("setuptools-scm", "versioneer", "pdm-backend", "uv-dynamic-versioning")
"""One of each kind: by its library, by copied code, by the backend itself, by a plug-in."""

KILLED_TOO = ("setuptools-scm",)
"""Of these, one is killed as well; of the others each is."""


@pytest.fixture
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    """The project of one tool, its remote, and an index."""
    account = indexes.credentials()
    with warehouse(account) as server:
        tool = TOOLS[request.param]
        project = tagged.committed(tmp_path / "project", tool)
        project.with_remote(tmp_path / "remote.git")
        project.git("push", "--quiet", "origin", "--tags")
        remote = Repository(tmp_path / "remote.git")
        stage = releasing.Stage(project, remote, tmp_path / "packages", server.url, account)
        yield Scene(stage, server.state, tmp_path / "points.log")


def version_inside(wheel: Path) -> str:
    """The version in the metadata of a wheel."""
    with ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        return str(HeaderParser().parsestr(archive.read(name).decode())["Version"])


@pytest.mark.parametrize(
    "scene", sampled(TOOLS, [*(set(TOOLS) - set(TRIED_ON_THE_TEST_INDEX)), *KILLED_TOO]), indirect=True
)
def test_a_release_that_dies_after_its_first_file_ends_with_one_tag(
    scene: Scene, request: pytest.FixtureRequest
) -> None:
    """Both files say the planned version, and the tag in the form of the project names what was built."""
    tool = TOOLS[request.node.callspec.params["scene"]]
    tag, git = tool.form.format(version=PLANNED), scene.stage.repository.git
    words = ("--version", "minor", "--yes", "--skip-tests", "--output", "json")
    assert scene.crash("before the line done", *words) == KILLED, scene.points()
    (kept,) = (scene.stage.repository.path / ".git/release-async").glob("*/artifacts/*.whl")
    assert version_inside(kept) == PLANNED
    assert tag not in git("tag", "--list").split()
    run = scene.stage.run("--resume", backend="trio")
    assert run.code == 0, run.said
    names = sorted(scene.index.digests())
    assert names == [kept.name, f"demo_project-{PLANNED}.tar.gz"]
    assert git("rev-parse", f"{tag}^{{commit}}") == git("rev-parse", "HEAD")
    assert scene.stage.remote.git("tag", "--list").split() == sorted(git("tag", "--list").split())


@pytest.mark.parametrize("scene", sampled(TOOLS, TRIED_ON_THE_TEST_INDEX), indirect=True)
def test_a_test_release_and_the_version_of_today(scene: Scene, request: pytest.FixtureRequest) -> None:
    """What is tried leaves no tag; and what `versions` says of today is what the backend says, or nothing."""
    stage, tool = scene.stage, TOOLS[request.node.callspec.params["scene"]]
    environ = {"TEST_PYPI_REPOSITORY_URL": stage.url, "PYPI_TEST_TOKEN": stage.account.secret.reveal()}
    before = stage.repository.git("for-each-ref")
    run = stage.run("--version", "minor", "--test", "--yes", "--skip-tests", **environ)
    assert run.code == 0, run.said
    assert stage.repository.git("for-each-ref") == before
    said = stage.run("versions").said
    assert f"1.2.0, by the tag {tool.form.format(version='1.2.0')} ({tool.name}), 1 commit ago" in said
    assert f"a build of HEAD is {_built(stage.repository.path)}" in said or "only pbr can say" in said


def _built(project: Path) -> str:
    """The version that ``python -m build`` makes of HEAD."""
    options = ("--wheel", "--installer", "uv", "--outdir", str(project.parent / "built"))
    subprocess.run((sys.executable, "-m", "build", *options), cwd=project, check=True, capture_output=True)
    (wheel,) = (project.parent / "built").glob("*.whl")
    return version_inside(wheel)
