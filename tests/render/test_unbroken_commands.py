"""A command is shown in one line, however narrow the screen is: half of one does something else."""

import re
from collections.abc import Sequence

import pytest

from release_async.base.problems import ask
from release_async.plan import events
from release_async.plan.events import Event, LastTag, Outcome
from release_async.render.messages import distribution_headline
from release_async.render.unbroken_commands import held, shown, wrapped
from release_async.versions.distribution import Distribution
from support import screens
from support.screens import Screen

VENV = "python3 -m venv .venv && .venv/bin/python -m pip install -e '.[test]'"
COMMANDS = {
    VENV: "install pytest where the project's tests run, in its .venv or the active environment: {}",
    f"({VENV})": "install pytest where the project's tests run or in its .venv {}, or pass --skip-tests",
    "/opt/some/where/bin/uv run --no-sync --frozen python -m pytest": "fix it and see it pass: {}",
    "(cd packages/core && ./run some tests --all --in-parallel)": "fix it and see it pass: {}; or not",
    "mytests --all-of-them --in-parallel --with 'a, b; c'": "fix it and see it pass now: {}",
    ".venv/bin/python -m unittest discover -s tests/some/where": "see where it hangs, and wait: {}; then",
    "git commit -m 'Update a part; or two, of it' -- a/part": "go to its place and record it: {}; or go on",
    "git add a b && git commit": "look at each of these files, and of them all then {}; or not",
    "pipx reinstall release-async": "install it again, with all of what it needs: {}, or go on",
    "uv tool upgrade --reinstall release-async": "install it again: pipx reinstall release-async, or {}",
    "make test": "fix what it says, in your own project, and see it pass: {}",
    "python -m build": "run `{}` in the project to see just the same as was seen here",
}
SENTENCES = (
    "git does not know who commits, and nobody who looks at the commit later will know either",
    "the request: make a new one at the page of the project, and put it into the file",
    "tox (tox.ini) is not installed: tests by pytest, or set test-command",
    "pip and uv would not take it: git refuses to say what is in it, and make is of no use",
)


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("command", list(COMMANDS))
def test_a_command_stands_in_one_line_of_every_screen(command: str, width: int) -> None:
    """Of a check, of a failure, of a note and of what is to be done at the end."""
    sentence = COMMANDS[command].format(command)
    problems = (ask("it failed", cure=sentence),)
    told: tuple[Sequence[Event], ...] = (
        [
            events.ChecksStarted((("tests", "Test suite"),)),
            events.CheckStarted("tests", "Test suite"),
            events.CheckFinished("tests", "Test suite", Outcome.ASKED, problems, 1.0),
            events.ChecksFinished(Outcome.ASKED, 1.0, 1.0),
        ],
        [events.Failed("it failed", sentence, "", (), (), (), 2)],
        [events.Note(sentence)],
        [events.Released("demo", "1.2.3", (("install it", sentence),), 1.0)],
    )
    for tale in told:
        assert any(command in line for line in screens.written(tale, Screen(width=width)).splitlines()), tale
        assert any(command in line for line in screens.as_plain_lines(tale).splitlines()), tale


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_about_a_program_is_wrapped(sentence: str) -> None:
    """Only what can be typed is held together; the rest is read, and fits the screen."""
    assert held(sentence) == sentence
    assert max(map(len, wrapped(sentence, 40))) <= 40


@pytest.mark.parametrize("width", [40, 60, 75])
def test_no_word_of_a_headline_or_a_row_is_broken(width: int) -> None:
    """A terminal breaks what is too long for it anywhere."""
    said = "what is long enough, and goes on and on, until it is too long for any of these screens"
    found = Distribution("demo", "", (), tag_tool="setuptools-scm")
    last = LastTag("", "setuptools-scm", "v1.2.3", "1.2.3", 4, "1.2.4.dev4+g0123456789ab")
    shown = screens.written(
        [
            events.Proposed("demo", (("tests", SENTENCES[-2]), ("", said)), ()),
            events.Note(SENTENCES[-2]),
            events.Stands(said, "1.2.3", said, "", (), (), (), (), "", ""),
            events.VersionsFound((found,), (), tags=(last,)),
        ],
        Screen(width=width),
    )
    shown = re.sub(r"\x1b\[[?0-9;]*[a-z]", "", shown)
    headline = distribution_headline(found, last)
    words = {word for sentence in (said, SENTENCES[-2], headline) for word in sentence.split()}
    assert max(map(len, shown.splitlines())) <= width, shown
    assert words <= {*shown.split()}


@pytest.mark.parametrize("command", list(COMMANDS))
def test_what_is_held_is_as_long_and_comes_back(command: str) -> None:
    """The colours of a sentence stay where they are, and so does every blank."""
    sentence = COMMANDS[command].format(command)
    assert len(held(sentence)) == len(sentence)
    assert shown(held(sentence)) == sentence
    assert " ".join(wrapped(sentence, 56)) == sentence


def test_the_beginning_of_the_first_line_may_be_taken() -> None:
    """A label stands there, and the text goes on below it."""
    assert wrapped("one two three", 9, first=5) == ["one", "two three"]
