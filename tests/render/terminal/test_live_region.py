"""What moves takes itself away whole, however wide the window has become and whatever is printed."""

import io
import threading

import pytest
from rich.console import Console
from rich.text import Text

from release_async.render.terminal.live_region import LiveRegion

UP = "\x1b[1A"


def console(width: int, *, terminal: bool = True) -> Console:
    """A console that writes to memory."""
    return Console(file=io.StringIO(), width=width, height=20, force_terminal=terminal, legacy_windows=False)


def written(target: Console) -> str:
    """What was written to it, which is then forgotten."""
    assert isinstance(target.file, io.StringIO)
    text = target.file.getvalue()
    target.file.seek(0)
    target.file.truncate()
    return text


def moving(target: Console, *lines: str) -> LiveRegion:
    """A motion of these lines that goes on when it is told to."""
    motion = LiveRegion(target, lambda: [Text(line) for line in lines], threading.RLock())
    motion.start(auto_repaint=False)
    return motion


@pytest.mark.parametrize(("width", "rows"), [(200, 3), (80, 3), (50, 4), (25, 6), (20, 6)])
def test_lines_that_a_narrower_window_has_broken_are_taken_back_too(width: int, rows: int) -> None:
    """Terminals break lines that no longer fit: three lines of 60, 20 and 30 columns become more rows."""
    target = console(80)
    motion = moving(target, "x" * 60, "y" * 20, "z" * 30)
    written(target)
    target.width = width
    motion.paint()
    assert written(target).count(UP) == rows - 1


def test_what_is_printed_meanwhile_stands_above() -> None:
    """The frame is taken away, the line is printed, and the frame comes below it: in one write."""
    target = console(80)
    moving(target, "one", "two")
    assert written(target).startswith("\x1b[?25l")
    target.print("said")
    assert written(target) == f"\r\x1b[2K{UP}\x1b[2Ksaid\none\ntwo"


def test_at_the_end_nothing_is_left() -> None:
    """The last frame is taken away, the cursor is back, and printing is as before; a second end is none."""
    target = console(80)
    motion = moving(target, "one", "two")
    written(target)
    motion.stop()
    assert written(target) == f"\r\x1b[2K{UP}\x1b[2K\x1b[?25h"
    motion.stop()
    target.print("said")
    assert written(target) == "\x1b[?25hsaid\n"


def test_where_nothing_can_move_nothing_does() -> None:
    """A file holds no frames and no escapes."""
    target = console(80, terminal=False)
    motion = moving(target, "one")
    motion.paint()
    motion.stop()
    assert not written(target).strip()


def test_an_interrupt_in_the_first_frame_leaves_a_motion_that_can_be_ended() -> None:
    """The cursor is back, and nothing of it stays in the console."""
    target = console(80)

    def interrupted() -> list[Text]:
        raise KeyboardInterrupt

    motion = LiveRegion(target, interrupted, threading.RLock())
    with pytest.raises(KeyboardInterrupt):
        motion.start(auto_repaint=False)
    assert written(target) == "\x1b[?25l"
    motion.stop()
    target.print("said")
    assert written(target).endswith("\x1b[?25hsaid\n")
