"""Versions from a git tag: the release makes it, proves it, and leaves none behind when it fails."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.base.exit_codes import ExitCode
from support import tagged
from support.releasing import Run, Stage
from support.signing import PROGRAMS, signs

pytestmark = pytest.mark.by_turns

FILES = {"tiny-2.1.0-py3-none-any.whl", "tiny-2.1.0.tar.gz"}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time, tagged v2.0.0 one commit ago."""
    with tagged.tiny_stage(tmp_path) as stage:
        yield stage


def steps(run: Run) -> dict[str, str]:
    """How each step of a run ended, from its JSON."""
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    return {line["name"]: line["outcome"] for line in lines if line["event"] == "step_finished"}


def assert_released(stage: Stage, head: str, tag: str = "v2.1.0", kind: str = "tag") -> None:
    """The files and the tag are out, of HEAD itself; the branch is where it was, and nothing is left."""
    git, remote = stage.repository.git, stage.remote.git
    assert set(stage.published()) == FILES
    assert git("rev-parse", "refs/heads/main", f"{tag}^{{commit}}").split() == [head, head]
    assert remote("rev-parse", "refs/heads/main", f"{tag}^{{commit}}").split() == [head, head]
    assert git("rev-parse", tag) == remote("rev-parse", tag)
    assert git("cat-file", "-t", tag) == kind
    now = stage.fingerprint()
    assert (now.worktrees.count("worktree "), now.runs, now.fetch_head) == (1, (), False)
    assert "release-async" not in now.refs
    assert stage.processes() == []


def test_the_tag_alone_is_made_and_pushed(stage: Stage, anyio_backend: str) -> None:
    """No commit, no landing, no branch: files and index stay as they are, byte for byte."""
    before = stage.fingerprint()
    run = stage.run("--version", "minor", "--yes", "--output", "json", backend=anyio_backend)
    assert run.code == 0, run.said
    assert_released(stage, before.head)
    now = stage.fingerprint()
    assert (now.branch, now.staged, now.files, now.config) == (
        *(before.branch, before.staged, before.files, before.config),
    )
    ended = steps(run)
    assert (ended["commit"], ended["land"]) == ("skipped", "skipped")
    assert {ended[name] for name in ("checkout", "build", "inspect", "upload", "tag", "push")} == {"passed"}


def test_the_plan_says_so_before_anything_begins(stage: Stage) -> None:
    """What is pushed, and that the branch is not touched; a dry run changes nothing."""
    before = stage.fingerprint()
    run = stage.run("--version", "minor", "--yes", "--dry-run")
    assert run.code == 0, run.said
    assert "release tiny 2.0.0 → 2.1.0" in run.said
    assert "v2.1.0 to origin" in run.said
    assert "main is not touched" in run.said
    assert stage.fingerprint() == before


@pytest.mark.parametrize(("kind", "object_type"), [("annotated", "tag"), ("lightweight", "commit")])
def test_the_tag_is_what_the_last_one_is(tmp_path: Path, kind: str, object_type: str) -> None:
    """Annotated or lightweight, and named alike."""
    with tagged.tiny_stage(tmp_path, kind=kind) as stage:
        head = stage.repository.git("rev-parse", "HEAD")
        run = stage.run("--version", "2.1.0", "--yes")
        assert run.code == 0, run.said
        assert_released(stage, head, kind=object_type)
        again = stage.run("--version", "2.1.0", "--yes")
        assert (again.code, again.said) == (0, "tiny 2.1.0 is released already: there is nothing left to do")


