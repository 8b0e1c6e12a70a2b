"""Rehearsals: a whole release in a sandbox, which tells what became of it and leaves the real world alone."""

import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.plan import ci_workflows
from release_async.plan.ci_workflows import WorkflowInputs
from support import collecting, proposing, releasing
from support.releasing import Run, Stage
from support.repositories import Repository

pytestmark = [pytest.mark.rehearsal, pytest.mark.by_turns]

_WHERE = """\
import os
from pathlib import Path

import sample


def test_where():
    assert not Path(sample.__file__).is_relative_to(os.environ["NOT_FROM"])
    Path(os.environ["SEEN"]).write_text(sample.__file__)
"""


@pytest.fixture
def sandboxes(tmp_path: Path) -> Iterator[Path]:
    """Where rehearsals put their sandboxes; they stay for a person to look at, but not for tests."""
    directory = tmp_path / "sandboxes"
    directory.mkdir()
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def tiny(tmp_path: Path, sandboxes: Path) -> Iterator[Stage]:
    """The project that builds in no time."""
    with releasing.tiny(tmp_path) as stage:
        stage.environ["TMPDIR"] = str(sandboxes)
        yield stage


@pytest.fixture
def sample(tmp_path: Path, sandboxes: Path) -> Iterator[Stage]:
    """The sample project with a virtual environment of its own, in which it is installed to be edited."""
    with releasing.sample(tmp_path) as stage:
        stage.environ["TMPDIR"] = str(sandboxes)
        _install_to_be_edited(stage.repository)
        yield stage


def _install_to_be_edited(repository: Repository) -> None:
    """What an editable install leaves in ``.venv``, beside the packages of the interpreter at hand."""
    venv = repository.path / ".venv"
    subprocess.run((sys.executable, "-m", "venv", "--without-pip", str(venv)), check=True)
    site = next(venv.glob("lib/*/site-packages"))
    (site / "everything.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (site / "__editable__.sample.pth").write_text(f"{repository.path}\n")
    info = site / "sample-2.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sample\nVersion: 2.0.0\n")
    (info / "RECORD").write_text("__editable__.sample.pth,,\nsample-2.0.0.dist-info/METADATA,,\n")
    text = (repository.path / "pyproject.toml").read_text()
    repository.write("pyproject.toml", text.replace('pythonpath = ["."]\n', ""))
    repository.write("tests/test_where.py", _WHERE)
    repository.commit("tests that need the project to be installed")


def facts(run: Run) -> dict[str, str]:
    """The lines of the summary."""
    lines = run.stdout.partition("was rehearsed")[2].splitlines()[1:]
    found = (re.match(r"  (on the index|pushed|installed|the files)\s+(.*)", line) for line in lines)
    return {match[1]: match[2] for match in found if match}


def test_a_rehearsal_releases_in_its_sandbox_and_nowhere_else(
    sample: Stage, sandboxes: Path, tmp_path: Path, anyio_backend: str
) -> None:
    """Nothing real has changed; the summary is what sandbox, index, remote and pip say."""
    sample.repository.write("sample/__init__.py", "an edit that is not committed")
    sample.repository.write("stray.txt", "never added")
    before = sample.fingerprint()
    asked = {"NOT_FROM": str(sample.repository.path), "SEEN": str(tmp_path / "seen"), "PYPI_API_TOKEN": ""}
    run = sample.run("rehearse", "--version", "major", backend=anyio_backend, **asked)
    assert run.code == 0, run.said
    assert sample.fingerprint() == before
    assert sample.processes() == []
    assert "2 uncommitted files are left out: sample/__init__.py, stray.txt" in run.said
    told = facts(run)
    box = Path(told["the files"].removesuffix(" (may be deleted)"))
    index = box / "index"
    assert "building a sandbox, kept whole only if something fails" in run.said
    assert "the sandbox is" not in run.said
    assert box.parent == sandboxes
    assert list(box.iterdir()) == [index]
    assert Path((tmp_path / "seen").read_text()).is_relative_to(box)
    assert told["installed"].endswith("says it is 3.0.0")
    assert told["on the index"].split(", ") == ["sample-3.0.0-py3-none-any.whl", "sample-3.0.0.tar.gz"]
    assert sorted(path.name for path in index.iterdir()) == sorted(told["on the index"].split(", "))
    assert [ref.split()[0] for ref in told["pushed"].split(", ")] == ["main", "v3.0.0"]


