"""A release that was broken off: how it stands, how it is finished or given up, what may happen meanwhile."""

import io
import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.base.exit_codes import ExitCode
from release_async.cli.command_line import parse
from release_async.cli.commands import resume, unfinished
from release_async.render.output_stream import Stream
from release_async.render.plain import PlainText
from release_async.render.redacting_renderer import RedactingRenderer
from release_async.run import journal
from release_async.run.journal import FILE
from support import crashing, releasing
from support.crashing import FILES, KILLED, RELEASE, RESUME, Scene
from support.forks import ForkedTool
from support.releasing import Run
from support.repositories import Repository

pytestmark = pytest.mark.by_turns

WHEEL, SDIST = FILES
AFTER_THE_WHEEL = f"after upload {WHEEL}"
PUSH = "push main and v3.0.0 to origin"
NOTHING = "no release is unfinished: there is nothing left to do"
LEFT = "interrupted here before its first upload, and the next run removes the working files that it left"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A fresh project, remote and index."""
    with crashing.scene(tmp_path) as scene:
        yield scene


def runs(scene: Scene) -> list[Path]:
    """The directories of the runs that have left one."""
    return sorted((scene.stage.repository.path / ".git/release-async").glob("[0-9]*/"))


def events(run: Run) -> dict[str, dict[str, object]]:
    """The last event of each name that a run wrote as JSON."""
    told = [json.loads(line) for line in run.stdout.splitlines()]
    return {event["event"]: event for event in told}


def hook(repository: Repository, name: str, script: str) -> Path:
    """Put a hook into a repository, bare or not."""
    top = repository.path / ".git"
    path = (top if top.is_dir() else repository.path) / "hooks" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def finished(
    scene: Scene, story: journal.RecordedRelease | None, *arguments: str, backend: str = "asyncio"
) -> None:
    """Resume, and see that the end is that of a release which nothing disturbed."""
    run = scene.stage.run("--resume", *arguments, backend=backend)
    assert run.code == 0, run.said
    assert scene.faults(story) == []


def test_what_dies_before_its_first_upload_is_swept(scene: Scene, anyio_backend: str) -> None:
    """Nothing is public and nothing is owed; the branch, index, files and tags were never touched."""
    before = scene.stage.fingerprint()
    assert scene.crash("after sdist and wheel", *RELEASE, backend=anyio_backend) == KILLED
    assert len(runs(scene)) == 1
    run = scene.stage.run("status", backend=anyio_backend)
    assert (run.code, LEFT in run.said, NOTHING in run.said) == (0, True, False)
    run = scene.stage.run("--resume", backend=anyio_backend)
    assert run.code == ExitCode.NOTHING
    assert "the working files that it left are removed now nothing of it is public" in run.said
    assert "nothing was done" not in run.said
    assert scene.stage.fingerprint() == before
    trials = {"TEST_PYPI_REPOSITORY_URL": "http://127.0.0.1:9/trials/"}
    run = scene.stage.run("--resume", backend=anyio_backend, **trials)
    assert "\n  pip index versions --pre --index-url http://127.0.0.1:9/trials/" in run.stdout
    assert (run.code, "there is no unfinished release in this clone" in run.said) == (ExitCode.NOTHING, True)
    only_look = ("pip index versions --pre", "git ls-remote --tags origin")
    assert all(f"\n  {words}" in run.stdout for words in only_look), run.said  # one line each, to be pasted
    for word in ("--resume", "--abandon", "status"):
        run = scene.stage.run(word)
        assert word == "--resume" or (run.code, run.said) == (0, NOTHING)
        run = scene.stage.run(word, "-C", "nowhere")
        assert (run.code, "there is no directory" in run.said) == (2, True)


def test_status_and_a_second_release_say_what_is_done_and_owed(scene: Scene, anyio_backend: str) -> None:
    """The same words from both, and neither changes anything; a finished release is not made again."""
    assert scene.crash(AFTER_THE_WHEEL, *RELEASE) == KILLED
    story, (run_directory,) = scene.recorded(), runs(scene)
    kept = (run_directory / FILE).read_bytes()
    told = scene.stage.run("status", "--output", "json", backend=anyio_backend)
    stands = events(told)["stands"]
    assert told.code == 5
    assert stands["done"] == [f"upload {WHEEL}"]
    owed = [f"upload {SDIST}", "tag v3.0.0", PUSH, "update your main"]
    assert stands["owed"][: len(owed)] == owed  # type: ignore[index] # it is a list
    assert stands["command"] == "release-async --resume"
    refused = scene.stage.run("--version", "4.0.0", "--yes", "--output", "json", backend=anyio_backend)
    failed = events(refused)["failed"]
    assert refused.code == failed["code"] == 5
    assert (failed["public"], failed["owed"]) == (stands["done"], stands["owed"])
    for word in ("--resume", "status", "--abandon"):
        assert f"release-async {word}" in str(failed["cure"])
    assert "nothing is public" not in refused.said
    assert (run_directory / FILE).read_bytes() == kept
    finished(scene, story, backend=anyio_backend)
    again = scene.stage.run("--version", "3.0.0", backend=anyio_backend)
    assert (again.code, again.said) == (0, "tiny 3.0.0 is released already: there is nothing left to do")
    assert scene.faults(story) == []


async def test_a_release_that_another_run_has_just_finished_is_not_made_anew(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was unfinished when we looked, and finished when we had the lock: there is nothing left to do."""
    assert scene.crash(AFTER_THE_WHEEL, *RELEASE) == KILLED
    story = scene.recorded()
    finished(scene, story)

    async def seen_before(_: object) -> journal.RecordedRelease | None:
        return story

    monkeypatch.setattr(unfinished, "recorded", seen_before)
    for name, value in scene.stage.environment().items():
        monkeypatch.setenv(name, value)
    said = io.StringIO()
    options = parse(["--resume", "-C", str(scene.stage.repository.path)])
    assert await resume.resume(options, RedactingRenderer(PlainText(Stream(said), io.StringIO()))) == 0
    assert said.getvalue() == f"{NOTHING}\n"
    assert scene.faults(story) == []


