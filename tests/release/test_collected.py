"""A release of what CI has built is that, byte for byte, whole, and public only once all of it is right."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from support import by_ci, collecting, matrix
from support.collecting import CANDIDATE, RELEASE
from support.matrices import BACKENDS
from support.proposing import TAG, VERSION, Scene, events
from support.releasing import wait_until

pytestmark = pytest.mark.by_turns


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A project whose files CI builds."""
    with collecting.scene(tmp_path) as scene:
        yield scene


def test_it_waits_for_ci_and_uploads_what_that_has_built(
    scene: Scene, tmp_path: Path, anyio_backend: str
) -> None:
    """The candidate is pushed without a tag and built; then its files are uploaded, and the tag is pushed."""
    run = scene.run(*RELEASE, backend=anyio_backend)
    assert run.code == 7, run.said
    assert f"waits for CI to build {CANDIDATE}" in run.said
    collecting.nothing_is_public(scene)
    digests = collecting.builds(scene, tmp_path / "ci")
    run = scene.run("--resume", backend=anyio_backend)
    assert run.code == 0, run.said
    collecting.is_released(scene, digests)


def test_another_gh_will_do_as_well(tmp_path: Path) -> None:
    """From the candidate to the page, with the other one that there is."""
    with collecting.scene(tmp_path, gh="other gh") as scene:
        assert scene.run(*RELEASE).code == 7
        digests = collecting.builds(scene, tmp_path / "ci")
        run = scene.run("--resume")
        assert run.code == 0, run.said
        collecting.is_released(scene, digests)


def test_it_stays_until_ci_has_built_where_it_is_told_to(scene: Scene, tmp_path: Path) -> None:
    """One run from the candidate to the release, which shows what it waits for."""
    with ThreadPoolExecutor(1) as aside:
        running = aside.submit(scene.run, *RELEASE, "--wait", "90", "--output", "json")
        wait_until(lambda: bool(scene.hub.workflow_runs))
        digests = collecting.builds(scene, tmp_path / "ci")
        run = running.result()
    assert run.code == 0, run.said
    collecting.is_released(scene, digests)
    ended = [str(event["name"]) for event in events(run, "step_finished")]
    assert ended == [
        *("commit", "candidate", "await-build", "collect", "inspect", "confirm"),
        *("upload", "tag", "push", "land", "verify", "announce", "clean-up"),
    ]


def test_a_fresh_clone_finishes_what_ci_builds_for_another(
    scene: Scene, tmp_path: Path, anyio_backend: str
) -> None:
    """By the candidate on the remote, its run and its files; the first clone is told that it is out."""
    assert scene.run(*RELEASE).code == 7
    elsewhere = collecting.same_person_elsewhere(scene, tmp_path)
    run = elsewhere.run("--resume", backend=anyio_backend)
    assert run.code == 7, run.said
    assert f"tiny {VERSION} is built by CI, for another clone, and is gone on with here" in run.said
    assert len(scene.hub.workflow_runs) == 1
    collecting.nothing_is_public(elsewhere)
    digests = collecting.builds(scene, tmp_path / "ci")
    run = elsewhere.run("--resume", backend=anyio_backend)
    assert run.code == 0, run.said
    collecting.is_released(elsewhere, digests)
    for words in ("status", "--resume"):
        run = scene.run(words)
        assert (run.code, "is out: it was finished in another clone" in run.said) == (0, True), run.said
    assert scene.stage.repository.git("for-each-ref", "refs/release-async") == ""
    assert elsewhere.run("--resume").code == 8


def test_a_fresh_clone_can_give_up_what_ci_builds(scene: Scene, tmp_path: Path) -> None:
    """As the one that began it: the run is ended, and the branch is gone."""
    assert scene.run(*RELEASE).code == 7
    elsewhere = scene.another_clone(tmp_path / "elsewhere")
    run = elsewhere.run("--abandon", "--yes")
    assert run.code == 0, run.said
    assert scene.remote.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"
    assert scene.hub.workflow_runs[-1]["conclusion"] == "cancelled"


