"""What stops a release before it begins: every refusal of a run is shown at once, and nothing is changed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.checks import CHECKS
from support import indexes, releasing
from support.releasing import Run, Stage
from support.repositories import Repository


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time."""
    with releasing.tiny(tmp_path) as stage:
        yield stage


def refused(stage: Stage, *arguments: str, backend: str = "asyncio", **environ: str) -> Run:
    """Try a release that must be refused with exit code 3 and must change nothing."""
    before = stage.fingerprint()
    run = stage.run("--version", "major", *arguments, backend=backend, **environ)
    assert run.code == 3, run.said
    assert stage.fingerprint() == before
    assert stage.processes() == []
    return run


def push_from_elsewhere(stage: Stage) -> None:
    """Let somebody else push a commit to main."""
    other = Repository(stage.packages.parent / "other")
    stage.repository.git("clone", "--quiet", str(stage.remote.path), str(other.path))
    other.commit("theirs")
    other.git("push", "--quiet", "origin", "HEAD:main")


def everything_wrong(stage: Stage) -> None:
    """Bring the project into every state that a check refuses."""
    indexes_file = stage.packages / "tiny-3.0.0-py3-none-any.whl"
    indexes.wheel(stage.packages, "3.0.0").rename(indexes_file)
    stage.repository.git("switch", "--quiet", "--create", "side")
    stage.repository.write("tiny/__init__.py", "__version__ = '1.9.9'\n")
    stage.repository.commit("disagree")
    stage.repository.write("stray.txt", "uncommitted")
    stage.repository.git("tag", "v3.0.0")
    stage.remote.git("update-ref", "refs/heads/main", _commit_on_top(stage))


def _commit_on_top(stage: Stage) -> str:
    tree = stage.remote.git("rev-parse", "main^{tree}")
    return stage.remote.git("commit-tree", "-p", "main", "-m", "theirs", tree)


WRONG = (
    ("branch side is checked out, and releases are made from main", "git switch main"),
    ("uncommitted change", "git stash --include-untracked"),
    ("have diverged", "git pull --rebase origin main"),
    ("1.9.9", "pyproject.toml"),
    ("3.0.0 already: tiny-3.0.0-py3-none-any.whl", "choose the next version"),
    ("the tag v3.0.0 exists already", "git tag -d v3.0.0"),
    ("there is no token", "PYPI_API_TOKEN=..."),
)


def test_all_refusals_of_a_run_are_shown_together_each_with_its_cure(
    stage: Stage, anyio_backend: str
) -> None:
    """One run names everything that is wrong and what to do about each, and begins nothing."""
    everything_wrong(stage)
    run = refused(stage, "--keep-going", backend=anyio_backend, PYPI_API_TOKEN="", TINY_TESTS="fail")
    for problem, cure in WRONG:
        assert problem in run.said
        assert cure in run.said
    assert "the test suite failed with exit code 1" in run.said
    assert "the tests fails, as it was asked to" in run.said
    assert "ok Build environment" in run.said


def test_a_refusal_spares_the_long_checks(stage: Stage, anyio_backend: str) -> None:
    """Once a cheap check has refused, tests and build environment are ended and shown as not run."""
    stage.repository.write("stray.txt", "uncommitted")
    run = refused(stage, backend=anyio_backend, TINY_TESTS="wait")
    assert "not run Test suite: another check refused" in run.said


def test_a_branch_behind_its_remote_is_refused(stage: Stage) -> None:
    """The push after the upload could not be a fast-forward; the cure is the pull that mends it."""
    push_from_elsewhere(stage)
    run = refused(stage, backend="trio")
    assert "main is 1 commit behind origin/main" in run.said
    stage.repository.git("pull", "--quiet", "--ff-only", "origin", "main")
    (stage.repository.path / ".git/FETCH_HEAD").unlink()
    assert stage.run("--version", "major").code == 0


def test_a_detached_head_is_refused(stage: Stage) -> None:
    """There is no branch that could be released."""
    stage.repository.git("switch", "--quiet", "--detach")
    assert "HEAD is detached" in refused(stage).said


def test_a_version_that_is_no_step_forward_is_refused(stage: Stage) -> None:
    """A version that HEAD states already, or a lower one."""
    before = stage.fingerprint()
    for version in ("2.0.0", "1.9"):
        run = stage.run("--version", version)
        assert (run.code, stage.fingerprint()) == (3, before)
        assert f"{version} is not greater than 2.0.0" in run.said


def test_a_tag_that_only_the_remote_has_is_found(stage: Stage) -> None:
    """The remote is asked, not the memory of the last fetch."""
    stage.remote.git("tag", "v3.0.0", "main")
    assert "origin has a tag v3.0.0 already" in refused(stage, backend="trio").said


def test_a_project_without_a_remote_is_refused(stage: Stage) -> None:
    """The cure is the command that adds one."""
    stage.repository.git("remote", "remove", "origin")
    assert "git remote add origin URL" in refused(stage).said


