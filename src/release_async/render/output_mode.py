"""How a run is to be shown, as frozen data. It shows nothing."""

import time

from release_async.base.lazy_typing import NamedTuple
from release_async.render.glyphs import UNICODE, Glyphs
from release_async.render.run_history import Clock


class OutputMode(NamedTuple):
    """How a run is shown.

    Attributes:
        verbose: Whether the output of children and every single effect stay on the screen.
        glyphs: The characters to draw with.
        clock: What time it is.
        by_itself: Whether what moves goes on while nothing happens; else `Terminal.paint` moves it.
    """

    verbose: bool = False
    glyphs: Glyphs = UNICODE
    clock: Clock = time.monotonic
    by_itself: bool = True
