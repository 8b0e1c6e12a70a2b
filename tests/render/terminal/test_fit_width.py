"""Lines are made to fit a console, and what a person copies is not broken for that."""

import io
import re

import pytest
from rich.console import Console

from release_async.plan.events import PlanMade
from release_async.render.terminal.fit_width import LineWriter
from release_async.versions.version_edits import EditedLine
from support import screens
from support.screens import Screen
from support.story import PLAN

PIP = "pip install --index-url http://127.0.0.1:8440/simple/ birdcore-trial==0.3.0"
PATH = "packages/birdcore-trial/source/birdcore/__init__.py"
LINK = "[Unreleased]: https://example.com/dana/tally-of-many-words/compare/"


_STYLE = re.compile(r"\x1b\[[\d;?]*\w")


@pytest.mark.parametrize("label", ["install it", "a label of many words, nearly a sentence"])
def test_a_command_that_fits_on_a_line_of_its_own_stands_there(label: str) -> None:
    """Below its label: beside it the screen would break it inside a word."""
    writer = LineWriter(Console(file=io.StringIO(), width=80))
    head, command = writer.write(f"  {label}  "), writer.write(PIP)
    lines = [line.plain for line in writer.beside(head, command)]
    assert lines == [f"  {label}", f"    {PIP}"]


def test_of_a_line_that_changes_the_change_is_shown() -> None:
    """However much stands before it that stays; and its path is whole, so that it can be copied."""
    old, new = f"{LINK}v1.2.3...HEAD", f"{LINK}v1.3.0...HEAD"
    line = EditedLine(path=PATH, line=26, column=0, text=old, old=old, new=new)
    said = _STYLE.sub("", screens.written([PlanMade(PLAN, (line,), ())], Screen(width=80)))
    assert f"{PATH}:26\n" in said
    assert "v1.2.3...HEAD → v1.3.0...HEAD" in said
