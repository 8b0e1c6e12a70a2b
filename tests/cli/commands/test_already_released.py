"""A version counts as released only where index, branch and tag are seen to have it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import releasing
from support.releasing import Stage

pytestmark = pytest.mark.by_turns


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A project whose release 3.0.0 is out."""
    with releasing.tiny(tmp_path) as stage:
        run = stage.run("--version", "3.0.0", "--yes")
        assert run.code == 0, run.said
        yield stage


def test_what_is_whole_is_not_released_again(stage: Stage, anyio_backend: str) -> None:
    """Exit 0: a job that runs twice has nothing to do, also behind later commits, which are counted."""
    past = "and HEAD is {} after v3.0.0; to release that: release-async patch"
    ends = ("there is nothing left to do", past.format("1 commit"), past.format("2 commits"))
    for end, name in zip(ends, ("now", "and again", "and more"), strict=True):
        run = stage.run("--version", "3.0.0", "--yes", backend=anyio_backend)
        joined = ": " if end == ends[0] else ", "
        assert (run.code, run.said) == (0, f"tiny 3.0.0 is released already{joined}{end}"), run.said
        stage.repository.write("more.txt", name)
        stage.repository.commit(name)


def test_a_file_with_other_bytes_is_not_the_one_that_was_released(stage: Stage, anyio_backend: str) -> None:
    """This clone remembers the digests of what it has released; the index has something else."""
    sdist = next(path for path in stage.packages.iterdir() if path.name.endswith(".tar.gz"))
    sdist.write_bytes(sdist.read_bytes() + b"\0")
    run = stage.run("--version", "3.0.0", "--yes", backend=anyio_backend)
    assert (run.code, f"{sdist.name} is not the file that was released" in run.said) == (3, True), run.said


def test_a_release_is_proven_by_its_tag_however_far_the_branch_has_gone(stage: Stage) -> None:
    """The branch states a later version by now, and this clone looks back at the one before."""
    run = stage.run("--version", "minor", "--yes")
    assert run.code == 0, run.said
    stage.repository.git("reset", "--quiet", "--hard", "HEAD^")
    run = stage.run("--version", "3.0.0", "--yes")
    assert (run.code, "released already" in run.said) == (0, True), run.said


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        ("wheel", "the index has no wheel of it"),
        ("sdist", "the index has no sdist of it"),
        ("name", "which was released from here"),
        ("other tag", "the tag on origin is not the one that was made here"),
        ("journal", "cannot be trusted"),
        ("tag", "origin has no v3.0.0"),
        ("branch", "main on origin does not contain the tag"),
        ("unknown", "main on origin is at a commit that is not here"),
    ],
)
def test_what_is_not_whole_is_refused_with_what_is_missing(
    stage: Stage, lost: str, words: str, anyio_backend: str
) -> None:
    """No script may take it for a success."""
    ends = {"wheel": ".whl", "sdist": ".tar.gz"}
    if lost in ends:
        next(path for path in stage.packages.iterdir() if path.name.endswith(ends[lost])).unlink()
    elif lost == "name":
        wheel = next(path for path in stage.packages.iterdir() if path.name.endswith(".whl"))
        wheel.rename(wheel.with_name("tiny-3.0.0-cp313-cp313-win_amd64.whl"))
    elif lost == "other tag":
        stage.remote.git("tag", "-f", "v3.0.0", "main")
        stage.repository.git("fetch", "--quiet", "--tags", "--force")
    elif lost == "journal":
        next(stage.repository.path.glob(".git/release-async/logs/*/journal")).write_text("junk\n")
    elif lost == "tag":
        stage.remote.git("tag", "-d", "v3.0.0")
    elif lost == "branch":
        stage.remote.git("update-ref", "refs/heads/main", "main^")
    else:
        tree = stage.remote.git("rev-parse", "main^{tree}").strip()
        who = ("-c", "user.name=A", "-c", "user.email=a@example.com")
        other = stage.remote.git(*who, "commit-tree", tree, "-p", "main", "-m", "by others").strip()
        stage.remote.git("update-ref", "refs/heads/main", other)
    run = stage.run("--version", "3.0.0", "--yes", backend=anyio_backend)
    assert run.code == (6 if lost == "journal" else 3), run.said
    assert words in run.said