@pytest.mark.parametrize("form", PROGRAMS)
def test_a_signed_tag_is_followed_by_a_signed_one(stage: Stage, form: str) -> None:
    """Git verifies it, here and on the remote; a rehearsal signs nothing; without the key none begins."""
    if not shutil.which(PROGRAMS[form]):
        pytest.skip(f"{PROGRAMS[form]} is not installed")
    git, head = stage.repository.git, stage.repository.git("rev-parse", "HEAD")
    with signs(stage.repository, form) as key:
        git("tag", "--sign", "--force", "-m", "Release 2.0.0", "v2.0.0", "v2.0.0^{commit}")
        away = key.rename(key.with_name("away"))
        before = stage.fingerprint()
        run = stage.run("--version", "minor", "--yes", "--skip-tests")
        assert (run.code, stage.fingerprint()) == (ExitCode.REFUSED, before), run.said
        assert f"you sign tags, and a signature ({form}) failed" in run.said
        run = stage.run("rehearse", "minor", "--skip-tests")
        assert (run.code, stage.fingerprint()) == (0, before), run.said
        away.rename(key)
        run = stage.run("--version", "minor", "--yes")
        assert run.code == 0, run.said
        assert_released(stage, head)
        assert stage.repository.tried("verify-tag", "v2.1.0").returncode == 0
        assert "-----BEGIN" in stage.remote.git("cat-file", "tag", "v2.1.0")


def test_a_test_release_makes_no_tag_that_anybody_sees(stage: Stage, anyio_backend: str) -> None:
    """Neither here nor on the remote; what is taken there is followed by its development releases."""
    environ = {"TEST_PYPI_REPOSITORY_URL": stage.url, "PYPI_TEST_TOKEN": stage.account.secret.reveal()}
    before = stage.fingerprint()
    for version in ("2.1.0", "2.1.0.dev1"):
        run = stage.run("--version", "minor", "--test", "--yes", backend=anyio_backend, **environ)
        assert run.code == 0, run.said
        assert f"tiny-{version}.tar.gz" in stage.published()
    assert stage.fingerprint()._replace(published={}) == before._replace(published={})


def test_versions_and_bump_say_what_the_tags_say(stage: Stage) -> None:
    """The last tag, the distance, and what a build would be today; nothing is edited, the release tags."""
    run = stage.run("versions")
    assert run.code == 0, run.said
    node = stage.repository.git("rev-parse", "HEAD")[:9]
    said = f"tiny 2.0.0, by the tag v2.0.0 (hatch-vcs), 1 commit ago; a build of HEAD is 2.0.1.dev1+g{node}"
    assert said in run.said
    told = json.loads(stage.run("versions", "--output", "json").stdout)["distributions"][0]
    assert told["version"] is None
    assert told["tag"] == {
        "tool": "hatch-vcs",
        "last": "v2.0.0",
        "version": "2.0.0",
        "today": f"2.0.1.dev1+g{node}",
        "distance": 1,
    }
    bumped = stage.run("bump", "minor")
    assert bumped.code == 2, bumped.said
    assert "there is nothing to edit, and the release makes the tag, v2.1.0" in bumped.said


def test_a_project_without_any_tag_names_its_first_version(stage: Stage) -> None:
    """A part of nothing is nothing; a whole version is what its tool reads as one."""
    stage.repository.git("tag", "-d", "v2.0.0")
    refused = stage.run("--version", "patch", "--yes")
    assert refused.code == 2, refused.said
    assert "no tag of a release of it is in this clone" in refused.said
    run = stage.run("--version", "2.1.0", "--yes")
    assert run.code == 0, run.said
    assert_released(stage, stage.repository.git("rev-parse", "HEAD"))


def refused(stage: Stage, *words: str, **environ: str) -> str:
    """What is said of a release that does not come about; nothing has changed, and no tag is left."""
    before = stage.fingerprint()
    run = stage.run("--version", "minor", "--yes", *words, **environ)
    assert run.code in {2, 3, 4}, run.said
    assert stage.fingerprint() == before
    return run.said


def test_a_commit_that_nobody_has_is_not_published_by_its_tag(stage: Stage) -> None:
    """Only the tag is pushed: its commit would come along unseen."""
    stage.repository.commit("not pushed")
    said = refused(stage)
    assert "main is 1 commit ahead of origin/main, and only the tag is pushed" in said
    assert "git push origin main" in said


