"""A release that CI builds and uploads is not over before the index has all of it, by exactly its own run."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.plan.ci_workflows import PUBLISH
from support import by_ci
from support.by_ci import DONE, LINUX, RELEASE, job, run_of
from support.matrices import sampled
from support.proposing import RESUME, TAG, VERSION, Scene

pytestmark = pytest.mark.by_turns

BEFORE, BEHIND = 35, 61
"""How many points an undisturbed run passes until it waits, and after CI has published."""
SHOWN, GREEN = 23, 39
"""As many until it waits for green checks, where those are required, and from there until CI publishes."""


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A project that CI publishes."""
    with by_ci.scene(tmp_path) as scene:
        yield scene


def test_it_waits_for_its_run_and_for_every_file(scene: Scene, anyio_backend: str) -> None:
    """Pushed, then waiting: for a run, for its jobs, for the files; nothing of it is uploaded from here."""
    run = scene.run(*RELEASE, backend=anyio_backend)
    assert run.code == 7, run.said
    assert f"the workflow that publishes {TAG}" in run.said
    assert scene.remote.git("rev-parse", TAG) == scene.stage.repository.git("rev-parse", TAG)
    assert scene.hub.published(TAG) is None
    others = [{"head_branch": "main"}, {"path": ".github/workflows/versions.yml"}, {"head_sha": "0" * 40}]
    scene.hub.workflow_runs = [run_of(scene, 90 + n, *DONE, **each) for n, each in enumerate(others)]
    assert scene.run("--resume", backend=anyio_backend).code == 7
    waits = job("publish") | {"status": "waiting"}
    scene.hub.workflow_runs.append(run_of(scene, 5, job("sdist", "success"), job("wheels"), waits))
    reviewers = [{"type": "User", "reviewer": {"login": "alice"}}]
    scene.hub.pending[5] = [{"environment": {"name": "pypi"}, "wait_timer": 0, "reviewers": reviewers}]
    run = scene.run("--resume", backend=anyio_backend)
    assert run.code == 7, run.said
    assert "the job wheels, running" in run.said
    assert "the environment pypi: an approval by alice" in run.said
    assert "https://example.com/runs/5" in run.said
    failed = job("wheels", "failure") | {"id": 70}
    scene.hub.workflow_runs[-1] = run_of(scene, 5, job("sdist", "success"), failed)
    scene.hub.job_logs[70] = "2026-01-02T03:04:05.1Z ##[error]E   assert 1 == 2\n"
    run = scene.run("--resume", backend=anyio_backend)
    assert run.code == 6, run.said
    assert "has failed: wheels at the step Run pytest" in run.said
    assert "gh run rerun 5 --failed" in run.said
    assert "| wheels, at the step Run pytest: | E assert 1 == 2" in run.said
    scene.hub.workflow_runs[-1] = run_of(scene, 5, *DONE)
    scene.index.store(f"tiny-{VERSION}.tar.gz", "1" * 64, b"")
    run = scene.run("--resume", backend=anyio_backend)
    assert run.code == 5, run.said
    assert "the run has ended well, and" in run.said
    assert "cp312-cp312-manylinux_x86_64" in run.said
    assert scene.hub.published(TAG) is None
    scene.index.store(f"tiny-{VERSION}-{LINUX}.whl", "2" * 64, b"")
    run = scene.run("--resume", backend=anyio_backend)
    assert run.code == 0, run.said
    by_ci.is_released(scene)


def test_what_is_given_up_is_told_as_it_is_known(scene: Scene) -> None:
    """Nothing says that CI has uploaded anything; the branch and the tag are there, and are told."""
    assert scene.run(*RELEASE).code == 7
    run = scene.run("--abandon", "--yes")
    assert run.code == 0, run.said
    assert "needs another version, unless you delete the tag and CI has uploaded nothing" in run.said
    assert f"left to you if CI uploads it after all: remove {VERSION} from" in run.said
    commit = scene.remote.git("rev-parse", "main")[:12]
    assert (
        "main on origin keeps the release commit; to undo what it changes: git pull origin main" in run.said
    )
    assert f"&& git revert {commit}" in run.said


