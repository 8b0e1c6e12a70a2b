"""The release commit dates the unreleased section of the changelog: planned, shown, proven, and published."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.plan import changelog
from support import crashing, releasing
from support.crashing import KILLED, Scene
from support.matrices import sampled
from support.releasing import Stage

pytestmark = pytest.mark.by_turns

LOG = """\
# Changelog

## [Unreleased]

- frogs, see [#7]

## [2.0.0] - 2026-01-02

- newts

[#7]: https://example.com/7
[Unreleased]: https://example.com/o/tiny/compare/v2.0.0...HEAD
[2.0.0]: https://example.com/o/tiny/compare/v1.0.0...v2.0.0
"""
LINKS = """\
[Unreleased]: https://example.com/o/tiny/compare/v{0}...HEAD
[{0}]: https://example.com/o/tiny/compare/v2.0.0...v{0}
"""


def write(stage: Stage, text: str = LOG, path: str = "CHANGELOG.md") -> str:
    """Commit a changelog, and the setting that it is rolled; the object id of the commit."""
    pyproject = stage.repository.path / "pyproject.toml"
    told = pyproject.read_text().replace("[tool.release-async]", '[tool.release-async]\nchangelog = "roll"')
    stage.repository.write("pyproject.toml", told)
    stage.repository.write(path, text)
    head = stage.repository.commit("write what is new")
    stage.repository.git("push", "--quiet", "origin", "main")
    return head


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time."""
    with releasing.tiny(tmp_path) as stage:
        yield stage


def dated(text: str, version: str, day: str) -> str:
    """What a changelog becomes: the heading and its links, and nothing else."""
    heading = f"## [Unreleased]\n\n## [{version}] - {day}\n"
    return text.replace("## [Unreleased]\n", heading).replace(
        "[Unreleased]: https://example.com/o/tiny/compare/v2.0.0...HEAD\n", LINKS.format(version)
    )


def test_a_release_dates_what_is_unreleased(stage: Stage, anyio_backend: str) -> None:
    """Plan and commit have the same lines, the rest stays, and the next release goes on top."""
    head = write(stage)
    plan = stage.planned("--version", "minor")["plan"]
    assert isinstance(plan, dict)
    day = plan["released"]
    run = stage.run("--version", "minor", "--yes", "--verbose", backend=anyio_backend)
    assert run.code == 0, run.said
    assert f"CHANGELOG.md:5 + ## [2.1.0] - {day} CHANGELOG.md" in run.said
    assert "+ [2.1.0]: https://example.com/o/tiny/compare/v2.0.0...v2.1.0" in run.said
    assert "warning: CHANGELOG.md" not in run.said
    git = stage.repository.git
    assert git("diff", "--name-only", head, "v2.1.0").split() == [
        "CHANGELOG.md", "pyproject.toml", "tiny/__init__.py"
    ]  # fmt: skip
    text = git("show", "v2.1.0:CHANGELOG.md") + "\n"
    assert text == dated(LOG, "2.1.0", day)
    assert (stage.repository.path / "CHANGELOG.md").read_text() == text
    assert changelog.section(text, "2.1.0") == "- frogs, see [#7]\n\n[#7]: https://example.com/7"
    again = text.replace("## [Unreleased]\n", "## [Unreleased]\n\n- toads\n")
    stage.repository.write("CHANGELOG.md", again)
    stage.repository.commit("toads")
    run = stage.run("--version", "patch", "--yes", backend=anyio_backend)
    assert run.code == 0, run.said
    assert changelog.section(git("show", "v2.1.1:CHANGELOG.md"), "2.1.1") == "- toads"


def test_a_plan_says_which_lines_change(stage: Stage) -> None:
    """For scripts too; a dry run changes nothing."""
    write(stage)
    before = stage.fingerprint()
    event = stage.planned("--version", "minor")
    plan = event["plan"]
    assert isinstance(plan, dict)
    (package,) = plan["packages"]
    heading, unreleased = package["changelog_changes"]
    assert heading == {"line": 4, "old": [], "new": ["", f"## [2.1.0] - {plan['released']}"]}
    assert (unreleased["line"], len(unreleased["new"])) == (12, 2)
    assert stage.fingerprint() == before


def test_a_section_of_an_underlined_heading_in_the_documentation(stage: Stage) -> None:
    """The file's own form, its line ends, and no empty heading where the last release had none."""
    text = "Changes\r\n=======\r\n\r\n2.1.0 (unreleased)\r\n------------------\r\n\r\n* frogs\r\n"
    write(stage, text, "docs/changes.rst")
    run = stage.run("--version", "minor", "--yes")
    assert run.code == 0, run.said
    day = stage.repository.git("show", "-s", "--format=%ad", "--date=format:%Y-%m-%d", "v2.1.0^{commit}")
    content = (stage.repository.path / "docs/changes.rst").read_bytes().decode()
    assert content == text.replace("unreleased", day)


def test_a_linked_changelog_is_planned_where_it_lies(stage: Stage) -> None:
    """A commit cannot write through a link: the file itself is named, and edited."""
    (stage.repository.path / "CHANGELOG.md").symlink_to("docs/new.md")
    write(stage, LOG, "docs/new.md")
    plan = stage.planned("--version", "minor")["plan"]
    assert isinstance(plan, dict)
    assert plan["packages"][0]["changelog"] == "docs/new.md"
    assert len(plan["packages"][0]["changelog_changes"]) == 2


def test_a_hook_that_edits_the_changelog_too_is_found(stage: Stage) -> None:
    """What the commit changes is held against the plan, byte for byte."""
    write(stage)
    hook = stage.repository.write(
        ".git/hooks/pre-commit", "#!/bin/sh\necho more >>CHANGELOG.md\ngit add -u\n"
    )
    hook.chmod(0o755)
    before = stage.fingerprint()
    run = stage.run("--version", "minor", "--yes", "--skip-tests")
    assert (run.code, stage.fingerprint()) == (4, before)
    assert "the release commit is not what was planned: CHANGELOG.md" in run.said


def test_nothing_is_rolled_where_nothing_is_committed_or_new(stage: Stage) -> None:
    """An empty section, and HEAD as it is: both are said."""
    write(stage, LOG.replace("- frogs, see [#7]\n\n", ""))
    assert "nor lists anything as unreleased" in stage.run("check", "minor", "--skip-tests").said
    stage.repository.write("CHANGELOG.md", "## Unreleased\n\n- frogs\n")
    stage.repository.commit("frogs")
    told = stage.run("check", "current", "--skip-tests").said
    assert "would leave it so: there is no release commit" in told


def test_a_rehearsal_rolls_it_in_the_sandbox_alone(stage: Stage) -> None:
    """And what it would upload contains it."""
    write(stage)
    before = stage.fingerprint()
    run = stage.run("rehearse", "minor", "--verbose", CLEAN_BUILD_ARTIFACTS="false")
    assert run.code == 0, run.said
    assert "+ ## [2.1.0] - " in run.said
    assert stage.fingerprint().head == before.head
    assert (stage.repository.path / "CHANGELOG.md").read_text() == LOG


POINTS = (1, 3, 8, 16, 33, 44, 62, 76, 89)
"""From before the commit until behind the landing."""
ALWAYS = POINTS[::2]
"""On both sides of the point of no return, on both backends."""


@pytest.mark.parametrize("point", sampled(POINTS, ALWAYS))
def test_a_release_that_dies_is_finished_with_the_same_lines(tmp_path: Path, point: int) -> None:
    """Killed before and behind the commit, the upload, the push and the landing."""
    with crashing.scene(tmp_path) as scene:
        write(scene.stage)
        assert _killed(scene, point) == KILLED
        scene.go_on(("trio", "asyncio")[point % 2])
        text = scene.stage.repository.git("show", f"v{crashing.VERSION}:CHANGELOG.md") + "\n"
        day = text.partition(f"[{crashing.VERSION}] - ")[2][:10]
        assert text == dated(LOG, crashing.VERSION, day)
        assert sorted(scene.index.digests()) == sorted(crashing.FILES)
        assert scene.stage.repository.git("status", "--porcelain") == ""


def _killed(scene: Scene, point: int) -> int:
    backend = ("asyncio", "trio")[point % 2]
    return scene.crash(point, *crashing.RELEASE, backend=backend, power=point % 3 == 0)
