"""The stream below all renderers: whatever happens to its reader, the release goes on."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from release_async.render.glyphs import ASCII, TO_ASCII, UNICODE
from release_async.render.output_stream import Stream

PROGRAM = """
import sys, pathlib
from release_async.render.output_stream import Stream
stream = Stream(sys.stdout)
for _ in range(100):
    stream.write("x" * 10_000 + "\\n")
    stream.flush()
pathlib.Path(sys.argv[1]).write_text("went on")
"""


def test_a_reader_that_goes_away_does_not_end_us(tmp_path: Path) -> None:
    """A closed pipe: the work goes on to its end, exit code 0, and the interpreter ends without complaint."""
    done = tmp_path / "done"
    ours, theirs = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(done)], stdout=theirs, stderr=subprocess.PIPE, text=True
    ) as running:
        os.close(theirs)
        os.read(ours, 10)
        os.close(ours)
        _, complaint = running.communicate(timeout=20)
    assert (running.returncode, complaint) == (0, "")
    assert done.read_text() == "went on"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_a_full_disk_does_not_end_us(tmp_path: Path) -> None:
    """No space for the log: the work goes on to its end."""
    done = tmp_path / "done"
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(done)],
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert done.read_text() == "went on"


def test_surrogates_are_escaped(tmp_path: Path) -> None:
    """A file name that is no UTF-8 can be shown in a UTF-8 log."""
    log = tmp_path / "log"
    with log.open("w", encoding="utf-8") as target:
        Stream(target).write("caf\udce9")
    assert log.read_text(encoding="utf-8") == "caf\\udce9"


class Screen(io.StringIO):
    """A terminal of a kind."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        """Yes."""
        return True


@pytest.mark.parametrize(
    ("environ", "unicode"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "xterm", "LANG": "de_DE.UTF-8"}, True),
        ({"TERM": "xterm", "LANG": "C.UTF-8"}, True),
        ({"TERM": "xterm", "LANG": "C"}, False),
        ({"TERM": "xterm", "LANG": "de_DE.UTF-8", "LC_ALL": "POSIX"}, False),
        ({"TERM": "linux", "LANG": "de_DE.UTF-8"}, False),
        ({"TERM": "vt220"}, False),
    ],
)
def test_only_those_who_can_show_it_get_unicode(
    environ: dict[str, str],
    unicode: bool,  # noqa: FBT001 - a parameter of pytest
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The encoding has it, the locale allows it, and the terminal's font has more than ASCII."""
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    screen = Screen()
    stream = Stream(screen)
    stream.write("✓ 1 → 2")
    assert stream.is_unicode is unicode
    assert screen.getvalue() == ("✓ 1 → 2" if unicode else "+ 1 -> 2")


def test_every_character_of_ours_has_a_likeness() -> None:
    """Of the screens as of the logs: nothing of ours is ever shown as an escape."""
    assert "".join(UNICODE).translate(TO_ASCII).isascii()
    assert all(len(mark) == 1 for mark in ASCII[:6])