def test_what_others_have_pushed_is_only_told(stage: Stage) -> None:
    """HEAD is on the remote, and is what is released."""
    git = stage.repository.git
    stage.repository.commit("of somebody")
    git("push", "--quiet", "origin", "main")
    git("reset", "--quiet", "--hard", "HEAD~1")
    head = git("rev-parse", "HEAD")
    run = stage.run("--version", "minor", "--yes")
    assert run.code == 0, run.said
    assert "they are not in this release" in run.said
    assert stage.remote.git("rev-parse", "v2.1.0^{commit}") == head


def test_a_variable_that_pretends_a_version_is_refused(stage: Stage) -> None:
    """By its name, with what to type."""
    said = refused(stage, SETUPTOOLS_SCM_PRETEND_VERSION="9.9")
    assert "SETUPTOOLS_SCM_PRETEND_VERSION is set to '9.9': hatch-vcs takes it instead of any tag" in said
    assert "unset SETUPTOOLS_SCM_PRETEND_VERSION" in said


def test_a_tag_that_the_settings_of_the_tool_do_not_match_is_refused(stage: Stage) -> None:
    """The name of the setting is told."""
    text = (stage.repository.path / "pyproject.toml").read_text(encoding="utf-8")
    text = text.replace('source = "vcs"\n', 'source = "vcs"\ntag-pattern = "^final-(.*)$"\n')
    stage.repository.write("pyproject.toml", text + 'tag-format = "v{version}"\n')
    stage.repository.commit("another pattern")
    stage.repository.git("push", "--quiet", "origin", "main")
    said = refused(stage, "--skip-tests", "--version", "2.1.0")
    assert "[tool.hatch.version] tag-pattern does not match the tag v2.1.0" in said


def test_another_version_tag_on_head_is_refused_where_it_would_win(tmp_path: Path) -> None:
    """An annotated candidate goes before a lightweight release of the same commit."""
    with tagged.tiny_stage(tmp_path, kind="lightweight") as stage:
        stage.repository.git("tag", "--annotate", "-m", "a", "v2.0.1rc1", "HEAD")
        stage.repository.git("tag", "v2.0.1rc2", "HEAD")
        said = refused(stage)
    assert "HEAD has the version tag v2.0.1rc1, which hatch-vcs reads instead" in said


def test_a_clone_that_lacks_tags_is_refused(stage: Stage) -> None:
    """Its last version is not the last: the command that fetches them is told, and works."""
    git = stage.repository.git
    git("tag", "v2.5.0")
    git("push", "--quiet", "origin", "v2.5.0")
    git("tag", "-d", "v2.5.0")
    said = refused(stage)
    assert "this clone lacks tags that origin has, such as v2.5.0" in said
    assert "git fetch --tags origin" in said
    git("fetch", "--quiet", "--tags", "origin")
    assert "lacks tags" not in stage.run("check", "--skip-tests").said


def test_a_shallow_clone_is_refused(stage: Stage, tmp_path: Path) -> None:
    """A tool would count from nowhere, and some would call that a release."""
    stage.repository.git("push", "--quiet", "origin", "v2.0.0")
    shallow = tmp_path / "shallow"
    remote = stage.remote.path.as_uri()
    stage.repository.git("clone", "--quiet", "--depth", "1", remote, str(shallow))
    stage.repository.path = shallow
    said = refused(stage, "--version", "2.1.0")
    assert "the clone is shallow, and hatch-vcs needs every tag and commit" in said
    assert "git fetch --unshallow --tags origin" in said