def test_a_rehearsal_inside_a_rehearsal_is_a_usage_error(tiny: Stage, sandboxes: Path) -> None:
    """Exit 2, and no sandbox is made: a test suite that rehearses must not do so for ever."""
    before = tiny.fingerprint()
    run = tiny.run("rehearse", "--version", "major", RELEASE_ASYNC_REHEARSAL="1")
    assert (run.code, tiny.fingerprint()) == (2, before)
    assert "run it outside" in run.said
    assert list(sandboxes.iterdir()) == []


def test_a_sandbox_that_cannot_be_built_leaves_nothing(tiny: Stage, sandboxes: Path) -> None:
    """Nobody was told where it is, and there would be nothing to see in it."""
    pyproject = (tiny.repository.path / "pyproject.toml").read_text()
    broken = re.sub(r'build-backend = ".*"', 'build-backend = "nowhere_to_be_found"', pyproject)
    assert broken != pyproject
    tiny.repository.write("pyproject.toml", broken)
    tiny.repository.commit("a backend that is not there")
    run = tiny.run("rehearse", "--version", "major")
    assert run.code == 4, run.said
    assert "nowhere_to_be_found" in run.said
    assert list(sandboxes.glob("release-async-*")) == []


def test_the_tests_of_a_rehearsal_know_that_it_is_one(tiny: Stage, tmp_path: Path) -> None:
    """They run in the clone, with the variable that says so and without the real credentials."""
    notes = tmp_path / "notes"
    notes.mkdir()
    run = tiny.run("rehearse", "--version", "major", TINY_NOTES=str(notes), backend="trio")
    assert run.code == 0, run.said
    for part in ("tests", "build"):
        seen = (notes / part).read_text()
        assert tiny.account.secret.reveal() not in seen
        assert str(tiny.repository.path) not in seen
        assert '"RELEASE_ASYNC_REHEARSAL": "1"' in seen


def test_whatever_is_checked_out_can_be_rehearsed(tiny: Stage) -> None:
    """On another branch, detached, without a remote: HEAD is rehearsed, and what was not asked is said."""
    git = tiny.repository.git
    git("switch", "--quiet", "--create", "side")
    tiny.repository.commit("a change on the side")
    git("switch", "--quiet", "--detach")
    git("remote", "remove", "origin")
    before = tiny.fingerprint()
    run = tiny.run("rehearse", "--version", "major", "-v")
    assert run.code == 0, run.said
    assert tiny.fingerprint() == before
    assert "not asked: no branch is checked out, and HEAD is rehearsed as main" in run.said


def test_a_tag_that_would_be_in_the_way_is_told_before_a_sandbox_is_made(
    tiny: Stage, sandboxes: Path
) -> None:
    """What HEAD and the tags say is told at once, in the words of the check, and nothing has changed.

    Of a tag that is here nobody has asked whether the remote has it, so that is not said.
    """
    tiny.repository.git("tag", "v3.0.0")
    tiny.repository.write("stray.txt", "never added")
    before = tiny.fingerprint()
    run = tiny.run("rehearse", "--version", "major")
    assert "HEAD is rehearsed; 1 uncommitted file is left out: stray.txt" in run.said
    assert (run.code, tiny.fingerprint()) == (3, before), run.said
    assert "the tag v3.0.0 exists already do: if it was never pushed: git tag -d v3.0.0; else" in run.said
    assert "building a sandbox" not in run.said
    assert list(sandboxes.iterdir()) == []
    run = tiny.run("rehearse", "--version", "major", "--keep-going", "--skip", "tests")
    assert run.code == 3, run.said
    assert "the tag v3.0.0 exists already do: if it was never pushed: git tag -d v3.0.0; else" in run.said
    assert "building a sandbox" in run.said


def test_a_rehearsal_is_refused_as_the_release_would_be(tiny: Stage, anyio_backend: str) -> None:
    """Failing tests refuse it, with the same words and exit code; what is mended is not the sandbox."""
    before = tiny.fingerprint()
    run = tiny.run("rehearse", "--version", "major", backend=anyio_backend, TINY_TESTS="fail")
    assert (run.code, tiny.fingerprint()) == (3, before)
    assert "Test suite did not pass" in run.said
    assert "fix it in your project and commit it" in run.said
    assert "the sandbox is /" in run.said


