"""Paints the screens of the pages from a real rehearsal on a real terminal, as SVG; run as a program.

``PYTHONPATH=tests python -m support.paint`` after a change of the looks.
"""

import os
import re
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pyte
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from support import sample, screens
from support.pages import ROOT
from support.repositories import Repository
from support.terminal import Terminal

SCREENS = ROOT / "docs" / "screens"
COLUMNS, ROWS = 88, 100
_TEST_SECONDS = 0.3  # of each test of the sample: long enough for a picture of running checks

# A page must load nothing from elsewhere: the fonts that rich names are on other people's servers.
_FORMAT = re.sub(r"\s*@font-face \{\{.*?\}\}|<!--.*?-->", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def painted(rows: Iterable[Text], title: str) -> str:
    """The rows as an SVG that names no address, the same for the same rows."""
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"))  # noqa: PTH123, SIM115 - nobody reads it
    for row in rows:
        console.print(row, soft_wrap=True)
    svg = console.export_svg(title=title, code_format=_FORMAT, unique_id=title.replace(" ", "-"))
    return "".join(f"{line.rstrip()}\n" for line in svg.splitlines())


def rows(screen: pyte.Screen) -> list[Text]:
    """The rows of a screen, in which no folder of this machine is named."""
    return [_nowhere(row) for row in screens.rows(screen)]


def _nowhere(row: Text) -> Text:
    place = re.search(r"(?:/\w+)*/release-async-\w+", row.plain)
    if place is None:
        return row
    named = Text("/tmp/release-async-...", row.get_style_at_offset(Console(), place.start()))  # noqa: S108 - to be read
    return Text.assemble(row[: place.start()], named, row[place.end() :])


def rehearsal(directory: Path) -> dict[str, list[Text]]:
    """The screens of one rehearsal of the sample project: the plan, the running checks, and the end."""
    repository = Repository.init(directory / "sample")
    repository.git("config", "user.name", "A Person")
    repository.git("config", "user.email", "person@example.com")
    sample.write_sample(repository.path, test_seconds=_TEST_SECONDS)
    repository.commit("The sample")
    repository.git("remote", "add", "origin", "git@example.com:person/sample.git")
    argv = (
        sys.executable,
        "-m",
        "release_async",
        "rehearse",
        "--version",
        "minor",
        "-C",
        str(repository.path),
    )
    with Terminal(argv, {"PATH": os.environ["PATH"], "HOME": str(directory)}, (COLUMNS, ROWS)) as terminal:
        terminal.show_on(screens.Faint(COLUMNS, ROWS))
        terminal.read_until(lambda seen: sum(line.startswith("  ✓") for line in seen.lines) > 10, 120)
        running = rows(terminal.screen)
        if terminal.finish(120) != 0:
            raise SystemExit("\n".join(terminal.lines))
        ended = rows(terminal.screen)
    begin = next(number for number, row in enumerate(ended) if row.plain == "Checks")
    plan = next(number for number, row in enumerate(ended) if "→" in row.plain)
    return {"plan": ended[plan:begin], "running": running[begin:], "rehearsed": ended[begin:]}


if __name__ == "__main__":
    SCREENS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, shown in rehearsal(Path(folder)).items():
            (SCREENS / f"{name}.svg").write_text(painted(shown, "release-async rehearse"), encoding="utf-8")
