"""Cuts what other programs and servers wrote to what matters of it: no markup, no endless lists. Pure.

What is cut is not lost: whoever shows an excerpt keeps the whole text in a log.
"""

import re
from html.parser import HTMLParser

LONGEST_LINE = 300
"""Characters of a line; a longer one is no sentence."""

MOST_VERSIONS = 4
"""How many versions of a list are of use: the newest."""

_PAGE = re.compile(r"<(?:!doctype\s+html|html)\b.*?(?:</html\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_VERSIONS = re.compile(r"(?:\d[\w.+!]*, ){5,}\d[\w.+!]*")
_ADVICE = "hint:"
"""How git begins advice, which is about commands that nobody has typed."""
_ORNAMENT = re.compile(r"([=_!*~-])\1{5,}")
"""What is drawn to fill a line, such as by pytest; with an indent it would be a line and a bit."""
_ERROR = re.compile(r"^ERROR: ", re.MULTILINE)
"""How pip and others begin what they end with: what stands before it is how they came there."""


def excerpt(text: str) -> str:
    """The same text without git's advice, with the words of HTML pages only, and with long lists cut.

    Args:
        text: What another program wrote, in lines.
    """
    without_pages = _PAGE.sub(lambda found: words_of_page(found[0]), text) if "<" in text else text
    error = _ERROR.search(without_pages)
    lines = without_pages[error.start() if error else 0 :].splitlines()
    return "\n".join(_line(line) for line in lines if not line.startswith(_ADVICE))


def words_of_page(page: str) -> str:
    """What a browser would show of an HTML page, on one line: its title, and what else it says."""
    words = _Words()
    words.feed(page)
    words.close()
    parts = dict.fromkeys(" ".join(part.split()) for part in words.parts)
    return ". ".join(part.rstrip(".") for part in parts if part)


def _newest(versions: str) -> str:
    """The end of a list of versions, which are in ascending order."""
    listed = versions.split(", ")
    return f"{len(listed) - MOST_VERSIONS} others, {', '.join(listed[-MOST_VERSIONS:])}"


def _line(line: str) -> str:
    if "versions: " in line:
        line = _VERSIONS.sub(lambda found: _newest(found[0]), line)
    line = _ORNAMENT.sub(r"\1\1\1", line)
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE].rstrip()} ..."


class _Words(HTMLParser):
    """Collects the texts of a page but for those that a browser never shows."""

    _UNSEEN = ("script", "style", "template", "noscript", "svg")

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = [""]
        self._unseen = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - as the base class has it
        if tag in self._UNSEEN and not self._unseen:
            self._unseen = tag
        if tag in _BLOCKS:
            self.parts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._unseen:
            self._unseen = ""
        if tag in _BLOCKS:
            self.parts.append("")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts[-1] += data


_BLOCKS = frozenset(
    [
        "title",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "div",
        "li",
        "td",
        "th",
        "tr",
        "br",
        "hr",
        "center",
        "body",
        "head",
        "section",
        "header",
        "footer",
    ]
)
"""Elements that a browser begins a line for."""
