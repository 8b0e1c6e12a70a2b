"""What the how-to guides promise, typed as they say it."""

import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.base.exit_codes import ExitCode
from support import by_hand, crashing, proposing, releasing
from support.crashing import FILES, KILLED, RELEASE, Scene
from support.front import Fate, front
from support.pages import blocks, page
from support.releasing import Stage
from support.repositories import Repository
from support.tiny import write_tiny

VERSION = "2.1.0"


def shell_of(name: str, word: str) -> str:
    """The one shell block of a page that has a word in it; without the indentation of a list."""
    (block,) = (block for block in blocks(page(name).replace("\n  ", "\n"), "sh") if word in block)
    return block


@pytest.fixture
def group(tmp_path: Path) -> Iterator[Stage]:
    """Two packages of one repository, with one version and tags of their own."""
    top = tmp_path / "project"
    for name in ("core", "cli"):
        place = top / "packages" / name
        write_tiny(place)
        (place / "tiny").rename(place / name)
        metadata = place / "pyproject.toml"
        settings = f'[tool.release-async]\ntag-format = "{name}-v{{version}}"'
        text = metadata.read_text().replace('name = "tiny"', f'name = "{name}"')
        metadata.write_text(text.replace("[tool.release-async]", settings))
    (top / "pyproject.toml").write_text('[tool.release-async]\ngroup = ["packages/*"]\n')
    project = Repository.init(top)
    project.commit("begin")
    with releasing.staged(tmp_path, project) as stage:
        yield stage


def test_packages_with_one_version_are_released_as_the_page_says(group: Stage) -> None:
    """One is chosen; it raises all; the other goes out from the same commit, as it is."""
    git = group.repository.git
    run = group.run("--version", "minor", "--dry-run")
    assert run.code == 2
    assert "choose one with -C: packages/cli (cli), packages/core (core)" in run.said
    run = group.run("-C", "packages/core", "--version", "minor")
    assert run.code == 0, run.said
    assert git("tag") == "core-v2.1.0"
    assert set(group.published()) == {f"core-{VERSION}-py3-none-any.whl", f"core-{VERSION}.tar.gz"}
    assert group.run("versions").said.count(VERSION) >= 2
    head = git("rev-parse", "HEAD")
    (block,) = [each for each in blocks(page("how-to/several-packages.md"), "sh") if "current" in each]
    run = group.run(*shlex.split(block)[1:])
    assert run.code == 0, run.said
    assert {f"cli-{VERSION}-py3-none-any.whl", f"cli-{VERSION}.tar.gz"} <= set(group.published())
    assert git("rev-parse", "HEAD", "cli-v2.1.0^{commit}", "core-v2.1.0^{commit}").split() == [head] * 3
    assert group.remote.git("rev-parse", "cli-v2.1.0") == git("rev-parse", "cli-v2.1.0")
    run = group.run("-C", "packages/cli", "--version", "current")
    assert (run.code, run.said) == (0, f"cli {VERSION} is released already: there is nothing left to do")


@pytest.mark.parametrize(("fate", "code", "files"), [(Fate.STORED, 0, 2), (Fate.REFUSED, 1, 0)])
def test_the_script_resumes_once_and_leaves_the_rest_to_a_person(
    tmp_path: Path, fate: Fate, code: int, files: int
) -> None:
    """After 5 it goes on, after a refusal of the first file it does not."""
    with releasing.tiny(tmp_path) as stage, front(stage.url, fate, Fate.REFUSED) as server:
        script = shell_of("how-to/recover-from-exit-codes.md", "case $?")
        done = subprocess.run(
            ("sh", "-ec", script),
            cwd=stage.repository.path,
            env=stage.environment(PYPI_REPOSITORY_URL=server.url),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert len(stage.published()) == files


def test_the_git_directory_of_a_machine_that_is_gone_finishes_the_release(tmp_path: Path) -> None:
    """What the workflow keeps is enough, in an empty folder."""
    with crashing.scene(tmp_path) as scene:
        assert scene.crash(f"after upload {FILES[0]}", *RELEASE) == KILLED
        story, stage, desk = scene.recorded(), scene.stage, tmp_path / "desk"
        kept = tmp_path / "unfinished.tar.gz"
        tar = ("tar", "-czf", str(kept), ".git")
        assert "tar -czf unfinished.tar.gz .git" in page("how-to/release-in-ci.md")
        subprocess.run(tar, cwd=stage.repository.path, check=True)
        desk.mkdir()
        kept.rename(desk / kept.name)
        stage.repository = Repository(desk)
        block = shell_of("how-to/release-in-ci.md", "git restore")
        by_hand.pasted(stage, block.splitlines())
        (desk / kept.name).unlink()
        assert scene.faults(story) == []


def test_the_page_of_a_lost_machine_is_no_use_without_the_journal(tmp_path: Path) -> None:
    """The negative control: a fresh clone has nothing to go on with, and says so."""
    with crashing.scene(tmp_path) as scene:
        assert scene.crash(f"after upload {FILES[0]}", *RELEASE) == KILLED
        clone = tmp_path / "clone"
        subprocess.run(("git", "clone", "--quiet", str(scene.stage.remote.path), str(clone)), check=True)
        run = _at(scene, clone)
        assert run.code == ExitCode.NOTHING
        assert "there is no unfinished release in this clone" in run.said


def _at(scene: Scene, place: Path) -> releasing.Run:
    scene.stage.repository = Repository(place)
    return scene.stage.run("--resume")


def test_a_protected_branch_is_released_to_as_the_page_says(tmp_path: Path) -> None:
    """The setting, the proposal, and the way on after the merge."""
    name = "how-to/protected-branches.md"
    assert 'land = "pull-request"' in blocks(page(name), "toml")[0]
    release, resume, abandon = (shlex.split(block)[1:] for block in blocks(page(name), "sh"))
    assert abandon == ["--abandon"]  # the release tests type it
    with proposing.scene(tmp_path) as scene:
        run = scene.run(*release)
        assert (run.code, "waits for the merge of pull request #1" in run.said) == (7, True), run.said
        assert scene.pulls.last["title"] == f"Release {VERSION}"
        commit = scene.pulls.merge("rebase")
        run = scene.run(*resume)
        assert (run.code, f"tiny {VERSION} is released" in run.said) == (0, True), run.said
        assert scene.remote.git("rev-parse", f"v{VERSION}^{{commit}}") == commit
