"""What renderers make of the stories, as text; run as a program it paints the expected screens anew.

``PYTHONPATH=tests python tests/support/screens.py`` after a change that is meant; then read the difference.
"""

import io
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from release_async.events import Event
from release_async.render.plain import Plain
from release_async.render.stream import Stream
from release_async.render.terminal import Terminal
from support import story

TALES = {
    "released": story.released,
    "refused": story.checks_refuse,
    "unfinished": story.unfinished,
    "stands": story.stands,
    "versions": story.versions_disagree,
    "explained": lambda: story.versions_disagree(explain=True),
    "bumped": story.bumped,
}
WIDTHS = (60, 80, 120)
EXPECTED = Path(__file__).parent.parent / "render" / "screens"


def on_terminal(tale: Sequence[Event], width: int) -> str:
    """The lines that stay on a terminal of this width, without colours and motion."""
    out = io.StringIO()
    terminal = Terminal(Console(file=out, width=width, force_terminal=False), io.StringIO())
    for event in tale:
        terminal.show(event)
    terminal.close()
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def as_plain_lines(tale: Sequence[Event], *, verbose: bool = False, encoding: str = "utf-8") -> str:
    """The lines that a log holds, in which every character is one that ``encoding`` knows."""
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    plain = Plain(Stream(out), io.StringIO(), verbose=verbose)
    for event in tale:
        plain.show(event)
    plain.close()
    out.seek(0)
    return out.read()


def expected() -> dict[str, str]:
    """Every screen that is kept, by the name of its file."""
    screens = {
        f"{name}-{width}.txt": on_terminal(tale(), width) for name, tale in TALES.items() for width in WIDTHS
    }
    plain = {f"{name}-plain.txt": as_plain_lines(tale(), verbose=True) for name, tale in TALES.items()}
    return screens | plain


if __name__ == "__main__":
    EXPECTED.mkdir(exist_ok=True)
    for file, text in expected().items():
        (EXPECTED / file).write_text(text, encoding="utf-8")