def test_another_gh_will_do_as_well(tmp_path: Path) -> None:
    """From the push to the page, with the other one that there is."""
    with by_ci.scene(tmp_path, gh="other gh") as scene:
        assert scene.run(*RELEASE).code == 7
        by_ci.publishes(scene)
        run = scene.run("--resume")
        assert run.code == 0, run.said
        by_ci.is_released(scene)


def test_what_its_run_has_not_built_gets_no_page(scene: Scene) -> None:
    """Other bytes under a name, or made by somebody else: the words say which file, and what is wrong."""
    assert scene.run(*RELEASE).code == 7
    by_ci.publishes(scene)
    wheel, sdist = by_ci.FILES
    other = {"publisher": {"repository": "other/name", "workflow": "publish.yml"}, "attestations": []}
    scene.index.provenance[wheel] = json.dumps({"version": 1, "attestation_bundles": [other]})
    scene.hub.artifacts.keep(5, "again", {sdist: b"other bytes"})
    run = scene.run("--resume")
    assert run.code == 6, run.said
    assert f"{sdist} on {scene.stage.url.split('/')[2]} has other bytes than the run has built" in run.said
    assert f"{wheel}: its provenance names the repository other/name, not person/demo" in run.said
    assert f"without provenance, unlike the others: {sdist}" in run.said
    assert scene.hub.published(TAG) is None
    scene.hub.artifacts.kept.pop()
    scene.index.provenance.clear()
    run = scene.run("--resume", backend="trio")
    assert run.code == 0, run.said
    by_ci.is_released(scene)


def test_it_is_tagged_once_ci_is_green_for_its_commit(tmp_path: Path) -> None:
    """Where that is required: a branch of its own shows the commit to CI, and goes at the end."""
    with by_ci.scene(tmp_path, ci='"require"') as scene:
        run = scene.run(*RELEASE)
        assert (run.code, "waits for the checks of" in run.said) == (7, True), run.said
        candidate = f"refs/heads/release-candidate/{VERSION}"
        commit = scene.remote.git("rev-parse", candidate)
        assert scene.remote.git("for-each-ref", "--format=%(refname)") == f"refs/heads/main\n{candidate}"
        scene.hub.checks[commit] = [{"name": "tests", "status": "completed", "conclusion": "success"}]
        run = scene.run("--resume")
        assert (run.code, f"the workflow that publishes {TAG}" in run.said) == (7, True), run.said
        assert scene.remote.git("rev-parse", f"{TAG}^{{commit}}", "main").split() == [commit, commit]
        by_ci.publishes(scene)
        run = scene.run("--resume")
        assert run.code == 0, run.said
        by_ci.is_released(scene)
        assert scene.remote.git("for-each-ref", candidate) == ""


def test_a_fresh_clone_goes_on_with_what_another_has_handed_over(scene: Scene, tmp_path: Path) -> None:
    """By the tag that is pushed, also where the branch has moved on; what is out is not gone on with."""
    assert scene.run(*RELEASE).code == 7
    elsewhere = scene.another_clone(tmp_path / "elsewhere")
    project = elsewhere.stage.repository
    project.write("file.txt", "later\n")
    project.commit("go on")
    project.git("push", "--quiet", str(scene.remote.path), "main")
    run = elsewhere.run("--resume")
    assert run.code == 7, run.said
    assert f"tiny {VERSION} was handed over to CI, and is gone on with here" in run.said
    assert elsewhere.hub.posted() == []
    by_ci.publishes(elsewhere)
    run = elsewhere.run("--resume", backend="trio")
    assert run.code == 0, run.said
    assert len(elsewhere.hub.releases) == 1
    assert elsewhere.hub.published(TAG)
    assert project.git("for-each-ref", "refs/release-async") == ""
    assert elsewhere.run("--resume").code == 8
    assert scene.run("--resume").code == 0
    assert len(scene.hub.releases) == 1


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


def test_every_point_is_known(scene: Scene, tmp_path: Path) -> None:
    """The matrices cannot shrink unseen: an undisturbed release passes exactly the points that are tried."""
    before = scene.died(0, *RELEASE, log=tmp_path / "before.log")
    by_ci.publishes(scene)
    behind = scene.died(0, *RESUME, log=tmp_path / "behind.log")
    assert (len(before), len(behind)) == (BEFORE, BEHIND), (before, behind)
    by_ci.is_released(scene)


