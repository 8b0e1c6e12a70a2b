"""A changelog that says nothing of the release is warned about; what is committed counts, nothing else."""

from pathlib import Path

import pytest

from release_async.base.problems import NotJudged
from release_async.release.checks import changelog_entry
from support.releasing import Stage, tiny
from support.story import PLAN, changed
from support.worlds import Place, prepared, said

SILENT = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n## [1.2.3]\n\n- newts\n"
SAID = ("warn", "docs/CHANGES.md neither mentions 1.3.0 nor lists anything as unreleased")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout."""
    return prepared(tmp_path)


async def judged(place: Place, text: str | bytes) -> list[tuple[str, str]]:
    """What the check says of a changelog that is committed with this text."""
    place.repository.write("docs/CHANGES.md", text)
    base = place.repository.commit("changes")
    place.repository.write("docs/CHANGES.md", "not committed")
    plan = changed(PLAN, base=base, changelog="docs/CHANGES.md")
    async with place.context(plan) as context:
        found = await changelog_entry.run(plan, context)
    assert not isinstance(found, NotJudged)
    return said(found)


async def test_a_changelog_that_does_not_say_what_is_new_warns(place: Place) -> None:
    """An empty section for what is unreleased is no news."""
    assert await judged(place, SILENT) == [SAID]
    assert await judged(place, "") == [SAID]


async def test_a_section_or_a_list_of_what_is_unreleased_is_fine(place: Place) -> None:
    """Either will do: who renames the heading later still tells people."""
    assert await judged(place, SILENT.replace("### Added\n", "### Added\n\n- frogs\n")) == []
    assert await judged(place, SILENT.replace("## [1.2.3]", "## [1.3.0]")) == []


async def test_a_changelog_that_is_no_text_is_no_fault_of_ours(place: Place) -> None:
    """Bytes of an old encoding are passed over."""
    assert await judged(place, b"## 1.3.0\n\n- fr\xf6sche\n") == []


async def test_no_changelog_is_nothing_to_judge(place: Place) -> None:
    """And is not shown as one that is well."""
    async with place.context(PLAN) as context:
        assert await changelog_entry.run(PLAN, context) == NotJudged("there is no changelog")


def test_a_run_shows_the_warning_and_goes_on(tmp_path: Path, anyio_backend: str) -> None:
    """As a person reads it."""
    with tiny(tmp_path) as stage:
        assert "skipped Changelog: there is no changelog" in _checked(stage, anyio_backend, "-v")
        stage.repository.write("CHANGELOG.md", "# Changelog\n\n## 2.0.0\n\n- everything\n")
        stage.repository.commit("changes")
        stage.repository.git("push", "--quiet")
        told = _checked(stage, anyio_backend)
    assert "warned Changelog: CHANGELOG.md neither mentions 2.0.1 nor lists anything as unreleased" in told
    assert ", 1 warning, " in told
    assert "do: write what is new under a heading 2.0.1, or Unreleased, and commit it" in told


def _checked(stage: Stage, backend: str, *more: str) -> str:
    run = stage.run("check", "--skip-tests", "--skip", "build-environment", *more, backend=backend)
    assert run.code == 0, run.said
    return run.said