@pytest.mark.parametrize("path", ["tiny/more.py", "tiny/__init__.py"])
def test_a_candidate_that_is_not_what_would_be_released_is_not_believed(
    scene: Scene, tmp_path: Path, path: str
) -> None:
    """One more file, or other bytes in one that is edited: nothing is done, and both ways out are named."""
    assert scene.run(*RELEASE).code == 7
    forger = scene.another_clone(tmp_path / "forger").stage.repository
    forger.git("fetch", "--quiet", str(scene.remote.path), CANDIDATE)
    forger.git("checkout", "--quiet", "FETCH_HEAD")
    forger.write(path, f'__version__ = "{VERSION}"\nother = True\n')
    forger.git("add", path)
    forger.git("commit", "--quiet", "--amend", "--no-edit")
    forger.git("push", "--quiet", "--force", str(scene.remote.path), f"HEAD:refs/heads/{CANDIDATE}")
    elsewhere = scene.another_clone(tmp_path / "elsewhere")
    run = elsewhere.run("--resume")
    assert run.code == 6, run.said
    assert f"is not what this project would release as tiny {VERSION}: {path}" in run.said
    assert f"git push origin --delete {CANDIDATE}" in run.said
    collecting.nothing_is_public(elsewhere)
    assert elsewhere.stage.repository.git("for-each-ref", "refs/release-async") == ""


def test_what_is_no_candidate_of_this_branch_is_left_alone(scene: Scene, tmp_path: Path) -> None:
    """A branch of another name, or of a commit that HEAD does not have, is of somebody else."""
    git = scene.remote.git
    git("branch", "release-candidate/next", "main")
    other = git("commit-tree", "main^{tree}", "-m", "elsewhere")
    git("branch", f"release-candidate/{VERSION}", other)
    elsewhere = scene.another_clone(tmp_path / "elsewhere")
    assert elsewhere.run("--resume").code == 8
    assert elsewhere.stage.repository.git("for-each-ref", "refs/release-async") == ""


def test_it_is_public_only_once_all_of_it_is_right(scene: Scene, tmp_path: Path, anyio_backend: str) -> None:
    """A job fails, the next attempt lacks a file, another is of something else, and the last is whole."""

    def goes_on(code: int, *words: str) -> None:
        run = scene.run("--resume", backend=anyio_backend)
        assert run.code == code, run.said
        assert [each for each in words if each not in run.said] == [], run.said
        if code:
            collecting.nothing_is_public(scene)

    assert scene.run(*RELEASE, backend=anyio_backend).code == 7
    status = scene.run("status", backend=anyio_backend)
    assert (status.code, f"CI to build {CANDIDATE}" in status.said) == (7, True), status.said
    (run,) = scene.hub.workflow_runs
    jobs = [by_ci.job("sdist", "success"), by_ci.job("wheels", "failure")]
    run |= {"status": "completed", "conclusion": "failure", "jobs": jobs}
    goes_on(6, "has failed: wheels at the step Run pytest", f"gh run rerun {run['id']} --failed")
    part = collecting.built(scene, tmp_path / "part")
    del part.files[collecting.FILES[0]]
    part.keep(attempt=2)
    goes_on(6, "1 of 3 files are missing, by the last release, 1.9.0: cp312-cp312-manylinux_x86_64")
    other = collecting.built(scene, tmp_path / "other", {"tiny/more.py": "of = 'another commit'\n"})
    other.keep(attempt=3)
    goes_on(6, "tiny/more.py is not in the release commit", "give this release up, then commit it")
    whole = collecting.built(scene, tmp_path / "whole")
    whole.keep(attempt=4)
    goes_on(0)
    collecting.is_released(
        scene, {name: sha256(content).hexdigest() for name, content in whole.files.items()}
    )


def test_what_is_given_up_leaves_nothing_behind(scene: Scene, anyio_backend: str) -> None:
    """The run is ended and the branch deleted, and the same version can be released again."""
    before = scene.remote.git("for-each-ref")
    assert scene.run(*RELEASE, backend=anyio_backend).code == 7
    assert scene.remote.git("for-each-ref") != before
    run = scene.run("--abandon", "--yes", backend=anyio_backend)
    assert run.code == 0, run.said
    assert scene.hub.dispatches.cancelled == [501]
    assert scene.remote.git("for-each-ref") == before
    assert f"{CANDIDATE} is deleted on origin" in run.said
    assert scene.stage.repository.git("for-each-ref", "refs/release-async") == ""
    run = scene.run(*RELEASE, backend=anyio_backend)
    assert run.code == 7, run.said
    assert [each["id"] for each in scene.hub.workflow_runs] == [501, 502]