def test_a_copy_elsewhere_and_a_newer_tool_finish_it(scene: Scene, tmp_path: Path) -> None:
    """Nothing hangs on the path, nor on the version of the tool while the schema is the same."""
    assert scene.crash(AFTER_THE_WHEEL, *RELEASE) == KILLED
    story, original = scene.recorded(), scene.stage.repository
    copy = tmp_path / "elsewhere/copy"
    shutil.copytree(original.path, copy, symlinks=True)
    shutil.rmtree(original.path)
    scene.stage.repository = Repository(copy)
    path = runs(scene)[0] / FILE
    _, _, body = path.read_bytes().split(b"\n")[0].decode().partition(" ")
    record = json.loads(body)
    record["tool"] = "99.0"
    record["plan"]["mood"] = record["plan"]["target"]["mood"] = record["files"][0]["mood"] = "fine"
    body = json.dumps(record, ensure_ascii=False)
    path.write_text(f"{journal._seal('', body)} {body}\n")  # noqa: SLF001 - another version of it has written this
    finished(scene, story, "-C", "tiny", backend="trio")


def test_what_the_user_does_meanwhile_plays_no_part(scene: Scene, tmp_path: Path) -> None:
    """Another branch, a broken HEAD, a lost ``.env``, a hard cleaning of git, another working tree."""
    git = scene.stage.repository.git
    token = scene.stage.environ.pop("PYPI_API_TOKEN")
    scene.stage.environ["PYPI_API_TOKEN"] = ""
    scene.stage.repository.write(".env", f"PYPI_API_TOKEN={token}\n").chmod(0o600)
    del scene.stage.environ["PYPI_API_TOKEN"]
    assert scene.crash(f"before {PUSH}", *RELEASE) == KILLED
    story = scene.recorded()
    (scene.stage.repository.path / ".env").unlink()
    git("switch", "--quiet", "--create", "side")
    scene.stage.repository.write("pyproject.toml", "[broken")
    scene.stage.repository.commit("broken")
    scene.stage.repository.write("tiny/__init__.py", "__version__ = 'mine'\n")
    git("worktree", "prune")
    git("reflog", "expire", "--expire=now", "--all")
    git("gc", "--quiet", "--prune=now")
    linked = tmp_path / "linked"
    git("worktree", "add", "--quiet", "--detach", str(linked), "main")
    run = scene.stage.run("--resume", "-C", str(linked / "tiny"), backend="trio")
    assert run.code == 0, run.said
    assert story
    assert git("rev-parse", "main", "v3.0.0^{}", "origin/main").split() == [story.results.commit] * 3
    assert git("symbolic-ref", "--short", "HEAD") == "side"
    assert git("status", "--porcelain") == " M tiny/__init__.py"
    assert runs(scene) == []


