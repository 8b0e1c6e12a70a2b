"""Makes the unreleased section of a changelog that of a version: which lines change, and what into.

Pure text. The lines that change are the heading of the section, an anchor before it, a date below it, and the
definitions of its links; every other line stays, byte for byte.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import NamedTuple

from release_async.plan import changelog, changelog_links as links
from release_async.plan.changelog_headings import UNRELEASED, Heading, end_of, headings, pending
from release_async.plan.rolled_title import Becomes, DateLine, Title, body_date, rolled_title
from release_async.versions.pep440 import Pep440, parse
from release_async.versions.version_edits import EditedLine


class LineChange(NamedTuple):
    """Lines of a file that are replaced.

    Attributes:
        line: The first of them, counted from 1; where none is, the line before which others are put.
        old: The lines, without their ends.
        new: What stands there afterwards.
    """

    line: int
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolling:
    """What a section becomes.

    Attributes:
        version: The version that is released, in PEP 440's normal form.
        day: The day of the release, as ``2026-01-31``.
        tag: The tag of the version; empty where there is none.
        name: The name of the distribution, for a changelog that several share.
        current: The version before.
        earlier: The changelog as the release before had it; None where that is not known.
    """

    version: str
    day: str
    tag: str = ""
    name: str = ""
    current: str = ""
    earlier: str | None = None


def roll(text: str, rolling: Rolling) -> tuple[LineChange, ...]:
    """The lines that change so that the unreleased section is that of a version.

    The style is that of the newest release in the file. Nothing changes where no section stands for what is
    unreleased, where it is empty, where the version has its section with its date already, and where the new
    heading would not be found by its version.

    Args:
        text: The changelog.
        rolling: What its section becomes.

    Returns:
        The changes, from the top down; they do not overlap.
    """
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    found = headings(lines)
    number = _chosen(found, lines, rolling)
    if number is None:
        return ()
    part = _part(number, found, lines, rolling)
    changes = sorted((*_heading_changes(part, rolling), *_link_changes(part, rolling)))
    made = tuple(change for change in changes if change.old != change.new)
    return made if _is_found(text, made, rolling.version) else ()


def _is_found(text: str, changes: tuple[LineChange, ...], version: str) -> bool:
    """Whether the new section is found by its version, as the release page is going to look for it.

    Bytes that are no text can be neither shown nor recorded.
    """
    written = "".join(line for change in changes for line in (*change.old, *change.new))
    is_text = not any("\udc80" <= sign <= "\udcff" for sign in written)
    return is_text and bool(changelog.section(applied(text, changes), version))


def applied(text: str, changes: Sequence[LineChange]) -> str:
    """The text with its lines replaced; new lines end as the line beside them does.

    Raises:
        ValueError: A line is not what the change says.
    """
    lines = text.split("\n")
    for line, old, new in reversed(changes):
        begin, end = line - 1, line - 1 + len(old)
        if tuple(each.removesuffix("\r") for each in lines[begin:end]) != old:
            raise ValueError(f"line {line} is another")
        beside = lines[min(begin, len(lines) - 1)] if old else lines[max(begin - 1, 0)]
        ending = "\r" if beside.endswith("\r") else ""
        lines[begin:end] = [each + ending for each in new]
    return "\n".join(lines)


def shown(path: str, changes: Sequence[LineChange]) -> Iterator[EditedLine]:
    """The lines that change and say something, for a person to read; new ones with their later number.

    Args:
        path: The changelog.
        changes: What ``roll`` gave.
    """
    moved = 0
    for line, old, new in changes:
        for number, (before, after) in enumerate(zip_longest(old, new, fillvalue="")):
            if any(map(str.isalnum, before + after)):
                at = line + number + (0 if number < len(old) else moved)
                yield EditedLine(path, at, 0, before, before, after)
        moved += len(new) - len(old)


class _Part(NamedTuple):
    """The section, and what it is modelled on."""

    heading: Heading
    end: int
    model: Heading | None
    model_end: int
    title: Title
    kept: bool
    lines: list[str]
    found: tuple[Heading, ...]


def _chosen(found: tuple[Heading, ...], lines: list[str], rolling: Rolling) -> int | None:
    """The heading to be rolled: that of the version if it is open, else the first that says something."""
    wanted = parse(rolling.version)
    own = [number for number, heading in enumerate(found) if heading.names == wanted]
    candidates = own or (*pending(found), *_undated(found, rolling))
    for number in candidates:
        body = lines[found[number].body : end_of(number, found, lines)]
        if changelog.says_something(body) and (not own or _is_open(number, found, lines)):
            return number
    return None


def _is_open(number: int, found: tuple[Heading, ...], lines: list[str]) -> bool:
    """Whether the section of the version itself lacks its date, as others here have one."""
    heading = found[number]
    body = lines[heading.body : end_of(number, found, lines)]
    if heading.pending or changelog.open_date(body) is not None:
        return True
    others = (at for at, other in enumerate(found) if other.released and at != number)
    dated = any(_is_dated(found[at], end_of(at, found, lines), lines) for at in others)
    return dated and not _is_dated(heading, heading.body + len(body), lines)


def _undated(found: tuple[Heading, ...], rolling: Rolling) -> Iterator[int]:
    """A first heading of a version that is not out yet and has no date, where others have one."""
    current = parse(rolling.current)
    for number, heading in enumerate(found):
        if isinstance(heading.names, Pep440):
            if current and heading.names > current and not Title.of(heading).date:
                yield number
            return


def _part(number: int, found: tuple[Heading, ...], lines: list[str], rolling: Rolling) -> _Part:
    heading, end = found[number], end_of(number, found, lines)
    at = _model(number, found, lines, rolling)
    model, model_end = (None, 0) if at is None else (found[at], end_of(at, found, lines))
    sample = "\n".join(each.title for each in found)
    title = rolled_title(heading, model, Becomes(rolling.version, _day_of(rolling), sample))
    kept = _is_kept(heading, model, rolling) and (at is None or at > number)
    return _Part(heading, end, model, model_end, title, kept, lines, found)


def _day_of(rolling: Rolling) -> date:
    return date.fromisoformat(rolling.day)


def _model(number: int, found: tuple[Heading, ...], lines: list[str], rolling: Rolling) -> int | None:
    """The release whose heading is taken for a pattern: the nearest, or of the next few one with a date."""
    after = [at for at in range(number + 1, len(found)) if found[at].released]
    before = [at for at in range(number - 1, -1, -1) if found[at].released]
    near = after or before
    named = [at for at in near if rolling.name and rolling.name.lower() in found[at].title.lower()]
    near = (named or near)[:_LOOKED_AT]
    dated = [at for at in near if _is_dated(found[at], end_of(at, found, lines), lines)]
    return next(iter(dated or near), None)


_LOOKED_AT = 4


def _is_dated(heading: Heading, end: int, lines: list[str]) -> bool:
    return bool(Title.of(heading).date or body_date(lines[heading.body : end]))


def _is_kept(heading: Heading, model: Heading | None, rolling: Rolling) -> bool:
    """Whether an empty section for what comes next stays: as after the release before, else it does.

    A heading that names a version beside is that version's, and never stays.
    """
    if heading.names != UNRELEASED or Title.of(heading).version:
        return False
    if rolling.earlier is None or model is None:
        return True
    before = headings([line.removesuffix("\r") for line in rolling.earlier.split("\n")])
    if model.names not in [each.names for each in before]:
        return True
    return any(each.names == UNRELEASED for each in before)


def _heading_changes(part: _Part, rolling: Rolling) -> Iterator[LineChange]:
    """The heading, with what belongs to it directly before and below."""
    heading, lines = part.heading, part.lines
    anchor, begin = _anchor(part, rolling)
    new = (*anchor, *_written(part))
    if part.kept:
        blank = ("",) * _gap(part)
        yield LineChange(heading.body + 1, (), (*blank, *new, *_date_added(part, rolling)))
        yield from _kept_title(part, rolling)
    else:
        old = tuple(lines[begin : heading.body])
        yield LineChange(begin + 1, old, (*new, *_date_added(part, rolling)))
    yield from _date_closed(part, rolling)


def _written(part: _Part) -> tuple[str, ...]:
    """The new heading, in the kind and on the level of its model."""
    like = part.heading
    if part.model and not _holds_heading(part, part.model.depth):
        like = part.model
    title, lines = part.title.text, part.lines
    line = lines[like.at]
    if not like.sign:
        marks = line[: len(line) - len(like.title)]
        closing = like.title[len(like.title.rstrip("# ")) :] if like.title.endswith("#") else ""
        return (marks + title + closing,)
    indent = line[: len(line) - len(line.lstrip())]
    under = lines[like.at + 1].rstrip()
    width = _width(title) + (len(under) - _width(line.rstrip()) if indent else 0)
    rule = like.sign * (len(under) if len(under) > _width(line.rstrip()) and not indent else width)
    rule = rule.ljust(width, like.sign)
    over = (rule,) if like.line != like.at else ()
    return (*over, indent + title, rule)


def _holds_heading(part: _Part, depth: int) -> bool:
    """Whether a part of the section would end it if it began on that level."""
    inside = (each for each in part.found if part.heading.body <= each.line < part.end)
    return any(each.depth <= depth for each in inside)


def _width(text: str) -> int:
    """The columns of a text: an underline of reStructuredText may not be shorter."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _gap(part: _Part) -> int:
    """How many empty lines stand before a heading in this file."""
    if part.model is None:
        return 1
    begin = _anchor_line(part.model, part.lines)
    above = part.lines[:begin]
    count = next((number for number, line in enumerate(reversed(above)) if line.strip()), 1)
    return max(1, count)


