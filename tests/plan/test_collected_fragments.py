"""What a tool has written becomes one change of lines, which gives the same text when it is applied."""

from hypothesis import given, strategies

from release_async.plan.changelog_roll import LineChange, applied
from release_async.plan.collected_fragments import line_changes

TEXTS = strategies.text(strategies.sampled_from("ab\n"), max_size=20)


@given(TEXTS, TEXTS)
def test_the_change_gives_the_text(before: str, after: str) -> None:
    """Whatever was there before, also nothing; equal texts need none."""
    changes = line_changes(before, after)
    assert applied(before, changes) == after
    assert (changes == ()) == (before == after)


def test_what_is_put_in_is_all_that_changes() -> None:
    """A new section before the old one; the ends of lines stay those of the file, whatever the tool wrote."""
    old = "News\r\n\r\n1.0\r\n---\r\n"
    new = "News\n\n2.0\n---\n\n1.0\n---\n"
    (change,) = line_changes(old, new)
    assert change == LineChange(3, (), ("2.0", "---", ""))
    assert applied(old, (change,)) == "News\r\n\r\n2.0\r\n---\r\n\r\n1.0\r\n---\r\n"