def test_a_branch_that_has_moved_meanwhile_is_a_matter_for_a_person(
    scene: Scene, tmp_path: Path, anyio_backend: str
) -> None:
    """Builds take long, and others push: to go on would help nothing, and that is said before the upload."""
    assert scene.run(*RELEASE, backend=anyio_backend).code == 7
    collecting.builds(scene, tmp_path / "ci")
    scene.pulls.land("more.txt", "of somebody else\n")
    run = scene.run("--resume", backend=anyio_backend)
    assert run.code == 5, run.said
    assert "somebody has pushed to main while this was waited for" in run.said
    assert "this one can only be given up: release-async --abandon" in run.said
    assert scene.index.posts() == []
    assert scene.run("--abandon", "--yes", backend=anyio_backend).code == 0
    scene.stage.repository.git("pull", "--quiet", "--ff-only", str(scene.remote.path), "main")
    run = scene.run(*RELEASE, backend=anyio_backend)
    assert run.code == 7, run.said


def test_what_was_merged_is_what_ci_builds(tmp_path: Path, anyio_backend: str) -> None:
    """First the merge is waited for, then the build of the merged commit; both branches go in the end."""
    with collecting.scene(tmp_path, land='"pull-request"') as scene:
        assert scene.run(*RELEASE, backend=anyio_backend).code == 7
        assert scene.hub.workflow_runs == []
        commit = scene.pulls.merge("squash")
        run = scene.run("--resume", backend=anyio_backend)
        assert (run.code, f"waits for CI to build {CANDIDATE}" in run.said) == (7, True), run.said
        assert [each["head_sha"] for each in scene.hub.workflow_runs] == [commit]
        assert scene.index.posts() == []
        digests = collecting.builds(scene, tmp_path / "ci")
        run = scene.run("--resume", backend=anyio_backend)
        assert run.code == 0, run.said
        assert {name: scene.index.digests()[name] for name in digests} == digests
        assert scene.remote.git("rev-parse", f"{TAG}^{{commit}}", "main") == f"{commit}\n{commit}"
        assert scene.remote.git("for-each-ref", "--format=%(refname)", "refs/heads") == "refs/heads/main"


def test_the_plan_says_what_is_built_where(scene: Scene) -> None:
    """Before anybody says Yes; the version that is there is released in the same way."""
    for version, route, first in (("minor", "collect", "commit"), ("current", "collect-head", "checkout")):
        plan = scene.stage.planned("--version", version)
        stages = [stage["name"] for stage in plan["stages"]]
        assert plan["plan"]["route"]["name"] == route
        assert [name for name in stages if name != "tests"][:4] == [
            first, "candidate", "await-build", "collect"
        ]  # fmt: skip
    run = scene.run("--version", "minor", "--dry-run", "--skip-tests")
    assert "release-candidate/2.1.0 to origin, without a tag, for CI to build" in run.said


def test_no_byte_of_62_files_is_uploaded_of_which_two_are_wrong(scene: Scene, tmp_path: Path) -> None:
    """Missing, doubled, of another version or commit, or not what the run says: each by its words."""
    last = (*(f"tiny-1.9.1-{tag}.whl" for tag in matrix.TAGS), "tiny-1.9.1.tar.gz")
    for name in last:
        scene.index.store(name, "0" * 64, b"")
    assert scene.run(*RELEASE).code == 7
    made = collecting.built(scene, tmp_path / "ci", tags=matrix.TAGS)
    run, kept = scene.hub.workflow_runs[0], scene.hub.artifacts
    run |= collecting.DONE
    number, (first, second, *_) = int(str(run["id"])), made.files
    older = {name.replace("3.0.0", "2.9.0"): made.files[name] for name in (first, second)}
    rest = {name: content for name, content in made.files.items() if name not in {first, second}}
    both = {name: made.files[name] for name in (first, second)}
    other: dict[str, object] = {"workflow_run": {"head_sha": "0" * 40}}
    wrong: tuple[tuple[Mapping[str, Mapping[str, bytes]], dict[str, object], str], ...] = (
        ({"a": rest}, {}, "2 of 62 files are missing"),
        ({"a": made.files, "b": both}, {}, "is in 2 artifacts: a, b"),
        ({"a": rest, "b": older}, {}, "2 files are of tiny 2.9.0, not of tiny 3.0.0"),
        ({"a": rest, "b": both}, other, "were built from another commit"),
        ({"a": rest, "b": both}, {"digest": f"sha256:{'0' * 64}"}, "is not what its run says"),
    )
    for attempt, (files, shown, words) in enumerate(wrong, start=1):
        run["run_attempt"] = attempt
        kept.kept.clear()
        for name, packed in files.items():
            kept.keep(number, name, packed, **shown)
        said = scene.run("--resume", backend=BACKENDS[attempt % 2])
        assert said.code in {5, 6}, said.said
        assert words in said.said
        collecting.nothing_is_public(scene)
