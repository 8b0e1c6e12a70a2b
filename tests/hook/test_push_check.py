"""What a push may send, through the native hook and real remotes, and through hook managers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from release_async import hook
from release_async.__main__ import main
from release_async.base.errors import UsageError
from release_async.hook import push_check
from support.repositories import Repository


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A project with the native hooks and a remote that has its first commit."""
    made = Repository.init(tmp_path / "project")
    versions(made, "1.0", "1.0")
    made.commit()
    made.with_remote(tmp_path / "remote.git")
    monkeypatch.setattr(sys, "argv", ["release-async", "hooks", "install", "-C", str(made.path)])
    assert main() == 0
    monkeypatch.chdir(made.path)
    return made


def versions(repository: Repository, source: str, mirror: str, tag_format: str = "v{version}") -> None:
    """Write both places and the form of tags."""
    settings = f'[tool.release-async]\ntag-format = "{tag_format}"\n'
    repository.write("pyproject.toml", f'[project]\nname = "demo"\nversion = "{source}"\n{settings}')
    repository.write("demo.py", f'__version__ = "{mirror}"\n')
    repository.git("add", "--all")


def committed(repository: Repository, source: str, mirror: str) -> None:
    """A commit that no hook has seen."""
    versions(repository, source, mirror)
    repository.git("commit", "--quiet", "--no-verify", "--message=unseen")


def test_what_no_commit_hook_saw_is_found_at_the_push(repository: Repository) -> None:
    """A rebase, a cherry-pick or ``--no-verify`` ends here, and nothing reaches the remote."""
    committed(repository, "1.0", "2.0")
    refused = repository.tried("push", "origin", "main")
    assert refused.returncode == 1
    said = "main: demo.py:1: __version__ is 2.0, but project.version in pyproject.toml:3 is 1.0"
    assert said in refused.stderr
    assert "release-async bump 1.0, then commit that and push again" in refused.stderr
    assert repository.git("ls-remote", "origin", "main").split()[0] == repository.git("rev-parse", "main~1")
    assert repository.tried("push", "--no-verify", "origin", "main").returncode == 0


def test_the_pushed_commit_is_judged_and_not_the_index(repository: Repository) -> None:
    """What is staged or on the disk goes nowhere."""
    repository.git("commit", "--quiet", "--allow-empty", "--message=good")
    versions(repository, "1.0", "2.0")
    assert repository.tried("push", "origin", "main").returncode == 0


def test_every_ref_of_a_push_is_judged(repository: Repository) -> None:
    """The first may be good and the second bad."""
    repository.git("branch", "good")
    repository.git("switch", "--quiet", "--create", "other")
    committed(repository, "1.0", "2.0")
    refused = repository.tried("push", "origin", "good", "other")
    assert refused.returncode == 1
    assert "other: demo.py:1" in refused.stderr
    assert "good: " not in refused.stderr


@pytest.mark.parametrize("annotated", [True, False])
@pytest.mark.parametrize(
    ("tag", "accepted"),
    [
        ("v1.0", True),
        ("v1.0.0", True),
        ("v1.1", False),
        ("v1.0.dev1", False),
        ("nightly", True),
        ("1.1", True),
    ],
)
def test_a_version_tag_says_the_version(
    repository: Repository, tag: str, *, accepted: bool, annotated: bool
) -> None:
    """Also on a commit that the remote has, and in another spelling; other tags are nobody's business."""
    repository.git("tag", *(("--annotate", "--message=tag") if annotated else ()), tag)
    pushed = repository.tried("push", "origin", tag)
    assert (pushed.returncode == 0) is accepted
    if not accepted:
        assert f"refs/tags/{tag}: the tag says {tag[1:]}, but demo is 1.0 there" in pushed.stderr
        assert f"git tag --delete {tag}" in pushed.stderr


