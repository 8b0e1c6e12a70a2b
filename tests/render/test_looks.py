"""What a person sees, at every width and in every outfit: it changes only on purpose.

``RELEASE_ASYNC_LOOKS=write python -m pytest tests/render/test_looks.py`` writes them anew; read what differs.
"""

import os
from collections.abc import Callable

import pytest
from rich.cells import cell_len

from support import screens, story
from support.screens import Screen

KEPT = screens.looks()


@pytest.mark.parametrize(("file", "look"), KEPT.items(), ids=list(KEPT))
def test_looks_are_the_ones_agreed_on(file: str, look: Callable[[], str]) -> None:
    """Layout and words change only on purpose."""
    if os.environ.get("RELEASE_ASYNC_LOOKS") == "write":
        screens.LOOKS.mkdir(exist_ok=True)
        (screens.LOOKS / file).write_text(look(), encoding="utf-8")
    assert look() == (screens.LOOKS / file).read_text(encoding="utf-8")


def test_no_look_is_kept_that_nothing_has() -> None:
    """A file of a look that is gone would mislead who reads them."""
    assert {path.name for path in screens.LOOKS.iterdir()} == set(KEPT)


@pytest.mark.parametrize("width", [60, 72, 80, 100, 132, 200])
@pytest.mark.parametrize("name", screens.TALES)
def test_nothing_is_wider_than_the_screen(name: str, width: int) -> None:
    """No line is broken by the terminal, but what may be copied: commands, and the words of others."""
    wide = screens.unstyled(screens.written(screens.TALES[name](), Screen(1000)))
    copied = {line.strip() for line in wide.splitlines() if cell_len(line) > width}
    written = screens.unstyled(screens.written(screens.TALES[name](), Screen(width)))
    broken = [line for line in written.splitlines() if cell_len(line) > width]
    assert all(line.strip() in copied for line in broken)
    assert all(line.startswith(("    ", "  │", "      │")) for line in broken)


@pytest.mark.parametrize("name", screens.BARE)
def test_ascii_is_ascii(name: str) -> None:
    """Where only ASCII can be shown nothing else is written, and every column stays where it was."""
    kept = {outfit: KEPT[f"{name}-{outfit}.txt"]().splitlines() for outfit in ("80", "ascii")}
    ours = [line for line in kept["ascii"] if "Generated with" not in line]  # but for a message of the user
    assert "\n".join(ours).isascii()
    assert len(kept["ascii"]) == len(kept["80"])


def test_only_the_sixteen_colours_and_no_background() -> None:
    """The terminal's own palette, on light and on dark: bold, dim, and colours of the sixteen."""
    codes = {code for tale in screens.TALES.values() for code in screens.styles(tale(), Screen())}
    assert codes <= {"0", "1", "2", "31", "32", "33", "36"}
    assert codes >= {"1", "2", "31", "32", "33"}


def test_no_color_leaves_bold_and_dim(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR is heeded on a terminal too, and every mark is still there: no colour says it alone."""
    coloured = screens.unstyled(screens.written(story.checks_refuse(), Screen()))
    monkeypatch.setenv("NO_COLOR", "1")
    assert screens.styles(story.checks_refuse(), Screen()) <= {"0", "1", "2"}
    assert screens.unstyled(screens.written(story.checks_refuse(), Screen())) == coloured


def test_cures_stand_under_what_they_cure_and_before_the_detail() -> None:
    """A problem says what is wrong, what to do, and then what helps to see why, in this order."""
    shown = screens.seen(story.checks_refuse(), Screen(120), end=True)
    lines = [line.strip() for line in screens.lines(shown).splitlines()]
    found = lines.index("→ pytest -q")
    assert lines[found - 1].startswith("? Test suite  3 tests failed")
    assert lines[found + 1] == "│ FAILED tests/test_demo.py::test_one"


@pytest.mark.parametrize("width", [1, 8, 20, 40])
@pytest.mark.parametrize("name", [*screens.TALES, *screens.MOMENTS])
def test_a_window_too_narrow_for_anything_breaks_nothing(name: str, width: int) -> None:
    """It cannot be read then; but what moves is still taken back whole, and the run goes on."""
    tale = {**screens.TALES, **screens.MOMENTS}[name]()
    assert screens.written(tale, Screen(width, height=5)).endswith(("\n", "\x1b[?25h"))
