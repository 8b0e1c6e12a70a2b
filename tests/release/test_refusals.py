"""What stops a release before it begins: every refusal of a run is shown at once, and nothing is changed."""

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.release.checks import CHECKS
from support import indexes, releasing, remotes
from support.releasing import Run, Stage
from support.repositories import Repository
from support.terminal import Terminal

pytestmark = pytest.mark.by_turns


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
    stage.repository.git("bisect", "start")
    stage.repository.write("tiny/__init__.py", "__version__ = '1.9.9'\n")
    stage.repository.commit("disagree")
    stage.repository.write("stray.txt", "uncommitted")
    stage.repository.git("tag", "v3.0.0")
    stage.remote.git("update-ref", "refs/heads/main", _commit_on_top(stage))
    stage.remote.git("config", "receive.advertiseAtomic", "false")
    stage.repository.git("config", "user.name", "<>")


def _commit_on_top(stage: Stage) -> str:
    tree = stage.remote.git("rev-parse", "main^{tree}")
    return stage.remote.git("commit-tree", "-p", "main", "-m", "theirs", tree)


WRONG = (
    ("a bisect is in progress", "git bisect reset"),
    ("neither committed nor ignored: stray.txt", "git add stray.txt && git commit"),
    ("have diverged", "git pull --rebase --autostash origin main"),
    ("it has no atomic push", "receive.advertiseAtomic"),
    ("the tag v3.0.0 exists already", "choose another version: --version 3.0.1"),
    ("git does not know who commits", "git config user.name"),
    ("__version__ is 1.9.9", "pyproject.toml"),
    ("3.0.0 already: tiny-3.0.0-py3-none-any.whl", "choose another version: --version 3.0.1"),
    ("there is no token", "put PYPI_API_TOKEN=... into "),
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
    judged = run.said.partition("all at once")[2]  # the plan above it names some of that too
    places = [judged.index(problem) for problem, _ in WRONG]
    assert places == sorted(places), "the order is that of the table, whichever check ends first"
    assert "checks refuse: Branch, Working tree, Upstream, Push right, Tag free, Commit identity" in run.said
    assert judged.count("choose another version") == 1, "the same words help against both"
    assert "fix the rest of what is named above, and release another version" in run.said
    assert "the test suite failed with exit code 1" in run.said
    assert "the tests fails, as it was asked to" in run.said
    assert "1 failed" in run.said, "the long ones went on"


def test_a_refusal_spares_the_long_checks(stage: Stage, anyio_backend: str) -> None:
    """Once a cheap check has refused, tests and build environment are ended and shown as not run."""
    stage.repository.write("stray.txt", "uncommitted")
    run = refused(stage, backend=anyio_backend, TINY_TESTS="wait")
    assert "2 not run" in run.said
    run = refused(stage, "-v", backend=anyio_backend, TINY_TESTS="wait")
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
    """There is no branch that could be released, and nothing is said of main, which is not HEAD."""
    stage.repository.git("switch", "--quiet", "--detach")
    said = refused(stage).said
    assert "HEAD is detached" in said
    assert "skipped Upstream: main is not checked out" in said


def test_a_version_that_is_no_step_forward_is_refused(stage: Stage) -> None:
    """The next ones are named; each of them can be typed."""
    before = stage.fingerprint()
    run = stage.run("--version", "1.9")
    assert (run.code, stage.fingerprint()) == (3, before)
    assert "1.9 is not greater than 2.0.0, which HEAD states already" in run.said
    assert "--version 2.0.1 (patch), 2.1.0 (minor) or 3.0.0 (major)" in run.said
    assert "do: release another version, such as one that is named above" in run.said
    assert "the same command again" not in run.said


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


def test_a_remote_that_wants_a_password_is_never_waited_for(stage: Stage, anyio_backend: str) -> None:
    """Nobody is asked, also not by a helper of git's; what to do is said, and no password is."""
    before = stage.fingerprint()
    with remotes.answering(401) as url:
        address = url.replace("//", "//person:open%40sesame@")
        stage.repository.git("remote", "set-url", "origin", f"{address}/x.git")
        run = stage.run("check", backend=anyio_backend)
        stage.repository.git("remote", "set-url", "origin", f"{url}/x.git")
        asked = stage.run("check", "--output", "json", backend=anyio_backend, SSH_ASKPASS="sleep")
    stage.repository.git("remote", "set-url", "origin", str(stage.remote.path))
    assert (run.code, asked.code) == (3, 3), run.said
    assert "origin does not accept the user name and password that git has for it" in run.said
    assert "sesame" not in run.said + asked.said
    assert "credential.helper" in asked.said
    assert stage.fingerprint() == before


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="ssh-keygen is not installed")
def test_on_a_terminal_no_child_asks_either(stage: Stage, tmp_path: Path) -> None:
    """A remote that wants a password and a signing key with a passphrase: nothing is typed, and it ends."""
    key = tmp_path / "key"
    made = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "open sesame", "-f", str(key))
    subprocess.run(made, check=True, stdin=subprocess.DEVNULL)
    for name, value in (("gpg.format", "ssh"), ("user.signingKey", str(key)), ("commit.gpgSign", "true")):
        stage.repository.git("config", name, value)
    argv = (sys.executable, "-m", "release_async", "check", "patch", "-C", str(stage.repository.path))
    env = stage.environment(GPG_TTY="/dev/tty", TINY_TESTS="fail")
    with remotes.answering(401) as url:
        stage.repository.git("remote", "set-url", "origin", f"{url}/x.git")
        with Terminal((*argv, "--output", "plain"), env, (200, 60)) as terminal:
            assert terminal.finish(releasing.MINUTES) == 3, terminal.lines
            shown = terminal.raw.decode().splitlines()
            assert terminal.modes_are_as_before
    said = " ".join(" ".join(shown).split())
    assert "origin wants a user name and a password, and a release never asks for them" in said
    assert "you sign commits, and a signature (ssh) failed" in said
    asking = [line for line in shown if re.search("Username|Password|passphrase for", line)]
    assert asking
    assert all(line.lstrip().startswith("| ") for line in asking), "only quoted, as what a child said"


