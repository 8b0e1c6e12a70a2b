"""A page is short enough to be read in one go."""

import re
from pathlib import Path

import pytest

from support.pages import PAGES, ROOT

pytestmark = pytest.mark.quick

MOST_WORDS = 700
"""Words of prose on one page: about three minutes."""

EXEMPT = {
    "CHANGELOG.md": "a log: nobody reads it from top to bottom",
    "docs/how-to/manual-release.md": "one procedure, typed from top to bottom, and run as one by a test",
}
"""Pages that may be longer, and why."""


def words(text: str) -> int:
    """The words of a page outside of blocks and tables, which are looked at and not read."""
    without = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return sum(len(line.split()) for line in without.splitlines() if not line.lstrip().startswith("|"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_page_is_short(path: Path) -> None:
    """Who looks for one thing finds it; what is longer becomes two pages."""
    longer = words(path.read_text(encoding="utf-8")) > MOST_WORDS
    assert longer == (path.relative_to(ROOT).as_posix() in EXEMPT)


def test_words_of_blocks_and_tables_are_not_counted() -> None:
    """The negative control."""
    assert words("One two\n\n```sh\nthree\n```\n\n| four |\n|---|\n\nfive") == 3
