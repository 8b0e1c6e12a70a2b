"""Notes fit the screen, and a command in one can be copied."""

import pytest

from release_async.render.messages import note_lines

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