def test_edits_and_commits_of_the_user_only_delay_the_landing(scene: Scene) -> None:
    """What is public is right; the branch here waits until they have put their work aside or on top."""
    assert scene.crash(f"before {PUSH}", *RELEASE) == KILLED
    story, repository = scene.recorded(), scene.stage.repository
    assert story
    mine = repository.write("tiny/__init__.py", "__version__ = '2.0.0-mine'\n")
    run = scene.stage.run("--resume")
    assert run.code == 5, run.said
    ahead = f"git merge --ff-only --autostash {story.results.commit}, then: release-async --resume"
    assert f"have that carried along: {ahead}" in run.said
    assert f"do {ahead}" in scene.stage.run("status").said
    assert "main and v3.0.0 on origin still to do: update your main" in run.said
    assert "see the files on" not in run.said.partition("still to do")[2]
    assert mine.read_text() == "__version__ = '2.0.0-mine'\n"
    repository.git("stash", "--quiet")
    repository.write("mine.txt", "mine")
    repository.commit("mine")
    run = scene.stage.run("--resume", backend="trio")
    assert run.code == 5, run.said
    assert "you have committed to main meanwhile" in run.said
    onto = f"git rebase --autostash {story.results.commit} main, then: release-async --resume"
    assert onto in run.said
    assert f"do {onto}" in scene.stage.run("status").said
    assert "--ff-only" not in run.said
    assert "hint:" not in run.said
    repository.git("rebase", "--quiet", story.results.commit, "main")
    assert scene.stage.run("--resume").code == 0
    assert repository.git("log", "--format=%s") == "mine\nrelease: v3.0.0\nbegin"
    assert scene.stage.remote.git("rev-parse", "main") == story.results.commit
    assert runs(scene) == []


def test_a_token_and_files_that_were_lost_are_asked_for(scene: Scene) -> None:
    """Nothing goes out with a wrong token, to another index, or with other bytes; each can be put right."""
    assert scene.crash(AFTER_THE_WHEEL, *RELEASE) == KILLED
    story = scene.recorded()
    for environ, words in (
        ({"PYPI_API_TOKEN": "wrong"}, "from PYPI_USERNAME: check that, too, then: release-async --resume"),
        ({"PYPI_API_TOKEN": ""}, "put it into PYPI_API_TOKEN, then: release-async --resume"),
        ({"PYPI_REPOSITORY_URL": ""}, "PYPI_REPOSITORY_URL leads elsewhere now"),
    ):
        run = scene.stage.run("--resume", **environ)
        assert run.code == 5, run.said
        assert words in run.said
    wheel, sdist = (runs(scene)[0] / "artifacts" / name for name in FILES)
    wheel.unlink()
    sdist.chmod(0o600)
    kept = sdist.read_bytes()
    sdist.write_bytes(kept + b"\n")
    for word in ("--resume", "status"):
        run = scene.stage.run(word, backend="trio")
        assert run.code == 6, run.said
        assert "does not hold the bytes any more that were inspected" in run.said
    assert tuple(scene.index.digests()) == (WHEEL,)
    sdist.write_bytes(kept)
    finished(scene, story)