def test_a_fresh_clone_that_is_dirty_is_refused(stage: Stage) -> None:
    """What is CRLF in HEAD under a text attribute counts as changed wherever git compares contents."""
    repository = stage.repository
    backend = repository.path / "backend/tiny_backend.py"
    text = backend.read_text(encoding="utf-8")
    compared = '    subprocess.run(["git", "read-tree", "HEAD"], check=True)\n    command = ['
    repository.write("backend/tiny_backend.py", text.replace("    command = [", compared))
    repository.git("config", "core.autocrlf", "false")
    # So old that git need not look again, as it does at what is as young as its index.
    os.utime(repository.write("mixed.txt", b"one\r\ntwo\r\n"), (0, 0))
    repository.commit("with carriage returns")
    repository.write(".gitattributes", "mixed.txt text\n")
    repository.commit("text, they say")
    repository.git("push", "--quiet", "origin", "main")
    said = refused(stage)
    assert "mixed.txt counts as changed in a fresh clone" in said
    assert "git add --renormalize ." in said


def test_a_backend_that_makes_another_version_ends_the_release(stage: Stage) -> None:
    """The proof is the build: its version is told, no tag is left, and nothing was uploaded."""
    repository = stage.repository
    backend = repository.path / "backend/tiny_backend.py"
    text = backend.read_text(encoding="utf-8").replace("return tag if", 'return f"{tag}.dev0" if')
    repository.write("backend/tiny_backend.py", text)
    repository.commit("another version")
    repository.git("push", "--quiet", "origin", "main")
    said = refused(stage)
    assert "hatch-vcs made 2.1.0.dev0 of the tag v2.1.0, not 2.1.0" in said


def test_without_a_tag_there_is_no_such_release(stage: Stage) -> None:
    """AUTO_GIT_TAG=false would publish what nobody can build again."""
    said = refused(stage, AUTO_GIT_TAG="false")
    assert "AUTO_GIT_TAG is false, and hatch-vcs takes the version from the tag" in said


def test_it_can_be_rehearsed(stage: Stage, anyio_backend: str) -> None:
    """In a sandbox, whose remote gets the tag and nothing else."""
    before = stage.fingerprint()
    run = stage.run("rehearse", "--version", "minor", "--yes", backend=anyio_backend)
    assert run.code == 0, run.said
    assert "tiny==2.1.0 from the index says it is 2.1.0" in run.said
    assert stage.fingerprint() == before


CITATION = "cff-version: 1.2.0\nmessage: cite\ntitle: Tiny\nversion: {}\n"


def test_a_copy_that_is_kept_in_step_follows_in_a_release_commit(stage: Stage, anyio_backend: str) -> None:
    """Then there is something to commit: the tag stands on that commit, which is what is built and pushed."""
    repository = stage.repository
    repository.write("CITATION.cff", CITATION.format("2.0.0"))
    before = repository.commit("to be cited")
    repository.git("push", "--quiet", "origin", "main")
    run = stage.run("--version", "minor", "--yes", backend=anyio_backend)
    assert run.code == 0, run.said
    head = repository.git("rev-parse", "HEAD")
    assert repository.git("rev-parse", "HEAD^") == before
    assert_released(stage, head)
    assert (repository.path / "CITATION.cff").read_text() == CITATION.format("2.1.0")


def test_a_copy_of_another_version_is_compared_with_nothing(stage: Stage) -> None:
    """It is of an earlier time, or of something else."""
    stage.repository.write("CITATION.cff", CITATION.format("1.7.0"))
    head = stage.repository.commit("old")
    stage.repository.git("push", "--quiet", "origin", "main")
    run = stage.run("--version", "minor", "--yes")
    assert run.code == 0, run.said
    assert_released(stage, head)


def test_init_leaves_the_form_of_the_tag_to_the_tags(stage: Stage) -> None:
    """An event with a greater number is no release, and nothing is written that each release finds itself."""
    for tag in ("v1.9.0", "release-2026.11"):
        stage.repository.git("tag", tag, "HEAD~1")
    run = stage.run("init", "--yes")
    assert run.code == 0, run.said
    assert "from the git tag (hatch-vcs), which the release makes; the last is v2.0.0" in run.said
    assert "tag v{version}" in run.said
    assert "tag-format" not in (stage.repository.path / "pyproject.toml").read_text(encoding="utf-8")