def _kept_title(part: _Part, rolling: Rolling) -> Iterator[LineChange]:
    """The heading that stays, where the address in it compares with the release before."""
    heading, line = part.heading, part.lines[part.heading.at]
    title = Title.of(heading)
    compared = links.comparison(title.url) if title.url else None
    if compared and (tag := _tag(compared.base, rolling)):
        new = line.replace(title.url, compared.of(tag, compared.head))
        yield LineChange(heading.at + 1, (line,), (new,))


def _tag(pattern: str, rolling: Rolling) -> str:
    """The tag of the version: as it will be, else like an older one."""
    older = links.version_in(pattern)
    if rolling.tag or older is None:
        return rolling.tag
    return links.replaced(pattern, older, rolling.version)


def _anchor_line(heading: Heading, lines: list[str]) -> int:
    """The line of the anchor before a heading, or the heading's own where it has none."""
    at = heading.line - 1
    while at >= 0 and not lines[at].strip():
        at -= 1
    return at if at >= 0 and changelog.ANCHOR.fullmatch(lines[at]) else heading.line


def _anchor(part: _Part, rolling: Rolling) -> tuple[tuple[str, ...], int]:
    """The lines before the new heading that others refer to it by, and where the old ones begin."""
    heading, model, lines = part.heading, part.model, part.lines
    begin = _anchor_line(heading, lines)
    own = tuple(lines[begin : heading.line])
    if model is None or not (like := lines[_anchor_line(model, lines) : model.line]):
        return (own, begin) if not part.kept else ((), begin)
    old, new = str(model.names), rolling.version
    for dot in (".", "-", "_"):
        spelled = old.replace(".", dot)
        if spelled in like[0]:
            return (like[0].replace(spelled, new.replace(".", dot)), *like[1:]), begin
    return (own, begin) if not part.kept else ((), begin)


