"""Which eyes a run gets, and that nothing is imported for the others."""

import io
import subprocess
import sys

import pytest

from release_async.render import choose
from release_async.render.json_lines import JsonLines
from release_async.render.plain import Plain
from release_async.render.terminal import Terminal


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Yes."""
        return True


class OldScreen(Screen):
    """A terminal that is not UTF-8."""

    encoding = "latin-1"


@pytest.mark.parametrize(
    ("output", "kind"),
    [("rich", Terminal), ("plain", Plain), ("json", JsonLines), ("auto", Plain)],
)
def test_the_output_named_is_the_output_chosen(output: str, kind: type) -> None:
    """And ``auto`` is plain where no terminal reads."""
    assert isinstance(choose(output, stdout=io.StringIO(), stdin=io.StringIO()), kind)


@pytest.mark.parametrize(
    ("term", "screen", "kind"),
    [
        ("xterm-256color", Screen, Terminal),
        ("dumb", Screen, Plain),
        ("", Screen, Plain),
        ("xterm-256color", OldScreen, Plain),
    ],
)
def test_auto_is_rich_only_where_the_terminal_can(
    term: str, screen: type[Screen], kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal that cannot move its cursor, or cannot show our marks, gets plain lines."""
    monkeypatch.setenv("TERM", term)
    assert isinstance(choose("auto", stdout=screen(), stdin=io.StringIO()), kind)


def test_unknown_output_is_an_error() -> None:
    """A name that is none of ours is not taken for another one."""
    with pytest.raises(ValueError, match="'html'"):
        choose("html", stdout=io.StringIO())


@pytest.mark.parametrize("output", ["plain", "json"])
def test_rich_is_imported_only_for_its_own_renderer(output: str) -> None:
    """A log does not pay for what only a terminal needs."""
    code = (
        f"import sys, release_async.render as eyes; eyes.choose({output!r}); sys.exit('rich' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
