"""What real runs leave on a real terminal of a given size, every line of it, as text that stays the same."""

import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyte

from support import releasing
from support.forks import ForkedTool
from support.releasing import Stage
from support.terminal import CTRL_C, Terminal

HISTORY = 500
"""Lines that are kept of what has left the screen."""

_MASKS = {
    r"\d+ min \d\d\s+s\b|\d+\.\d\s+s\b|\d+\s+ms\b": "a time",
    r"\n +\(a time\)": " (a time)",  # "0.1 s" is longer than "99 ms", and may need a line of its own
    r"(?<=/)(screens|release-async)-\w{8}": r"\1-........",
    r"(?s)the whole output: .*?\.log": "the whole output: a log",
    r"127\.0\.0\.1:\d+": "127.0.0.1:port",
    r"(?m)\b[0-9a-f]{7}\b(?=,|$)": "an-id..",
    r"\d{4}-\d\d-\d\d \d\d:\d\d UTC": "a moment",
}
"""What differs from run to run; as far as it can, each has the length of what it masks."""


def masked(lines: list[str]) -> str:
    """The lines as every run has them; without the timeline, which only a slow machine shows."""
    text = _UNBROKEN.sub(r"\1", "\n".join(line for line in without_timeline(lines)))
    for changing, word in _MASKS.items():
        text = re.sub(changing, word, text)
    return f"{text}\n"


_UNBROKEN = re.compile(r"(pip install .*)\n(?=\S)")
"""A command that is wider than the window: where the window breaks it depends on the port in it."""


def without_timeline(lines: list[str]) -> list[str]:
    """The lines that a run of less than half a minute leaves."""
    begin = next((number for number, line in enumerate(lines) if line.startswith("  Timeline")), len(lines))
    end = lines.index("", begin) if begin < len(lines) else begin
    return [*lines[:begin], *lines[end:]]


@dataclass
class Shown:
    """One run on a terminal.

    Attributes:
        code: How it ended.
        lines: Every line from the command on, what has left the screen too.
        moments: What stood on the screen at moments that have a name.
    """

    code: int
    lines: list[str]
    moments: dict[str, list[str]] = field(default_factory=dict)


Deed = Callable[[Terminal, dict[str, list[str]]], None]
"""What a person does meanwhile; notes what stands on the screen."""


@dataclass(frozen=True)
class Room:
    """A project and a terminal of one size.

    Attributes:
        stage: The project and its world.
        size: Columns and rows.
        directory: The folder for all of it, whose path is as long each time.
    """

    stage: Stage
    size: tuple[int, int]
    directory: Path

    def run(self, *words: str, deed: Deed = lambda _terminal, _moments: None) -> Shown:
        """Run ``release-async`` with these words."""
        columns, rows = self.size
        environ = {name: value for name, value in self.stage.environment().items() if name != "CI"}
        environ |= {"TMPDIR": "/tmp", "TERM": "xterm-256color"}  # noqa: S108 - of a length that is known
        moments: dict[str, list[str]] = {}
        with ForkedTool((*words, "-C", str(self.stage.repository.path)), environ, self.size) as terminal:
            terminal.show_on(pyte.HistoryScreen(columns, rows, history=HISTORY))
            deed(terminal, moments)
            code = terminal.finish()
            gone = terminal.screen.history.top  # type: ignore[attr-defined]  # of a HistoryScreen
            above = ["".join(row[at].data for at in range(columns)).rstrip() for row in gone]
            return Shown(code, [f"$ release-async {' '.join(words)}", *above, *terminal.lines], moments)


@contextmanager
def room(size: tuple[int, int]) -> Iterator[Room]:
    """A room of this size, until the context ends."""
    directory = Path(tempfile.mkdtemp(prefix="screens-", dir="/tmp"))
    try:
        with releasing.tiny(directory) as stage:
            yield Room(stage, size, directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def says(answer: str) -> Deed:
    """Wait for the question, and answer it."""

    def deed(terminal: Terminal, moments: dict[str, list[str]]) -> None:
        terminal.read_until(lambda seen: bool(seen.lines) and seen.lines[-1].endswith("[y/N]"))
        moments["question"] = terminal.lines
        terminal.type(f"{answer}\n")

    return deed


@contextmanager
def held_push(room: Room) -> Iterator[Deed]:
    """A person who agrees, and presses Ctrl-C when the remote has got the push and holds it."""
    hook, begun, go_on = (
        room.stage.remote.path / "hooks/pre-receive",
        room.directory / "begun",
        room.directory / "go-on",
    )
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch '{begun}'\nwhile [ ! -e '{go_on}' ]; do sleep 0.05; done\n")
    hook.chmod(0o755)

    def deed(terminal: Terminal, moments: dict[str, list[str]]) -> None:
        says("y")(terminal, moments)
        terminal.read_until(lambda _: begun.exists())
        terminal.type(CTRL_C)
        pressed = time.monotonic()
        terminal.read_until(lambda seen: any("off)" in line for line in seen.lines), 30)
        moments["seconds"] = [str(time.monotonic() - pressed)]
        moments["stopping"] = terminal.lines
        go_on.touch()

    try:
        yield deed
    finally:
        hook.unlink()
