"""A region at the bottom of a terminal that is repainted while a run goes on. It knows no event."""

import threading
from collections.abc import Callable
from contextlib import suppress

from rich.console import Console, ConsoleRenderable, RenderHook
from rich.control import Control
from rich.segment import ControlType
from rich.text import Text

FRAMES_A_SECOND = 8
Frame = Callable[[], list[Text]]
"""Returns the current lines, none wider than the screen."""


class LiveRegion(RenderHook):
    """A few lines that stay below everything that is printed.

    It differs from rich's own ``Live`` in three ways: after a ``KeyboardInterrupt`` in the first frame the
    cursor comes back; when the window gets narrower and the terminal wraps the lines, all the wrapped rows
    are erased; and a single frame can be painted without a timer.

    Args:
        console: Where it is shown.
        frame: Called for every frame, with the lock held.
        lock: To be held while printing, or while changing what a frame shows.
    """

    def __init__(self, console: Console, frame: Frame, lock: threading.RLock) -> None:
        self._console = console
        self._frame = frame
        self._lock = lock
        self._widths: list[int] = []
        self._stopped = threading.Event()
        self._hooked = False

    def start(self, *, auto_repaint: bool = True) -> None:
        """Paint the first frame, then repaint on a timer; does nothing where nothing can be repainted.

        Args:
            auto_repaint: Whether to repaint on a timer.
        """
        if not self._console.is_terminal or self._console.is_dumb_terminal:
            return
        self._console.show_cursor(show=False)
        self._console.push_render_hook(self)
        self._hooked = True
        self.paint()
        if auto_repaint:
            threading.Thread(target=self._keep_painting, name="painter", daemon=True).start()

    def stop(self) -> None:
        """Erase the region, and show the cursor again; also after an interrupted `start`."""
        self._stopped.set()
        try:
            if self._hooked:
                self._frame = list
                self.paint()
                self._console.pop_render_hook()
                self._hooked = False
        finally:
            self._console.show_cursor()

    def paint(self) -> None:
        """Paint a new frame."""
        with self._lock, self._console:
            self._console.print(Control())  # everything printed is followed by a frame

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Erase the last frame, and paint a new one below what is printed."""
        with self._lock:
            erasing = self._erasing()
            lines = self._frame()
            self._widths = [line.cell_len for line in lines]
            frame = [Text("\n").join(lines)] if lines else []
            for text in frame:
                text.end, text.no_wrap, text.overflow = "", True, "crop"
            return [erasing, *renderables, *frame]

    def _erasing(self) -> Control:
        """Move to the first row of the last frame, erasing every row on the way."""
        if not self._widths:
            return Control()
        columns = max(1, self._console.width)
        rows = sum(max(1, -(-width // columns)) for width in self._widths)
        erase_row_above = ((ControlType.CURSOR_UP, 1), (ControlType.ERASE_IN_LINE, 2))
        return Control(
            ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2), *(erase_row_above * (rows - 1))
        )

    def _keep_painting(self) -> None:
        with suppress(OSError, ValueError):  # the stream is gone
            while not self._stopped.wait(1 / FRAMES_A_SECOND):
                with self._lock:
                    if not self._stopped.is_set():
                        self.paint()
