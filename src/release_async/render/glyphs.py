"""The characters that screens are drawn with, in Unicode and in ASCII."""

from release_async.base.lazy_typing import NamedTuple
from release_async.plan.events import Outcome


class Glyphs(NamedTuple):
    """One set of characters; each is one column wide, except for the arrow and the ellipsis in ASCII.

    Attributes:
        passed: For what ended well.
        warned: For what ended well, with a warning.
        asked: For what a person must decide.
        failed: For what ended badly.
        idle: For what never ran, or was stopped.
        waiting: For what has not begun, or waits for somebody else.
        arrow: Before what to do, and between old and new.
        quote: Before output of others.
        rule: For horizontal lines, and bars off the critical path.
        bar: For bars on the critical path.
        ellipsis: Where something is left out.
        frames: The spinner of what is running.
    """

    passed: str
    warned: str
    asked: str
    failed: str
    idle: str
    waiting: str
    arrow: str
    quote: str
    rule: str
    bar: str
    ellipsis: str
    frames: str

    def mark(self, outcome: Outcome) -> str:
        """The character for a check or step with this outcome."""
        return {
            Outcome.PASSED: self.passed,
            Outcome.WARNED: self.warned,
            Outcome.ASKED: self.asked,
            Outcome.SKIPPED: self.idle,
            Outcome.WAITING: self.waiting,
            Outcome.NOT_RUN: self.idle,
        }.get(outcome, self.failed)


UNICODE = Glyphs("✓", "!", "?", "✗", "-", "·", "→", "│", "─", "━", "…", "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
ASCII = Glyphs("+", "!", "?", "x", "-", ".", "->", "|", "-", "=", "...", "|/-\\")

TO_ASCII = str.maketrans(
    {
        **{ours: theirs for ours, theirs in zip(UNICODE[:-1], ASCII[:-1], strict=True) if ours != theirs},
        **dict.fromkeys(UNICODE.frames, "*"),
    }
)
"""For ``str.translate``: the ASCII substitute of each Unicode character used here."""
