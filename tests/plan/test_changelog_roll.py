"""The unreleased section becomes a version's in the style of its file, and no other line changes."""

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from release_async.plan import changelog
from release_async.plan.changelog_roll import LineChange, Rolling, applied, roll

GOLDEN = sorted((Path(__file__).parent / "changelogs").glob("*.txt"))
"""Changelogs of every shape: as they are, as they are released, and released once more."""
DAY, LATER = "2026-11-30", "2027-01-09"


def parts(path: Path) -> dict[str, str]:
    """The parts of a golden file, by name; their lines end as they are stored."""
    chunks = path.read_bytes().decode().split("8<-- ")[1:]
    return {name: text for name, _, text in (chunk.partition("\n") for chunk in chunks)}


def rolling(golden: dict[str, str]) -> Rolling:
    """The first release of a golden file."""
    facts = dict(line.split(" ", 1) for line in golden["facts"].splitlines())
    del facts["next"]
    return Rolling(day=DAY, name="demo", earlier=golden["earlier"] or None, **facts)


def rolled(text: str, becomes: Rolling) -> str:
    """The text once its section is released."""
    return applied(text, roll(text, becomes))


def test_every_shape_is_there() -> None:
    """The catalogue cannot shrink unseen."""
    assert len(GOLDEN) == 87


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_section_is_released_in_the_style_of_its_file(path: Path) -> None:
    """Level, brackets, underline, form of the date, links and the empty heading follow the release before."""
    golden = parts(path)
    becomes = rolling(golden)
    after = rolled(golden["before"], becomes)
    assert after == golden["after"]
    assert changelog.section(after, becomes.version) == golden["section"].rstrip("\n")
    assert rolled(after, becomes) == after


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_next_release_goes_on_top(path: Path) -> None:
    """The first heading that was written by us is the model of the second, and nothing of it changes."""
    golden = parts(path)
    first = rolling(golden)
    version = golden["facts"].rpartition("next ")[2].strip()
    tag = first.tag.replace(first.version, version)
    second = Rolling(
        version=version, day=LATER, tag=tag, current=first.version, name="demo", earlier=golden["after"]
    )
    after = rolled(golden["written"], second)
    assert after == golden["again"]
    assert changelog.section(after, first.version) == golden["section"].rstrip("\n")


LINES = st.lists(
    st.sampled_from(
        [
            "- frogs",
            "",
            "  toads",
            "### Added",
            "* newts 1.2.0",
            "[#7]: https://example.com/7",
            "```",
            "2026-01-02",
            "<b>",
        ]
    )
    | st.text("ab #-*[]()`.1\r", max_size=12),
    max_size=12,
)
HEADS = st.sampled_from(
    ["## [Unreleased]", "## 1.3.0 (unreleased)", "Unreleased\n----------", "# Next release"]
)
RELEASES = st.sampled_from(
    ["## [1.2.0] - 2026-01-02", "1.2.0 (Jan 2, 2026)\n-------------------", "# v1.2.0", ""]
)


@given(HEADS, LINES, RELEASES, LINES)
def test_no_other_line_changes(head: str, new: list[str], release: str, old: list[str]) -> None:
    """Whatever stands in the sections: what is left of both texts without the changed lines is equal."""
    text = "\n".join((head, "", *new, "", release, "", *old))
    changes = roll(text, Rolling(version="1.3.0", day=DAY, tag="v1.3.0", current="1.2.0"))
    after = applied(text, changes)
    before_lines, after_lines, moved = text.split("\n"), after.split("\n"), 0
    for line, replaced, by in changes:
        begin = line - 1 + moved
        assert [
            each.removesuffix("\r") for each in before_lines[line - 1 : line - 1 + len(replaced)]
        ] == list(replaced)
        assert [each.removesuffix("\r") for each in after_lines[begin : begin + len(by)]] == list(by)
        moved += len(by) - len(replaced)
        allowed = (*head.split("\n"), "[#7]: https://example.com/7", "2026-01-02")
        assert all(each.removesuffix("\r") in allowed for each in replaced)
    kept = [line for line in before_lines if line.startswith("- frogs")]
    assert [line for line in after_lines if line.startswith("- frogs")] == kept
    assert len(after_lines) == len(before_lines) + moved
    assert len(changes) <= 3


@given(st.text(max_size=60), st.sampled_from(["", "## Unreleased\n\n- x\n", "Unreleased\n---\n\nx\n"]))
def test_any_text_is_read(text: str, head: str) -> None:
    """No text makes it fail, and what is rolled once is not rolled twice."""
    becomes = Rolling(version="1.3.0", day=DAY)
    after = rolled(head + text, becomes)
    assert rolled(after, becomes) == after


def test_a_heading_that_would_not_be_found_is_not_written() -> None:
    """The release page takes the section by its version: a form that is not read is left to a person."""
    text = "## Unreleased\n\n- frogs\n\n## v12 (2026-01-02)\n\n- newts\n"
    assert roll(text, Rolling(version="13", day=DAY, tag="v13", current="12")) == ()
    odd = "## 1.3.0 (unreleased \udcf6)\n\n- frogs\n"
    assert roll(odd, Rolling(version="1.3.0", day=DAY)) == ()


def test_a_change_fits_only_where_it_was_planned() -> None:
    """A file that has other lines is not edited blindly."""
    with pytest.raises(ValueError, match="line 2"):
        applied("a\nb\nc", [LineChange(2, ("x",), ("y",))])
    assert applied("a\r\nb\r\nc", [LineChange(2, ("b",), ("x", "y")), LineChange(3, (), ("z",))]) == (
        "a\r\nx\r\ny\r\nz\r\nc"
    )
