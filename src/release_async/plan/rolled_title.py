"""The title of a release in a changelog, taken apart, and written for another version and day. Pure text."""

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from release_async.base.lazy_typing import pattern
from release_async.plan import changelog_links as links, written_dates
from release_async.plan.changelog_headings import Heading, pending_word
from release_async.plan.written_dates import WrittenDate
from release_async.versions.pep440 import Pep440, parse

_NUMBER = pattern(r"\d[\w.!+-]*")
_TAG = pattern(r"<[^>]*>(?!`_)")
_LINK = pattern(r"[*_`]*\]\((?P<url>[^()\s]+)\)|[ \t]*<(?P<target>[^<>\s]+)>`__?")
_CLOSING = pattern(r"[\])*_`]*")
_BETWEEN = pattern(r"(?:\W|released?|date|on|the|of)*", re.IGNORECASE)
_LABEL = pattern(r"\[(?P<label>[^\]]+)\](?!\()|`(?P<rst>[^`]+)`_")
_TAIL = pattern(r"[\s#]*$")


class Title(NamedTuple):
    """A title, taken apart.

    Attributes:
        text: All of it.
        version: Where the version stands; None where there is none.
        date: Where its date stands, None where it has none.
        url: The address that it links to in itself; empty where it does not.
    """

    text: str
    version: tuple[int, int] | None
    date: WrittenDate | None
    url: str

    @classmethod
    def of(cls, heading: Heading, sample: str = "") -> "Title":
        """Take the title of a heading apart."""
        text = _TAIL.sub("", heading.title)
        link = _LINK.search(text)
        found = written_dates.find(text, sample)
        tags = _TAG.sub(lambda tag: " " * len(tag[0]), text)
        numbers = [_span(match) for match in _NUMBER.finditer(tags) if not _is_in(match, found, link)]
        version = next((span for span in numbers if _is_version(text[slice(*span)], heading.names)), None)
        return cls(text, version, found, _url(link))

    @property
    def label(self) -> str:
        """What a definition elsewhere gives the address of; empty where there is none."""
        match = _LABEL.search(self.text)
        return (match["label"] or match["rst"]) if match else ""


def _url(link: re.Match[str] | None) -> str:
    return (link["url"] or link["target"]) if link else ""


def _span(match: re.Match[str]) -> tuple[int, int]:
    return match.start(), match.start() + len(match[0].rstrip(".-+_"))


def _is_in(match: re.Match[str], found: WrittenDate | None, link: re.Match[str] | None) -> bool:
    within = found is not None and found.start <= match.start() < found.end
    return within or (link is not None and link.start() <= match.start() < link.end())


def _is_version(text: str, names: Pep440 | str | None) -> bool:
    version = parse(text)
    return (
        version is not None
        and ("." in text or version == names)
        and (isinstance(names, str) or version == names)
    )


class DateLine(NamedTuple):
    """A line below a heading that is a date.

    Attributes:
        line: Which line of the section it is, counted from 0.
        text: The line.
        found: Where the date stands.
    """

    line: int
    text: str
    found: WrittenDate

    def written(self, day: date) -> str:
        """The same line for another day."""
        return self.text[: self.found.start] + self.found.write(day) + self.text[self.found.end :]


def body_date(body: Sequence[str]) -> DateLine | None:
    """The first line of a section that says something, where that is a date."""
    for number, line in enumerate(body):
        if line.strip():
            found = written_dates.find(line)
            rest = line[: found.start] + line[found.end :] if found else "-"
            return DateLine(number, line, found) if found and _BETWEEN.fullmatch(rest) else None
    return None


class Becomes(NamedTuple):
    """What a title is written for.

    Attributes:
        version: The version.
        day: The day of the release.
        sample: All titles of the changelog, which show how dates are written.
    """

    version: str
    day: date
    sample: str


def rolled_title(heading: Heading, model: Heading | None, becomes: Becomes) -> Title:
    """The title of the version.

    Args:
        heading: What the section is called so far.
        model: The release whose title is the pattern; without one it is made from the heading's own.
        becomes: What it is written for.
    """
    text = _like(model, becomes) if model else _without_model(heading, becomes.day, becomes.version)
    return Title.of(heading._replace(title=text, names=parse(becomes.version), pending=False))


def _like(model: Heading, becomes: Becomes) -> str:
    """The title of a release, with another version and day, and without the words that only it has."""
    title, names = Title.of(model, becomes.sample), model.names
    version, day, _ = becomes
    if title.version is None or not isinstance(names, Pep440):
        return version
    text, (_, end) = title.text, title.version
    link = _LINK.match(text, end)
    end = link.end() if link else _closed(text, end)
    head, found = _renamed(text[:end], names, version, link), title.date
    if found is None:
        return head
    if found.start < title.version[0]:  # the date stands before the version
        return (
            _renamed(text[: found.start], names, version, None)
            + found.write(day)
            + _renamed(text[found.end : end], names, version, link)
        )
    between = text[end : found.start]
    if not _BETWEEN.fullmatch(between):
        between = " (" if text[found.end : found.end + 1] == ")" else " - "
    close = _closed(text, found.end)
    written = head + between + found.write(day) + text[found.end : close]
    return written + ")" * (written.count("(") - written.count(")"))


def _closed(text: str, at: int) -> int:
    match = _CLOSING.match(text, at)
    return match.end() if match else at


def _renamed(text: str, old: Pep440, new: str, link: re.Match[str] | None) -> str:
    """The text with the new version, and an address in it that compares with the old one."""
    if link is None:
        return links.replaced(text, old, new)
    url = _url(link)
    compared, begin = links.comparison(url), text.index(url, link.start())
    address = links.replaced(url, old, new)
    if compared:
        address = compared.of(compared.head, links.replaced(compared.head, old, new))
    return links.replaced(text[:begin], old, new) + address + text[begin + len(url) :]


def _without_model(heading: Heading, day: date, version: str) -> str:
    """The heading's own words, where no release shows how they are written."""
    title = Title.of(heading)
    text = title.text.replace(f"({title.url})", "") if title.url else title.text
    found, today = pending_word(text), day.isoformat()
    if title.version:
        begin, end = title.version
        text = text[:begin] + version + text[end:]
        found = pending_word(text)
        return text[: found.start()] + today + text[found.end() :] if found else _dated(heading, text, today)
    if found is None:
        return _dated(heading, version, today)
    before, after = text[: found.start()], text[found.end() :]
    closing = after[: _closed(after, 0)] if before[-1:] in set("[`*_") else ""
    lead = before if before.strip() and before[-1:] in set("[`*_") else ""
    rest = pending_word(after)
    if rest:  # as in ``[Unreleased] - YYYY-MM-DD``
        return lead + version + after[: rest.start()] + today + after[rest.end() :]
    return _dated(heading, lead + version + closing, today)


def _dated(heading: Heading, text: str, today: str) -> str:
    return f"{text} ({today})" if heading.sign else f"{text} - {today}"
