"""The release page quotes the changelog: the right section, whole, and nothing of the next one."""

import pytest

from release_async.plan import changelog

KEPT = """\
# Changelog

## [Unreleased]

- tomorrow

## [1.3.0] - 2026-01-02

### Added

- frogs, see [#7] and [the pond](https://example.com/pond)

### Fixed

- toads

## [1.2.0] - 2025-01-02 [YANKED]

- newts

[#7]: https://example.com/7
[#6]: https://example.com/6
[1.3.0]: https://example.com/compare/1.2.0...1.3.0
"""


def test_a_section_ends_where_the_next_version_begins() -> None:
    """The whole section is taken, with its own headings and the link definitions it uses, and no others."""
    assert changelog.section(KEPT, "1.3.0") == (
        "### Added\n\n- frogs, see [#7] and [the pond](https://example.com/pond)\n\n### Fixed\n\n- toads\n"
        "\n[#7]: https://example.com/7"
    )
    assert changelog.section(KEPT, "1.2.0") == "- newts"


def test_without_a_section_the_unreleased_one_speaks() -> None:
    """Who releases first and renames the heading later still gets notes."""
    assert changelog.section(KEPT, "1.4.0") == "- tomorrow"


@pytest.mark.parametrize(
    "nothing",
    [
        "## 2.0.0\n\n- Nothing changed yet.\n",
        "## Unreleased\n\n* No changes yet\n",
        "",
        "# Changelog\n\nAll of it.\n",
        "## [Unreleased]\n\n### Added\n\n### Fixed\n",
    ],
)
def test_no_section_and_an_empty_one_say_nothing(nothing: str) -> None:
    """Empty headings are no news, and another version's section is never taken instead."""
    assert changelog.section(f"{nothing}\n## 1.0.0\n\n- old\n", "2.0.0") == ""


@pytest.mark.parametrize(
    "heading",
    [
        "## 1.3.0",
        "## 1.3.0 ##",
        "# v1.3.0",
        "## [v1.3.0]",
        "## [1.3.0](https://example.com/compare) (2026-01-02)",
        "### 1.3.0 (2026-01-02)",
        "## Version 1.3.0 — the frogs",
        "## 1.3.0: the frogs",
        "## 1.3 / 2026-01-02",
        "# demo 1.3.0 (2026-01-02)",
        "## demo-lib v1.3.0 - 2026-01-02",
        "## 1.3.0, 2026-01-02",
        "## **1.3.0** (2026-01-02)",
        "## `1.3.0`",
        "## 1.3.0 January 2, 2026",
        "## 1.3.0 Jan. 2nd, 2026",
        "## \N{ROCKET} 1.3.0",
        '## <a name="1.3.0"></a>1.3.0',
        "## 2026-01-02 - 1.3.0",
        "## What's new in demo 1.3.0",
        "## Changes in version 1.3.0:",
        "### New in 1.3.0 (2026-01-02)",
        "What\N{RIGHT SINGLE QUOTATION MARK}s new in 1.3.0\n-------------------",
        "1.3.0 (2026-01-02)\n------------------",
        "Version 1.3.0\n=============",
        "==========\nDemo 1.3.0 (2026-01-02)\n==========",
    ],
)
def test_headings_as_people_write_them(heading: str) -> None:
    """A heading names a version with or without brackets, ``v``, link, date, on any level."""
    assert changelog.section(f"# Log\n\n{heading}\n\n- frogs\n\n# 1.2.0\n\n- newts\n", "1.3.0") == "- frogs"


@pytest.mark.parametrize(
    "title", ["Changes since 1.3.0", "New in the 1.3.0 world", "What's new in Python 3.11"]
)
def test_headings_that_only_mention_a_version_are_none(title: str) -> None:
    """What changed since then is another version's section."""
    text = f"## 2.0.0\n\n### {title}\n\n- frogs\n"
    assert changelog.section(text, "1.3.0") == ""
    assert "- frogs" in changelog.section(text, "2.0.0")


def test_headings_of_asciidoc_are_headings() -> None:
    """Their sign is another one; a text of Markdown has no such headings."""
    text = "= Changes\n\n== 1.3.0 (2026-01-02)\n\n* frogs\n\n=== Fixed\n\n* toads\n\n== 1.2.0\n\n* newts\n"
    assert changelog.section(text, "1.3.0") == "* frogs\n\n=== Fixed\n\n* toads"
    assert "== 1.2.0" in changelog.section("## 1.3.0\n\n== 1.2.0\n", "1.3.0")


def test_versions_are_compared_not_spelt() -> None:
    """Semantic Versioning's spelling of a pre-release is the same version, and the final one is not."""
    text = "## 1.3.0\n\n- final\n\n## 1.3.0-rc.1\n\n- candidate\n"
    assert changelog.section(text, "1.3.0rc1") == "- candidate"
    assert changelog.section(text, "1.3.0") == "- final"


