"""What a screen, a log and a job of GitHub Actions show of the stories, as text; no time passes meanwhile."""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path

import pyte
from pyte.screens import Char
from rich.console import Console
from rich.text import Text

from release_async.plan import events
from release_async.plan.events import Event
from release_async.render import Renderer
from release_async.render.github_actions import GitHubActions
from release_async.render.glyphs import ASCII, UNICODE
from release_async.render.output_mode import OutputMode
from release_async.render.output_stream import Stream
from release_async.render.plain import PlainText
from release_async.render.terminal import Terminal
from support import story

LOOKS = Path(__file__).parent.parent / "render" / "looks"
LONGEST = 200
"""Rows of the screens that are painted: no story is longer."""

Tale = Sequence[Event]


class Clock:
    """A clock that goes by the stories: what took five seconds ends five seconds after its beginning."""

    def __init__(self) -> None:
        self.now = 100.0
        self._begun: dict[str, float] = {}

    def __call__(self) -> float:
        """What time it is."""
        return self.now

    def follow(self, event: Event) -> None:
        """Let the time pass that an event says has passed."""
        match event:
            case events.CheckStarted(name) | events.StepStarted(name):
                self._begun[name] = self.now
            case events.CheckFinished() | events.StepFinished():
                self.now = max(self.now, self._begun.get(event.name, 0.0) + event.seconds)


@dataclass(frozen=True)
class Screen:
    """How a story is looked at.

    Attributes:
        width: Columns.
        height: Rows; ``LONGEST`` shows all that ever stood there.
        later: Seconds after the last event.
        ascii: Whether only ASCII can be shown.
        verbose: Whether the output of children is shown.
        colours: Whether there are any; what NO_COLOR turns off.
    """

    width: int = 80
    height: int = LONGEST
    later: float = 0.0
    ascii: bool = False
    verbose: bool = False
    colours: bool = True


def written(tale: Tale, look: Screen, *, end: bool = True) -> str:
    """All that is written to a terminal for a tale, escape sequences included; or but for the end of it."""
    out, clock = io.StringIO(), Clock()
    console = Console(
        file=out,
        width=look.width,
        height=look.height,
        force_terminal=True,
        color_system="standard",
        no_color=None if look.colours else True,
        highlight=False,
        markup=False,
    )
    glyphs = ASCII if look.ascii else UNICODE
    mode = OutputMode(verbose=look.verbose, glyphs=glyphs, clock=clock, auto_repaint=False)
    terminal = Terminal(console, io.StringIO(), mode)
    for event in tale:
        clock.follow(event)
        terminal.show(event)
        if not isinstance(event, events.CheckStarted):  # of which there are many, at once
            terminal.paint()
    clock.now += look.later
    terminal.paint()
    if end:
        terminal.close()
    return out.getvalue()


def seen(tale: Tale, look: Screen, *, end: bool = False) -> pyte.Screen:
    """A terminal some time after the last event of a tale, while the run goes on or at its end."""
    screen = Faint(look.width, look.height)
    # A terminal's line discipline makes a line feed the beginning of a new line.
    pyte.Stream(screen).feed(written(tale, look, end=end).replace("\n", "\r\n"))
    return screen


class Faint(pyte.Screen):
    """A screen that knows dim text too: pyte passes it over, so it is kept as italics, which we never use."""

    def select_graphic_rendition(self, *attributes: int) -> None:
        """Change how what follows is drawn (ECMA-48, SGR)."""
        known = {2: 3, 22: 23}
        super().select_graphic_rendition(*(known.get(one, one) for one in attributes))


def rows(screen: pyte.Screen) -> list[Text]:
    """The rows of a screen with their colours, without what is empty at the end."""
    found = [_row(screen.buffer[number]) for number in range(max(screen.buffer, default=0) + 1)]
    while found and not found[-1].plain:
        found.pop()
    return found


def _row(columns: Mapping[int, Char]) -> Text:
    row = Text()
    cells = (columns[number] for number in range(max(columns, default=-1) + 1))
    for style, run in groupby(cells, _style):
        row.append("".join(cell.data for cell in run), style)
    row.rstrip()
    return row


def _style(cell: Char) -> str:
    colour = {"brown": "yellow", "default": ""}.get(cell.fg, cell.fg)  # pyte's names where rich has others
    return " ".join(filter(None, (colour, "bold" if cell.bold else "", "dim" if cell.italics else "")))


def lines(screen: pyte.Screen) -> str:
    """The lines of a screen, without what is empty at its end."""
    rows = (screen.buffer[row] for row in range(max(screen.buffer, default=0) + 1))
    texts = ("".join(row[column].data for column in range(max(row, default=-1) + 1)) for row in rows)
    return "\n".join(text.rstrip() for text in texts).rstrip() + "\n"


