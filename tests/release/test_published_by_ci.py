"""A release that CI builds and uploads is not over before the index has all of it, by exactly its own run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.plan import ci_workflows
from release_async.plan.ci_workflows import PUBLISH, WorkflowInputs
from support import proposing
from support.proposing import TAG, VERSION, Scene

LINUX = "cp312-cp312-manylinux_2_17_x86_64"
RELEASE = ("--version", VERSION, "--yes")


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A project that CI publishes; its last release had a wheel for Linux."""
    settings = {"land": '"push"', "publish": '"ci"', "visible-timeout": "1"}
    with proposing.scene(tmp_path, **settings) as scene:
        repository = scene.stage.repository
        repository.write(PUBLISH, ci_workflows.publish(WorkflowInputs(compiled=True)))
        repository.commit("publish by CI")
        repository.git("push", "--quiet", str(scene.remote.path), "main")
        scene.stage.environ |= {"PYPI_API_TOKEN": "", "PYPI_USERNAME": ""}
        for name in (f"tiny-1.9.0-{LINUX}.whl", "tiny-1.9.0.tar.gz"):
            scene.index.store(name, "0" * 64, b"")
        yield scene


def job(name: str, conclusion: str = "") -> dict[str, object]:
    """A job, over if it has a conclusion."""
    over = {"status": "completed", "conclusion": conclusion} if conclusion else {"status": "in_progress"}
    steps = [{"name": "Run pytest", "conclusion": "failure"}] if conclusion == "failure" else []
    return {"name": name, "steps": steps, **over}


def run_of(scene: Scene, number: int, *jobs: dict[str, object], **changes: object) -> dict[str, object]:
    """The run that the tag has started; over once all of its jobs are."""
    ends = [each.get("conclusion") for each in jobs]
    over = {"status": "completed", "conclusion": "success" if set(ends) == {"success"} else "failure"}
    return {
        "id": number,
        "head_sha": scene.remote.git("rev-parse", f"{TAG}^{{commit}}"),
        "head_branch": TAG,
        "path": PUBLISH,
        "html_url": f"https://example.com/runs/{number}",
        "jobs": list(jobs),
        **(over if all(ends) else {"status": "in_progress", "conclusion": None}),
        **changes,
    }


def test_it_waits_for_its_run_and_for_every_file(scene: Scene, anyio_backend: str) -> None:
    """Pushed, then waiting: for a run, for its jobs, for the files; nothing of it is uploaded from here."""
    run = scene.run(*RELEASE, backend=anyio_backend)
    assert run.code == 7, run.said
    assert f"the workflow that publishes {TAG}" in run.said
    assert scene.remote.git("rev-parse", TAG) == scene.stage.repository.git("rev-parse", TAG)
    assert scene.hub.published(TAG) is None
    others = [{"head_branch": "main"}, {"path": ".github/workflows/versions.yml"}, {"head_sha": "0" * 40}]
    done = (job("sdist", "success"), job("wheels", "success"), job("publish", "success"))
    scene.hub.workflow_runs = [run_of(scene, 90 + n, *done, **each) for n, each in enumerate(others)]
    assert scene.run("--resume", backend=anyio_backend).code == 7
    scene.hub.workflow_runs.append(run_of(scene, 5, job("sdist", "success"), job("wheels")))
    run = scene.run("--resume", backend=anyio_backend)
    assert run.code == 7, run.said
    assert "the job wheels, running" in run.said
    scene.hub.workflow_runs[-1] = run_of(scene, 5, job("sdist", "success"), job("wheels", "failure"))
    run = scene.run("--resume", backend=anyio_backend)
    assert run.code == 6, run.said
    assert "has failed: wheels at the step Run pytest" in run.said
    assert "gh run rerun 5 --failed" in run.said
    scene.hub.workflow_runs[-1] = run_of(scene, 5, *done)
    scene.index.store(f"tiny-{VERSION}.tar.gz", "1" * 64, b"")
    run = scene.run("--resume", backend=anyio_backend)
    assert run.code == 5, run.said
    assert "the run has ended well, and" in run.said
    assert "cp312-cp312-manylinux_x86_64" in run.said
    assert scene.hub.published(TAG) is None
    scene.index.store(f"tiny-{VERSION}-{LINUX}.whl", "2" * 64, b"")
    run = scene.run("--resume", backend=anyio_backend)
    assert run.code == 0, run.said
    assert scene.hub.published(TAG)
    assert scene.index.posts() == []
    git = scene.stage.repository.git
    assert git("rev-parse", "main") == scene.remote.git("rev-parse", "main", f"{TAG}^{{commit}}").split()[0]
    assert git("for-each-ref", "refs/release-async") == ""


def test_without_a_workflow_nothing_is_pushed(scene: Scene) -> None:
    """No tag that would start nothing, and no half of a matrix."""
    repository = scene.stage.repository
    sound = (repository.path / PUBLISH).read_text()
    for text, words in (
        (sound.replace("'v[0-9]*'", "'release-*'"), f"no job of CI uploads when the tag {TAG} is pushed"),
        (sound.replace("needs: [sdist, wheels]", "needs: [sdist]"), "does not need the job wheels"),
    ):
        repository.write(PUBLISH, text)
        repository.commit("change it")
        repository.git("push", "--quiet", str(scene.remote.path), "main")
        run = scene.run(*RELEASE)
        assert run.code == 3, run.said
        assert words in run.said
    assert scene.remote.git("tag") == ""
