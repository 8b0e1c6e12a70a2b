"""After the release the branch states the next version: one more commit, planned, in the same push."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.base.exit_codes import ExitCode
from support import crashing, releasing
from support.crashing import KILLED
from support.matrices import sampled
from support.releasing import Stage

pytestmark = pytest.mark.by_turns

VERSION = crashing.VERSION


def adopt(stage: Stage, stated: str = "2.9.0.dev0") -> str:
    """Commit the setting and a version of development; the object id of the commit."""
    repository = stage.repository
    for path in ("pyproject.toml", "tiny/__init__.py"):
        text = (repository.path / path).read_text().replace("2.0.0", stated)
        repository.write(
            path, text.replace("[tool.release-async]", '[tool.release-async]\nnext-version = "dev"')
        )
    head = repository.commit("work on")
    repository.git("push", "--quiet", "origin", "main")
    return head


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time."""
    with releasing.tiny(tmp_path) as stage:
        yield stage


def stated(stage: Stage, revision: str) -> list[str]:
    """The version in each place, as a commit has it."""
    git = stage.repository.git
    texts = [git("show", f"{revision}:{path}") for path in ("pyproject.toml", "tiny/__init__.py")]
    return [re.findall(r"""version(?:__)? = ["'](.*?)["']""", text)[0] for text in texts]


def test_the_branch_goes_on_with_the_next_version(stage: Stage, anyio_backend: str) -> None:
    """The tag names what was built, the branch one commit more; plan and commit are the same."""
    head, git = adopt(stage), stage.repository.git
    event = stage.planned("--version", "stable")
    following = event["plan"]["following"]
    assert following["version"] == "2.10.0.dev0"
    assert {(edit["old"], edit["new"]) for edit in following["edits"]} == {("2.9.0", "2.10.0.dev0")}
    commits = [stage["command"] for stage in event["stages"] if stage["name"] == "commit"]
    assert commits[1] == "git commit -m 'chore: begin 2.10.0.dev0'"
    run = stage.run("--version", "stable", "--yes", "--verbose", backend=anyio_backend)
    assert run.code == 0, run.said
    assert "in the same push: 2 places state 2.10.0.dev0 from then on" in run.said
    assert git("rev-parse", "v2.9.0~1", "main~2").split() == [head, head]
    assert git("rev-parse", "v2.9.0^{commit}") == git("rev-parse", "main~1")
    assert stage.remote.git("rev-parse", "main") == git("rev-parse", "main")
    assert (stated(stage, "v2.9.0"), stated(stage, "main")) == (["2.9.0"] * 2, ["2.10.0.dev0"] * 2)
    assert sorted(stage.published()) == ["tiny-2.9.0-py3-none-any.whl", "tiny-2.9.0.tar.gz"]
    assert git("status", "--porcelain") == ""
    assert git("show", "-s", "--format=%s", "main") == "chore: begin 2.10.0.dev0"


def test_a_local_part_comes_back(stage: Stage) -> None:
    """Where the project states the last release with +dev in between."""
    adopt(stage, "2.0.0+dev")
    run = stage.run("--version", "minor", "--yes", "--skip-tests")
    assert run.code == 0, run.said
    assert (stated(stage, "v2.1.0"), stated(stage, "main")) == (["2.1.0"] * 2, ["2.1.0+dev"] * 2)


def test_a_hook_that_says_no_to_it_stops_before_anything_is_public(stage: Stage) -> None:
    """The second commit is made with the first, by the same hooks."""
    adopt(stage)
    hook = stage.repository.write(".git/hooks/commit-msg", '#!/bin/sh\n! grep -q "chore: begin" "$1"\n')
    hook.chmod(0o755)
    before = stage.fingerprint()
    run = stage.run("--version", "stable", "--yes", "--skip-tests")
    assert (run.code, stage.fingerprint()) == (ExitCode.FAILED, before)
    assert "git refused the commit that follows the release: the hook commit-msg said no" in run.said


def test_what_is_only_tried_has_none(stage: Stage) -> None:
    """A test index gets files alone; and a developmental release is followed by nothing."""
    adopt(stage)
    for words in (("--version", "stable", "--test"), ("--version", "2.9.0.dev1")):
        run = stage.run(*words, "--dry-run", "--skip-tests", TEST_PYPI_REPOSITORY_URL=stage.url)
        assert "release tiny 2.9.0.dev0 → " in run.said
        assert "chore: begin" not in run.said


def test_a_rehearsal_pushes_both(stage: Stage) -> None:
    """To the remote of the sandbox alone."""
    adopt(stage)
    before = stage.fingerprint()
    run = stage.run("rehearse", "stable", "--skip-tests", "--verbose")
    assert run.code == 0, run.said
    assert "chore: begin 2.10.0.dev0" in run.said
    assert stage.fingerprint() == before


OWN = ("before commit that begins 3.1.0.dev0", "after commit that begins 3.1.0.dev0")


@pytest.mark.parametrize(
    "point", sampled((*OWN, *crashing.SIDES), (OWN[1], "after push main and {tag} to origin"))
)
def test_a_release_that_dies_is_finished_with_both_commits(tmp_path: Path, point: str) -> None:
    """Killed anywhere: what goes on pushes the same two commits, once."""
    with crashing.scene(tmp_path) as scene:
        adopt(scene.stage)
        git, remote = scene.stage.repository.git, scene.stage.remote.git
        number = (*OWN, *crashing.SIDES).index(point)
        backends = ("asyncio", "trio", "asyncio")[number % 2 :]
        died = scene.crash(scene.named(point), *crashing.RELEASE, backend=backends[0], power=number % 3 == 0)
        assert died == KILLED, scene.points()
        recorded = scene.recorded()
        scene.go_on(backends[1])
        tip, tagged = git("rev-parse", "main"), git("rev-parse", f"v{VERSION}^{{commit}}")
        if recorded:
            assert (recorded.results.commit, recorded.results.tip) == (tagged, tip)
        assert git("rev-parse", "main~1") == tagged
        assert (remote("rev-parse", "main"), remote("rev-parse", f"v{VERSION}^{{commit}}")) == (tip, tagged)
        assert stated(scene.stage, "main") == ["3.1.0.dev0"] * 2
        assert sorted(scene.index.stored()) == sorted(crashing.FILES)
        assert git("for-each-ref", "refs/release-async") == ""
        assert git("status", "--porcelain") == ""


def test_a_journal_without_it_is_still_read(tmp_path: Path) -> None:
    """What an earlier version of the tool has begun is finished, at the release commit."""
    with crashing.scene(tmp_path) as scene:
        assert scene.crash("before the line done", *crashing.RELEASE) == KILLED
        recorded = scene.recorded()
        assert recorded
        assert recorded.results.tip == recorded.results.commit
