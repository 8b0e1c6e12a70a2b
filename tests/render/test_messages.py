"""Notes fit the screen, and a command in one can be copied."""

from typing import Any

import pytest

from release_async.plan.events import Failed, Released
from release_async.render.messages import failure_lists, narrowed, note_lines, released_headline

COMMAND = "release-async hook ci origin/main..HEAD"


@pytest.mark.parametrize("room", [44, 56, 76, 100])
def test_no_command_of_a_note_is_broken(room: int) -> None:
    """It comes onto a line of its own where there is no room left."""
    note = f"What is not pushed from here is judged by CI, with: {COMMAND}"
    lines = note_lines(note, room)
    assert " ".join(lines) == note
    assert any(COMMAND in line for line in lines)
    assert max(map(len, lines)) <= room


def test_a_row_is_wrapped_beside_its_label() -> None:
    """A table stays one on a narrow screen."""
    row = "pre-push  version-consistency-push; it was changed by hand; git ignores it"
    assert note_lines(row, 56) == [
        "pre-push  version-consistency-push; it was changed by",
        "          hand; git ignores it",
    ]


def test_a_command_alone_stays_as_it_is() -> None:
    """It is longer than any screen may be, and is copied."""
    command = f"  git add {' '.join(map(str, range(50)))} && git commit -m 'Adopt it'"
    assert note_lines(command, 40) == [command]


def test_a_line_that_filled_the_screen_keeps_its_words() -> None:
    """Behind a quote mark there is less room: what only fills is shortened, and no word is broken."""
    hook = f"ruff check{'.' * 63}Failed"
    assert narrowed(hook, 79) == [hook]
    assert narrowed(hook, 74) == [f"ruff check{'.' * 58}Failed"]
    caret = f"{' ' * 30}^^^ this is not what stands here"
    assert narrowed(caret, 44) == [f"{' ' * 30}^^^ this is", "not what stands here"]
    path = f"the whole output: /srv/{'deep/' * 20}"
    assert narrowed(path, 40) == [path]
    assert narrowed(" " * 50, 40) == [" " * 50]


def test_what_is_public_is_named_as_a_thing() -> None:
    """Nobody reads a deed that is still to do where it says that something is so already."""
    deeds = ("upload x.whl", "attach x.whl", "push main and v1.5.0 to origin", "GitHub release of v1.5.0")
    failed = Failed("no", "", "", deeds, deeds, (), 5)
    told = dict(failure_lists(failed))
    assert told["already public"] == (
        "x.whl",
        "x.whl",
        "main and v1.5.0 on origin",
        "GitHub release of v1.5.0",
    )
    assert told["still to do"] == deeds


@pytest.mark.parametrize(
    ("how", "ended"),
    [
        ({}, "is released"),
        ({"trial": "TestPyPI"}, "is on TestPyPI, as a trial"),
        ({"rehearsed": True}, "was rehearsed: nothing has left this machine"),
    ],
)
def test_what_is_on_a_test_index_alone_is_not_called_released(how: dict[str, Any], ended: str) -> None:
    """Nobody takes a trial for the release."""
    event = Released("demo", "1.3.0", (), 1.0, **how)
    assert released_headline(event) == f"demo 1.3.0 {ended}"
