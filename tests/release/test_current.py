"""The version that HEAD states is released as it is: no release commit, and the tag on HEAD."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import crashing, releasing
from support.crashing import FILES, KILLED, Scene
from support.releasing import Run, Stage
from support.repositories import Repository

pytestmark = pytest.mark.by_turns

RELEASED = {"tiny-2.0.0-py3-none-any.whl", "tiny-2.0.0.tar.gz"}
OUT = "tiny 2.0.0 is released already: there is nothing left to do"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time, which nobody has released yet."""
    with releasing.tiny(tmp_path) as stage:
        yield stage


def assert_released(stage: Stage, head: str) -> None:
    """Files, branch and tag are out, all of the same commit, and nothing of ours is left."""
    git, remote = stage.repository.git, stage.remote.git
    assert set(stage.published()) == RELEASED
    refs = ("refs/heads/main", "v2.0.0^{commit}")
    assert git("rev-parse", *refs).split() == remote("rev-parse", *refs).split() == [head, head]
    assert git("rev-parse", "v2.0.0") == remote("rev-parse", "v2.0.0")
    assert remote("cat-file", "-t", "v2.0.0") == "tag"
    now = stage.fingerprint()
    assert (now.worktrees.count("worktree "), now.runs, now.fetch_head) == (1, (), False)
    assert "release-async" not in now.refs
    assert stage.processes() == []


def told(run: Run, event: str) -> list[dict[str, object]]:
    """The events of a name that a run wrote as JSON."""
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    return [line for line in lines if line["event"] == event]


@pytest.mark.parametrize("version", ["current", "2.0.0", "v2.0"])
def test_head_itself_is_released(stage: Stage, anyio_backend: str, version: str) -> None:
    """Whether it is asked for by name or by number; a second time there is nothing left to do."""
    before = stage.fingerprint()
    run = stage.run("--version", version, "--yes", backend=anyio_backend)
    assert run.code == 0, run.said
    assert_released(stage, before.head)
    now = stage.fingerprint()
    assert (now.branch, now.staged, now.files, now.config) == (
        *(before.branch, before.staged, before.files, before.config),
    )
    assert "release tiny 2.0.0 " in run.said
    assert "as it is: no release commit" in run.said
    again = stage.run("--version", version, "--yes", backend=anyio_backend)
    assert (again.code, again.said) == (0, OUT)
    following = stage.run("--version", "patch", "--yes", backend=anyio_backend)
    assert following.code == 0, following.said
    assert stage.repository.git("rev-parse", "v2.0.1^") == before.head


def test_what_nobody_has_seen_yet_is_pushed_with_the_tag(stage: Stage, anyio_backend: str) -> None:
    """HEAD is ahead of the remote: it is told, and one push carries both or neither."""
    stage.repository.write("more.txt", "more")
    stage.repository.commit("more")
    head = stage.repository.git("rev-parse", "HEAD")
    run = stage.run("--version", "current", "--yes", backend=anyio_backend)
    assert run.code == 0, run.said
    assert "main is 1 commit ahead of origin/main, which is pushed too" in run.said
    assert_released(stage, head)


def test_a_remote_without_the_branch_gets_it(stage: Stage) -> None:
    """A new project, whose first push this is."""
    stage.remote.git("update-ref", "-d", "refs/heads/main")
    head = stage.repository.git("rev-parse", "HEAD")
    run = stage.run("--version", "current", "--yes")
    assert run.code == 0, run.said
    assert "origin has no branch main yet: the release creates it" in run.said
    assert_released(stage, head)


def test_a_tag_that_is_there_is_not_taken_for_ours(stage: Stage, anyio_backend: str) -> None:
    """The index has nothing of it: a person decides, who is told what is next, and nothing has changed."""
    stage.repository.git("tag", "v2.0.0")
    before = stage.fingerprint()
    run = stage.run("--version", "current", "--yes", backend=anyio_backend)
    assert (run.code, stage.fingerprint()) == (3, before)
    assert "the tag v2.0.0 exists already" in run.said
    assert "if it was never pushed: git tag -d v2.0.0" in run.said
    assert "--version 2.0.1 (patch), 2.1.0 (minor) or 3.0.0 (major)" in run.said
    stage.repository.git("push", "--quiet", "origin", "v2.0.0")
    run = stage.run("--version", "2.0.0", "--yes", backend=anyio_backend)
    assert run.code == 3
    assert "the tag v2.0.0 exists already, here and on origin" in run.said


def test_files_that_are_out_without_a_tag_are_no_whole_release(stage: Stage, anyio_backend: str) -> None:
    """Somebody has uploaded them by hand: what is missing is said, and what is next."""
    assert stage.run("--version", "current", "--yes", AUTO_GIT_TAG="false").code == 0
    before = stage.fingerprint()
    for version in ("current", "2.0.0"):
        run = stage.run("--version", version, "--yes", backend=anyio_backend)
        assert (run.code, stage.fingerprint()) == (3, before)
        assert "the release is not complete: origin has no v2.0.0" in run.said
        assert "release-async --version 2.0.1 (patch), 2.1.0 (minor) or 3.0.0 (major)" in run.said
    for name in RELEASED:
        (stage.packages / name).rename(stage.packages / name.replace("2.0.0", "3.0.0"))
    assert stage.run("--version", "current", "--yes").code == 0


