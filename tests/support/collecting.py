"""The stage of a release whose files CI builds: the tiny project, an index, a GitHub whose runs build it."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from release_async.plan import ci_workflows
from release_async.plan.ci_workflows import WorkflowInputs
from support import matrix, proposing
from support.proposing import TAG, VERSION, Scene
from support.repositories import Repository

WORKFLOW = ".github/workflows/build.yml"
CANDIDATE = f"release-candidate/{VERSION}"
RELEASE = ("--version", VERSION, "--yes")
LINUX = "cp312-cp312-manylinux_2_17_x86_64"
TAGS = (LINUX, "py3-none-any")
FILES = (*(f"tiny-{VERSION}-{tag}.whl" for tag in TAGS), f"tiny-{VERSION}.tar.gz")
_UNCHANGED: Mapping[str, str] = {}
DONE = {"status": "completed", "conclusion": "success"}


@contextmanager
def scene(directory: Path, gh: str = "gh", **settings: str) -> Iterator[Scene]:
    """A project whose files CI builds; its last release had two wheels."""
    given = {"land": '"push"', "build": '"ci"', "visible-timeout": "1"} | settings
    with proposing.scene(directory, gh, **given) as scene:
        repository = scene.stage.repository
        repository.write(WORKFLOW, ci_workflows.build(WorkflowInputs(compiled=True)))
        repository.commit("build by CI")
        repository.git("push", "--quiet", str(scene.remote.path), "main")
        for name in (*(f"tiny-1.9.0-{tag}.whl" for tag in TAGS), "tiny-1.9.0.tar.gz"):
            scene.index.store(name, "0" * 64, b"")
        yield scene


@dataclass
class Built:
    """What CI builds of the candidate.

    Attributes:
        scene: The stage.
        files: Every file by its name, and what is in it.
    """

    scene: Scene
    files: dict[str, bytes]

    def keep(self, attempt: int = 1) -> None:
        """Have the run end well in an attempt, and keep each file in an artifact of its own."""
        run, hub = self.scene.hub.workflow_runs[-1], self.scene.hub
        number = run["id"]
        assert isinstance(number, int)
        hub.artifacts.kept.clear()
        for name, content in self.files.items():
            hub.artifacts.keep(number, f"dist-{name}", {name: content})
        run |= DONE | {"run_attempt": attempt}


def built(
    scene: Scene, directory: Path, edits: Mapping[str, str] = _UNCHANGED, tags: Sequence[str] = TAGS
) -> Built:
    """Build what was pushed as the candidate, as CI does: in a checkout of its own.

    Args:
        scene: The stage.
        directory: Where to build.
        edits: Files that are something else there than in the commit.
        tags: The tags of the wheels.
    """
    checkout = Repository(directory / "checkout")
    scene.remote.git("worktree", "add", "--quiet", "--detach", str(checkout.path), CANDIDATE)
    for path, text in edits.items():
        checkout.write(path, text)
    paths = matrix.built(checkout.path, directory / "dist", tags)
    scene.remote.git("worktree", "remove", "--force", str(checkout.path))
    return Built(scene, {path.name: path.read_bytes() for path in paths})


def builds(scene: Scene, directory: Path) -> dict[str, str]:
    """Let CI do its part; the SHA-256 of each file, by its name."""
    made = built(scene, directory)
    made.keep()
    return {name: hashlib.sha256(content).hexdigest() for name, content in made.files.items()}


def same_person_elsewhere(scene: Scene, directory: Path) -> Scene:
    """Another clone in a new directory, with the settings and accounts of the first."""
    elsewhere = scene.another_clone(directory / "elsewhere")
    elsewhere.stage.environ |= scene.stage.environ
    return elsewhere


def nothing_is_public(scene: Scene) -> None:
    """See that nothing of the version is on the index, no tag anywhere, and nothing new on the branch.

    Raises:
        AssertionError: Something is.
    """
    assert scene.index.posts() == []
    assert scene.stage.repository.git("tag") == scene.remote.git("tag") == ""
    assert scene.remote.git("rev-parse", "main") == scene.stage.repository.git("rev-parse", "main")


def is_released(scene: Scene, digests: Mapping[str, str]) -> None:
    """See that the files of CI are on the index, once each, and that nothing of ours is left anywhere.

    Raises:
        AssertionError: It is not.
    """
    git = scene.stage.repository.git
    assert {name: digest for name, digest in scene.index.digests().items() if VERSION in name} == digests
    assert sorted(scene.index.stored()) == sorted(digests)
    assert git("rev-parse", f"{TAG}^{{commit}}") == git("rev-parse", "main")
    assert scene.remote.git("rev-parse", "main", TAG) == git("rev-parse", "main", TAG)
    assert scene.remote.git("for-each-ref", "refs/release-async", f"refs/heads/{CANDIDATE}") == ""
    assert git("for-each-ref", "refs/release-async") == ""
    assert git("worktree", "list", "--porcelain").count("worktree ") == 1
    assert git("status", "--porcelain") == ""
    assert list((scene.stage.repository.path / ".git/release-async").glob("[0-9]*/")) == []
    assert scene.stage.processes() == []
    page = scene.hub.published(TAG)
    assert page
    assert set(scene.hub.files(page)) == set(digests)
