"""The stage of a release that CI publishes: the tiny project, its workflow, an index, a GitHub with runs."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from release_async.plan import ci_workflows
from release_async.plan.ci_workflows import PUBLISH, WorkflowInputs
from support import proposing
from support.proposing import TAG, VERSION, Scene

LINUX = "cp312-cp312-manylinux_2_17_x86_64"
RELEASE = ("--version", VERSION, "--yes")
FILES = (f"tiny-{VERSION}-{LINUX}.whl", f"tiny-{VERSION}.tar.gz")


@contextmanager
def scene(directory: Path, **more: str) -> Iterator[Scene]:
    """A project that CI publishes; its last release had a wheel for Linux.

    Args:
        directory: Where it lies.
        more: More lines of ``[tool.release-async]``, by name, as TOML.
    """
    settings = {"land": '"push"', "publish": '"ci"', "visible-timeout": "1", **more}
    with proposing.scene(directory, **settings) as scene:
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


DONE = (job("sdist", "success"), job("wheels", "success"), job("publish", "success"))


def publishes(scene: Scene) -> None:
    """Let CI do all of its part."""
    scene.hub.workflow_runs = [run_of(scene, 5, *DONE)]
    scene.hub.artifacts.keep(5, "dist", {name: name.encode() for name in FILES})
    for name in FILES:
        scene.index.store(name, hashlib.sha256(name.encode()).hexdigest(), name.encode())


def is_released(scene: Scene) -> None:
    """See that commit, tag and page are out, nothing was uploaded from here, and nothing of ours is left.

    Raises:
        AssertionError: It is not.
    """
    git = scene.stage.repository.git
    assert git("rev-parse", "main") == scene.remote.git("rev-parse", f"{TAG}^{{commit}}")
    assert scene.remote.git("rev-parse", "main", TAG) == git("rev-parse", "main", TAG)
    assert git("for-each-ref", "refs/release-async") == ""
    assert git("worktree", "list", "--porcelain").count("worktree ") == 1
    assert list((scene.stage.repository.path / ".git/release-async").glob("[0-9]*/")) == []
    assert scene.hub.published(TAG)
    assert len([release for release in scene.hub.releases if release["tag_name"] == TAG]) == 1
    assert scene.index.posts() == []