def _date_like(part: _Part) -> DateLine | None:
    """The line below the heading of the model that says when it was released."""
    return body_date(part.lines[part.model.body : part.model_end]) if part.model else None


def _date_added(part: _Part, rolling: Rolling) -> tuple[str, ...]:
    """The line of the date, where this file has such lines and the section has none yet."""
    like, body = _date_like(part), part.lines[part.heading.body : part.end]
    if like is None or changelog.open_date(body) is not None or body_date(body):
        return ()
    return (*("",) * like.line, like.written(_day_of(rolling)))


def _date_closed(part: _Part, rolling: Rolling) -> Iterator[LineChange]:
    """The line below the heading that said that there is no date yet."""
    body, like = part.lines[part.heading.body : part.end], _date_like(part)
    at = changelog.open_date(body)
    if at is not None:
        new = like.written(_day_of(rolling)) if like else changelog.closed_date(body[at], rolling.day)
        yield LineChange(part.heading.body + at + 1, (body[at],), (new,))


def _link_changes(part: _Part, rolling: Rolling) -> Iterator[LineChange]:
    """The definitions: the version's new one, and that of what is unreleased."""
    known = links.definitions(part.lines)
    if any(each.version == parse(rolling.version) and not _is_of_open(each, part) for each in known):
        return
    model = next((each for each in known if part.model and each.version == part.model.names), None)
    opened = next((each for each in known if _is_of_open(each, part)), None)
    compared = links.comparison(opened.url) if opened else None
    if opened and compared:
        yield from _from_open(part, rolling, opened, model)
    elif model:
        yield from _from_model(part, rolling, model, known)


