"""Positions in ``setup.cfg``, proven by the standard library's own reader."""

import configparser

import pytest
from hypothesis import given, strategies as st

from release_async.versions.formats import ini
from release_async.versions.text_encoding import UnreadableError

LINES = st.sampled_from(
    [
        "[metadata]", "[options]", "[a] # c", " [b]", "version = 1.0", "version: 1.0", "  name=x", "name =",
        "    two", "\tthree", "# comment", "  ; comment", "", "  ", "long-key = a = b", "Version = 2",
        "no value", "= no key", "x = 1 ; c", "[]", "[x", "key : ",
    ]
)  # fmt: skip


def reference(text: str) -> dict[tuple[str, str], str] | None:
    """What ``configparser`` reads; None where it refuses."""
    parser = configparser.RawConfigParser(default_section="\0")
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    return {
        (section, key.replace("-", "_")): "\n".join(line for line in value.split("\n") if line)
        for section in parser.sections()
        for key, value in parser.items(section)
    }


@given(st.lists(LINES, max_size=9), st.sampled_from(["\n", "\r\n"]))
def test_reads_what_configparser_reads(lines: list[str], end: str) -> None:
    """The same options with the same values, and a refusal where ``configparser`` refuses."""
    expected = reference("\n".join(lines))
    try:
        found = {(option.section, option.key): option.value for option in ini.options(end.join(lines))}
    except UnreadableError:
        assert expected is None
    else:
        assert found == expected


@pytest.mark.parametrize(
    "text",
    [
        "[metadata]\nversion = 1.0\n",
        "[metadata]\nversion=1.0",
        "[metadata]\r\nname = x\r\nversion : 1.0  \r\n",
        "[metadata]\nversion =\n    1.0\n",
        "# c\n[other]\nversion = 9\n[metadata]\ndescription = a\n  version = 9\nversion\t=\t1.0\n",
    ],
)
def test_the_span_is_the_value(text: str) -> None:
    """Putting something else into the span changes this option and nothing else."""
    option = next(each for each in ini.options(text) if (each.section, each.key) == ("metadata", "version"))
    assert text[option.start : option.end] == option.value == "1.0"
    changed = text[: option.start] + "7.7" + text[option.end :]
    expected = reference(text)
    assert expected is not None
    assert reference(changed) == {**expected, ("metadata", "version"): "7.7"}
    assert option.line == text.count("\n", 0, option.start) + 1
