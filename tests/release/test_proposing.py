"""A release that others merge: proposed, waited for, finished from what was merged, or taken back whole."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.plan import merge_request, plan as planning
from support import github, proposing, releasing
from support.matrices import sampled
from support.proposing import RELEASE, RESUME, SOURCE, TAG, VERSION, Ground, Scene, events
from support.releasing import Run

pytestmark = pytest.mark.by_turns

PULL = f"https://github.com/{github.NAME}/pull/1"
TOP = f"/repos/{github.NAME}"


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """One release that waits, for all tests to copy."""
    with proposing.ground(tmp_path_factory.mktemp("ground")) as ground:
        yield ground


@pytest.fixture
def scene(tmp_path: Path, ground: Ground) -> Iterator[Scene]:
    """A release that waits for its merge."""
    with ground.copied(tmp_path) as scene:
        yield scene


def test_a_proposal_changes_nothing_here_and_nothing_is_public(tmp_path: Path) -> None:
    """Neither branch nor files, index, worktrees or tags; the run ends with 7, and says for what it waits."""
    with proposing.scene(tmp_path) as scene:
        before = scene.stage.fingerprint()
        run = scene.proposed("trio")
        scene.nothing_is_public()
        now = scene.stage.fingerprint()
        changed = {name for name, was in before._asdict().items() if was != getattr(now, name)}
        assert changed == {"refs", "runs", "remote"}
        ours = scene.stage.repository.git("for-each-ref", "--format=%(refname)", "refs/release-async")
        assert {ref.rpartition("/")[2] for ref in ours.splitlines()} == {"commit", "plan", "upstream"}
        (waits,) = events(run, "waits")
        assert (waits["what"], waits["address"]) == ("the merge of pull request #1 into main", PULL)
        assert waits["done"] == [f"push {SOURCE} to origin", f"request to merge {SOURCE} into main"]
        assert scene.hub.posted() == [f"{TOP}/pulls"]


def test_a_release_that_waits_is_told_of_and_comes_first(scene: Scene, anyio_backend: str) -> None:
    """By status, by a look, and by whoever begins another release; none of them changes anything."""
    before = scene.stage.fingerprint()
    for words in (("status",), ("--resume",), ("--version", "4.0.0", "--yes")):
        run = scene.run(*words, backend=anyio_backend)
        assert run.code == 7, run.said
        assert f"tiny {VERSION} waits for the merge of pull request #1 into main" in run.said
        assert f"since 2026-01-02 03:04 UTC at {PULL}" in run.said
        assert "release-async --resume --wait stays; to give it up: release-async --abandon" in run.said
        assert scene.hub.posted() == []
    tried = scene.run("--wait", "--dry-run", backend=anyio_backend)
    assert (tried.code, "--dry-run does not go with --wait" in tried.said) == (2, True), tried.said
    assert scene.stage.fingerprint()._replace(staged=b"") == before._replace(staged=b"")
    scene.nothing_is_public()


def test_another_gh_finishes_and_gives_up_as_well(tmp_path: Path, ground: Ground) -> None:
    """Every question and every change of the route, by the oldest gh that is worth a try."""
    for number, merges in enumerate((True, False)):
        (tmp_path / str(number)).mkdir()
        with ground.copied(tmp_path / str(number), "other gh") as scene:
            assert scene.run("status").code == 7
            commit = scene.pulls.merge() if merges else ""
            run = scene.run(*(RESUME if merges else ("--abandon", "--yes")))
            assert run.code == 0, run.said
            if merges:
                scene.is_released(commit)
            assert scene.pulls.last["state"] == "closed"


def test_what_was_merged_is_what_is_released(scene: Scene, anyio_backend: str) -> None:
    """Built, inspected, uploaded, tagged and announced from that commit; the branch here stays as it is.

    By a queue, in which another commit came in before: that is agreed to first.
    """
    head = scene.stage.repository.git("rev-parse", "main")
    commit = scene.pulls.merge("queue", keeps_branch=True)
    run = scene.run(*RESUME, backend=anyio_backend)
    assert (run.code, "what came in beside it on main (queued.txt)" in run.said) == (3, True), run.said
    scene.nothing_is_public()
    run = scene.run(*RESUME, "--yes", backend=anyio_backend)
    assert run.code == 0, run.said
    scene.is_released(commit)
    assert scene.stage.repository.git("rev-parse", "main") == head
    (released,) = events(run, "released")
    facts = released["facts"]
    assert isinstance(facts, list)
    assert ["pushed", f"{TAG} to origin ({github.URL})"] in facts


def test_who_stays_sees_it_through(scene: Scene) -> None:
    """The answer is shown once, the merge is noticed, and the release goes on by itself."""
    commit = ""
    with scene.stage.forked(*RESUME, "--wait", "5m", backend="trio") as process:
        for line in process.lines():
            if '"waits"' in line and not commit:
                assert '"stays": true' in line
                commit = scene.pulls.merge()
        run = releasing.ended(process)
    assert run.code == 0, run.said
    scene.is_released(commit)


def test_ctrl_c_leaves_it_waiting(scene: Scene, anyio_backend: str) -> None:
    """Nothing is broken off: the code is that of a release that waits, and the next run finds it so."""
    told: list[str] = []
    with scene.stage.forked("--wait", "--output", "json", backend=anyio_backend) as process:
        for line in process.lines():
            told.append(line)
            if '"stays": true' in line:
                process.send_signal(signal.SIGINT)
        assert releasing.ended(process).code == 7
    waits = events(Run(0, "".join(told), ""), "waits")
    assert [each["stays"] for each in waits] == [True, False]
    assert scene.run("status").code == 7


def test_giving_it_up_takes_all_of_it_back(scene: Scene, anyio_backend: str) -> None:
    """The request is closed, branch and plan are gone, and nothing is kept here; another one may begin."""
    run = scene.run("--abandon", "--yes", backend=anyio_backend)
    assert run.code == 0, run.said
    assert f"pull request #1 is closed: {PULL} {SOURCE} is deleted on origin" in run.said
    assert "yank" not in run.said
    scene.nothing_is_public()
    assert scene.pulls.last["state"] == "closed"
    assert scene.remote.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"
    assert scene.stage.repository.git("for-each-ref", "refs/release-async") == ""
    assert scene.run("status").code == 0
    assert scene.run(*RELEASE, "--dry-run").code == 0


def test_a_request_that_was_closed_is_for_a_person_to_decide(scene: Scene) -> None:
    """Reopened it goes on; closing it was the whole way back, for nothing else is anywhere."""
    scene.pulls.last["state"] = "closed"
    for words in (RESUME, ("status",)):
        run = scene.run(*words)
        assert (run.code, "pull request #1 was closed and not merged" in run.said) == (6, True), run.said
    scene.nothing_is_public()
    scene.pulls.last["state"] = "open"
    assert scene.run(*RESUME).code == 7


def test_other_versions_than_planned_are_not_built(scene: Scene) -> None:
    """Somebody has changed one in the request: a conflict, before anything is public."""
    scene.pulls.land("tiny/__init__.py", "__version__ = '9.9.9'\n", SOURCE)
    scene.pulls.merge("squash")
    run = scene.run(*RESUME)
    assert (run.code, "other versions than planned: tiny/__init__.py" in run.said) == (6, True), run.said
    scene.nothing_is_public()


@pytest.fixture
def elsewhere(scene: Scene, tmp_path: Path) -> Scene:
    """Another clone, on which nobody has begun anything; the first one is lost."""
    return scene.another_clone(tmp_path / "elsewhere")


def test_a_fresh_clone_finishes_what_another_has_begun(scene: Scene, elsewhere: Scene) -> None:
    """It finds the request by its mark, and the plan by its digest; the first then sees that it is out."""
    run = elsewhere.run(*RESUME)
    assert run.code == 7, run.said
    assert "tiny 3.0.0 was proposed in another clone, and is gone on with here" in run.said
    assert elsewhere.hub.posted() == []
    commit = elsewhere.pulls.merge("squash")
    run = elsewhere.run(*RESUME, backend="trio")
    assert run.code == 0, run.said
    elsewhere.is_released(commit)
    for words in ("status", "--resume"):
        run = scene.run(words)
        assert (run.code, "is out: it was finished in another clone" in run.said) == (0, True), run.said
        assert scene.hub.posted() == []
    assert scene.remote.git("for-each-ref", "refs/release-async", f"refs/heads/{SOURCE}") == ""
    assert scene.stage.repository.git("for-each-ref", "refs/release-async") == ""


def test_a_fresh_clone_can_give_it_up(elsewhere: Scene) -> None:
    """As the one that began it."""
    assert elsewhere.run("--abandon", "--yes").code == 0
    assert elsewhere.pulls.last["state"] == "closed"
    assert elsewhere.remote.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_a_second_release_is_refused_in_a_fresh_clone_too(elsewhere: Scene) -> None:
    """The request on the forge says that one waits."""
    run = elsewhere.run("--version", "4.0.0", "--yes", "--skip-tests")
    assert (run.code, "another release waits on main for the merge of pull request #1" in run.said) == (
        3,
        True,
    )
    assert elsewhere.hub.posted() == []


def forged(scene: Scene, *, mark: bool, **changes: object) -> None:
    """Have somebody put another plan there, and if they can, its mark into the request."""
    git = scene.remote.git
    (ref,) = git("for-each-ref", "--format=%(refname)", "refs/release-async").splitlines()
    plan = json.loads(git("show", f"{ref}:plan.json"))
    package = {name: value for name, value in changes.items() if name in plan["packages"][0]}
    plan["packages"][0] |= package
    plan |= {name: value for name, value in changes.items() if name not in package}
    text = merge_request.text(planning.recalled(plan))
    body = str(scene.pulls.last["body"])
    file = scene.remote.path / "plan.json"
    file.write_text(text)
    blob = git("hash-object", "-w", str(file))
    file.unlink()
    tree = subprocess.run(
        ("git", "mktree"), cwd=scene.remote.path, input=f"100644 blob {blob}\tplan.json\n",
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    git("update-ref", ref, git("commit-tree", "-p", f"{ref}^", "-m", "plan", tree))
    if mark:
        digest = merge_request.digest(planning.recalled(plan))
        scene.pulls.last["body"] = body.replace(body.rpartition("plan ")[2][:64], digest)


@pytest.mark.parametrize(
    ("changes", "mark", "why"),
    [
        ({"message": "theirs"}, False, "is not the one that a request from release/3.0.0 is marked with"),
        ({"message": "theirs", "tag": "v9"}, True, "is not what this project would release: message, tag"),
        ({"base": "0" * 40}, True, "does not belong to its release commit"),
        ({"edits": []}, True, "does not belong to its release commit"),
    ],
    ids=["without the mark", "with the mark", "another base", "other edits"],
)
def test_a_forged_plan_is_refused(
    elsewhere: Scene, changes: dict[str, object], why: str, *, mark: bool
) -> None:
    """The request says otherwise, or the project itself does; nothing is kept of it."""
    forged(elsewhere, mark=mark, **changes)
    elsewhere.pulls.merge()
    run = elsewhere.run(*RESUME)
    assert (run.code, why in run.said) == (6, True), run.said
    assert elsewhere.stage.repository.git("for-each-ref", "refs/release-async") == ""
    elsewhere.nothing_is_public()


@pytest.mark.parametrize("ci", sampled(["require", "parent"], ["require"]))
def test_a_release_that_wants_green_waits_with_nothing_public(tmp_path: Path, ci: str) -> None:
    """Without a request, too: the plan is kept, and the next run goes on by it.

    For the checks of the release commit itself, which a branch of its own shows to CI; or of its parent, and
    then nobody sees anything.
    """
    with proposing.scene(tmp_path, land='"push"', ci=f'"{ci}"') as scene:
        before = scene.stage.fingerprint()
        run = scene.run(*RELEASE)
        assert (run.code, "waits for the checks of" in scene.run("status").said) == (7, True), run.said
        now = scene.stage.fingerprint()
        assert (now.worktrees, now.head) == (before.worktrees, before.head)
        scene.nothing_is_public()
        branches = scene.remote.git("for-each-ref", "--format=%(refname)").split()
        shown = [f"refs/heads/release-candidate/{VERSION}"] if ci == "require" else []
        assert branches == ["refs/heads/main", *shown]
        commit = scene.remote.git("rev-parse", branches[-1])
        assert (scene.remote.git("rev-parse", f"{commit}~{len(shown)}")) == before.head
        scene.hub.runs = [{"name": "tests", "status": "completed", "conclusion": "success"}]
        run = scene.run(*RESUME, backend="trio")
        assert run.code == 0, run.said
        scene.is_released(scene.remote.git("rev-parse", "main"))
        assert scene.stage.repository.git("rev-parse", "main^") == before.head
        assert scene.remote.git("for-each-ref", "refs/heads/release-candidate") == ""


def test_releases_of_two_branches_wait_side_by_side(scene: Scene) -> None:
    """One is in the way on its own branch only; which of them is meant is said by what is checked out."""
    git = scene.stage.repository.git
    git("switch", "--quiet", "--create", "1.x", "main")
    proposing.configure(scene.stage, {"branch": '"1.x"'})
    git("push", "--quiet", "--set-upstream", str(scene.remote.path), "1.x")
    run = scene.run("--version", "2.0.1", "--yes")
    assert run.code == 7, run.said
    assert "tiny 2.0.1 waits for the merge of pull request #2 into 1.x" in run.said
    assert "tiny 2.0.1 waits" in scene.run("status").said
    git("switch", "--quiet", "main")
    assert f"tiny {VERSION} waits" in scene.run("status").said
    assert scene.run("--version", "5.0.0", "--yes").code == 7
    commit = scene.pulls.merge("squash", number=1)
    run = scene.run(*RESUME)
    assert run.code == 0, run.said
    assert scene.remote.git("rev-parse", f"{TAG}^{{commit}}") == commit
    run = scene.run("--abandon", "--yes")
    assert (run.code, "pull request #2 is closed" in run.said) == (0, True), run.said
    assert scene.run("status").code == 0


def test_what_moved_while_green_was_waited_for_stops_it_before_the_upload(tmp_path: Path) -> None:
    """An edit can be put aside; a branch that moved cannot: what was checked is given up, and taken back."""
    with proposing.scene(tmp_path, land='"push"', ci='"require"') as scene:
        assert scene.run(*RELEASE).code == 7
        scene.hub.runs = [{"name": "tests", "status": "completed", "conclusion": "success"}]
        project = scene.stage.repository
        project.write("tiny/__init__.py", "edited\n")
        run = scene.run(*RESUME)
        assert (run.code, "git stash, then: release-async --resume" in run.said) == (5, True), run.said
        project.commit("go on")
        run = scene.run(*RESUME)
        assert (run.code, "this one can only be given up" in run.said) == (5, True), run.said
        scene.nothing_is_public()
        assert scene.run("--abandon", "--yes").code == 0
        assert scene.remote.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"