def test_a_rewritten_remote_is_shown_and_is_the_one_that_is_pushed_to(stage: Stage) -> None:
    """pushInsteadOf, as people have it for ssh: plan, checks and push mean the same place, found or not."""
    mirror = Repository(stage.remote.path.with_name("mirror.git"))
    stage.repository.git("clone", "--quiet", "--bare", str(stage.remote.path), str(mirror.path))
    stage.repository.git("config", f"url.{mirror.path}.pushInsteadOf", str(stage.remote.path))
    mirror.git("tag", "v3.0.0", "main")
    run = stage.run("--dry-run", "--version", "major")
    assert run.code == 3, run.said
    assert f"main and v3.0.0 to origin, {mirror.path}" in run.said
    assert "origin has a tag v3.0.0 already" in run.said
    mirror.git("tag", "-d", "v3.0.0")
    before = stage.remote.git("for-each-ref")
    run = stage.run("--version", "major", backend="trio")
    assert run.code == 0, run.said
    assert f"to origin ({mirror.path})" in run.said
    assert mirror.git("rev-parse", "v3.0.0^{commit}") == stage.repository.git("rev-parse", "main")
    assert stage.remote.git("for-each-ref") == before


def test_a_test_release_has_no_use_for_the_right_to_push(stage: Stage) -> None:
    """--test changes no branch and no tag, so what only a push needs is not looked at."""
    stage.remote.git("config", "receive.advertiseAtomic", "false")
    assert {"branch", "upstream", "push-right", "tag-free"} <= skipped_by_test(stage)


def skipped_by_test(stage: Stage) -> set[str]:
    """The checks that a run with --test skips."""
    environ = {"TEST_PYPI_REPOSITORY_URL": stage.url, "PYPI_TEST_TOKEN": stage.account.secret.reveal()}
    run = stage.run("check", "--test", "--output", "json", **environ)
    assert run.code == 0, run.said
    records = [json.loads(line) for line in run.stdout.splitlines()]
    return {record["name"] for record in records if record.get("outcome") == "skipped"}


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
    run = stage.run("--version", "major", "--skip", "working-tree", "-v")
    assert run.code == 0, run.said
    assert "skipped Working tree: --skip working-tree" in run.said
    assert "stray.txt" not in stage.repository.git("ls-tree", "-r", "--name-only", "HEAD")