def test_the_files_for_the_user_are_those_that_were_released(scene: Scene) -> None:
    """CLEAN_BUILD_ARTIFACTS and AUTO_GIT_TAG off: what lies in dist/ is whole, and theirs stays theirs."""
    wanted = {"CLEAN_BUILD_ARTIFACTS": "false", "AUTO_GIT_TAG": "false"}
    scene.stage.environ |= wanted
    assert scene.crash("before copy the files to dist/", *RELEASE) == KILLED
    for name in wanted:
        del scene.stage.environ[name]
    dist = scene.stage.repository.path / "dist"
    scene.stage.repository.write(f"dist/{SDIST}", "built by hand")
    scene.stage.repository.write(f"dist/.{WHEEL}.part", "a copy that was broken off")
    run = scene.stage.run("--resume")
    assert run.code == 5, run.said
    assert f"{SDIST} is another file than the one released" in run.said
    assert (dist / SDIST).read_text() == "built by hand"
    (dist / SDIST).unlink()
    sdist = runs(scene)[0] / "artifacts" / SDIST
    lost = sdist.rename(dist.parent.parent / SDIST)
    run = scene.stage.run("--resume", backend="trio")
    assert run.code == 5, run.said
    assert "pip download" in run.said
    lost.rename(dist / SDIST)
    assert scene.stage.run("--resume").code == 0
    assert {path.name: releasing.sha256(path) for path in dist.iterdir()} == scene.index.digests()
    assert scene.stage.remote.git("tag", "--list") == scene.stage.repository.git("tag", "--list") == ""
    assert scene.stage.repository.git("status", "--porcelain") == ""


def test_a_second_run_is_told_who_is_at_work(scene: Scene, tmp_path: Path) -> None:
    """It waits for nothing and does nothing; when the first one is killed, the next finishes the release."""
    assert scene.crash(f"before {PUSH}", *RELEASE) == KILLED
    story = scene.recorded()
    waits = hook(
        scene.stage.repository,
        "pre-push",
        f"touch '{tmp_path}/arrived'; while [ ! -e '{tmp_path}/go' ]; do sleep 0.05; done",
    )
    with scene.stage.forked("--resume") as first:
        releasing.wait_until((tmp_path / "arrived").exists)
        for words in (("--resume",), ("--abandon", "--yes"), ("--version", "4.0.0")):
            run = scene.stage.run(*words, backend="trio")
            assert run.code == 3, run.said
            assert f"process {first.pid}, since 20" in run.said
            assert "at the step push" in run.said
        run = scene.stage.run("status")
        assert run.code == 5
        assert f"running process {first.pid}" in run.said
        assert "do wait until it has ended" in run.said
        first.send_signal(signal.SIGKILL)
    (tmp_path / "go").touch()
    scene.stage.wait_for_the_last()
    waits.unlink()
    finished(scene, story, backend="trio")


