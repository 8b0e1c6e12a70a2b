"""Paints the screens of the pages from real runs on a terminal, as SVG, light and dark; run as a program.

``PYTHONPATH=tests python -m support.paint [NAME]...`` after a change of the looks.
"""

import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyte
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME, TerminalTheme
from rich.text import Text

from release_async.base.exit_codes import ExitCode
from support import releasing, screens
from support.front import Fate, front
from support.pages import ROOT
from support.releasing import Stage
from support.terminal import CTRL_C, Terminal

SCREENS = ROOT / "docs" / "screens"
WIDTH, ROWS = 80, 100
_SECONDS = 600  # that one run may take

# A page must load nothing from elsewhere: the fonts that rich names are on other people's servers.
_FORMAT = re.sub(r"\s*@font-face \{\{.*?\}\}|<!--.*?-->", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


LIGHT = TerminalTheme(
    (255, 255, 255),
    (31, 35, 40),
    [
        (31, 35, 40),  # black
        (177, 24, 32),  # red
        (26, 115, 51),  # green
        (145, 95, 0),  # yellow
        (5, 80, 174),  # blue
        (130, 60, 170),  # magenta
        (18, 110, 125),  # cyan
        (101, 109, 118),  # white
    ],
)
"""Each colour stands out from white by 4.5 to 1 at least (WCAG 2.2, 1.4.3)."""
_EDGE = 'stroke="rgba(255,255,255,0.35)"'


@dataclass(frozen=True)
class Look:
    """How a screen is painted.

    Attributes:
        title: What stands above it; it is also the beginning of all ids.
        theme: Its colours.
    """

    title: str
    theme: TerminalTheme


def painted(rows: Iterable[Text], look: Look) -> str:
    """The rows as an SVG that names no address, the same for the same rows."""
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w"))  # noqa: PTH123, SIM115 - nobody reads it
    for row in rows:
        console.print(row, soft_wrap=True)
    name = look.title.replace(" ", "-")
    svg = console.export_svg(title=look.title, theme=look.theme, code_format=_FORMAT, unique_id=name)
    if look.theme is LIGHT:
        svg = svg.replace(_EDGE, 'stroke="rgba(0,0,0,0.25)"')
    return "".join(f"{line.rstrip()}\n" for line in svg.splitlines())


def rows(screen: pyte.Screen) -> list[Text]:
    """The rows of a screen, in which no folder of this machine is named; the last one is empty."""
    shown = screens.rows(screen)
    for pattern, name in _PLACES.items():
        shown = [_renamed(row, pattern, name) for row in shown]
    return [*shown, Text()]  # rich cuts off the lower half of the last one


_PLACES = {
    rf"{re.escape(sys.prefix)}/bin/": "",
    r"(?:/\w+)*/release-async-\w+": "/tmp/release-async-...",  # noqa: S108 - to be read
}
"""What differs from machine to machine, and what is shown in its place."""


def _renamed(row: Text, pattern: str, name: str) -> Text:
    place = re.search(pattern, row.plain)
    if place is None:
        return row
    named = Text(name, row.get_style_at_offset(Console(), place.start()))
    return Text.assemble(row[: place.start()], named, row[place.end() :])


def rehearsal(directory: Path) -> list[Text]:
    """A rehearsal on a terminal, from the command to its end."""
    with releasing.tiny(directory) as stage, _typed(stage, REHEARSE) as terminal:
        return _ended(terminal, REHEARSE, ExitCode.DONE)


COMMAND = "release-async minor"
REHEARSE = "release-async rehearse minor"
RESUME = "release-async --resume"


def release(directory: Path) -> list[Text]:
    """A whole release on a terminal, from the command to its end; the answer is yes."""
    with releasing.tiny(directory) as stage, _typed(stage, COMMAND) as terminal:
        _say_yes(terminal)
        return _ended(terminal, COMMAND, ExitCode.DONE)


def interruption(directory: Path) -> list[Text]:
    """Ctrl-C during the first upload, from the question on, and the release that is finished afterwards."""
    with releasing.tiny(directory) as stage, front(stage.url, Fate.HELD) as server:
        stage.environ["PYPI_REPOSITORY_URL"] = server.url
        with _typed(stage, COMMAND) as terminal:
            _say_yes(terminal)
            terminal.read_until(lambda _: server.arrived.is_set())
            terminal.type(CTRL_C)
            server.go_on.set()
            first = _ended(terminal, COMMAND, ExitCode.UNFINISHED)
        with _typed(stage, RESUME) as terminal:
            second = _ended(terminal, RESUME, ExitCode.DONE)
    asked = next(number for number, row in enumerate(first) if row.plain.startswith("Release "))
    return [first[0], *first[asked:], *second]


_QUESTION = "[y/N]"


def _typed(stage: Stage, command: str) -> Terminal:
    words = (*command.split()[1:], "-C", str(stage.repository.path))
    terminal = Terminal((sys.executable, "-m", "release_async", *words), stage.environment(), (WIDTH, ROWS))
    terminal.show_on(screens.Faint(WIDTH, ROWS))
    return terminal


def _say_yes(terminal: Terminal) -> None:
    terminal.read_until(lambda seen: any(_QUESTION in line for line in seen.lines), _SECONDS)
    terminal.type("y\r")


def _ended(terminal: Terminal, command: str, code: ExitCode) -> list[Text]:
    if terminal.finish(_SECONDS) != code:
        raise SystemExit("\n".join(terminal.lines))
    return [Text(f"$ {command}", "bold"), *rows(terminal.screen)]


def _write(name: str, shown: list[Text]) -> None:
    """One picture for dark pages, one for light ones."""
    for kind, theme in (("dark", SVG_EXPORT_THEME), ("light", LIGHT)):
        (SCREENS / f"{name}-{kind}.svg").write_text(painted(shown, Look(name, theme)), encoding="utf-8")


RUNS: Mapping[str, Callable[[Path], list[Text]]] = {
    "release": release,
    "interrupted": interruption,
    "rehearsed": rehearsal,
}
"""What is painted, by the beginning of the names of its two files."""

if __name__ == "__main__":
    SCREENS.mkdir(exist_ok=True)
    for run in sys.argv[1:] or RUNS:
        with tempfile.TemporaryDirectory(prefix="release-async-") as folder:
            _write(run, RUNS[run](Path(folder)))
