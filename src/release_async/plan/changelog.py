"""The part of a changelog that belongs to one version: pure functions, text in and text out."""

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from release_async.base.lazy_typing import pattern
from release_async.plan.changelog_headings import (
    Heading,
    code_fence,
    end_of,
    headings,
    is_sign_of_heading,
    pending,
    pending_word,
)
from release_async.versions.pep440 import Pep440, parse

_DEFINITION = pattern(r" {0,3}(?P<label>\[[^\]]+\]):\s*\S")
ANCHOR = pattern(
    r"""\.\. [ ]_[^:]+: \s* | \([^()\s]+\)= \s*
      | <a \s+ (?:id|name)=["'][^"']*["'] \s* /?> \s* (?:</a>)? \s*""",
    re.VERBOSE,
)
"""A line before a heading that other pages refer to it by: of reStructuredText, HTML and MyST."""
_TITLE_LINE = pattern(r"[\s\W_]*unreleased[\s\W_]*", re.IGNORECASE)
_WORD = pattern(r"(?<![\w.])v?\d+(?:\.\d+)+[\w.+-]*|(?<![\w.])v?\d+(?:\.\d+)*(?:a|b|rc|\.dev|\.post)\d+")


_DOCUMENTATION = ("docs", "doc", "docs/source", "doc/source")
_DEEP = pattern(r"(?:docs?|sites)(?:/[^/]+){1,2}/[^/.]+(?:\.(?:md|rst|txt|adoc|asciidoc))?")
NAMES = (
    *("changelog", "changes", "history", "news", "release_notes", "release-notes"),
    *("whatsnew", "whats_new", "whats-new"),
)
"""What people call a changelog, in any case and with any ending."""
_DIRECTIVE = pattern(r"(?m)^\s*\.\. changelog::")

Read = Callable[[str], bytes | None]
"""Reads a file of the repository; None for one that cannot be read."""


def find(paths: Sequence[str], root: str, read: Read = lambda _: None) -> str:
    """The changelog of a project, by its name: in its own folder or documentation, else in the repository's.

    One that names no version only says where the changelog is, if there is another one. Deeper in the
    documentation a page counts whose headings name versions.

    Args:
        paths: Every file of the repository.
        root: The project's folder, relative to the top; empty at the top.
        read: Tells them apart; without it the name has to do.

    Returns:
        Its path; empty where there is none.
    """
    near = list(_near(paths, root))
    deep = sorted(_deep(paths, root), key=lambda path: (path.count("/"), "/en/" not in path, path))
    telling = (path for path in near if _names_versions(_text(read(path))))
    listing = (path for path in deep if _lists_releases(_text(read(path))))
    return next(chain(telling, listing, near), "")


def _text(content: bytes | None) -> str:
    return (content or b"").decode(errors="replace")


def _near(paths: Sequence[str], root: str) -> Iterator[str]:
    places = (posixpath.join(each, folder) for each in (root, "") for folder in ("", *_DOCUMENTATION))
    for folder in dict.fromkeys(place.strip("/") for place in places):
        for path in paths:
            parent, _, name = path.rpartition("/")
            if parent == folder and _is_called_so(name):
                yield path


def _deep(paths: Sequence[str], root: str) -> Iterator[str]:
    inside = f"{root}/" if root else ""
    for path in paths:
        is_named = path.startswith(inside) and _is_called_so(posixpath.basename(path))
        if is_named and _DEEP.fullmatch(path.removeprefix(inside)):
            yield path


def _is_called_so(name: str) -> bool:
    return name.partition(".")[0].lower() in NAMES


def _names_versions(text: str) -> bool:
    return bool(_WORD.search(text)) or bool(pending(headings(text.splitlines())))


def _lists_releases(text: str) -> bool:
    """Whether headings name versions, or those of SQLAlchemy's extension of Sphinx do."""
    named = any(isinstance(heading.names, Pep440) for heading in headings(text.splitlines()))
    return named or bool(_DIRECTIVE.search(text))


def section(text: str, version: str) -> str:
    """What a changelog says of ``version``, else what it lists as unreleased.

    The headings are those of Keep a Changelog, ``## [1.2.3] - 2026-01-02``, also without brackets, with a
    ``v``, a link or an anchor, in bold, behind the project's name or a date, underlined, and on any level;
    also ``What's new in 1.2.3``. Versions are compared by PEP 440: ``1.3.0-rc.1`` is ``1.3.0rc1``.

    Returns:
        The section without its heading, with the link definitions that it uses; empty where there is none,
        and where it holds nothing but headings.
    """
    sections = _sections(text.splitlines(), version)
    return next((said for said in sections if said), "")


def _sections(lines: list[str], version: str) -> Iterator[str]:
    """That of the version, and nothing else where there is one; without it those that are to come."""
    found, wanted = headings(lines), parse(version)
    for number, heading in enumerate(found):
        if heading.names == wanted and wanted is not None:
            yield _with_definitions(lines[heading.body : end_of(number, found, lines)], lines)
            return
    for number in pending(found):
        yield _with_definitions(lines[found[number].body : end_of(number, found, lines)], lines)


