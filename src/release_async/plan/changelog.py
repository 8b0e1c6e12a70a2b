"""The part of a changelog that belongs to one version: pure functions, text in and text out."""

import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from release_async.versions.pep440 import Pep440, parse

_HEADING = re.compile(r" {0,3}(?P<marks>#{1,6})[ \t]+(?P<title>.+)")
_ASCIIDOC = re.compile(r"(?P<marks>={1,5})[ \t]+(?P<title>.+)")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NAME = r"(?P<name> unreleased | v? \d [^\s\]():,]* \. [^\s\]():,]* )"
_TITLE = re.compile(
    rf"""\[? (?: (?:version|release) \s+ )? {_NAME} \]?
        (?: [(:,] | \s* \#* \s* $ | \s+ [^\w\s] | \s+ \d       # a link, a date, a dash: no running text
          | \s+ (?: {"|".join(_MONTHS)} ) [a-z]* \.? \s+ \d )""",
    re.VERBOSE | re.IGNORECASE,
)
_TITLE_OF_PROJECT = re.compile(
    rf"""[\w.-]+ (?: \s [\w.-]+ )? \s+ {_NAME} \s+ [(\[-]* \s*
        (?: \d{{4}}-\d\d-\d\d | unreleased ) [)\]]* \s*""",
    re.VERBOSE | re.IGNORECASE,
)
"""As towncrier writes it: the project, the version and the date."""
_DATE = r"\d{4}-\d\d-\d\d"
_TITLE_IN_WORDS = re.compile(
    rf"""(?: {_DATE} \s* [-:,|\u2013\u2014]? | (?: changes | new | what ['\u2019] s \s+ new ) \s+ in ) \s+
        (?: (?! since | version ) [a-z][\w.-]* \s+ )? (?: version \s+ )? {_NAME} \s* :? \s*
        (?: [(\[] [^)\]]* [)\]] \s* )?""",
    re.VERBOSE | re.IGNORECASE,
)
"""The date first, or "What's new in demo 1.2.3", "Changes in version 1.2.3"."""
_ORNAMENT = re.compile(r"<[^>]*>|[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}(?=\W|$)")
_UNDERLINE = re.compile(r"(?P<sign>[=\-~^\"'*+#`:.])(?P=sign){2,}\s*")
_MARKDOWN = re.compile(r"#{1,6}[ \t]+\S")
_ALONE = re.compile(
    r"[\s\[\]*_`v]*[\w.!+-]*\.[\w.!+-]*[\s\]*_`]*(?:\([^)]*\))?[\s,:/|-]*"
    r"(?:\(?\[?(?:\d{4}-\d\d-\d\d|unreleased|yanked|[A-Za-z]{3,9}\.? \d{1,2}\w*,? \d{4})\)?\]?)?[\s#]*",
    re.IGNORECASE,
)
"""A title that is a version and, where it is dated, its date."""
_FENCE = re.compile(r"[ \t]*(?P<mark>`{3,}(?=[^`]*$)|~{3,})")
_DEFINITION = re.compile(r" {0,3}(?P<label>\[[^\]]+\]):\s*\S")


_TITLE_LINE = re.compile(r"[\s\W_]*unreleased[\s\W_]*", re.IGNORECASE)
_WORD = re.compile(r"(?<![\w.])v?\d+(?:\.\d+)+[\w.+-]*|(?<![\w.])v?\d+(?:\.\d+)*(?:a|b|rc|\.dev|\.post)\d+")


_DOCUMENTATION = ("docs", "doc", "docs/source", "doc/source")
NAMES = ("changelog", "changes", "history", "news", "release_notes", "release-notes")
"""What people call a changelog, in any case and with any ending."""


def find(paths: Sequence[str], root: str) -> str:
    """The changelog of a project, by its name: in its own folder or documentation, else in the repository's.

    Args:
        paths: Every file of the repository.
        root: The project's folder, relative to the top; empty at the top.

    Returns:
        Its path; empty where there is none.
    """
    places = (posixpath.join(each, folder) for each in (root, "") for folder in ("", *_DOCUMENTATION))
    for folder in dict.fromkeys(place.strip("/") for place in places):
        for path in paths:
            parent, _, name = path.rpartition("/")
            if parent == folder and name.partition(".")[0].lower() in NAMES:
                return path
    return ""


class _Heading(NamedTuple):
    line: int
    body: int
    depth: int
    is_alone: bool
    names: Pep440 | str | None


