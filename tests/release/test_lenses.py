"""What is released is what is committed: nothing of this clone alone stands between the two."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import releasing
from support.processes import end_stranger
from support.releasing import Run, Stage

pytestmark = pytest.mark.by_turns


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time."""
    with releasing.tiny(tmp_path) as stage:
        yield stage


def hooked(stage: Stage, name: str, *lines: str) -> None:
    """Let git run a hook in the person's repository."""
    hook = stage.repository.path / ".git/hooks" / name
    hook.write_text("\n".join(("#!/bin/sh", *lines, "")))
    hook.chmod(0o755)


def failed(stage: Stage, *arguments: str, backend: str = "asyncio", **environ: str) -> Run:
    """Try a release that must end with exit code 4 and must publish nothing."""
    run = stage.run("--version", "major", *arguments, backend=backend, **environ)
    assert run.code == 4, run.said
    assert stage.published() == {}
    assert "nothing is public" in run.said
    return run


def out(stage: Stage, run: Run) -> None:
    """See that the release is on the index, and branch and tag on the remote itself."""
    assert run.code == 0, run.said
    assert len(stage.published()) == 2
    assert stage.remote.git("rev-parse", "main") == stage.remote.git("rev-parse", "v3.0.0^{commit}")


@pytest.mark.parametrize(
    "change",
    [
        "printf '# more\\n' >> pyproject.toml && git add pyproject.toml",
        "chmod +x pyproject.toml && git add pyproject.toml",
        "git rm --quiet --cached pyproject.toml",
    ],
)
def test_a_hook_that_changes_more_than_the_version_is_found_out(
    stage: Stage, change: str, anyio_backend: str
) -> None:
    """Other characters of a planned file, its mode, or the file itself."""
    hooked(stage, "pre-commit", change)
    run = failed(stage, backend=anyio_backend)
    assert "the release commit is not what was planned: pyproject.toml" in run.said
    assert "make them leave release commits as they are" in run.said


def test_a_clean_filter_of_this_clone_is_found_out(stage: Stage) -> None:
    """What it makes of a file nobody has planned."""
    (stage.repository.path / ".git/info/attributes").write_text("pyproject.toml filter=mine\n")
    stage.repository.git("config", "filter.mine.clean", "sed 's/^name/name /'")
    stage.repository.git("config", "filter.mine.smudge", "cat")
    run = stage.run("--version", "major")
    assert run.code != 0
    assert stage.published() == {}


def test_a_replaced_object_is_not_released(stage: Stage, anyio_backend: str) -> None:
    """The file that others get from the commit is the one that is built, uploaded and tagged."""
    module = next(path for path in stage.repository.path.rglob("*.py") if "__version__" in path.read_text())
    name = module.relative_to(stage.repository.path).as_posix()
    evil = stage.repository.path.parent / "evil"
    evil.write_text(module.read_text() + "EVIL = True\n")
    new = stage.repository.git("hash-object", "-w", str(evil)).strip()
    stage.repository.git("replace", stage.repository.git("rev-parse", f"HEAD:{name}").strip(), new)
    run = stage.run("--version", "major", backend=anyio_backend)
    out(stage, run)
    assert "EVIL" not in stage.remote.git("show", f"v3.0.0:{name}")


def test_a_namespace_does_not_redirect_the_push(stage: Stage, anyio_backend: str) -> None:
    """A job of a forge may have GIT_NAMESPACE set; branch and tag go where all look (gitnamespaces)."""
    out(stage, stage.run("--version", "major", backend=anyio_backend, GIT_NAMESPACE="elsewhere"))


def test_a_file_that_is_named_as_a_revision_is_no_obstacle(stage: Stage) -> None:
    """Git takes a bare HEAD for a path where there is one."""
    stage.repository.write("HEAD", "x")
    stage.repository.commit("a file")
    stage.repository.git("push", "--quiet")
    out(stage, stage.run("--version", "major", backend="trio"))