def test_failing_tests_stop_where_nobody_can_be_asked(stage: Stage) -> None:
    """The safe answer to "continue anyway?" is No, with --yes too; the end of the output is shown."""
    run = refused(stage, "--yes", backend="trio", TINY_TESTS="fail")
    assert "Test suite did not pass" in run.said
    assert "the tests fails, as it was asked to" in run.said


def test_what_a_check_cannot_judge_is_not_taken_for_well(stage: Stage) -> None:
    """A remote that does not answer: exit 4, and the words say what could not be asked."""
    before = stage.fingerprint()
    moved = stage.remote.path.rename(stage.remote.path.with_name("away.git"))
    run = stage.run("--version", "major")
    moved.rename(stage.remote.path)
    assert run.code == 4, run.said
    assert "could not judge" in run.said
    assert "git ls-remote origin" in run.said
    assert stage.fingerprint() == before


def test_unknown_checks_and_versions_are_usage_errors(stage: Stage) -> None:
    """Exit 2, with the names that exist."""
    before = stage.fingerprint()
    run = stage.run("--version", "major", "--skip", "nonsense")
    assert (run.code, stage.fingerprint()) == (2, before)
    assert "working-tree" in run.said
    run = stage.run("check", "--skip", "tests", "--skip", "wroking-tree")
    assert (run.code, stage.fingerprint()) == (2, before)
    assert "there is no check 'wroking-tree'" in run.said
    assert "did you mean working-tree? the checks are: branch, " in run.said
    assert "release tiny" not in run.said
    run = stage.run("--version", "huge")
    assert (run.code, stage.fingerprint()) == (2, before)
    assert "huge" in run.said


def test_a_skipped_check_is_named_and_the_others_still_judge(stage: Stage) -> None:
    """--skip takes one check out; the release is made from HEAD all the same."""
    stage.repository.write("stray.txt", "uncommitted")
    run = stage.run("--version", "major", "--skip", "working-tree")
    assert run.code == 0, run.said
    assert "skipped Working tree: --skip working-tree" in run.said
    assert "stray.txt" not in stage.repository.git("ls-tree", "-r", "--name-only", "HEAD")


def test_checks_can_be_skipped_by_their_names_and_are_shown_so(stage: Stage) -> None:
    """As often as one likes, the tests by either word, in JSON as well; what is skipped is not run."""
    stage.repository.write("stray.txt", "uncommitted")
    words = ("--skip", "tests", "--skip", "working-tree", "--skip", "build-environment")
    run = stage.run("check", *words, TINY_TESTS="fail", TINY_BUILD="fail", backend="trio")
    assert run.code == 0, run.said
    for title, name in (("Test suite", "tests"), ("Working tree", "working-tree")):
        assert f"skipped {title}: --skip {name}" in run.said
    assert " tests not run" in run.said
    run = stage.run("check", *words[2:], "--skip-tests", "--output", "json", TINY_TESTS="fail")
    events = [json.loads(line) for line in run.stdout.splitlines()]
    ended = {event["name"]: event for event in events if event["event"] == "check_finished"}
    assert list(ended)
    assert set(ended) == set(CHECKS)
    assert {name: event["note"] for name, event in ended.items() if event["note"].startswith("--")} == {
        "tests": "--skip-tests",
        "working-tree": "--skip working-tree",
        "build-environment": "--skip build-environment",
    }
    assert {event["outcome"] for event in ended.values()} == {"passed", "skipped"}


def test_what_the_release_is_built_in_cannot_be_skipped(stage: Stage) -> None:
    """Exit 2 before anything is made, in a rehearsal too."""
    before = stage.fingerprint()
    for command in (("--version", "major"), ("rehearse",)):
        run = stage.run(*command, "--skip", "build-environment")
        assert (run.code, stage.fingerprint()) == (2, before)
        assert "the check build-environment cannot be skipped" in run.said


def test_check_says_the_same_as_a_release_and_does_nothing(stage: Stage, anyio_backend: str) -> None:
    """``release-async check`` exits 0 or 3 as the release would."""
    before = stage.fingerprint()
    assert (stage.run("check", backend=anyio_backend).code, stage.fingerprint()) == (0, before)
    stage.repository.write("stray.txt", "uncommitted")
    run = stage.run("check", backend=anyio_backend)
    assert (run.code, stage.fingerprint()) == (3, before)
    assert "stray.txt" in run.said


def test_two_releases_at_once_are_one_too_many(stage: Stage, tmp_path: Path) -> None:
    """The second is refused with the number of the first one's process."""
    notes = tmp_path / "notes"
    notes.mkdir()
    with stage.started("--version", "major", TINY_TESTS="wait", TINY_NOTES=str(notes)) as first:
        releasing.wait_until((notes / "tests").exists)
        run = stage.run("--version", "minor", backend="trio")
        assert run.code == 3, run.said
        assert f"process {first.pid}" in run.said
        first.terminate()
        first.communicate(timeout=60)
