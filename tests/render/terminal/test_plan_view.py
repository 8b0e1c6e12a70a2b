"""The plan on a screen: the token that changes is always seen, and stands out."""

import io
from dataclasses import replace

import pytest
from rich.console import Console
from rich.text import Text

from release_async.plan import preview
from release_async.plan.changelog_roll import LineChange
from release_async.plan.events import PlanMade
from release_async.plan.preview import Stage
from release_async.render import messages
from release_async.render.terminal.fit_width import LineWriter
from release_async.render.terminal.plan_view import plan_view, whole_plan_view
from release_async.versions.version_edits import EditedLine
from support import story
from support.story import changed


def viewed(*lines: EditedLine, width: int = 60) -> list[Text]:
    """The lines of a plan that changes these."""
    writer = LineWriter(Console(file=io.StringIO(), width=width))
    return list(whole_plan_view(writer, PlanMade(story.PLAN, lines, preview.stages(story.PLAN))))


def marked(text: Text) -> list[str]:
    """The parts of a line that are bold."""
    return [text.plain[span.start : span.end] for span in text.spans if "bold" in str(span.style)]


@pytest.mark.parametrize("width", [30, 60, 200])
@pytest.mark.parametrize("before", [0, 10, 100])
def test_the_token_is_seen_however_long_its_line_is(before: int, width: int) -> None:
    """Of a line that does not fit the part around the token is shown, old and new alike."""
    line = EditedLine("a.json", 1, before, "x" * before + "1.2.3" + "y" * 100, "1.2.3", "1.3.0")
    old, new = viewed(line, width=width)[3:5]
    assert max(old.cell_len, new.cell_len) <= width
    assert (old.plain[4], new.plain[4]) == ("-", "+")
    assert (marked(old), marked(new)) == (["1.2.3"], ["1.3.0"])


def test_two_tokens_of_one_line_are_one_line() -> None:
    """Shown once as it is and once as it will be, with both of them marked."""
    text = '    VERSION = "1.0"; __version__ = "0.9"'
    tokens = [EditedLine("a.py", 7, text.index(old), text, old, "1.1") for old in ("1.0", "0.9")]
    place, old, new = viewed(*tokens)[2:5]
    assert place.plain.strip() == "a.py:7"
    assert old.plain.strip() == '- VERSION = "1.0"; __version__ = "0.9"'
    assert new.plain.strip() == '+ VERSION = "1.1"; __version__ = "1.1"'
    assert (marked(old), marked(new)) == (["1.0", "0.9"], ["1.1", "1.1"])


def test_where_no_line_is_known_the_tokens_are_shown() -> None:
    """Also that there are none, and why."""
    assert any("pyproject.toml:3        1.2.3 → 1.3.0" in text.plain for text in viewed())
    for current, why in (("1.3.0", "HEAD states 1.3.0 already"), ("", "the version comes from the tag")):
        event = PlanMade(changed(story.PLAN, edits=(), current=current))
        for view in (plan_view, whole_plan_view):
            shown = view(LineWriter(Console(file=io.StringIO(), width=80)), event)
            assert any(f"none: {why}" in text.plain for text in shown)


def brief(*lines: EditedLine, width: int = 80) -> list[str]:
    """The lines of a short plan that changes these."""
    writer = LineWriter(Console(file=io.StringIO(), width=width))
    return [
        text.plain for text in plan_view(writer, PlanMade(story.PAGED, lines, preview.stages(story.PAGED)))
    ]


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("before", [0, 10, 100])
def test_a_short_plan_shows_each_change_on_one_line(before: int, width: int) -> None:
    """Old and new version are both seen, however long the line is."""
    line = EditedLine("a.json", 1, before, "x" * before + "1.2.3" + "y" * 100, "1.2.3", "1.3.0")
    (shown,) = [text for text in brief(line, width=width) if text.startswith("  a.json:1")]
    assert "1.2.3 → 1.3.0" in shown
    assert len(shown) <= width


def test_a_short_plan_stays_short() -> None:
    """Of many changed lines it shows some and counts the others; what cannot be undone is named as that."""
    lines = [EditedLine(f"{name}.py", 1, 5, "x = '1.2.3'", "1.2.3", "1.3.0") for name in "abcdefghij"]
    shown = brief(*lines)
    assert len(shown) <= 14
    assert "  and 5 more lines: -v shows them" in shown
    assert sum("permanently" in text for text in shown) == 2
    assert sum("release: v1.3.0" in text and "Generated with" in text for text in shown) == 1


def test_a_short_plan_shows_the_heading_that_the_changelog_gets() -> None:
    """It comes last of all lines, and nothing else tells of it; of the others some give way."""
    news = (LineChange(3, (), ("## [1.3.0] - 2026-01-02", "")),)
    lines = [EditedLine(f"{name}.py", 1, 5, "x = '1.2.3'", "1.2.3", "1.3.0") for name in "abcdefgh"]
    lines.append(EditedLine("CHANGELOG.md", 3, 0, "", "", "## [1.3.0] - 2026-01-02"))
    lines.append(EditedLine("CHANGELOG.md", 9, 0, "[Unreleased]: a", "[Unreleased]: a", "[Unreleased]: b"))
    plan = changed(story.PLAN, changelog="CHANGELOG.md", changelog_changes=news)
    shown, more = messages.changes(PlanMade(plan, tuple(lines)), most=6)
    assert [each.place for each in shown] == ["a.py:1", "b.py:1", "c.py:1", "d.py:1", "CHANGELOG.md:3"]
    assert shown[-1].text == "+ ## [1.3.0] - 2026-01-02"
    assert len(shown) + more == len(lines)


def test_text_of_others_is_only_text() -> None:
    """A line of a file moves no cursor, and a path is no markup."""
    line = EditedLine("[bold]\x1b[2J.py", 1, 5, "x\x1b[1m1.2", "1.2", "1.3")
    assert "\x1b" not in "".join(text.plain for text in viewed(line))


def test_no_name_of_a_stage_runs_into_what_it_does() -> None:
    """Where one is longer than its column, the column is wider for all."""
    stages = (Stage(name="tests", brief=("none",)), Stage(name="await-publication", brief=("until it is",)))
    event = PlanMade(story.PLAN, stages=stages)
    noted = PlanMade(story.PLAN, stages=tuple(replace(each, notes=each.brief) for each in stages))
    for view, shown in ((plan_view, event), (whole_plan_view, noted)):
        texts = [text.plain for text in view(LineWriter(Console(file=io.StringIO(), width=80)), shown)]
        assert "  await-publication until it is" in texts
        assert "  tests             none" in texts
