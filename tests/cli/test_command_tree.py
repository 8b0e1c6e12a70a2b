"""The command line as data is the parser's: nothing is missing, nothing is added."""

import pytest

from release_async.cli import command_line, command_tree
from release_async.release.checks import CHECKS

pytestmark = pytest.mark.quick

USAGES = command_tree.read()


def test_every_option_of_the_parser_is_in_it() -> None:
    """Of all commands together, and no other."""
    told = {name for usage in USAGES for option in usage.options for name in option.names}
    assert told == command_line.parser().options()


def test_what_can_be_listed_is_listed() -> None:
    """Values of options and of words; a directory and a revision cannot be."""
    values = {
        option.names[-1]: option.values for usage in USAGES for option in usage.options if option.metavar
    }
    assert values["--output"] == ("auto", "rich", "plain", "json")
    assert values["--version"] == command_line.RELEASABLE
    assert values["--rev"] == values["--project"] == ()
    words = {usage.name: [word.values for word in usage.words] for usage in USAGES}
    assert words["hooks"] == [("install", "uninstall", "status")]
    assert words["release"] == [command_line.RELEASABLE]
    assert words["bump"] == [command_line.PARTS]
    assert words["status"] == []


def test_the_names_of_the_checks_are_those_of_the_table() -> None:
    """Which is not imported for it."""
    assert sorted(command_tree.CHECK_NAMES) == sorted(CHECKS)