def test_without_a_tag_only_files_go_out(stage: Stage) -> None:
    """AUTO_GIT_TAG=false, and the remote has HEAD: there is nothing to push, and that is no fault."""
    before = stage.fingerprint()
    run = stage.run("--version", "current", "--yes", AUTO_GIT_TAG="false")
    assert run.code == 0, run.said
    now = stage.fingerprint()
    assert (now.remote, now.refs, set(now.published)) == (before.remote, before.refs, RELEASED)
    run = stage.run("--version", "current", "--yes", AUTO_GIT_TAG="false")
    assert (run.code, run.said) == (0, OUT)


def test_the_plan_and_the_steps_say_that_nothing_is_committed(stage: Stage, anyio_backend: str) -> None:
    """As JSON: the route, no edits and no message; the steps that are left out are told with the reason."""
    run = stage.run("--version", "current", "--dry-run", "--output", "json", backend=anyio_backend)
    assert run.code == 0, run.said
    (made,) = told(run, "plan_made")
    plan = made["plan"]
    assert isinstance(plan, dict)
    assert (plan["route"]["name"], plan["edits"], plan["message"]) == ("current", [], "")
    assert stage.published() == {}
    run = stage.run("--version", "current", "--yes", "--output", "json", backend=anyio_backend)
    ended = {str(each["name"]): each for each in told(run, "step_finished")}
    assert ended["checkout"]["outcome"] == "passed"
    assert list(ended)[:2] == ["commit", "checkout"]
    for name in ("commit", "land"):
        assert (ended[name]["outcome"], ended[name]["note"]) == ("skipped", "HEAD is released as it is")


def test_a_test_upload_of_it_takes_the_next_development_release(stage: Stage, anyio_backend: str) -> None:
    """The first time it is HEAD as it is; then that name is used up there."""
    stage.environ["TEST_PYPI_REPOSITORY_URL"] = stage.environ["PYPI_REPOSITORY_URL"]
    stage.environ["PYPI_TEST_TOKEN"] = stage.environ["PYPI_API_TOKEN"]
    before = stage.fingerprint()
    for last in ("2.0.0", "2.0.0.dev1", "2.0.0.dev2"):
        run = stage.run("--version", "current", "--test", "--yes", backend=anyio_backend)
        assert run.code == 0, run.said
        assert f"tiny-{last}.tar.gz" in stage.published()
    now = stage.fingerprint()
    assert (now.refs, now.remote, now.files) == (before.refs, before.remote, before.files)


def test_it_can_be_rehearsed(stage: Stage, anyio_backend: str) -> None:
    """In the sandbox as outside."""
    before = stage.fingerprint()
    run = stage.run("rehearse", "--version", "current", backend=anyio_backend)
    assert run.code == 0, run.said
    assert "tiny 2.0.0 was rehearsed: nothing has left this machine" in run.said
    assert stage.fingerprint() == before


def test_others_may_go_on_from_it_before_it_is_tagged(tmp_path: Path, anyio_backend: str) -> None:
    """It dies after the upload, they push meanwhile: the tag goes out alone, and their commit stays."""
    with crashing.scene(tmp_path) as scene:
        head, theirs = _dead_behind_the_upload(scene), "theirs"
        _push_from_elsewhere(scene.stage, theirs)
        run = scene.stage.run("--resume", backend=anyio_backend)
        assert run.code == 0, run.said
        remote = scene.stage.remote.git
        assert remote("log", "--format=%s", f"{head}..main") == theirs
        assert remote("rev-parse", "v2.0.0^{commit}") == head
        assert scene.stage.repository.git("rev-parse", "main") == head


def test_what_the_user_commits_meanwhile_is_left_alone(tmp_path: Path, anyio_backend: str) -> None:
    """Nothing lands, so nothing of theirs is in the way; the tag is on the commit that was built."""
    with crashing.scene(tmp_path) as scene:
        head, repository = _dead_behind_the_upload(scene), scene.stage.repository
        repository.write("mine.txt", "mine")
        repository.commit("mine")
        repository.write("tiny/__init__.py", "__version__ = '2.0.1'\n")
        mine = repository.git("rev-parse", "main")
        run = scene.stage.run("--resume", backend=anyio_backend)
        assert run.code == 0, run.said
        assert repository.git("rev-parse", "main", "v2.0.0^{commit}").split() == [mine, head]
        assert scene.stage.remote.git("rev-parse", "main") == head
        assert repository.git("status", "--porcelain") == " M tiny/__init__.py"


def test_it_is_given_up_like_any_other(tmp_path: Path) -> None:
    """What is public is said; nothing of it is kept here, and HEAD has no tag."""
    with crashing.scene(tmp_path) as scene:
        _dead_behind_the_upload(scene)
        run = scene.stage.run("--abandon", "--yes")
        assert run.code == 0, run.said
        assert "tiny 2.0.0 is given up" in run.said
        assert scene.stage.repository.git("tag") == ""
        assert scene.stage.repository.git("for-each-ref", "refs/release-async") == ""


def _dead_behind_the_upload(scene: Scene) -> str:
    """Let a release of HEAD die when its first file is out; the object id of HEAD."""
    point = f"after upload {FILES[0].replace(crashing.VERSION, '2.0.0')}"
    assert scene.crash(point, "--version", "current", "--yes") == KILLED
    return scene.stage.repository.git("rev-parse", "HEAD")


def _push_from_elsewhere(stage: Stage, subject: str) -> None:
    other = Repository(stage.remote.path.parent / "other")
    stage.repository.git("clone", "--quiet", str(stage.remote.path), str(other.path))
    other.write("theirs.txt", "theirs")
    other.commit(subject)
    other.git("push", "--quiet", "origin", "HEAD:main")
