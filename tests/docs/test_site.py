"""The pages become a site without a warning, and nothing of the code is missing in it."""

import argparse
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

from release_async.cli import command_line
from support.pages import PAGES, ROOT

DOCS = ROOT / "docs"


def build(docs: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """Build the site; every warning fails it, and nothing is fetched."""
    command = (sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", "-d", str(out / "read"))
    return subprocess.run(
        (*command, str(docs), str(out / "html")), capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    out = tmp_path_factory.mktemp("site")
    done = build(DOCS, out)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return out / "html"


def words(markup: str) -> str:
    """What a page says, without its markup."""
    return unescape(re.sub(r"<[^>]+>", "", markup))


def test_every_page_is_in_the_site_and_on_the_way_through_it(site: Path) -> None:
    """The list at the side of each page leads to all others."""
    expected = {
        path.relative_to(DOCS).with_suffix(".html").as_posix() for path in PAGES if path.is_relative_to(DOCS)
    }
    assert {name for name in expected if not (site / name).is_file()} == set()
    side = (site / "index.html").read_text(encoding="utf-8").partition('class="sidebar-tree"')[2]
    linked = set(re.findall(r'href="([^"#]+\.html)"', side.partition("</aside>")[0]))
    listed = {name for name in expected if not name.startswith("decisions/0")}
    assert listed - {"index.html"} <= linked


def test_the_site_tells_every_option_as_the_parser_does(site: Path) -> None:
    """Of every command, with its help; they come from the parser and can never be another's."""
    page = (site / "reference" / "command-line.html").read_text(encoding="utf-8")
    at_the_end = words(page.partition('id="from-the-program-itself"')[2])
    top = command_line.parser()
    commands = next(action.choices for action in top._actions if isinstance(action.choices, dict))  # noqa: SLF001 - argparse tells it nowhere else
    for parser in (top, *commands.values()):
        told = [action for action in parser._actions if action.dest != "help"]  # noqa: SLF001 - as above
        for action in told:
            assert all(option in at_the_end for option in action.option_strings)
            assert action.help == argparse.SUPPRESS or words(action.help or "") in at_the_end
    assert all(name in at_the_end for name in commands)


def test_a_page_loads_nothing_from_elsewhere(site: Path) -> None:
    """Who reads them behind a wall, or does not want to be seen reading, needs no other server."""
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r'<(?:script|img|iframe)\b[^>]*\bsrc="([^"]+)"', text)
        loaded += re.findall(r'<link\b[^>]*\brel="(?:stylesheet|icon|preload)"[^>]*\bhref="([^"]+)"', text)
        assert [link for link in loaded if "//" in link] == [], page.name


def test_a_link_that_leads_nowhere_fails_the_build(tmp_path: Path) -> None:
    """The negative control: a warning is an error."""
    docs = tmp_path / "docs"
    docs.mkdir()
    shutil.copy(DOCS / "conf.py", docs)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (docs / "index.md").write_text("# All pages\n\n- [A page](page.md)\n", encoding="utf-8")
    (docs / "page.md").write_text("# A page\n\n[nowhere](index.md#no-such-heading)\n", encoding="utf-8")
    done = build(docs, tmp_path)
    assert done.returncode != 0
    assert "no-such-heading" in done.stderr