def test_a_release_is_given_up_with_open_eyes(scene: Scene) -> None:
    """What is public and how it is taken back is said; without a Yes nothing happens."""
    assert scene.crash(f"after {PUSH}", *RELEASE) == KILLED
    before = scene.stage.fingerprint()
    run = scene.stage.run("--abandon")
    assert run.code == 2, run.said
    assert scene.stage.fingerprint() == before
    for words in (
        f"done upload {WHEEL}",
        "nothing that is public is removed by this",
        "nothing is given up without a yes",
    ):
        assert words in run.said
    assert "nothing is public" not in run.said
    assert "--resume" not in run.said
    argv = ("--abandon", "-C", str(scene.stage.repository.path))
    for answer, code in (("n", 3), ("y", 0)):
        with ForkedTool(argv, scene.stage.environment()) as terminal:
            terminal.read_until(lambda seen: "Give up tiny 3.0.0 as it stands?" in " ".join(seen.lines))
            terminal.type(f"{answer}\r")
            assert terminal.finish(60) == code
            shown = terminal.lines
            assert len(shown) < 16, "\n".join(shown)  # and the command itself
            assert ("left to you" in "\n".join(shown)) is (answer == "y")
    last = " ".join(" ".join(shown).partition("[y/N] y")[2].split())
    assert last.startswith(
        "tiny 3.0.0 is given up: its working files are removed, and what is public stays so"
    )
    assert "left to you remove 3.0.0 from" in last
    assert last.endswith("git push origin :refs/tags/v3.0.0 && git tag -d v3.0.0")
    assert (runs(scene), scene.stage.repository.git("for-each-ref", "refs/release-async")) == ([], "")
    assert scene.stage.remote.git("tag", "--list") == "v3.0.0"
    assert scene.stage.run("status").said == NOTHING


def test_a_test_release_is_finished_without_touching_git(scene: Scene) -> None:
    """--test: uploads are all that is owed, with the token for the test index."""
    scene.stage.environ["TEST_PYPI_REPOSITORY_URL"] = scene.stage.environ.pop("PYPI_REPOSITORY_URL")
    scene.stage.environ["PYPI_TEST_TOKEN"] = scene.stage.environ.pop("PYPI_API_TOKEN")
    before = scene.stage.fingerprint()
    assert scene.crash(AFTER_THE_WHEEL, "--test", *RELEASE) == KILLED
    run = scene.stage.run("status")
    assert "tag" not in run.said.partition("owed")[2].partition("do ")[0]
    assert scene.stage.run(*RESUME).code == 0
    assert tuple(scene.index.digests()) == FILES
    assert scene.stage.fingerprint() == before


def test_a_commit_that_is_gone_stops_it_before_another_file_goes_out(scene: Scene) -> None:
    """What cannot be tagged any more is not uploaded either; only giving up, or a copy, helps."""
    assert scene.crash(f"before upload {WHEEL}", *RELEASE) == KILLED
    git = scene.stage.repository.git
    for ref in git("for-each-ref", "--format=%(refname)", "refs/release-async").split():
        git("update-ref", "-d", ref)
    git("gc", "--quiet", "--prune=now")
    run = scene.stage.run("--resume")
    assert run.code == 6, run.said
    assert "of this release is gone" in run.said
    assert "release-async --abandon" in run.said
    assert scene.index.digests() == {}
    assert scene.stage.run("--abandon").code == 0  # nothing is public: there is nothing to confirm


def test_a_remote_that_refuses_or_breaks_is_gone_on_with(scene: Scene, tmp_path: Path) -> None:
    """Cut before it took anything, a rule for tags, a rule for the branch, cut after it took everything."""
    stage, remote = scene.stage, scene.stage.remote
    cut = hook(remote, "pre-receive", "kill -9 $PPID")
    run = stage.run(*RELEASE)
    assert run.code == 5, run.said
    assert "did not accept the push of main" in run.said
    story, begin = scene.recorded(), remote.git("rev-parse", "main")
    cut.unlink()
    rule = hook(remote, "update", 'case $1 in refs/tags/*) echo "no tags today"; exit 1;; esac')
    run = stage.run("--resume", backend="trio")
    assert run.code == 5, run.said
    assert "origin refused v3.0.0, so nothing was pushed" in run.said
    assert "no tags today" in run.said
    assert remote.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"
    rule = hook(remote, "update", 'case $1 in refs/heads/main) echo "main is frozen"; exit 1;; esac')
    for _ in range(2):
        run = stage.run("--resume")
        assert run.code == 5, run.said
        assert "origin refused main; pushed instead: release/3.0.0 and v3.0.0" in run.said
        assert "merge it as it is (no squash, no rebase)" in run.said
    assert story
    assert remote.git("rev-parse", "main") == begin
    assert remote.git("rev-parse", "release/3.0.0", "v3.0.0^{}").split() == [story.results.commit] * 2
    rule.unlink()
    other = Repository(tmp_path / "reviewer")
    stage.repository.git("clone", "--quiet", str(remote.path), str(other.path))
    other.git("merge", "--quiet", "--no-ff", "-m", "merge", "origin/release/3.0.0")
    hook(remote, "post-receive", "kill -9 $PPID")
    other.tried("push", "--quiet", "origin", "main")
    assert stage.run("--resume", backend="trio").code == 0
    assert stage.repository.git("rev-parse", "main") == story.results.commit
    assert stage.repository.git("status", "--porcelain") == ""


