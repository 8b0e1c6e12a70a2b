"""The headings of a changelog: which version each names, and which is not released. It changes no text."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from release_async.base.lazy_typing import pattern
from release_async.plan import written_dates
from release_async.versions.pep440 import Pep440, parse

UNRELEASED = "unreleased"
"""What a heading names that stands for the next version without saying which."""

_HEADING = pattern(r" {0,3}(?P<marks>#{1,6})[ \t]+(?P<title>.+)")
_ASCIIDOC = pattern(r"(?P<marks>={1,5})[ \t]+(?P<title>[^=\s].*)")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NAME = r"(?P<name> unreleased | v? \d [^\s\]():,]* \. [^\s\]():,]* )"
_TITLE = pattern(
    rf"""[\[(]? (?: (?:version|release) \s+ )? {_NAME} [\])]?
        (?: [(:,] | \s* \#* \s* $ | \s+ [^\w\s] | \s+ \d       # a link, a date, a dash: no running text
          | \s+ (?: {"|".join(_MONTHS)} ) [a-z]* \.? \s+ \d )""",
    re.VERBOSE | re.IGNORECASE,
)
_TITLE_OF_PROJECT = pattern(
    rf"""[\w.-]+ (?: \s [\w.-]+ )? \s+ {_NAME} \s+ [(\[-]* \s*
        (?: \d{{4}}-\d\d-\d\d | unreleased ) [)\]]* \s*""",
    re.VERBOSE | re.IGNORECASE,
)
"""As towncrier writes it: the project, the version and the date."""
_DATE = r"\d{4}-\d\d-\d\d"
_TITLE_IN_WORDS = pattern(
    rf"""(?: {_DATE} \s* [-:,|\u2013\u2014]? | (?: changes | new | what ['\u2019] s \s+ new ) \s+ in ) \s+
        (?: (?! since | version ) [a-z][\w.-]* \s+ )? (?: version \s+ )? {_NAME} \s* :? \s*
        (?: [(\[] [^)\]]* [)\]] \s* )?""",
    re.VERBOSE | re.IGNORECASE,
)
"""The date first, or "What's new in demo 1.2.3", "Changes in version 1.2.3"."""
_PROJECT_ALONE = pattern(r"[\w.-]+\s+(?P<name>v\d+(?:\.\d+)+\S*|\d+(?:\.\d+){2}\S*)", re.IGNORECASE)
_PENDING = pattern(
    r"""(?<![^\W_]) (?<!\.) (?: unreleased | not \s (?:yet \s)? released (?: \s yet)?
      | (?:in|under) \s development | development \s version | work \s in \s progress
      | in \s progress | upcoming | pending
      | tbd | tba | wip | to \s be \s (?: released | announced | determined )
      | yyyy-mm-dd | \d{2}[\dx?]{2} [-/.] [x?]{1,2} [-/.] [x?]{1,2} | [x?]{4} [-/.] [x?]{2} [-/.] [x?]{2}
      ) (?! [^\W_] | - )""",
    re.VERBOSE | re.IGNORECASE,
)
_PENDING_ALONE = pattern(
    r"""[\[(]? (?: (?: the \s )? (?: next | upcoming | unreleased )
        (?: \s (?: release | version | changes ) )? | latest \s changes | pending | head | trunk
      | (?: main | master | develop ) (?= \W+ unreleased ) | changes \s since \s .*
      | (?:in|under) \s development
      | not \s (?:yet \s)? released (?: \s yet )? | development \s version | work \s in \s progress )
    [\])]? (?: \W+ unreleased )? \W*""",
    re.VERBOSE | re.IGNORECASE,
)
_ORNAMENT = pattern(r"<[^>]*>|[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}(?=\W|$)")
_UNDERLINE = pattern(r"(?P<sign>[=\-~^\"'*+#`:.])(?P=sign){2,}\s*")
_MARKDOWN = pattern(r"#{1,6}[ \t]+\S")
_ALONE = pattern(
    r"[\s\[\]*_`v]*[\w.!+-]*\.[\w.!+-]*[\s\]*_`]*(?:\([^)]*\))?[\s,:/|-]*"
    r"(?:\(?\[?(?:\d{4}-\d\d-\d\d|unreleased|yanked|[A-Za-z]{3,9}\.? \d{1,2}\w*,? \d{4})\)?\]?)?[\s#]*",
    re.IGNORECASE,
)
"""A title that is a version and, where it is dated, its date."""
_FENCE = pattern(r"[ \t]*(?P<mark>`{3,}(?=[^`]*$)|~{3,})")


class Heading(NamedTuple):
    """One heading.

    Attributes:
        line: Its first line, counted from 0: that of the title, or of the line above it.
        body: The first line of what stands below it.
        depth: How deep it is, from 1.
        title: Its text, without the signs that make it a heading.
        at: The line of the title.
        sign: What it is underlined with; empty where it begins with ``#``.
        names: The version, ``unreleased``, or None where it names neither.
        pending: Whether it says of what it names that it is not released.
    """

    line: int
    body: int
    depth: int
    title: str
    at: int
    sign: str
    names: Pep440 | str | None
    pending: bool

    @property
    def released(self) -> Pep440 | None:
        """The version that it says is out."""
        return self.names if isinstance(self.names, Pep440) and not self.pending else None

    def ends(self, begun: "Heading") -> bool:
        """Whether the section of an earlier heading ends here.

        Also a deeper heading ends one where it names a version: some tools write ``#`` and ``##``.
        """
        return self.depth <= begun.depth or (self.names is not None and bool(_ALONE.fullmatch(self.title)))


def headings(lines: Sequence[str]) -> tuple[Heading, ...]:
    """The headings of a text: of Markdown or AsciiDoc, if any line begins with their signs, or underlined.

    Args:
        lines: The text, without the ends of its lines.
    """
    return tuple(_headings(lines))


def end_of(number: int, found: Sequence[Heading], lines: Sequence[str]) -> int:
    """The line behind the section of a heading, which is the next one's first, or that behind the last."""
    begun = found[number]
    return next((later.line for later in found[number + 1 :] if later.ends(begun)), len(lines))


def pending(found: Sequence[Heading]) -> tuple[int, ...]:
    """The positions of the headings that stand for what is to come, in their order.

    They stand above all releases; further down only the word "unreleased" is believed, for a part of an older
    section may well be called "Next".
    """
    first = next((number for number, heading in enumerate(found) if heading.released), len(found))
    return tuple(
        number
        for number, heading in enumerate(found)
        if heading.pending and (number < first or UNRELEASED in heading.title.lower())
    )


def pending_word(text: str) -> re.Match[str] | None:
    """Where a text says that something is not released yet, or leaves a date open."""
    return _PENDING.search(text)


def is_sign_of_heading(line: str) -> bool:
    """Whether a line alone says that it is a heading, as Markdown's do."""
    return _HEADING.match(line) is not None


def code_fence(line: str) -> str:
    """What a line opens or closes a block of code with; empty where it does not."""
    return match["mark"] if (match := _FENCE.match(line)) else ""


def _headings(lines: Sequence[str]) -> Iterator[Heading]:
    is_markdown = any(map(_MARKDOWN.match, lines))
    signed = _HEADING if is_markdown else _ASCIIDOC
    outside = dict(_outside_code(lines)) if is_markdown else dict(enumerate(lines))
    signs = ["=", "-"] if is_markdown else []
    for line, content in outside.items():
        if match := signed.match(content):
            title = match["title"]
            yield Heading(line, line + 1, len(match["marks"]), title, line, "", *_names(title))
        elif sign := _underlined(outside, line, is_markdown=is_markdown):
            if sign not in signs:
                signs.append(sign)
            above = _UNDERLINE.fullmatch(outside.get(line - 1, ""))
            first = line - 1 if above and above["sign"] == sign else line
            title = content.strip()
            yield Heading(first, line + 2, signs.index(sign) + 1, title, line, sign, *_names(title))


def _underlined(lines: dict[int, str], line: int, *, is_markdown: bool) -> str:
    """The sign that a line is underlined with; empty where it is no heading of that kind.

    In Markdown the line stands by itself, and front matter is none.
    """
    title, below, above = lines[line], lines.get(line + 1, ""), lines.get(line - 1, "").strip()
    found, text = _UNDERLINE.fullmatch(below), title.strip()
    is_over = bool(_UNDERLINE.fullmatch(above))
    is_item = text[:1] in {"|", ">"} or text[:2] in {"- ", "* "} or (title[:1].isspace() and not is_over)
    if found is None or not text or is_item or _UNDERLINE.fullmatch(title) or (above and not is_over):
        return ""
    is_matter = line == 1 and above == "---"
    return "" if is_matter or (is_markdown and found["sign"] not in "=-") else found["sign"]


def _outside_code(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines outside fenced code blocks, where a ``#`` is a comment of a shell, and outside comments."""
    fence, comment = "", False
    for number, line in enumerate(lines):
        mark = code_fence(line)
        if comment:
            comment = "-->" not in line
        elif mark and not fence:
            fence = mark
        elif mark and mark.startswith(fence):
            fence = ""
        elif not fence:
            comment = "-->" not in line[line.rfind("<!--") :] if "<!--" in line else False
            yield number, line


def _names(title: str) -> tuple[Pep440 | str | None, bool]:
    """What a title names, and whether that is still to come."""
    plain = _ORNAMENT.sub("", title).strip()
    plain = plain[next((at for at, sign in enumerate(plain) if sign.isascii()), 0) :].strip()
    match = _TITLE.match(plain) or _TITLE_OF_PROJECT.fullmatch(plain) or _TITLE_IN_WORDS.fullmatch(plain)
    match = match or _PROJECT_ALONE.fullmatch(plain)
    if match is None:
        return (UNRELEASED, True) if _PENDING_ALONE.fullmatch(plain) else (None, False)
    name = match["name"].lower()
    if name == UNRELEASED:
        return UNRELEASED, True
    version = parse(name)
    is_open = bool(_PENDING.search(plain)) and not written_dates.find(plain)
    return version, version is not None and (is_open or version.dev is not None)