def test_a_rehearsal_asks_the_hooks_of_a_commit_and_no_other(tiny: Stage, tmp_path: Path) -> None:
    """They say no as they would to the release, which nothing else would have told; each where it lies."""
    seen, hooks = tmp_path / "seen", tmp_path / "my hooks"
    tiny.repository.git("config", "core.hooksPath", str(hooks))
    hooks.mkdir()
    for name in ("pre-commit", "commit-msg", "pre-push", "post-checkout", "post-commit"):
        told = f'echo "$0 $(git config user.email) $RELEASE_ASYNC_REHEARSAL" >> {shlex.quote(str(seen))}'
        (hooks / name).write_text(f"#!/bin/sh\n{told}\n")
        (hooks / name).chmod(0o755)
    tiny.repository.git("config", "user.email", "me@example.org")
    before = tiny.fingerprint()
    assert tiny.run("rehearse", "minor", "--skip-tests").code == 0
    asked = [line.removeprefix(f"{hooks}/").split() for line in seen.read_text().splitlines()]
    assert asked == [[name, "me@example.org", "1"] for name in ("pre-commit", "commit-msg")]
    (hooks / "commit-msg").unlink()
    (hooks / "pre-commit").write_text(
        "#!/bin/sh\necho fixed >> pyproject.toml\necho fix modified files\nexit 1\n"
    )
    for command in (("rehearse", "minor"), ("--version", "minor")):
        run = tiny.run(*command, "--skip-tests")
        assert run.code == 4, run.said
        assert "git refused the release commit: the hook pre-commit said no" in run.said
        assert "fix modified files" in run.said
    assert tiny.fingerprint() == before


def test_the_users_signing_and_identity_are_not_needed(tiny: Stage) -> None:
    """A rehearsal asks for no key and no name: what it makes is never shown to others."""
    for name, value in (("commit.gpgSign", "true"), ("tag.gpgSign", "true"), ("user.signingKey", "none")):
        tiny.repository.git("config", name, value)
    before = tiny.fingerprint()
    run = tiny.run("rehearse", "--version", "major", backend="trio", GIT_CONFIG_GLOBAL="/dev/null")
    assert (run.code, tiny.fingerprint()) == (0, before), run.said


def test_rehearse_knows_the_options_of_a_release(tiny: Stage) -> None:
    """--test rehearses the upload alone; --dry-run stops after the checks."""
    run = tiny.run("rehearse", "--version", "minor", "--test")
    assert run.code == 0, run.said
    assert "tiny-2.1.0.tar.gz" in facts(run)["on the index"]
    assert "v2.1.0" not in facts(run)["pushed"]
    run = tiny.run("rehearse", "--version", "minor", "--dry-run", backend="trio")
    assert run.code == 0, run.said
    assert "was rehearsed" not in run.said


def test_a_rehearsal_asks_no_forge(tiny: Stage) -> None:
    """Green CI may be required of the release: its rehearsal goes on without, and says so."""
    text = (tiny.repository.path / "pyproject.toml").read_text()
    tiny.repository.write("pyproject.toml", text.replace("test-command", 'ci = "require"\ntest-command'))
    tiny.repository.commit("require it")
    run = tiny.run("rehearse", "--version", "minor", "--dry-run", "--skip", "tests", "-v", TINY_TESTS="fail")
    assert run.code == 0, run.said
    assert "skipped Continuous integration: a rehearsal does not ask GitHub" in run.said
    assert "skipped Branch protection: the remote is not on github.com" in run.said
    assert "skipped Test suite: --skip tests" in run.said


def test_the_configuration_of_a_person_does_not_keep_a_rehearsal_from_its_own_remote_and_index(
    tiny: Stage, tmp_path: Path
) -> None:
    """Bare repositories, git's file transport, push options, and a cooling-off period of pip."""
    config = tmp_path / "config"
    config.write_text(
        '[safe]\n\tbareRepository = explicit\n[protocol "file"]\n\tallow = never\n'
        "[push]\n\tpushOption = ci.skip\n"
        "[user]\n\tname = A\n\temail = a@example.com\n"
    )
    pip = tmp_path / "pip.conf"
    pip.write_text("[install]\nuploaded-prior-to = P1D\n")
    run = tiny.run(
        "rehearse",
        "--version",
        "major",
        GIT_CONFIG_GLOBAL=str(config),
        PIP_CONFIG_FILE=str(pip),
        backend="trio",
    )
    assert run.code == 0, run.said
    assert "says it is 3.0.0" in run.said