def _is_of_open(definition: links.Definition, part: _Part) -> bool:
    """Whether it is what the unreleased heading refers to."""
    label = definition.label.strip().lower()
    return (
        label == UNRELEASED
        or f"[{label}]" in part.heading.title.lower()
        or (f"`{label}`_" in part.heading.title.lower())
    )


def _from_open(
    part: _Part, rolling: Rolling, opened: links.Definition, model: links.Definition | None
) -> Iterator[LineChange]:
    """The new definition takes over what was unreleased; that of the unreleased begins at the new tag."""
    compared = links.comparison(opened.url)
    before = links.comparison(model.url) if model else None
    if compared is None or not (tag := _tag(compared.base, rolling)):
        return
    base = compared.base
    if before and part.model and links.version_in(base) != part.model.names:
        base = before.head  # it was forgotten at the release before
    line = part.lines[opened.line]
    label = _label(part, rolling, model)
    new = (model or opened).written(label, compared.of(base, tag))
    if not part.kept:
        yield LineChange(opened.line + 1, (line,), (new,))
        return
    still = opened.written(opened.label, compared.of(tag, compared.head))
    is_wanted = model is not None or f"[{label}]" in part.title.text or f"`{label}`_" in part.title.text
    added = (new,) if is_wanted else ()
    is_last = model is not None and model.line < opened.line
    yield LineChange(opened.line + 1, (line,), (*added, still) if is_last else (still, *added))


def _from_model(
    part: _Part, rolling: Rolling, model: links.Definition, known: tuple[links.Definition, ...]
) -> Iterator[LineChange]:
    """The new definition is like that of the release before, and stands beside it."""
    old, compared = model.version, links.comparison(model.url)
    if old is None:
        return
    tag = _tag(compared.head if compared else "", rolling) or rolling.version
    url = compared.of(compared.head, tag) if compared else links.replaced(model.url, old, rolling.version)
    if url == model.url:
        return
    older = [each for each in known if each.version and each.version < old]
    is_ascending = any(each.line < model.line for each in older)
    at = model.line + 1 if is_ascending else model.line
    yield LineChange(at + 1, (), (model.written(_label(part, rolling, model), url),))


def _label(part: _Part, rolling: Rolling, model: links.Definition | None) -> str:
    """What the new heading is going to be referred to by."""
    if model and model.version:
        return links.replaced(model.label, model.version, rolling.version)
    return part.title.label or rolling.version