def unstyled(text: str) -> str:
    """What was written, without escape sequences; frames that were taken back are in it too."""
    return _ESCAPE.sub("", text).replace("\r", "\n")


def styles(tale: Tale, look: Screen) -> set[str]:
    """The codes of all colours and the like (ECMA-48, SGR) that a tale is written with."""
    return {code for found in _STYLE.findall(written(tale, look)) for code in found.split(";")}


_ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_STYLE = re.compile(r"\x1b\[([0-9;]*)m")


def as_plain_lines(tale: Tale, *, verbose: bool = False, encoding: str = "utf-8") -> str:
    """The lines that a log holds, in which every character is one that ``encoding`` knows."""
    return _logged(
        tale, lambda out, clock: PlainText(out, io.StringIO(), OutputMode(verbose, clock=clock)), encoding
    )


def in_actions(tale: Tale) -> str:
    """The log of a job of GitHub Actions."""
    return _logged(
        tale, lambda out, clock: GitHubActions(out, io.StringIO(), OutputMode(clock=clock)), "utf-8"
    )


def _logged(tale: Tale, made: Callable[[Stream, Clock], Renderer], encoding: str) -> str:
    out, clock = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline=""), Clock()
    renderer = made(Stream(out), clock)
    for event in tale:
        clock.follow(event)
        renderer.show(event)
    renderer.close()
    out.seek(0)
    return out.read()


TALES: Mapping[str, Callable[[], Tale]] = {
    "planned": lambda: [story.PLANNED],
    "passed": story.checks_pass,
    "refused": story.checks_refuse,
    "released": story.released,
    "failed-before": story.build_fails,
    "failed-after": story.unfinished,
    "interrupted": story.interrupted,
    "stands": story.stands,
    "waits": story.waits,
    "versions": story.versions_disagree,
    "explained": lambda: story.versions_disagree(explain=True),
    "bumped": story.bumped,
    "next": story.next_version,
}
"""Tales that have an end."""

MOMENTS: Mapping[str, Callable[[], Tale]] = {
    "running": story.checks_halfway,
    "steps": story.steps_begin,
    "upload": story.upload_halfway,
    "waiting": story.upload_waits,
    "staying": story.stays,
}
"""Tales that stop while something moves."""

_LATER = 3.2
BARE = ("planned", "running", "waiting", "released", "failed-after")
"""Those that are also kept in ASCII, with colours, and with NO_COLOR."""


def looks() -> dict[str, Callable[[], str]]:
    """Every look that is kept, by the name of its file."""
    kept: dict[str, Callable[[], str]] = {}
    for name in (*TALES, *MOMENTS):
        for width in (60, 80, 120):
            kept[f"{name}-{width}.txt"] = partial(_shown, name, Screen(width, later=_LATER))
        if name in BARE:
            kept[f"{name}-ascii.txt"] = partial(_shown, name, Screen(ascii=True, later=_LATER))
            kept[f"{name}-colours.txt"] = partial(_styled, name, Screen(later=_LATER))
            kept[f"{name}-no-colour.txt"] = partial(_styled, name, Screen(later=_LATER, colours=False))
        if name in TALES:
            kept[f"{name}-plain.txt"] = partial(_short, name, as_plain_lines)
            kept[f"{name}-actions.txt"] = partial(_short, name, in_actions)
    return kept


def _shown(name: str, look: Screen) -> str:
    """What a person sees; of the plan, which has looks of its own, nothing but in those."""
    return _without_plan(name, lines(_looked_at(name, look)), lines(seen([story.PLANNED], look)))


def _styled(name: str, look: Screen) -> str:
    """The same, with the names of colours around what has them."""
    plan = seen([story.PLANNED], look)
    return _without_plan(name, _marked(_looked_at(name, look)), _marked(plan))


def _marked(screen: pyte.Screen) -> str:
    return "".join(f"{row.markup}\n" for row in rows(screen))


def _looked_at(name: str, look: Screen) -> pyte.Screen:
    if name in TALES:
        return seen(TALES[name](), look, end=True)
    return seen([story.PLANNED, *MOMENTS[name]()], look)


def _short(name: str, shown: Callable[[Tale], str]) -> str:
    return _without_plan(name, shown(TALES[name]()), shown([story.PLANNED]))


def _without_plan(name: str, text: str, plan: str) -> str:
    return text if name.startswith("planned") else text.removeprefix(plan).lstrip("\n")
