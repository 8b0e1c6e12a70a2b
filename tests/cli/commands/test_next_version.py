"""``next`` shows the version that follows from what has changed; ``auto`` releases it, where it was typed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import releasing
from support.releasing import Stage

pytestmark = pytest.mark.by_turns


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A project that was released as 2.0.0."""
    with releasing.tiny(tmp_path) as stage:
        stage.repository.git("tag", "v2.0.0")
        yield stage


def commit(stage: Stage, message: str, path: str = "more.txt") -> None:
    """Change a file."""
    top = stage.repository.path
    before = (top / path).read_text() if (top / path).exists() else ""
    stage.repository.write(path, f"{before}{message}\n")
    stage.repository.commit(message)


def test_the_next_version_is_one_line_and_its_reasons_are_told_if_asked(
    stage: Stage, anyio_backend: str
) -> None:
    """For scripts, for people, and as JSON; nothing is changed."""
    for message in ("fix: toads", "feat: frogs", "chore: pond\n\nBREAKING CHANGE: none"):
        commit(stage, message)
    before = stage.fingerprint()
    run = stage.run("next", backend=anyio_backend)
    assert (run.code, run.stdout) == (0, "2.1.0\n")
    told = stage.run("next", "--explain", backend=anyio_backend)
    oids = [stage.repository.git("rev-parse", f"HEAD~{number}")[:9] for number in range(3)]
    assert told.stdout.splitlines() == [
        "2.1.0",
        "",
        "tiny 2.0.0 → 2.1.0: minor, because of the commits",
        f"  minor  {oids[1]}  feat: frogs",
        f"  patch  {oids[0]}  chore: pond",
        f"  patch  {oids[2]}  fix: toads",
    ]
    (event,) = map(json.loads, stage.run("next", "--output", "json").stdout.splitlines())
    assert {key: event[key] for key in ("event", "version", "part", "source")} == {
        "event": "next_version", "version": "2.1.0", "part": "minor", "source": "commits"
    }  # fmt: skip
    assert event["reasons"][0] == [oids[1], "minor", "feat: frogs"]
    assert stage.fingerprint() == before


def test_only_the_commits_of_this_project_count(stage: Stage) -> None:
    """Those of another one in the repository, and merges, do not."""
    stage.repository.write("other/pyproject.toml", '[project]\nname = "other"\nversion = "1.0"\n')
    stage.repository.commit("chore: other")
    commit(stage, "feat!: newts", "other/newts.txt")
    commit(stage, "fix: toads")
    assert stage.run("next").stdout == "2.0.1\n"
    assert stage.run("-C", "other", "next").stdout == "1.0\n"


def test_auto_releases_the_proposed_version(stage: Stage, anyio_backend: str) -> None:
    """And says why; without it, nobody's commits choose a version."""
    commit(stage, "feat: frogs")
    run = stage.run("--version", "auto", "--yes", "--skip-tests", backend=anyio_backend)
    assert run.code == 0, run.said
    assert "the next version is 2.1.0: minor, because of the commits" in run.said
    assert stage.repository.git("tag", "--list").split() == ["v2.0.0", "v2.1.0"]
    commit(stage, "feat: newts")
    told = stage.run("--yes", "--dry-run", "--skip-tests").said
    assert "release tiny 2.1.0 → 2.1.1" in told


def test_fragments_and_the_changelog_are_read_at_head(stage: Stage) -> None:
    """What is not committed does not count."""
    stage.repository.write("CHANGELOG.md", "## Unreleased\n\n### Removed\n\n- newts\n\n## 2.0.0\n\n- toads\n")
    stage.repository.commit("Write what is new")
    assert stage.run("next", "--explain").stdout.splitlines()[3:] == ["  major  CHANGELOG.md:5  - newts"]
    stage.repository.write("towncrier.toml", "[tool.towncrier]\n")
    stage.repository.write("newsfragments/1.feature.md", "frogs\n")
    stage.repository.commit("Write a fragment")
    stage.repository.write("newsfragments/2.removal.md", "toads\n")
    assert stage.run("next").stdout == "2.1.0\n"


def test_a_version_that_follows_from_nothing_is_said(stage: Stage) -> None:
    """A patch, with its reason; a date is not raised by changes."""
    commit(stage, "Rework the pond")
    assert "patch, because nothing says otherwise" in stage.run("next", "--explain").said
    stage.repository.git("tag", "v2026.1.1")
    run = stage.run("next")
    assert run.code == 2
    assert "2026.1.1 is a date: none follows from what has changed" in run.said


def test_a_check_and_a_rehearsal_take_auto_too(stage: Stage) -> None:
    """The sandbox has the tags, so the version is the same there."""
    commit(stage, "feat: frogs")
    stage.repository.git("push", "--quiet", "origin", "main", "v2.0.0")
    said = [stage.run(command, "auto", "--skip-tests").said for command in ("check", "rehearse")]
    assert all("the next version is 2.1.0: minor, because of the commits" in each for each in said)
    assert "tiny 2.1.0 was rehearsed" in said[1]