def section(text: str, version: str) -> str:
    """What a changelog says of ``version``, else what it lists as unreleased.

    The headings are those of Keep a Changelog, ``## [1.2.3] - 2026-01-02``, also without brackets, with a
    ``v``, a link or an anchor, in bold, behind the project's name or a date, underlined, and on any level;
    also ``What's new in 1.2.3``. Versions are compared by PEP 440: ``1.3.0-rc.1`` is ``1.3.0rc1``.

    Returns:
        The section without its heading, with the link definitions that it uses; empty where there is none,
        and where it holds nothing but headings.
    """
    lines = text.splitlines()
    headings = tuple(_headings(lines))
    for wanted in (parse(version), "unreleased"):
        for number, heading in enumerate(headings):
            if heading.names == wanted:
                end = next((h.line for h in headings[number + 1 :] if _ends(heading, h)), len(lines))
                return _with_definitions(lines[heading.body : end], lines)
    return ""


def tells(text: str, version: str) -> bool:
    """Whether a changelog in whatever markup says something of ``version``, or of what is not released yet.

    In Markdown there must be words below the heading; in other markup a line "Unreleased" is enough, and
    everywhere the version itself, in any spelling that PEP 440 holds equal.
    """
    if section(text, version):
        return True
    wanted = parse(version)
    if wanted and wanted in map(parse, (word.rstrip(".+-") for word in _WORD.findall(text))):
        return True
    markdown = any(_HEADING.match(line) for line in text.splitlines())
    return not markdown and any(_TITLE_LINE.fullmatch(line) for line in text.splitlines())


def _headings(lines: list[str]) -> Iterator[_Heading]:
    """The headings of a text: of Markdown or AsciiDoc, if any line begins with their signs, or underlined."""
    is_markdown = any(map(_MARKDOWN.match, lines))
    signed = _HEADING if is_markdown else _ASCIIDOC
    outside = dict(_outside_code(lines)) if is_markdown else dict(enumerate(lines))
    signs = ["=", "-"] if is_markdown else []
    for line, content in outside.items():
        if match := signed.match(content):
            title = match["title"]
            yield _Heading(line, line + 1, len(match["marks"]), _is_alone(title), _named(title))
        elif sign := _underlined(outside, line, is_markdown=is_markdown):
            if sign not in signs:
                signs.append(sign)
            above = _UNDERLINE.fullmatch(outside.get(line - 1, ""))
            first = line - 1 if above and above["sign"] == sign else line
            title = content.strip()
            yield _Heading(first, line + 2, signs.index(sign) + 1, _is_alone(title), _named(title))


def _is_alone(title: str) -> bool:
    return _ALONE.fullmatch(title) is not None


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


def _outside_code(lines: list[str]) -> Iterator[tuple[int, str]]:
    """The lines outside fenced code blocks, where a ``#`` is a comment of a shell."""
    fence = ""
    for number, line in enumerate(lines):
        mark = match["mark"] if (match := _FENCE.match(line)) else ""
        if mark and not fence:
            fence = mark
        elif mark and mark.startswith(fence):
            fence = ""
        elif not fence:
            yield number, line


def _named(title: str) -> Pep440 | str | None:
    plain = _ORNAMENT.sub("", title).strip()
    plain = plain[next((at for at, sign in enumerate(plain) if sign.isascii()), 0) :].strip()
    match = _TITLE.match(plain) or _TITLE_OF_PROJECT.fullmatch(plain) or _TITLE_IN_WORDS.fullmatch(plain)
    if match is None:
        return None
    name = match["name"].lower()
    return name if name == "unreleased" else parse(name)


def _ends(begun: _Heading, later: _Heading) -> bool:
    """Also a deeper heading ends a section where it names a version: some tools write ``#`` and ``##``."""
    return later.depth <= begun.depth or (later.names is not None and later.is_alone)


def _with_definitions(body: list[str], lines: list[str]) -> str:
    inner = "\n".join(line for line in body if not _DEFINITION.match(line)).strip()
    if all(not line.strip() or _HEADING.match(line) for line in inner.splitlines()):
        return ""
    matches = [match for line in lines if (match := _DEFINITION.match(line))]
    used = [match.string.strip() for match in matches if match["label"] in inner]
    return "\n".join((inner, "", *used)) if used else inner


def shortened(text: str, limit: int) -> str:
    """The lines of ``text`` that fit into ``limit`` characters; a code block that was cut is closed."""
    if len(text) <= limit:
        return text
    lines = text[: max(0, limit - len("\n```"))].rpartition("\n")[0].splitlines()
    inside = [match["mark"] for line in lines if (match := _FENCE.match(line))]
    return "\n".join((*lines, inside[-1]) if len(inside) % 2 else lines)