def test_a_deeper_heading_of_a_version_ends_a_section() -> None:
    """Tools that mark the size of a release by the heading's level do not leak the older ones."""
    assert changelog.section("# [1.3.0](x)\n\n- frogs\n\n## [1.2.9](x)\n\n- newts\n", "1.3.0") == "- frogs"


def test_running_text_that_begins_with_a_number_is_no_version() -> None:
    """``### 3.11 support`` belongs to the section it stands in."""
    assert "- snakes" in changelog.section("## 1.3.0\n\n### 3.11 support\n\n- snakes\n", "1.3.0")
    assert changelog.section("## 1.3.0\n\n### 3.11 support\n\n- snakes\n", "3.11") == ""


def test_a_comment_in_a_code_block_is_no_heading() -> None:
    """What looks like a heading inside a fence is text."""
    body = "```sh\n## 1.2.0\nmake\n```\n\n- frogs"
    assert changelog.section(f"## 1.3.0\r\n\r\n{body}\r\n\r\n## 1.2.0\r\n\r\n- newts\r\n", "1.3.0") == body


def test_notes_that_fit_are_not_touched() -> None:
    """The limit itself is still room enough."""
    assert changelog.shortened("- frogs\n- toads", 15) == "- frogs\n- toads"


@pytest.mark.parametrize("limit", range(8, 40))
def test_notes_are_cut_between_lines_and_outside_code(limit: int) -> None:
    """What is left is whole lines, never longer than allowed, and no code block swallows what follows."""
    text = "- frogs\n\n```sh\nmake pond\nmake frogs\n```\n\n- toads\n- newts\n"
    left = changelog.shortened(text, limit)
    assert len(left) <= limit
    assert left.count("```") in {0, 2}
    assert set(left.splitlines()) <= set(text.splitlines())


@pytest.mark.parametrize(
    "text",
    [
        "## [1.3.0] - 2026-01-02\n\n- frogs\n",
        "## Unreleased\n\n- frogs\n",
        "## 1.3.0\n",
        "1.3.0 (2026-01-02)\n------------------\n\n* frogs\n",
        "Version 1.3.0\n=============\n",
        "v1.3:\n  frogs\n",
        "Unreleased\n----------\n\n* frogs\n",
        "Pending\n-------\n\n* frogs\n\n1.0\n---\n",
        "## Latest Changes\n\n* frogs\n\n## 1.0\n",
        "== [Unreleased] ==\n\n* frogs\n",
        "- frogs came with 1.3.0.\n",
    ],
)
def test_a_changelog_tells_of_a_version_in_any_markup(text: str) -> None:
    """By a section, a mention in any spelling, or a line for what is not released yet."""
    assert changelog.tells(text, "1.3.0")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Changelog\n\n## [Unreleased]\n\n### Added\n\n## [1.2.0]\n\n- newts\n",
        "1.2.0\n-----\n\n* newts\n",
        "Changes\n=======\n\nUnreleased\n----------\n\n1.2.0 (2026-11-30)\n------------------\n\n* newts\n",
        "1.3.0rc1\n--------\n\n* tadpoles\n",
        "11.3.0\n------\n\n* newts\n",
        "1.3.0.1\n-------\n\n* newts\n",
        "The frogs are unreleased, says everybody.\n",
        "[compare](https://example.com/compare/v1.2.0...v1.3.0)\n",
    ],
)
def test_a_changelog_without_a_word_on_the_version_does_not_tell(text: str) -> None:
    """Other versions, and an empty section for the next one, say nothing."""
    assert not changelog.tells(text, "1.3.0")


def test_prereleases_are_told_apart_and_known_in_any_spelling() -> None:
    """A candidate is not the release."""
    assert changelog.tells("2rc1\n----\n", "2.0rc1")
    assert changelog.tells("## 2.0-rc.1\n", "2.0rc1")
    assert not changelog.tells("## 2.0\n", "2.0rc1")


@pytest.mark.parametrize(
    "heading", ["### Python 3.13 support", "## Needs 1.3.0 of pond", "- 1.3.0\n- 1.2.0\n---"]
)
def test_a_heading_that_only_mentions_a_version_is_not_its_section(heading: str) -> None:
    """Between a project's name and the end stands a date, or nothing is taken."""
    assert changelog.section(f"## 1.4.0\n\n{heading}\n\n- frogs\n", "1.3.0") == ""
    assert changelog.section(f"## 1.4.0\n\n{heading}\n\n- frogs\n", "3.13") == ""