def test_a_tag_that_appears_meanwhile_stops_it_before_anything_is_public(
    stage: Stage, anyio_backend: str
) -> None:
    """A hook may tag each version that it sees: then the tag would not be ours."""
    hooked(stage, "post-commit", "git tag v3.0.0 HEAD 2>/dev/null; exit 0")
    run = failed(stage, backend=anyio_backend)
    assert "a tag v3.0.0 has appeared in this clone" in run.said
    assert "git tag -d v3.0.0" in run.said


@pytest.mark.parametrize("name", ["index.lock", "refs/tags/v3.0.0.lock", "refs/heads/main.lock"])
def test_a_lock_that_a_dead_git_has_left_stops_it_before_anything_is_public(
    stage: Stage, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Land and tag would fail for it, when the files are out."""
    monkeypatch.setattr("release_async.external.git.lock_files.TIMEOUT", 0.1)
    (stage.repository.path / ".git" / name).touch()
    run = failed(stage)
    assert f"{name}" in run.said
    assert "if none is running any more: rm " in run.said


def test_a_version_file_that_is_changed_meanwhile_stops_it_before_anything_is_public(
    stage: Stage, anyio_backend: str
) -> None:
    """Whoever changes it, as a test suite may: the branch could not be moved over that."""
    hooked(stage, "post-commit", f"echo '# more' >> '{stage.repository.path}/pyproject.toml'")
    run = failed(stage, backend=anyio_backend)
    assert "pyproject.toml has been changed since the checks" in run.said
    assert "git diff" in run.said


def test_a_suite_may_write_into_the_tree_while_it_runs(stage: Stage, anyio_backend: str) -> None:
    """The tree is judged before the suite begins, whatever else runs at the same time."""
    text = (stage.repository.path / "pyproject.toml").read_text()
    command = 'test-command = ["sh", "-c", "echo x > scratch.out; sleep 0.3; rm scratch.out"]'
    assert text.count("test-command = ") == 1
    stage.repository.write("pyproject.toml", re.sub("test-command = .*", command, text))
    stage.repository.commit("a suite")
    stage.repository.git("push", "--quiet")
    for _ in range(3):
        run = stage.run("check", "--version", "major", backend=anyio_backend)
        assert run.code == 0, run.said


def test_a_mirror_that_is_fetched_from_is_not_asked_for_what_was_pushed(
    stage: Stage, anyio_backend: str
) -> None:
    """By ``insteadOf`` and ``pushInsteadOf`` together: each question goes where the push went."""
    remote, mirror = str(stage.remote.path), stage.remote.path.with_name("mirror.git")
    stage.repository.git("clone", "--quiet", "--bare", remote, str(mirror))
    stage.repository.git("config", f"url.{mirror}.insteadOf", remote)
    stage.repository.git("config", f"url.{remote}.pushInsteadOf", remote)
    out(stage, stage.run("--version", "major", backend=anyio_backend))


def test_what_a_hook_leaves_running_does_not_keep_the_lock(stage: Stage, anyio_backend: str) -> None:
    """A daemon of a pre-push hook lives on, and the next release, or this one, can be gone on with."""
    refuse = stage.remote.path / "hooks/pre-receive"
    refuse.write_text("#!/bin/sh\nexit 1\n")
    refuse.chmod(0o755)
    noted = stage.repository.path.parent / "daemon"
    daemon = f"setsid sleep 120 >/dev/null 2>&1 </dev/null & echo $! >> '{noted}'"
    hooked(stage, "pre-push", "cat >/dev/null", f"[ -e '{noted}' ] || {{ {daemon}; }}")
    try:
        run = stage.run("--version", "major", "--skip", "push-right", backend=anyio_backend)
        assert run.code in {4, 5}, run.said
        refuse.unlink()
        again = ("--resume",) if run.code == 5 else ("--version", "major")
        out(stage, stage.run(*again, backend=anyio_backend))
    finally:
        for number in noted.read_text().split():
            end_stranger(int(number), "sleep")


def test_a_version_file_that_is_not_checked_out_is_no_obstacle(stage: Stage, anyio_backend: str) -> None:
    """A sparse checkout may leave its whole folder out; nothing is written there, and nothing refuses."""
    stage.repository.git("sparse-checkout", "set", "--no-cone", "/*", "!/tiny/")
    assert not (stage.repository.path / "tiny").exists()
    out(stage, stage.run("--version", "major", "--skip-tests", backend=anyio_backend))


def test_attributes_of_this_clone_do_not_change_what_is_released(stage: Stage, anyio_backend: str) -> None:
    """``info/attributes`` reaches our checkout too, and what is built from it is found out."""
    module = next(path for path in stage.repository.path.rglob("*.py") if "__version__" in path.read_text())
    (stage.repository.path / ".git/info/attributes").write_text(f"{module.name} text eol=crlf\n")
    run = failed(stage, backend=anyio_backend)
    assert ".git/info/attributes of this clone" in run.said


def test_a_hook_that_moves_the_landed_branch_is_told(stage: Stage, anyio_backend: str) -> None:
    """The landing asks whether the branch is at the release commit, not only whether it contains it."""
    hooked(stage, "post-merge", "git commit --quiet --allow-empty --message=more")
    run = stage.run("--version", "major", backend=anyio_backend)
    out(stage, run)
    assert "is not at the release commit: a hook of yours has moved it on" in run.said


def test_a_pointer_in_place_of_a_file_is_told(stage: Stage) -> None:
    """A clone without Git LFS packs the pointer: users would get it as the data."""
    module = next(path for path in stage.repository.path.rglob("*.py") if "__version__" in path.read_text())
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12345\n"
    (module.parent / "model.py").write_text(pointer)
    stage.repository.commit("data")
    stage.repository.git("push", "--quiet")
    run = stage.run("--version", "major")
    assert run.code == 0, run.said
    assert "is a pointer of Git LFS, not the file that it stands for" in run.said


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("git tag v3.0.0 HEAD 2>/dev/null", "a tag v3.0.0 has appeared in this clone"),
        ("git commit --quiet --allow-empty -m more", "main has moved since the plan was made"),
    ],
)
def test_what_a_hook_of_the_push_does_is_seen_before_the_upload(
    stage: Stage, command: str, words: str, anyio_backend: str
) -> None:
    """The trial of the push runs it, so the last look comes after the trial."""
    hooked(stage, "pre-push", "cat >/dev/null", f"{command}; exit 0")
    run = failed(stage, "--skip", "push-right", backend=anyio_backend)
    assert words in run.said


@pytest.mark.parametrize(
    ("hook", "lines", "words"),
    [
        ("post-merge", ("git reset --quiet --hard HEAD~1",), "has moved it back, such as post-merge"),
        (
            "reference-transaction",
            ('[ "$1" = prepared ] || exit 0', "! grep -q refs/heads/main"),
            "reference-transaction, has refused to move main",
        ),
    ],
)
def test_a_hook_that_keeps_the_branch_back_is_named(
    stage: Stage, hook: str, lines: tuple[str, ...], words: str
) -> None:
    """Nobody can wait for what a hook undoes; without it the release is finished."""
    hooked(stage, hook, *lines)
    run = stage.run("--version", "major")
    assert run.code == 5, run.said
    assert words in " ".join(run.said.split())
    (stage.repository.path / ".git/hooks" / hook).unlink()
    stage.repository.git("restore", "-SW", "--", "pyproject.toml", "tiny/__init__.py")
    out(stage, stage.run("--resume"))


def test_a_working_tree_elsewhere_is_told(stage: Stage, tmp_path: Path) -> None:
    """Git says where it is; that is no reason for a traceback."""
    (tmp_path / "elsewhere").mkdir()
    stage.repository.git("config", "core.worktree", str(tmp_path / "elsewhere"))
    run = stage.run("--version", "major")
    assert run.code == 2, run.said
    assert "git config --unset core.worktree" in run.said


def test_a_name_too_long_for_a_folder_is_told(stage: Stage) -> None:
    """As one that is not there."""
    run = stage.run("-C", "x" * 5000, "--version", "major")
    assert run.code == 2, run.said
    assert "there is no directory" in run.said