def test_the_form_of_tags_is_the_projects_own(repository: Repository) -> None:
    """``tag-format`` of the commit that is tagged."""
    versions(repository, "1.0", "1.0", "demo-{version}")
    repository.commit()
    repository.git("tag", "v9")
    repository.git("tag", "demo-2.0")
    assert repository.tried("push", "origin", "v9").returncode == 0
    assert repository.tried("push", "origin", "demo-2.0").returncode == 1


def test_the_form_that_nobody_has_set_is_that_of_the_other_tags(repository: Repository) -> None:
    """As a release finds it, and as ``init`` therefore does not write it; a first tag shows no form."""
    repository.write("pyproject.toml", '[project]\nname = "demo"\nversion = "1.0"\n')
    repository.commit()
    repository.git("tag", "1.1")
    assert repository.tried("push", "origin", "1.1").returncode == 0
    repository.git("tag", "0.9")
    repository.git("tag", "1.2")
    refused = repository.tried("push", "origin", "1.2")
    assert refused.returncode == 1
    assert "the tag says 1.2, but demo is 1.0 there" in refused.stderr


def test_deletions_and_tags_of_other_things_pass(repository: Repository) -> None:
    """A deleted ref holds no files, and neither does a blob."""
    repository.git("push", "--quiet", "origin", "main:gone")
    assert repository.tried("push", "origin", ":gone").returncode == 0
    repository.git("tag", "key", repository.git("rev-parse", "HEAD:demo.py"))
    assert repository.tried("push", "origin", "key").returncode == 0
    assert repository.tried("push", "origin", "main").returncode == 0


def test_a_version_that_comes_from_the_tag_is_what_the_tag_says(repository: Repository) -> None:
    """There is nothing else to compare with."""
    repository.write(
        "pyproject.toml",
        '[build-system]\nrequires = ["setuptools-scm"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "demo"\ndynamic = ["version"]\n[tool.setuptools_scm]\n',
    )
    repository.write("demo.py", "")
    repository.commit()
    repository.git("tag", "v7")
    assert repository.tried("push", "origin", "v7").returncode == 0


def test_a_hook_that_stood_there_gets_all_refs(repository: Repository, tmp_path: Path) -> None:
    """Its arguments and all lines, and then ours gets the same lines."""
    told = tmp_path / "told"
    kept = repository.path / ".git/hooks/pre-push.before-release-async"
    kept.write_text(f'#!/bin/sh\necho "$1" >>"{told}"; cat >>"{told}"\n')
    kept.chmod(0o755)
    repository.git("branch", "good")
    committed(repository, "1.0", "2.0")
    assert repository.tried("push", "origin", "good", "main").returncode == 1
    first, *lines = told.read_text().splitlines()
    assert first == "origin"
    assert sorted(line.split()[2] for line in lines) == ["refs/heads/good", "refs/heads/main"]
    told.unlink()
    assert repository.tried("push", "origin", "good").returncode == 0
    told.unlink()
    assert repository.tried("push", "origin", "good").returncode == 0
    assert told.read_text() == "origin\n", "nothing to push is no line"