REST = "1.3.0\n~~~~~\n\n- frogs\n\n1.2.0\n~~~~~\n\n- newts\n"
TABLE: dict[str, tuple[str, str]] = {
    "underlined by what fences code in Markdown": (REST, "- frogs"),
    "parts with another sign": (
        "1.3.0\n-----\n\nFixed\n~~~~~\n\n- frogs\n\n1.2.0\n-----\n\nFixed\n~~~~~\n\n- newts\n",
        "Fixed\n~~~~~\n\n- frogs",
    ),
    "a rule of Markdown": ("# 1.3.0\n\n- frogs\n\n***\n\n- toads\n\n# 1.2.0\n", "- frogs\n\n***\n\n- toads"),
    "a directive of MyST": (
        "## 1.3.0\n\n:::{note}\nRead this\n:::\n\n- frogs\n\n## 1.2.0\n\n- newts\n",
        ":::{note}\nRead this\n:::\n\n- frogs",
    ),
    "a part that speaks of a later version": (
        "## 1.3.0\n\n### 2.0 (next) will drop toads\n\n- frogs\n\n## 1.2.0\n\n- newts\n",
        "### 2.0 (next) will drop toads\n\n- frogs",
    ),
    "a span that begins as a fence": (
        "## 1.3.0\n\n```foo()``` is frogs\n\n## 1.2.0\n\n- newts\n",
        "```foo()``` is frogs",
    ),
    "a fence in a longer fence": (
        "## 1.3.0\n\n````\n```\n## 1.2.0\n```\n````\n\n- frogs\n\n## 1.2.0\n\n- newts\n",
        "````\n```\n## 1.2.0\n```\n````\n\n- frogs",
    ),
    "front matter": ("---\ntitle: x\n---\n\n## 1.3.0\n\n- frogs\n\n## 1.2.0\n\n- newts\n", "- frogs"),
}


@pytest.mark.parametrize(("text", "section"), TABLE.values(), ids=TABLE)
def test_a_section_is_whole_and_ends_where_it_ends(text: str, section: str) -> None:
    """In either markup, with what looks like a heading and is none."""
    assert changelog.section(text, "1.3.0") == section


def test_a_section_under_an_underline_ends_at_the_next_one() -> None:
    """Also where a title stands above, and a subsection inside has another sign."""
    text = (
        "History\n=======\n\n1.3.0 (2026-01-02)\n------------------\n\nFixed\n~~~~~\n\n- frogs\n\n"
        "1.2.0 (2025-01-02)\n------------------\n\n- newts\n"
    )
    assert changelog.section(text, "1.3.0") == "Fixed\n~~~~~\n\n- frogs"
    assert changelog.section(text, "1.2.0") == "- newts"


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (["CHANGES"], "CHANGES"),
        (["docs/changelog.rst"], "docs/changelog.rst"),
        (["docs/source/history.md", "README.md"], "docs/source/history.md"),
        (["CHANGES.rst", "docs/changelog.rst"], "CHANGES.rst"),
        (["changelog/123.feature.md"], ""),
        (["docs/changes/1.md"], ""),
        (["src/changes.py"], ""),
    ],
)
def test_a_changelog_is_found_by_its_name(paths: list[str], found: str) -> None:
    """With any ending or none, and in the documentation; a folder of fragments is none."""
    assert changelog.find(paths, "") == found


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"CHANGES": "MOVED\n\nSee docs/build\n", "docs/build/changelog.rst": ".. changelog::\n"},
         "docs/build/changelog.rst"),
        ({"CHANGES": "See the docs\n", "docs/changelog.rst": "1.0\n---\n"}, "docs/changelog.rst"),
        ({"CHANGES": "See the docs\n"}, "CHANGES"),
        ({"CHANGES": "Unreleased\n----------\n", "docs/a/changelog.rst": "1.0\n---\n"}, "CHANGES"),
        ({"docs/en/docs/release-notes.md": "## 1.0\n", "docs/de/docs/release-notes.md": "## 1.0\n"},
         "docs/en/docs/release-notes.md"),
        ({"docs/commands/changelog.md": "# changelog\n\nSince 1.0 it writes one.\n"}, ""),
        ({"docs/js/history.js": "1.0\n---\n", "src/docs/a/changes.md": "## 1.0\n"}, ""),
    ],
)  # fmt: skip
def test_a_changelog_names_versions(files: dict[str, str], found: str) -> None:
    """A file that says only where it is gives way, and deeper in the documentation a name is not enough."""
    assert changelog.find(list(files), "", lambda path: files[path].encode()) == found


def test_a_project_s_own_changelog_comes_before_the_repository_s() -> None:
    """In its folder, then in its documentation."""
    paths = ["CHANGELOG.md", "a/docs/changelog.md", "b/CHANGES"]
    assert [changelog.find(paths, root) for root in ("a", "b", "c", "")] == [
        "a/docs/changelog.md", "b/CHANGES", "CHANGELOG.md", "CHANGELOG.md"
    ]  # fmt: skip
