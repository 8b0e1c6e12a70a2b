"""Text of others is shown as text: it cannot move, hide, link, or tell a password."""

import pytest
from hypothesis import given, strategies

from release_async.base.printable_text import printable, without_workflow_commands


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain äß 🤖", "plain äß 🤖"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x9b2Jcleared", "cleared"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;https://example.com\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPdevice\x1b\\after", "after"),
        ("\x1bcreset", "reset"),
        ("a\x08b\x07c\r\nd", "abcd"),
        ("a\tb", "a    b"),
        ("safe\u202etxt.exe", "safetxt.exe"),
        ("lone \udc80 surrogate", "lone  surrogate"),
        ("cloning https://me:word@example.com/x", "cloning https://***@example.com/x"),
        ("http://me:wo@rd@example.com/x", "http://***@example.com/x"),
        ("ssh://me:word@example.com/x", "ssh://***@example.com/x"),
        ("ssh://git@example.com/x", "ssh://git@example.com/x"),
        ("http://example.com/@me https://example.com/a@b", "http://example.com/@me https://example.com/a@b"),
        ("git@example.com:me/x and a@b", "git@example.com:me/x and a@b"),
    ],
)
def test_only_text_is_left(raw: str, shown: str) -> None:
    """Escape sequences go whole, control and direction characters go, credentials are starred."""
    assert printable(raw) == shown


@given(strategies.text())
def test_nothing_that_acts_is_left(text: str) -> None:
    """Whatever comes in: what comes out is printable, on one line, and stays as it is when cleaned again."""
    shown = printable(text)
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in shown)
    assert len(shown.splitlines()) <= 1
    assert shown.encode("utf-8").decode("utf-8") == shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("::error::x", ": :error::x"),
        ("  ::error::x", "  : :error::x"),
        ("\u2003::error::x", "\u2003: :error::x"),
        ("tests | ::error::x", "tests | ::error::x"),
        ("x ##[error]y ##[z]", "x ## [error]y ## [z]"),
        ("std::vector, a::b", "std::vector, a::b"),
        ("## Title [x]", "## Title [x]"),
    ],
)
def test_no_line_begins_a_command_of_a_runner(line: str, shown: str) -> None:
    """What GitHub's runner would obey gets a space; all else, C++ included, stays as it is."""
    assert without_workflow_commands(line) == shown
