"""Versions in text without structure, and regexes that a project gives."""

import time

import pytest

from release_async.versions.formats import plain_text
from release_async.versions.text_encoding import UnreadableError


@pytest.mark.parametrize(
    "expression",
    ["(a+)+b", "(a*)*", "((a|b)+x?)*", "(?:a{1,}){2,}", "(?P<version>(.+)+)$", "([a-z]+.*)+", "(x*?)+?"],
)
def test_a_repetition_that_repeats_itself_is_refused(expression: str) -> None:
    """Such a regex may take for ever on a short line, and a commit would hang on it."""
    assert not plain_text.is_bounded(expression)
    with pytest.raises(UnreadableError, match="for ever"):
        plain_text.search_regex("a" * 64, expression, "version")


@pytest.mark.parametrize(
    "expression",
    [
        plain_text.HATCH,
        plain_text.PDM,
        plain_text.SCIKIT,
        "(?P<version>.+$)",
        r"v = '(?P<version>[^(+)*]+)'",
        r"\(a+\)+(b)",
    ],
)
def test_the_regexes_in_use_are_taken(expression: str) -> None:
    """Classes and escapes hold signs that mean nothing there."""
    assert plain_text.is_bounded(expression)


@pytest.mark.parametrize("expression", ["(", "(?P<version>", "a**", "(?P<x>a)(?P<x>b)"])
def test_a_malformed_regex_is_told(expression: str) -> None:
    """No traceback."""
    with pytest.raises(UnreadableError, match="not valid in Python"):
        plain_text.search_regex("a", expression, "version")


def test_a_slow_regex_meets_short_lines_only() -> None:
    """Few repetitions on lines of bounded length end soon, also where the file is long."""
    text = ("a" * 60_000) + "\nversion 1.0\n"
    started = time.monotonic()
    found = plain_text.search_regex(text, r"a*a*a*b|version (?P<version>\S+)", "version")
    assert found is not None
    assert (found.text, found.line) == ("1.0", 2)
    assert time.monotonic() - started < 30  # for ever is far beyond


def test_a_gap_is_filled_literally() -> None:
    """All of the pattern but ``{version}`` is text; every place counts, and no longer number."""
    text = "f(x==1.0)\nf(x==11.0.10)\nf[x==1.0]\nf(x==1.0rc1)\n"
    assert [(found.text, found.line) for found in plain_text.pattern_matches(text, "f(x=={version})")] == [
        ("1.0", 1), ("11.0.10", 2), ("1.0rc1", 4),
    ]  # fmt: skip
    found = plain_text.pattern_matches("rev: v1.0\nrev: v1.0.1-x\n", "rev: {version}")
    assert [each.text for each in found] == [
        "v1.0", "v1.0.1-x",
    ]  # fmt: skip
