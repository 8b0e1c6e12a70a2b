"""Lines are made to fit a console: what is cut is what matters least."""

import io

import pytest
from rich.console import Console

from release_async.render.terminal.fit_width import LineWriter

PLACE = "packages/shapes-cli/src/shapes_cli/__init__.py:12"


@pytest.mark.parametrize("width", [38, 30, 24, 16])
def test_of_a_long_path_the_file_and_the_line_are_kept(width: int) -> None:
    """They say what changes; of the folders as much is left as there is room for."""
    writer = LineWriter(Console(file=io.StringIO(), width=80))
    shown = writer.cropped_path(writer.write(PLACE), width).plain
    assert len(shown) <= width
    assert shown.endswith("/__init__.py:12" if width > 16 else "__init__.py:12")
    assert "…" in shown
    assert PLACE.startswith(shown.partition("…")[0])
    assert writer.cropped_path(writer.write(PLACE), len(PLACE)).plain == PLACE