def to_come(found: Sequence[Heading], lines: Sequence[str]) -> int | None:
    """The first section that is not released: by its heading, or by a line below that has no date yet."""
    named = pending(found)
    for number, heading in enumerate(found):
        body = lines[heading.body : end_of(number, found, lines)]
        if number in named or (heading.released and open_date(body) is not None):
            return number
        if heading.released:
            return None
    return None


def called(text: str) -> tuple[Pep440, int] | None:
    """The version that the heading of what is not released names, and its line from 1; None for none."""
    lines = text.splitlines()
    found = headings(lines)
    first = to_come(found, lines)
    named = None if first is None else found[first].names
    if first is None or not isinstance(named, Pep440):
        return None
    return named._replace(dev=None), found[first].at + 1


def tells(text: str, version: str) -> bool:
    """Whether a changelog in whatever markup says something of ``version``, or of what is not released yet.

    Below a heading that is known as one there must be words. In other markup than Markdown a line
    "Unreleased" that is none is enough, and everywhere the version itself, in any spelling that PEP 440 holds
    equal.
    """
    if section(text, version):
        return True
    if parse(version) and _mentions(text, version):
        return True
    lines = text.splitlines()
    judged = {heading.at for heading in headings(lines)}
    markdown = any(map(is_sign_of_heading, lines))
    return not markdown and any(
        _TITLE_LINE.fullmatch(line) for number, line in enumerate(lines) if number not in judged
    )


def names(text: str, version: str) -> bool:
    """Whether a changelog has ``version`` as released: by its heading, or where it has none, by its number.

    A heading that says "unreleased" beside the version, or below, is not that; neither is a version that is
    only mentioned while what is new stands under "Unreleased".
    """
    lines, wanted = text.splitlines(), parse(version)
    found = headings(lines)
    own = [number for number, heading in enumerate(found) if heading.names == wanted]
    if own:
        bodies = {number: lines[found[number].body : end_of(number, found, lines)] for number in own}
        return any(not found[number].pending and open_date(body) is None for number, body in bodies.items())
    return not section(text, version) and bool(wanted) and _mentions(text, version)


def _mentions(text: str, version: str) -> bool:
    return parse(version) in map(parse, (word.rstrip(".+-") for word in _WORD.findall(text)))


def not_released(text: str, current: str) -> str:
    """The first version with a section that is later than ``current``; empty where there is none."""
    stated = parse(current)
    later = (
        heading.names
        for heading in headings(text.splitlines())
        if isinstance(heading.names, Pep440) and stated and heading.names > stated
    )
    return str(next(later, ""))


def says_something(body: Sequence[str]) -> bool:
    """Whether a section holds more than headings, anchors and definitions of links."""
    return bool(_with_definitions(list(body), []))


def open_date(body: Sequence[str]) -> int | None:
    """The first line of a section that holds any, where it says only that there is no date yet."""
    for number, line in enumerate(body):
        if line.strip():
            word = pending_word(line)
            rest = line[: word.start()] + line[word.end() :] if word else "-"
            return number if word and _NO_MORE.fullmatch(rest) else None
    return None


_NO_MORE = pattern(r"(?:\W|released?|date|on|_)*", re.IGNORECASE)


def closed_date(line: str, day: str) -> str:
    """A line that said that there is no date yet, with one."""
    word = pending_word(line)
    if word is None:
        return line
    said = f"Released {day}" if word[0].lower() in {"unreleased", "not yet released"} else day
    return line[: word.start()] + said + line[word.end() :]


def _says_nothing(line: str) -> bool:
    """Whether a line is empty, a heading, or a placeholder such as "Nothing changed yet"."""
    return not line.strip() or is_sign_of_heading(line) or bool(_NOTHING.fullmatch(line))


_NOTHING = pattern(
    r"\W*(?:nothing|no (?:\w+ )?changes?)(?: (?:new|changed|here))?(?: yet| so far)?\W*", re.IGNORECASE
)


def _with_definitions(body: list[str], lines: list[str]) -> str:
    body = _without_anchors(body)
    inner = "\n".join(line for line in body if not _DEFINITION.match(line)).strip()
    if all(map(_says_nothing, inner.splitlines())):
        return ""
    matches = [match for line in lines if (match := _DEFINITION.match(line))]
    used = [match.string.strip() for match in matches if match["label"] in inner]
    return "\n".join((inner, "", *used)) if used else inner


def _without_anchors(body: list[str]) -> list[str]:
    """The lines without those at the end that belong to the heading which follows."""
    while body and (not body[-1].strip() or ANCHOR.fullmatch(body[-1])):
        body = body[:-1]
    return body


def shortened(text: str, limit: int) -> str:
    """The lines of ``text`` that fit into ``limit`` characters; a code block that was cut is closed."""
    if len(text) <= limit:
        return text
    lines = text[: max(0, limit - len("\n```"))].rpartition("\n")[0].splitlines()
    inside = [mark for line in lines if (mark := code_fence(line))]
    return "\n".join((*lines, inside[-1]) if len(inside) % 2 else lines)
