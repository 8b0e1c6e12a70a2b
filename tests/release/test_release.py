"""Whole releases, for a real index and a real remote: what is out afterwards is exactly what was planned."""

import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from support import indexes, releasing, sample as sample_project, tiny as tiny_project
from support.releasing import Stage, sha256
from support.repositories import Repository

MESSAGE = "release: v3.0.0\n\n🤖 Generated with PyPI Release Automation"


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[Stage]:
    """The sample project, which setuptools builds."""
    with releasing.sample(tmp_path) as stage:
        yield stage


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time."""
    with releasing.tiny(tmp_path) as stage:
        yield stage


def assert_released(stage: Stage, version: str = "3.0.0", name: str = "tiny") -> None:
    """Index, remote and checkout hold the release, and nothing of ours is left."""
    git, remote, tag = stage.repository.git, stage.remote.git, f"refs/tags/v{version}"
    assert set(stage.published()) == {f"{name}-{version}-py3-none-any.whl", f"{name}-{version}.tar.gz"}
    assert remote("rev-parse", "refs/heads/main") == remote("rev-parse", f"{tag}^{{commit}}")
    assert remote("cat-file", "-t", tag) == "tag"
    assert git("rev-parse", "refs/heads/main", tag) == remote("rev-parse", "refs/heads/main", tag)
    assert_nothing_left(stage)


def assert_nothing_left(stage: Stage) -> None:
    """No worktree, no private ref, no run directory, no process of a run."""
    now = stage.fingerprint()
    assert now.worktrees.count("worktree ") == 1
    assert "release-async" not in now.refs
    assert now.runs == ()
    assert not now.fetch_head
    assert stage.processes() == []


def test_a_release_is_out_whole_and_only_the_version_tokens_have_changed(
    sample: Stage, anyio_backend: str
) -> None:
    """Files, branch and tag are out as built; three tokens differ, and nothing else, byte for byte."""
    git = sample.repository.git
    before = sample.fingerprint()
    run = sample.run("--version", "major", backend=anyio_backend, CLEAN_BUILD_ARTIFACTS="false")
    assert run.code == 0, run.said
    assert_released(sample, name="sample")
    assert git("log", "-1", "--format=%B%x00", "v3.0.0").rstrip("\n") == f"{MESSAGE}\n\0"
    assert git("rev-parse", "v3.0.0^{commit}^") == before.head
    assert git("symbolic-ref", "HEAD") == "refs/heads/main"
    assert git("status", "--porcelain", "--untracked-files=all") == ""
    assert sample.fingerprint().files == {
        **before.files,
        **{path: _raised(path, before.files[path]) for path in sample_project.VERSION_FILES},
    }


def _raised(path: str, text: bytes) -> bytes:
    """The file with its one version token raised; every look-alike is another line."""
    line = {
        "pyproject.toml": b'\nversion = "2.0.0"\ndescription',
        "setup.py": b'    version="2.0.0",',
        "sample/__init__.py": b'__version__ = "2.0.0"',
    }[path]
    assert text.count(line) == 1
    return text.replace(line, line.replace(b"2.0.0", b"3.0.0"))


def test_the_index_serves_the_very_bytes_that_were_built(sample: Stage) -> None:
    """What dist/ keeps with CLEAN_BUILD_ARTIFACTS=false is what the index names, hashes and serves."""
    run = sample.run("--version", "major", backend="trio", CLEAN_BUILD_ARTIFACTS="false")
    assert run.code == 0, run.said
    kept = {path.name: sha256(path) for path in (sample.repository.path / "dist").iterdir()}
    page = httpx2.get(f"{sample.url}simple/sample/", trust_env=False).text
    assert kept == sample.published()
    assert all(f"{name}#sha256={digest}" in page for name, digest in kept.items())
    with zipfile.ZipFile(sample.packages / "sample-3.0.0-py3-none-any.whl") as wheel:
        assert b'__version__ = "3.0.0"' in wheel.read("sample/__init__.py")
        assert b"Version: 3.0.0" in wheel.read("sample-3.0.0.dist-info/METADATA")


def test_what_lies_in_dist_and_build_is_neither_taken_nor_touched(tiny: Stage) -> None:
    """Old files in dist/ and build/ stay as they are, and are not uploaded."""
    old = [tiny.repository.write(f"{folder}/tiny-1.0.tar.gz", "old") for folder in ("dist", "build")]
    (tiny.repository.path / ".git/info/exclude").write_text("build/\n")
    run = tiny.run("--version", "major")
    assert run.code == 0, run.said
    assert [path.read_text() for path in old] == ["old", "old"]
    assert len(list(old[0].parent.iterdir())) == 1
    assert_released(tiny)


@pytest.mark.parametrize("version", ["patch", "minor", "3.0.0rc1"])
def test_every_kind_of_version_reaches_branch_tag_and_files(tiny: Stage, version: str) -> None:
    """A part and a whole version lead to the same names everywhere."""
    run = tiny.run("--version", version)
    assert run.code == 0, run.said
    assert_released(tiny, {"patch": "2.0.1", "minor": "2.1.0"}.get(version, version))


def test_two_releases_follow_each_other(tiny: Stage) -> None:
    """Nothing that the first leaves stands in the way of the second."""
    codes = [tiny.run("--version", part, backend=backend).code for part, backend in _TWICE]
    assert codes == [0, 0]
    assert len(tiny.published()) == 4
    assert tiny.remote.git("tag", "--list").split() == ["v3.0.0", "v3.1.0"]


_TWICE = (("major", "trio"), ("minor", "asyncio"))


def test_without_a_terminal_a_release_must_be_asked_for(tiny: Stage) -> None:
    """Exit 2 where nobody can confirm, whatever is given; with --yes it is a patch release, as is said."""
    before, tiny.says_yes = tiny.fingerprint(), False
    for words in ((), ("--version", "patch"), ("--test", "--skip-tests"), ("--output", "json")):
        run = tiny.run(*words)
        assert (run.code, tiny.fingerprint()) == (2, before)
        assert "nothing is released without a yes" in run.said
        named = () if "--version" in words else ("--version", "patch")
        command = " ".join(("release-async", *words, "--backend asyncio", *named, "--yes"))
        assert f"if you mean it: {command}" in run.said
        assert "checks" not in run.said
    assert tiny.run("--yes").code == 0
    assert_released(tiny, "2.0.1")


def test_dry_run_shows_the_plan_and_changes_nothing(tiny: Stage) -> None:
    """The plan is shown, with -v in full, also when checks refuse, whose exit code it keeps."""
    before = tiny.fingerprint()
    run = tiny.run("--version", "minor", "--dry-run", "-v")
    assert (run.code, tiny.fingerprint()) == (0, before)
    plan = run.stdout.partition(" checks, all at once")[0]
    assert "2.0.0 → 2.1.0" in plan
    assert '+ version = "2.1.0"' in plan
    assert plan.index("python -m build") < plan.index("point of no return") < plan.index("twine upload")
    assert "git push --atomic origin main v2.1.0" in plan
    tiny.repository.write("stray.txt", "uncommitted")
    run = tiny.run("--version", "minor", "--dry-run", "-v", backend="trio")
    assert (run.code, tiny.fingerprint()) == (3, before)
    assert run.stdout.partition(" checks, all at once")[0] == plan
    assert "stray.txt" in run.said


def test_skip_tests_releases_what_the_tests_would_stop(tiny: Stage) -> None:
    """--skip-tests and RUN_TESTS_BEFORE_UPLOAD=false do not run the suite, and say so."""
    assert tiny.run("--version", "minor", TINY_TESTS="fail").code == 3
    run = tiny.run("--version", "minor", "--skip-tests", "-v", TINY_TESTS="fail")
    assert run.code == 0, run.said
    assert "skipped Test suite: --skip-tests" in run.said
    run = tiny.run("--version", "minor", TINY_TESTS="fail", RUN_TESTS_BEFORE_UPLOAD="false")
    assert run.code == 0, run.said


def test_without_auto_git_tag_the_branch_goes_out_alone(tiny: Stage) -> None:
    """AUTO_GIT_TAG=false: files and branch are out, there is no tag, and no atomic push is asked for."""
    tiny.remote.git("config", "receive.advertiseAtomic", "false")
    run = tiny.run("--version", "major", AUTO_GIT_TAG="false")
    assert run.code == 0, run.said
    assert len(tiny.published()) == 2
    assert tiny.remote.git("rev-parse", "main") == tiny.repository.git("rev-parse", "main")
    assert tiny.remote.git("log", "-1", "--format=%s", "main") == "release: v3.0.0"
    assert tiny.remote.git("tag", "--list") + tiny.repository.git("tag", "--list") == ""


def test_a_test_release_goes_to_the_test_index_alone(tiny: Stage, tmp_path: Path) -> None:
    """--test uploads to the test index only, as the next free .devN; no ref moves here or there."""
    before = tiny.fingerprint()
    account, packages = indexes.credentials(), tmp_path / "test-packages"
    with indexes.pypiserver(packages, account) as url:
        there = {"TEST_PYPI_REPOSITORY_URL": url, "PYPI_TEST_TOKEN": account.secret.reveal()}
        runs = [tiny.run("--test", "--version", "minor", **there, backend=one) for one in ("asyncio", "trio")]
    assert [run.code for run in runs] == [0, 0], runs[0].said
    assert "tiny 2.0.0 → 2.1.0.dev1" in runs[1].said
    wheels = sorted(path.name for path in packages.glob("*.whl"))
    assert wheels == ["tiny-2.1.0-py3-none-any.whl", "tiny-2.1.0.dev1-py3-none-any.whl"]
    assert len(list(packages.glob("*.tar.gz"))) == 2
    assert tiny.fingerprint() == before


def test_a_project_in_a_subdirectory_is_released_from_there(tmp_path: Path) -> None:
    """With -C the project below the top is built and raised, and its neighbours stay as they are."""
    repository = Repository.init(tmp_path / "project")
    tiny_project.write_tiny(repository.path / "packages/tiny")
    repository.write("pyproject.toml", '[project]\nname = "whole"\nversion = "2.0.0"\n')
    repository.commit()
    with releasing.staged(tmp_path, repository) as stage:
        run = stage.run("-C", "packages/tiny", "--version", "major")
        assert run.code == 0, run.said
        assert_released(stage)
    assert 'version = "2.0.0"' in repository.git("show", "main:pyproject.toml")
    assert repository.git("diff", "--name-only", "HEAD^", "HEAD").split() == [
        f"packages/tiny/{path}" for path in tiny_project.VERSION_FILES
    ]


def test_a_release_from_a_linked_worktree_lands_there(tiny: Stage, tmp_path: Path) -> None:
    """Where main is checked out in another worktree than the first, that one is moved forward."""
    git = tiny.repository.git
    git("switch", "--quiet", "--create", "side")
    side = Repository(tmp_path / "linked")
    git("worktree", "add", "--quiet", str(side.path), "main")
    run = tiny.run("-C", str(side.path), "--version", "major")
    assert run.code == 0, run.said
    assert side.git("rev-parse", "HEAD") == tiny.remote.git("rev-parse", "main")
    assert side.git("status", "--porcelain") == ""
    assert git("symbolic-ref", "--short", "HEAD") == "side"
    assert git("rev-parse", "HEAD") == git("rev-parse", "main^")


def test_a_branch_that_is_left_during_the_release_is_moved_all_the_same(tiny: Stage) -> None:
    """The user switches away while the files go out: their checkout stays, and main moves forward."""
    git = tiny.repository.git
    git("branch", "side")
    _while_pushing(tiny, f"git -C '{tiny.repository.path}' switch --quiet side")
    run = tiny.run("--version", "major")
    assert run.code == 0, run.said
    assert git("symbolic-ref", "--short", "HEAD") == "side"
    assert git("rev-parse", "main") == tiny.remote.git("rev-parse", "main")
    assert git("rev-parse", "side") == git("rev-parse", "main^")
    assert git("status", "--porcelain") == ""


def test_edits_that_the_user_makes_during_the_release_are_kept(tiny: Stage) -> None:
    """An edit in a version file stops the landing alone: all is public, exit 5, and the edit is there."""
    edited = tiny.repository.path / "tiny/__init__.py"
    _while_pushing(tiny, f"echo '# mine' >> '{edited}'")
    run = tiny.run("--version", "major", backend="trio")
    assert run.code == 5, run.said
    assert edited.read_text().endswith("# mine\n")
    assert len(tiny.published()) == 2
    assert tiny.remote.git("log", "-1", "--format=%s", "main") == "release: v3.0.0"
    assert "already public" in run.said
    told = tiny.run("status").stdout.splitlines()
    *_, by_hand = (line.strip() for line in told if "git merge --ff-only" in line)
    tiny.repository.git("stash")
    subprocess.run(("sh", "-ec", by_hand), cwd=tiny.repository.path, check=True, capture_output=True)
    assert tiny.repository.git("rev-parse", "main") == tiny.remote.git("rev-parse", "main")


def _while_pushing(stage: Stage, command: str) -> None:
    """Let the remote run a command when the release commit arrives: after the upload, before the landing."""
    hook = stage.remote.path / "hooks/post-receive"
    hook.write_text(f"#!/bin/sh\nunset $(git rev-parse --local-env-vars)\n{command}\n")
    hook.chmod(0o755)


def test_an_initialised_submodule_is_in_the_sdist(tiny: Stage, tmp_path: Path) -> None:
    """The release is built from a tree that has the submodule's files, as the user's own has."""
    library = Repository.init(tmp_path / "library")
    library.write("data.txt", "of the submodule")
    library.commit()
    git = tiny.repository.git
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.path), "tiny/library")
    tiny.repository.commit("a submodule")
    git("push", "--quiet")
    run = tiny.run("--version", "major")
    assert run.code == 0, run.said
    with tarfile.open(tiny.packages / "tiny-3.0.0.tar.gz") as sdist:
        assert "tiny-3.0.0/tiny/library/data.txt" in sdist.getnames()
    assert_released(tiny)
    assert git("status", "--porcelain") == ""
    library_in_use = Repository(tiny.repository.path / "tiny/library")
    assert library_in_use.git("worktree", "list", "--porcelain").count("worktree ") == 1


def test_hooks_of_a_relative_path_see_the_release_commit(tiny: Stage) -> None:
    """core.hooksPath relative to the checkout, which alone has it: the hook runs on the release commit."""
    hook = tiny.repository.write(
        "githooks/pre-commit", '#!/bin/sh\ngit diff --cached --name-only > "$SEEN"\n'
    )
    hook.chmod(0o755)
    (tiny.repository.path / ".git/info/exclude").write_text("githooks/\n")
    tiny.repository.git("config", "core.hooksPath", "githooks")
    seen = tiny.packages.parent / "seen"
    run = tiny.run("--version", "major", SEEN=str(seen))
    assert run.code == 0, run.said
    assert tuple(seen.read_text().split()) == tiny_project.VERSION_FILES
    assert_released(tiny)


def test_line_endings_stay_whatever_autocrlf_says(tiny: Stage) -> None:
    """core.autocrlf=true converts neither what is committed nor what is built."""
    git = tiny.repository.git
    git("config", "core.autocrlf", "true")
    git("rm", "--quiet", "--cached", "-r", ".")
    git("reset", "--quiet", "--hard")
    assert b"\r\n" in (tiny.repository.path / "tiny/__init__.py").read_bytes()
    run = tiny.run("--version", "major")
    assert run.code == 0, run.said
    assert_released(tiny)
    assert "\r" not in git("cat-file", "blob", "HEAD:tiny/__init__.py")
    with tarfile.open(tiny.packages / "tiny-3.0.0.tar.gz") as sdist:
        built = sdist.extractfile("tiny-3.0.0/tiny/__init__.py")
        assert built
        assert b"\r" not in built.read()
    assert git("diff", "--shortstat", "HEAD^", "HEAD") == " 2 files changed, 2 insertions(+), 2 deletions(-)"
    assert git("status", "--porcelain") == ""


def test_a_sparse_checkout_releases_the_whole_tree(tiny: Stage) -> None:
    """What the user has left out of their checkout is built all the same, and stays left out."""
    tiny.repository.write("large/data.txt", "left out here")
    tiny.repository.commit("data")
    tiny.repository.git("push", "--quiet")
    tiny.repository.git("sparse-checkout", "set", "tiny", "backend")
    assert not (tiny.repository.path / "large").exists()
    run = tiny.run("--version", "major")
    assert run.code == 0, run.said
    with tarfile.open(tiny.packages / "tiny-3.0.0.tar.gz") as sdist:
        assert "tiny-3.0.0/large/data.txt" in sdist.getnames()
    assert not (tiny.repository.path / "large").exists()
    assert_released(tiny)


def test_a_shallow_clone_can_be_released(tiny: Stage, tmp_path: Path) -> None:
    """It warns, and what it lacks is not needed for the commit, the build and the push."""
    tiny.repository.commit("more history")
    tiny.repository.git("push", "--quiet")
    shallow = Repository(tmp_path / "shallow")
    tiny.repository.git("clone", "--quiet", "--depth=1", tiny.remote.path.as_uri(), str(shallow.path))
    tiny.repository = shallow
    run = tiny.run("--version", "major")
    assert run.code == 0, run.said
    assert "git fetch --unshallow" in run.said
    assert_released(tiny)


@pytest.mark.parametrize("named", ["{top}/.git/key", ".git/key"])
def test_commit_and_tag_are_signed_where_the_user_signs(tiny: Stage, tmp_path: Path, named: str) -> None:
    """With commit.gpgSign and tag.gpgSign by an ssh key, git verifies both; its path may be relative."""
    key = tiny.repository.path / ".git/key"
    subprocess.run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)), check=True)
    public = key.with_suffix(".pub").read_text()
    (tmp_path / "signers").write_text(f"person@example.com {public}")
    for name, value in (
        ("gpg.format", "ssh"),
        ("user.signingKey", named.format(top=tiny.repository.path)),
        ("gpg.ssh.allowedSignersFile", str(tmp_path / "signers")),
        ("commit.gpgSign", "true"),
        ("tag.gpgSign", "true"),
    ):
        tiny.repository.git("config", name, value)
    run = tiny.run("--version", "major")
    assert run.code == 0, run.said
    assert_released(tiny)
    assert tiny.repository.tried("verify-commit", "HEAD").returncode == 0
    assert tiny.repository.tried("verify-tag", "v3.0.0").returncode == 0


def test_the_environment_of_another_repository_does_not_redirect_a_release(
    tiny: Stage, tmp_path: Path
) -> None:
    """GIT_DIR and GIT_INDEX_FILE, as a hook elsewhere leaves them, lead nowhere."""
    other = Repository.init(tmp_path / "other")
    other.write("file", "theirs")
    head = other.commit()
    index = (other.path / ".git/index").read_bytes()
    leaked = {
        "GIT_DIR": str(other.path / ".git"),
        "GIT_WORK_TREE": str(other.path),
        "GIT_INDEX_FILE": str(other.path / ".git/index"),
        "GIT_OBJECT_DIRECTORY": str(other.path / ".git/objects"),
    }
    run = tiny.run("--version", "major", **leaked)
    assert run.code == 0, run.said
    assert_released(tiny)
    assert (other.git("rev-parse", "HEAD"), (other.path / ".git/index").read_bytes()) == (head, index)
    assert sorted(path.name for path in other.path.iterdir()) == [".git", "file"]


def test_a_branch_that_the_remote_does_not_have_yet_is_created(tiny: Stage) -> None:
    """The first release of a project may also be its first push."""
    tiny.remote.git("update-ref", "-d", "refs/heads/main")
    run = tiny.run("--version", "major")
    assert run.code == 0, run.said
    assert_released(tiny)


def test_commits_that_were_not_pushed_yet_go_out_with_the_release(tiny: Stage) -> None:
    """A branch that is ahead is said to be, and is pushed whole."""
    tiny.repository.write("tiny/new.py", "")
    head = tiny.repository.commit("not pushed")
    run = tiny.run("--version", "major")
    assert run.code == 0, run.said
    assert "1 commit ahead of origin/main" in run.said
    assert tiny.remote.git("rev-parse", "main^") == head
