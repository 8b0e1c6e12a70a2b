"""What CI builds is uploaded once its commit is green, also where others have merged that."""

from pathlib import Path

import pytest

from support import collecting
from support.collecting import RELEASE
from support.proposing import TAG

GREEN: dict[str, object] = {"name": "tests", "status": "completed", "conclusion": "success"}
WORKFLOW = "on: push\njobs: {}\n"


@pytest.mark.exhaustive
@pytest.mark.parametrize("land", ["push", "pull-request"])
def test_what_ci_has_built_waits_for_the_checks_of_its_commit(tmp_path: Path, land: str) -> None:
    """Of the commit that was built, and no other; the build here is not told as left out."""
    project = tmp_path / "project"
    project.mkdir()
    with collecting.scene(project, ci='"require"', land=f'"{land}"') as scene:
        scene.stage.repository.write(".github/workflows/tests.yml", WORKFLOW)
        scene.stage.repository.commit("test by CI")
        scene.stage.repository.git("push", "--quiet", str(scene.remote.path), "main")
        assert scene.run(*RELEASE).code == 7
        if land == "pull-request":
            scene.pulls.merge("squash")
            assert scene.run("--resume").code == 7
        digests = collecting.builds(scene, tmp_path / "ci")
        commit = scene.remote.git("rev-parse", collecting.CANDIDATE)
        run = scene.run("--resume")
        assert (run.code, f"waits for the checks of {commit[:12]}" in run.said) == (7, True), run.said
        assert scene.index.posts() == []
        scene.hub.checks[commit] = [GREEN]
        run = scene.run("--resume")
        assert run.code == 0, run.said
        assert "skipped  Build" not in run.said
        assert sorted(scene.index.stored()) == sorted(digests)
        assert scene.remote.git("rev-parse", f"{TAG}^{{commit}}") == commit
        assert scene.remote.git("for-each-ref", "--format=%(refname)", "refs/heads") == "refs/heads/main"
