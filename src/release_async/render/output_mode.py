"""How a run is to be shown: verbose or not, which characters, which clock. Frozen data."""

import time

from release_async.base.lazy_typing import NamedTuple
from release_async.render.glyphs import UNICODE, Glyphs
from release_async.render.run_history import Clock


class OutputMode(NamedTuple):
    """How a run is shown.

    Attributes:
        verbose: Whether the output of children and every single effect are shown for good.
        glyphs: The characters to draw with.
        clock: Returns the current time.
        auto_repaint: Whether the live region repaints on a timer; otherwise `Terminal.paint` does it.
        folded: Whether whoever looks unfolds what they want to see, so that everything may be listed.
    """

    verbose: bool = False
    glyphs: Glyphs = UNICODE
    clock: Clock = time.monotonic
    auto_repaint: bool = True
    folded: bool = False

    @property
    def lists(self) -> bool:
        """Whether what passed is listed one by one, and nothing of a plan or of others' words is left out."""
        return self.verbose or self.folded
