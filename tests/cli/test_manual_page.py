"""The manual page: all that the parser tells, in macros that the formatters take."""

import re
import shutil
import subprocess
import sys

import pytest

from release_async.base.exit_codes import ExitCode
from release_async.cli import command_line, manual_page
from release_async.plan.settings import VARIABLES
from support.pages import page

FORMATTERS = {
    "groff": ("groff", "-man", "-Tutf8", "-ww", "-b", "-P-c", "-"),
    "mandoc": ("mandoc", "-Tutf8", "-W", "warning"),
    "man": ("man", "--warnings", "-l", "-"),
}


@pytest.mark.parametrize("name", FORMATTERS)
def test_formatters_read_it_without_a_warning(name: str) -> None:
    """And every option, command, variable and exit code is on the page."""
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed")
    done = subprocess.run(
        FORMATTERS[name], input=manual_page.page(), capture_output=True, text=True, check=False
    )
    said = [
        line for line in done.stderr.splitlines() if "missing date" not in line and "see above" not in line
    ]
    assert said == []
    shown = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout).replace("\u2010", "-").replace("\u2212", "-")
    words = set(re.split(r"[\s,]+", shown))
    assert command_line.parser().options() <= words
    assert {variable.name for variable in VARIABLES} <= words
    assert {str(code.value) for code in ExitCode} <= words
    assert "release-async rehearse [option ...] [PART|VERSION]" in " ".join(shown.split())


def test_exit_codes_are_those_of_the_reference() -> None:
    """Each has its sentence here and its row there."""
    assert set(manual_page.EXIT_CODES) == set(ExitCode)
    table = page("reference/exit-codes.md")
    assert all(f"| {code.value} |" in table for code in manual_page.EXIT_CODES)


def test_it_is_printed_for_a_formatter() -> None:
    """A reader that goes away before the end is no error."""
    words = f"'{sys.executable}' -m release_async man"
    whole = subprocess.run(("sh", "-c", words), capture_output=True, text=True, check=True)
    assert whole.stdout == manual_page.page()
    head = subprocess.run(("sh", "-c", f"{words} | head -1"), capture_output=True, text=True, check=True)
    assert (head.stdout, head.stderr) == (f"{manual_page.page().splitlines()[0]}\n", "")