@pytest.mark.parametrize("point", sampled(range(1, BEFORE + 1), (22, 31)))
def test_a_run_that_dies_before_it_waits_is_gone_on_with(scene: Scene, tmp_path: Path, point: int) -> None:
    """Whatever was pushed by then: one commit and one tag, and one page in the end."""
    scene.died(point, *RELEASE, log=tmp_path / "points.log")
    run = scene.run(*RESUME)
    if run.code == 8:
        run = scene.run(*RELEASE)
    assert run.code == 7, run.said
    by_ci.publishes(scene)
    run = scene.run(*RESUME)
    assert run.code == 0, run.said
    by_ci.is_released(scene)


@pytest.mark.parametrize("point", sampled(range(1, BEHIND + 1), (5, 34)))
def test_a_run_that_dies_behind_its_wait_is_gone_on_with(scene: Scene, tmp_path: Path, point: int) -> None:
    """The page is made once, and only of a release that is whole."""
    assert scene.run(*RELEASE).code == 7
    by_ci.publishes(scene)
    scene.died(point, *RESUME, log=tmp_path / "points.log")
    run = scene.run(*RESUME, backend=("trio", "asyncio")[point % 2])
    assert run.code in {0, 8}, run.said
    by_ci.is_released(scene)


@pytest.fixture
def checked(tmp_path: Path) -> Iterator[Scene]:
    """A project that CI publishes, whose release commit has to be green before it is tagged."""
    with by_ci.scene(tmp_path, ci='"require"') as scene:
        yield scene


def turns_green(scene: Scene) -> str:
    """The checks of the candidate end well; its commit."""
    commit = scene.remote.git("rev-parse", f"refs/heads/release-candidate/{VERSION}")
    scene.hub.checks[commit] = [{"name": "tests", "status": "completed", "conclusion": "success"}]
    return commit


def is_published(scene: Scene, commit: str) -> None:
    """See that CI publishes this very commit, that the release ends well, and that nothing is left."""
    assert scene.remote.git("rev-parse", f"{TAG}^{{commit}}") == commit
    by_ci.publishes(scene)
    run = scene.run(*RESUME)
    assert run.code == 0, run.said
    by_ci.is_released(scene)
    assert scene.remote.git("for-each-ref", f"refs/heads/release-candidate/{VERSION}") == ""


def test_every_point_around_green_checks_is_known(checked: Scene, tmp_path: Path) -> None:
    """As above."""
    shown = checked.died(0, *RELEASE, log=tmp_path / "shown.log")
    commit = turns_green(checked)
    green = checked.died(0, *RESUME, log=tmp_path / "green.log")
    assert (len(shown), len(green)) == (SHOWN, GREEN), (shown, green)
    is_published(checked, commit)


@pytest.mark.parametrize("point", sampled(range(1, SHOWN + 1), (20,)))
def test_a_run_that_dies_before_its_checks_is_gone_on_with(
    checked: Scene, tmp_path: Path, point: int
) -> None:
    """Nothing is tagged, and one commit is shown: the one that is published."""
    checked.died(point, *RELEASE, log=tmp_path / "points.log")
    run = checked.run(*RESUME)
    if run.code == 8:
        run = checked.run(*RELEASE)
    assert run.code == 7, run.said
    assert checked.remote.git("tag") == ""
    commit = turns_green(checked)
    assert checked.run(*RESUME).code == 7
    is_published(checked, commit)


@pytest.mark.parametrize("point", sampled(range(1, GREEN + 1), (25,)))
def test_a_run_that_dies_behind_its_checks_is_gone_on_with(
    checked: Scene, tmp_path: Path, point: int
) -> None:
    """Pushed and tagged once, whatever of it was done."""
    assert checked.run(*RELEASE).code == 7
    commit = turns_green(checked)
    checked.died(point, *RESUME, log=tmp_path / "points.log")
    run = checked.run(*RESUME, backend=("trio", "asyncio")[point % 2])
    assert run.code == 7, run.said
    is_published(checked, commit)
