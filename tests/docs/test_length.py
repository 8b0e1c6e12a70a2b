"""A page is short enough to be read in one go."""

import re

import pytest

from support.pages import PAGES, ROOT

pytestmark = pytest.mark.quick

MOST_WORDS = 700
"""Words of prose on one page: about three minutes."""

EXEMPT = {
    "CHANGELOG.md": "a log: nobody reads it from top to bottom",
    "docs/reference/json-events.md": "the keys of each event: looked up, not read; a test compares them",
    "docs/how-to/manual-release.md": "one procedure, typed from top to bottom, and run as one by a test",
}
"""Pages that may be longer, and why."""


def words(text: str) -> int:
    """The words of a page outside of blocks and tables, which are looked at and not read."""
    without = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return sum(len(line.split()) for line in without.splitlines() if not line.lstrip().startswith("|"))


PROSE = {path.relative_to(ROOT).as_posix(): path for path in PAGES}


@pytest.mark.parametrize("name", sorted(PROSE.keys() - EXEMPT.keys()))
def test_a_page_is_short(name: str) -> None:
    """Who looks for one thing finds it; what is longer becomes two pages."""
    assert words(PROSE[name].read_text(encoding="utf-8")) <= MOST_WORDS


def test_only_pages_that_exist_are_exempt() -> None:
    """A page that is gone takes its exception with it."""
    assert EXEMPT.keys() <= PROSE.keys()


def test_words_of_blocks_and_tables_are_not_counted() -> None:
    """The negative control."""
    assert words("One two\n\n```sh\nthree\n```\n\n| four |\n|---|\n\nfive") == 3
