"""The few characters that screens are drawn with, and what stands for them where only ASCII can be shown."""

from release_async.base.lazy_typing import NamedTuple
from release_async.plan.events import Outcome


class Glyphs(NamedTuple):
    """One set of characters; each is one column wide, but for the arrow and the ellipsis in ASCII.

    Attributes:
        passed: Beside what ended well.
        warned: Beside what ended well, with a warning.
        asked: Beside what a person must decide.
        failed: Beside what ended badly.
        idle: Beside what never ran, or was stopped.
        waiting: Beside what has not begun.
        arrow: Before what to do, and between old and new.
        quote: Before the words of others.
        rule: Of lines, and of bars that others do not wait for.
        bar: Of bars that decide how long it takes.
        ellipsis: Where something is left out.
        frames: What turns beside what is running.
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
        """What stands beside a check or step that ended so."""
        return {
            Outcome.PASSED: self.passed,
            Outcome.WARNED: self.warned,
            Outcome.ASKED: self.asked,
            Outcome.SKIPPED: self.idle,
            Outcome.NOT_RUN: self.idle,
        }.get(outcome, self.failed)


UNICODE = Glyphs("✓", "!", "?", "✗", "-", "·", "→", "│", "─", "━", "…", "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
ASCII = Glyphs("+", "!", "?", "x", "-", ".", "->", "|", "-", "=", "...", "|/-\\")

LIKENESS = str.maketrans(
    {
        **{ours: theirs for ours, theirs in zip(UNICODE[:-1], ASCII[:-1], strict=True) if ours != theirs},
        **dict.fromkeys(UNICODE.frames, "*"),
    }
)
"""For ``str.translate``: each character of ours in ASCII."""
