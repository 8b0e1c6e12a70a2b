"""Workflow commands: one line each, whatever it says."""

from hypothesis import given, strategies

from release_async.base.github_workflow_commands import command


def test_a_command_has_its_properties_and_its_message() -> None:
    """In the form of the documentation; what is empty is left out."""
    assert command("endgroup", []) == "::endgroup::"
    assert command("group", ["Checks"]) == "::group::Checks"
    given = {"file": "a,b:c%.py", "line": "", "title": "x"}
    assert command("error", ["50%", "two"], given) == "::error file=a%2Cb%3Ac%25.py,title=x::50%25%0Atwo"


@given(strategies.text(), strategies.text())
def test_no_text_ends_a_command_or_its_properties(message: str, value: str) -> None:
    """The runner reads back exactly what was said, by its own rules, and no second line."""
    line = command("error", [message], {"file": value, "title": "t"})
    assert "\n" not in line
    assert "\r" not in line
    properties, _, data = line.removeprefix("::error ").partition("::")
    file = dict(one.split("=", 1) for one in properties.split(",")).get("file", "")
    assert decoded(file) == value
    assert decoded(data) == message


def decoded(text: str) -> str:
    """As the runner does (actions/runner, ActionCommand.cs)."""
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, character)
    return text