def test_a_shallow_clone_is_rehearsed(tiny: Stage, tmp_path: Path) -> None:
    """As a job of CI checks out."""
    tiny.repository.commit("more")
    tiny.repository.git("push", "--quiet")
    clone = tmp_path / "clone"
    source = f"file://{tiny.remote.path}"
    subprocess.run(("git", "clone", "--quiet", "--depth=1", source, str(clone)), check=True)
    tiny.repository = Repository(clone)
    run = tiny.run("rehearse", "--version", "major")
    assert run.code == 0, run.said


def test_a_failed_rehearsal_keeps_its_sandbox(tiny: Stage, sandboxes: Path) -> None:
    """To look into; one that went well leaves its built files alone."""
    assert tiny.run("rehearse", "--version", "major", TINY_BUILD="fail").code == 4
    (box,) = sandboxes.iterdir()
    assert {"project", "remote.git", "index"} <= {path.name for path in box.iterdir()}


def test_a_link_of_our_worktree_never_gets_into_an_sdist(tiny: Stage) -> None:
    """A backend that packs a file called .git, as hatchling did before 1.30, builds without it."""
    name = "backend/tiny_backend.py"
    text = (tiny.repository.path / name).read_text()
    assert '{".git", "__pycache__"}' in text
    tiny.repository.write(name, text.replace('{".git", "__pycache__"}', '{"__pycache__"}'))
    tiny.repository.commit("pack all")
    run = tiny.run("rehearse", "--version", "major")
    assert run.code == 0, run.said


def test_a_release_that_ci_builds_is_rehearsed_with_a_build_from_here(tiny: Stage) -> None:
    """The whole route, with what this machine builds as the artifacts, which the person is told."""
    proposing.configure(tiny, {"build": '"ci"'})
    run = tiny.run("rehearse", "minor")
    assert run.code == 3, run.said
    assert "build.yml: the workflow is not there, and it is to build the release" in run.said
    assert "github.com" not in run.said
    tiny.repository.write(collecting.WORKFLOW, ci_workflows.build(WorkflowInputs()))
    tiny.repository.commit("build by CI")
    tiny.repository.git("push", "--quiet")
    before = tiny.fingerprint()
    run = tiny.run("rehearse", "minor", "--output", "json")
    assert run.code == 0, run.said
    (waits,) = proposing.events(run, "waits")
    assert waits["what"] == "CI to build release-candidate/2.1.0"
    assert "CI is not asked: in its place one sdist and one wheel are built on this machine" in run.said
    ended = [str(event["name"]) for event in proposing.events(run, "step_finished")]
    assert ended == [
        *("commit", "candidate", "await-build", "collect", "inspect", "confirm"),
        *("upload", "tag", "push", "land", "verify", "announce", "clean-up"),
    ]
    (released,) = proposing.events(run, "released")
    assert "v2.1.0" in str(released["facts"])
    assert tiny.fingerprint() == before


def test_a_release_that_others_merge_is_rehearsed_with_its_merge(tiny: Stage) -> None:
    """A person sees the whole route before the first real one, merged as another commit."""
    proposing.configure(tiny, {"land": '"pull-request"'})
    tiny.repository.git("push", "--quiet")
    before = tiny.fingerprint()
    run = tiny.run("rehearse", "minor", "--output", "json")
    assert run.code == 0, run.said
    (waits,) = proposing.events(run, "waits")
    assert (waits["what"], waits["stays"]) == ("the merge of request #1 of the rehearsal into main", True)
    ended = [str(event["name"]) for event in proposing.events(run, "step_finished")]
    assert [name for name in ended if name != "land"] == [
        *("commit", "propose", "merge", "build", "inspect", "confirm"),
        *("upload", "tag", "push", "verify", "announce", "clean-up"),
    ]
    (released,) = proposing.events(run, "released")
    assert released["rehearsed"] is True
    assert "v2.1.0" in str(released["facts"])
    assert tiny.fingerprint() == before
