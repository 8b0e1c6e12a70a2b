"""What moves at the bottom of a terminal: painted over and over, taken away whole. It knows no event."""

import threading
from collections.abc import Callable
from contextlib import suppress

from rich.console import Console, ConsoleRenderable, RenderHook
from rich.control import Control
from rich.segment import ControlType
from rich.text import Text

FRAMES_A_SECOND = 8
Frame = Callable[[], list[Text]]
"""Paints the lines of this moment, none wider than the screen."""


class LiveRegion(RenderHook):
    """A few lines below everything that is printed meanwhile.

    What rich's own ``Live`` does, but for three things. A ``KeyboardInterrupt`` in its first frame leaves the
    cursor visible. When the window gets narrower a terminal breaks the lines that stand there, and they are
    taken away as the many that they have become. And who knows the time can paint one frame by itself.

    Args:
        console: Where it moves.
        frame: Called for every frame, with the lock held.
        lock: To be held by whoever prints, or changes what a frame shows.
    """

    def __init__(self, console: Console, frame: Frame, lock: threading.RLock) -> None:
        self._console = console
        self._frame = frame
        self._lock = lock
        self._widths: list[int] = []
        self._over = threading.Event()
        self._hooked = False

    def start(self, *, by_itself: bool = True) -> None:
        """Paint the first frame, and from then on again and again; nothing where nothing can move.

        Args:
            by_itself: Whether time alone makes new frames.
        """
        if not self._console.is_terminal or self._console.is_dumb_terminal:
            return
        self._console.show_cursor(show=False)
        self._console.push_render_hook(self)
        self._hooked = True
        self.paint()
        if by_itself:
            threading.Thread(target=self._keep_painting, name="painter", daemon=True).start()

    def stop(self) -> None:
        """Take away what moves, and give the cursor back; also where `start` was broken off."""
        self._over.set()
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
            self._console.print(Control())  # whatever is printed is followed by a frame

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Take the last frame away, and put a new one below what is printed."""
        with self._lock:
            erasing = self._erasing()
            lines = self._frame()
            self._widths = [line.cell_len for line in lines]
            frame = [Text("\n").join(lines)] if lines else []
            for text in frame:
                text.end, text.no_wrap, text.overflow = "", True, "crop"
            return [erasing, *renderables, *frame]

    def _erasing(self) -> Control:
        """Move to the first row of the last frame, emptying every row on the way."""
        if not self._widths:
            return Control()
        across = max(1, self._console.width)
        rows = sum(max(1, -(-width // across)) for width in self._widths)
        up = ((ControlType.CURSOR_UP, 1), (ControlType.ERASE_IN_LINE, 2))
        return Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2), *(up * (rows - 1)))

    def _keep_painting(self) -> None:
        with suppress(OSError, ValueError):  # the stream is gone: nobody looks any more
            while not self._over.wait(1 / FRAMES_A_SECOND):
                with self._lock:
                    if not self._over.is_set():
                        self.paint()