def test_checks_can_be_skipped_by_their_names_and_are_shown_so(stage: Stage) -> None:
    """As often as one likes, the tests by either word, in JSON as well; what is skipped is not run."""
    stage.repository.write("stray.txt", "uncommitted")
    words = ("--skip", "tests", "--skip", "working-tree", "--skip", "build-environment")
    run = stage.run("check", *words, "-v", TINY_TESTS="fail", TINY_BUILD="fail", backend="trio")
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


def test_who_releases_in_spite_of_failing_tests_is_asked_once(stage: Stage) -> None:
    """One question, on one screen with what failed, and one Yes."""
    argv = (sys.executable, "-m", "release_async", "minor", "-C", str(stage.repository.path))
    with Terminal(argv, stage.environment(TINY_TESTS="fail")) as terminal:
        terminal.read_until(lambda seen: any("[y/N]" in line for line in seen.lines))
        asked = " ".join(" ".join(terminal.lines).split())
        assert "The test suite failed with exit code" in asked
        assert "Continue anyway, and release tiny 2.0.0 → 2.1.0 to" in asked
        assert len(terminal.lines) < terminal.screen.lines, terminal.lines
        terminal.type("y\n")
        assert terminal.finish(releasing.MINUTES) == 0, terminal.lines
        assert terminal.raw.count(b"[y/N]") == 1
    assert stage.repository.git("describe") == "v2.1.0"


def test_check_says_the_same_as_a_release_and_does_nothing(stage: Stage, anyio_backend: str) -> None:
    """``release-async check`` exits 0 or 3 as the release would, and shows no plan, which is not its own."""
    sign(stage)
    before, private = stage.fingerprint(), git_files(stage)
    run = stage.run("check", "patch", backend=anyio_backend)
    assert (run.code, stage.fingerprint()) == (0, before)
    assert run.said.startswith("check tiny 2.0.0 → 2.0.1 ")
    assert "permanently" not in run.said
    assert "twine upload" in stage.run("check", "patch", "-v", backend=anyio_backend).said
    assert git_files(stage) == private
    stage.repository.write("stray.txt", "uncommitted")
    run = stage.run("check", "patch", backend=anyio_backend)
    assert (run.code, stage.fingerprint()) == (3, before)
    assert "stray.txt" in run.said


def sign(stage: Stage) -> None:
    """Let the person sign commits and tags, with a program that signs like gpg."""
    status = "\\n[GNUPG:] SIG_CREATED D 1 8 00 0 0\\n"
    stand_in = remotes.program(
        stage.packages.parent / "gpg",
        f"sys.stdin.read()\nprint('-----BEGIN PGP SIGNATURE-----')\nsys.stderr.write('{status}')",
    )
    for key, value in (("gpg.program", str(stand_in)), ("commit.gpgSign", "true"), ("tag.gpgSign", "true")):
        stage.repository.git("config", key, value)


def git_files(stage: Stage) -> dict[str, bytes]:
    """Every file that git keeps here and at the remote: refs, logs, locks, configuration.

    Objects are not counted; of ours neither the logs nor the lock, which names the last run's process.
    """
    tops = (stage.repository.path / ".git", stage.remote.path)
    paths = [path for top in tops for path in top.rglob("*") if path.is_file()]
    left = ("release-async/lock", "release-async/logs/*/*")
    counted = [path for path in paths if "objects" not in path.parts and not any(map(path.match, left))]
    return {str(path): path.read_bytes() for path in counted}


def test_many_checks_that_fail_change_nothing_either(stage: Stage, anyio_backend: str) -> None:
    """To the byte, also where git's own files are concerned; no lock and no ref of ours is left."""
    everything_wrong(stage)
    before = git_files(stage)
    run = stage.run("check", "--keep-going", backend=anyio_backend, TINY_TESTS="fail")
    assert run.code == 3, run.said
    assert git_files(stage) == before


def test_two_releases_at_once_are_one_too_many(stage: Stage, tmp_path: Path) -> None:
    """The second is refused with the number of the first one's process."""
    notes = tmp_path / "notes"
    notes.mkdir()
    with stage.forked("--version", "major", TINY_TESTS="wait", TINY_NOTES=str(notes)) as first:
        releasing.wait_until((notes / "tests").exists)
        run = stage.run("--version", "minor", backend="trio")
        assert run.code == 3, run.said
        assert f"process {first.pid}" in run.said
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=60)