def test_of_two_machines_one_makes_the_release(scene: Scene, tmp_path: Path) -> None:
    """The other one has passed every check and is stopped at its first file: nothing of its own is public."""
    stage, loser = scene.stage, tmp_path / "loser"
    stage.repository.git("clone", "--quiet", str(stage.remote.path), str(loser))
    Repository(loser).write("tiny/more.py", "")
    Repository(loser).commit("more")  # else two quick machines build the very same wheel
    wait = f"touch '{tmp_path}/arrived'; while [ ! -e '{tmp_path}/go' ]; do sleep 0.05; done"
    hook(
        Repository(loser), "pre-push", wait
    )  # asked by the last look, which has its answer of the index by then
    with stage.forked(*RELEASE[:-2], "-C", str(loser)) as second:
        releasing.wait_until((tmp_path / "arrived").exists)
        assert stage.run(*RELEASE, backend="trio").code == 0
        (tmp_path / "go").touch()
        run = releasing.ended(second)
    assert run.code == 6, run.said
    assert "somebody else has released this version" in run.said
    assert "nothing is public, and nothing of yours has changed" in run.said
    assert scene.faults(None) == []
    assert Repository(loser).git("status", "--porcelain", "--branch") == "## main...origin/main [ahead 1]"
    assert {path.name for path in (loser / ".git/release-async").iterdir()} == {"lock", "logs"}


def test_one_of_several_packages_is_finished_from_where_it_is_not_checked_out(scene: Scene) -> None:
    """The plan knows which one it was; its directory is there again only for the files that go there."""
    repository = scene.stage.repository
    repository.git("branch", "--quiet", "flat")
    for package in ("one", "two"):
        shutil.copytree(
            repository.path, repository.path / package, ignore=shutil.ignore_patterns(".git", "one")
        )
    for name in ("pyproject.toml", "tiny", "backend", "check.py"):
        repository.git("rm", "-r", "--quiet", name)
    repository.commit("two packages")
    repository.git("push", "--quiet")
    scene.stage.environ["CLEAN_BUILD_ARTIFACTS"] = "false"
    assert scene.crash(AFTER_THE_WHEEL, "-C", "one", *RELEASE) == KILLED
    repository.git("switch", "--quiet", "flat")
    for words in (("--version", "4.0.0"), ("check", "minor")):
        second = scene.stage.run(*words)
        assert second.code == 5, second.said
        assert "is unfinished and comes first" in second.said
        assert f"already public: {WHEEL}" in second.said
        assert "nothing is public" not in second.said
    run = scene.stage.run("--resume", backend="trio")
    assert run.code == 0, run.said
    assert {path.name for path in (repository.path / "one/dist").iterdir()} == set(FILES)
    changed = repository.git("diff", "--name-only", "main^", "main").splitlines()
    assert changed == ["one/pyproject.toml", "one/tiny/__init__.py"]
