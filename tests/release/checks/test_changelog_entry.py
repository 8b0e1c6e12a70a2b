"""A changelog that says nothing of the release is warned about; what is committed counts, nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from release_async.base.problems import NotJudged
from release_async.plan.changelog_roll import LineChange
from release_async.plan.settings import Changelog
from release_async.release.checks import changelog_entry
from release_async.versions.version_edits import Edit
from support.releasing import Stage, tiny
from support.story import PLAN, changed
from support.worlds import Place, prepared, problems_of, said

pytestmark = pytest.mark.by_turns

SILENT = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n## [1.2.3]\n\n- newts\n"
SAID = ("warn", "docs/CHANGES.md neither mentions 1.3.0 nor lists anything as unreleased")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout."""
    return prepared(tmp_path)


async def judged(place: Place, text: str | bytes, **changes: object) -> list[tuple[str, str]]:
    """What the check says of a changelog that is committed with this text."""
    place.repository.write("docs/CHANGES.md", text)
    base = place.repository.commit("changes")
    place.repository.write("docs/CHANGES.md", "not committed")
    plan = changed(PLAN, base=base, changelog="docs/CHANGES.md", **changes)
    async with place.context(plan) as context:
        found = await changelog_entry.run(plan, context)
    assert not isinstance(found, NotJudged)
    return said(found)


async def test_a_changelog_that_does_not_say_what_is_new_warns(place: Place) -> None:
    """An empty section for what is unreleased is no news."""
    assert await judged(place, SILENT) == [SAID]
    assert await judged(place, "") == [SAID]


@pytest.mark.parametrize("setting", Changelog)
async def test_an_empty_section_is_no_news_in_restructured_text(place: Place, setting: Changelog) -> None:
    """As in Markdown, and whoever writes it: ``roll`` itself leaves such a heading for what comes next."""
    text = "Changes\n=======\n\nUnreleased\n----------\n\n1.2.3 (2026-11-30)\n------------------\n\n* newts\n"
    place.settings = replace(place.settings, changelog=setting)
    assert await judged(place, text) == [SAID]


async def test_a_section_or_a_list_of_what_is_unreleased_is_fine(place: Place) -> None:
    """The section of the version is; what is unreleased would stay so, and that is said."""
    assert await judged(place, SILENT.replace("## [1.2.3]", "## [1.3.0]")) == []
    what = "docs/CHANGES.md calls what is new unreleased, and a release of 1.3.0 would leave it so"
    unrolled = ("warn", what)
    new = "- frogs, which need 1.3.0\n"
    assert await judged(place, SILENT.replace("### Added\n", f"### Added\n\n{new}")) == [unrolled]
    for heading in ("1.3.0 (unreleased)", "Upcoming release", "1.3.0\n\n_Unreleased_"):
        assert await judged(place, f"## {heading}\n\n{new}\n## 1.2.3\n\n- newts\n") == [unrolled]


@pytest.mark.parametrize("edits", [(), PLAN.packages[0].edits], ids=["current", "edited"])
async def test_a_release_without_a_commit_is_offered_no_setting_for_one(
    place: Place, edits: tuple[Edit, ...]
) -> None:
    """The version that HEAD states is released as it is: only a person can name the heading, or collect."""
    place.repository.write("docs/CHANGES.md", "## Unreleased\n\n- frogs\n\n## 1.2.3\n\n- newts\n")
    base = place.repository.commit("changes")
    plan = changed(PLAN, base=base, changelog="docs/CHANGES.md", edits=edits)
    async with place.context(plan) as context:
        (problem,) = problems_of(await changelog_entry.run(plan, context))
    assert problem.cure.endswith("name the heading 1.3.0, and commit it")
    assert ('changelog = "roll"' in problem.cure) is bool(edits)


@pytest.mark.parametrize(
    "heading", ["## 1.4.0 (unreleased)", "## 1.4.0 - TBD", "## [1.4.0.dev0] - unreleased"]
)
async def test_a_heading_of_another_version_is_told_where_nothing_is_rolled(
    place: Place, heading: str
) -> None:
    """The person has named the version that is to come; a patch that nobody has asked for is not it."""
    what = "docs/CHANGES.md calls what is new 1.4.0, and 1.3.0 is what would be released"
    assert await judged(place, f"{heading}\n\n- frogs\n\n## 1.2.3\n\n- newts\n") == [("warn", what)]


async def test_a_section_for_another_version_is_named(place: Place) -> None:
    """Whoever has written what is new for 2.0.0 is not told that there is nothing."""
    assert await judged(place, "## 2.0.0\n\n- frogs\n\n## 1.2.3\n\n- newts\n") == [
        ("warn", "docs/CHANGES.md has a section for 2.0.0, and none for 1.3.0")
    ]


@pytest.mark.parametrize("tool", ["towncrier", "scriv"])
async def test_fragments_that_nobody_has_collected_are_something(place: Place, tool: str) -> None:
    """They are named, with the command that collects them; a readme is none."""
    folder = {"towncrier": "newsfragments", "scriv": "changelog.d"}[tool]
    pyproject = place.repository.path / "pyproject.toml"
    before = pyproject.read_text() if pyproject.exists() else ""
    place.repository.write("pyproject.toml", f"{before}\n[tool.{tool}]\n")
    for name in ("1.bugfix.md", "README.md"):
        place.repository.write(f"{folder}/{name}", "toads\n")
    place.repository.write("docs/CHANGES.md", SILENT)
    plan = changed(PLAN, base=place.repository.commit("fragments"), changelog="docs/CHANGES.md")
    async with place.context(plan) as context:
        found = await changelog_entry.run(plan, context)
    assert not isinstance(found, NotJudged)
    (problem,) = found
    command = {"towncrier": "towncrier build --yes", "scriv": "scriv collect"}[tool]
    assert problem.what == f"{folder} has 1 fragment that {tool} has not put into docs/CHANGES.md for 1.3.0"
    let = f'let the release do it: changelog = "{tool}" below [tool.release-async] in pyproject.toml'
    assert problem.cure == f"{let}; or {command} --version 1.3.0, then commit what it has changed"


async def test_what_the_release_commit_writes_counts(place: Place) -> None:
    """The changelog is judged as it is going to be released."""
    changes = (LineChange(1, ("## Unreleased",), ("## 1.3.0",)),)
    assert await judged(place, "## Unreleased\n\n- frogs\n", changelog_changes=changes) == []


async def test_a_heading_that_is_given_another_version_is_told(place: Place) -> None:
    """People have named what is new 1.4.0, and the release is 1.3.0: one of both may be a slip."""
    changes = (LineChange(1, ("## 1.4.0 (unreleased)",), ("## 1.3.0",)),)
    assert await judged(place, "## 1.4.0 (unreleased)\n\n- frogs\n", changelog_changes=changes) == [
        ("warn", "docs/CHANGES.md calls what is new 1.4.0, and its heading becomes 1.3.0")
    ]
    same = (LineChange(1, ("## 1.3.0 (unreleased)",), ("## 1.3.0",)),)
    assert await judged(place, "## 1.3.0 (unreleased)\n\n- frogs\n", changelog_changes=same) == []


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
    run = stage.run("check", "patch", "--skip-tests", "--skip", "build-environment", *more, backend=backend)
    assert run.code == 0, run.said
    return run.said