@pytest.mark.parametrize("where", ["env", "stdin"])
def test_what_managers_say_is_understood(repository: Repository, where: str) -> None:
    """pre-commit and prek put the first ref into variables; git writes lines."""
    committed(repository, "1.0", "2.0")
    oid = repository.git("rev-parse", "HEAD")
    environ = (
        {"PRE_COMMIT_TO_REF": oid, "PRE_COMMIT_REMOTE_BRANCH": "refs/heads/main"} if where == "env" else {}
    )
    done = subprocess.run(
        (sys.executable, "-m", "release_async", "hook", "version-consistency-push"),
        input="" if environ else f"refs/heads/main {oid} refs/heads/main {'0' * 40}\n",
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == hook.REFUSED
    assert "main: demo.py:1" in done.stderr


def test_garbage_on_the_input_cannot_be_judged(repository: Repository) -> None:
    """It is never taken for nothing to push."""
    done = subprocess.run(
        (sys.executable, "-m", "release_async", "hook", "version-consistency-push"),
        input=b"\xff\x1b[2J garbage\n",
        cwd=repository.path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == hook.COULD_NOT_CHECK
    assert b"\x1b" not in done.stderr
    assert b"git push --no-verify" in done.stderr
    with pytest.raises(UsageError):
        push_check.refs("one two\n", {})


def test_zeros_of_any_length_are_a_deletion() -> None:
    """Also under sha256."""
    for zeros in ("0" * 40, "0" * 64):
        assert push_check.refs(f"(delete) {zeros} refs/heads/x {'1' * 40}\n", {}) == ()
        assert push_check.refs("", {"PRE_COMMIT_TO_REF": zeros}) == ()


def test_a_hook_manager_that_names_no_commit_names_the_branch() -> None:
    """pre-commit and prek do so where all of the history is new to the remote; a deletion is none."""
    named = {"PRE_COMMIT_LOCAL_BRANCH": "refs/heads/main", "PRE_COMMIT_REMOTE_BRANCH": "refs/heads/shared"}
    assert push_check.is_in_variables(named)
    assert push_check.refs("", named) == (push_check.Ref("refs/heads/shared", "refs/heads/main"),)
    assert not push_check.is_in_variables({"PRE_COMMIT": "1"})


HATCH = """\
[build-system]
requires = ["hatchling", "hatch-vcs"]
build-backend = "hatchling.build"

[project]
name = "demo"
dynamic = ["version"]

[tool.hatch.version]
source = "vcs"
tag-pattern = '{pattern}'

[tool.release-async]
{setting}
"""


@pytest.mark.parametrize(
    ("pattern", "setting", "code"),
    [
        ("^v(.*)$", "tag-format = 'v{version}'", 0),
        ("^final-(.*)$", "tag-format = 'v{version}'", 1),
        ("^v1.(.*)$", "tag-format = 'v{version}'", 1),
        ("^final-(.*)$", "", 0),
    ],
)
def test_a_tag_is_judged_by_what_the_backend_would_make_of_it(
    repository: Repository, pattern: str, setting: str, code: int
) -> None:
    """Without running it; a tag of a form that nobody has set may be of something else."""
    repository.write("pyproject.toml", HATCH.format(pattern=pattern, setting=setting))
    repository.write("demo.py", "")
    repository.commit()
    repository.git("tag", "v1.3.0")
    pushed = repository.tried("push", "origin", "main", "v1.3.0")
    assert pushed.returncode == code, pushed.stderr
    assert not code or "the tag says 1.3.0, and hatch-vcs reads it as" in pushed.stderr


def test_a_static_copy_is_compared_with_no_tag(repository: Repository) -> None:
    """Where the tag decides, a literal in the package is what a person left there."""
    repository.write("pyproject.toml", HATCH.format(pattern="^v(.*)$", setting="tag-format = 'v{version}'"))
    repository.write("demo.py", '__version__ = "0.0.1"\n')
    repository.commit()
    repository.git("tag", "v1.3.0")
    assert repository.tried("push", "origin", "main", "v1.3.0").returncode == 0


def test_what_only_code_could_tell_is_said_and_let_through(repository: Repository) -> None:
    """A function that reads tags is not run by a hook."""
    text = (
        HATCH.format(pattern="x", setting="tag-format = 'v{version}'")
        .replace("hatchling.build", "setuptools.build_meta")
        .replace('"hatchling", "hatch-vcs"', '"setuptools-git-versioning"')
        .partition("[tool.hatch")[0]
    )
    text += "[tool.setuptools-git-versioning]\nenabled = true\ntag_formatter = 'util:read'\n"
    repository.write("pyproject.toml", text + "[tool.release-async]\ntag-format = 'v{version}'\n")
    repository.write("demo.py", "")
    repository.commit()
    repository.git("tag", "v1.3.0")
    pushed = repository.tried("push", "origin", "main", "v1.3.0")
    assert pushed.returncode == 0, pushed.stderr
    assert "shows what it makes of the tag" in pushed.stderr
