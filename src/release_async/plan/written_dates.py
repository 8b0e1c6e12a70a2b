"""Dates as people write them in headings: found, and another day written in the same form. Pure text."""

import re
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from release_async.base.lazy_typing import pattern

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTH = rf"(?P<month>{'|'.join(f'{name[:3]}(?:{name[3:]}|t)?' for name in _MONTHS)})(?P<dot>\.?)"
_WEEKDAY = rf"(?:(?P<weekday>{'|'.join(f'{name[:3]}(?:{name[3:]})?' for name in _DAYS)})(?P<after>,? ))?"
_DAY = r"(?P<day>\d{1,2})(?P<ordinal>st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_FORMS = tuple(
    pattern(rf"(?<![^\W_])(?<!\.){form}(?![^\W_]|[.-]\d)", re.IGNORECASE)
    for form in (
        rf"{_YEAR}(?P<between>[-/.])(?P<month>\d{{1,2}})(?P=between)(?P<day>\d{{1,2}})",
        rf"(?P<first>\d{{1,2}})(?P<between>[-/.])(?P<second>\d{{1,2}})(?P=between){_YEAR}",
        rf"{_WEEKDAY}{_MONTH} {_DAY}(?P<comma>,?) {_YEAR}",
        rf"{_WEEKDAY}{_DAY}(?P<of>(?: of)?[ -]){_MONTH}(?P<comma>,?)(?P<gap>[ -]){_YEAR}",
        rf"{_MONTH}(?P<comma>,?) {_YEAR}",
    )
)


class WrittenDate(NamedTuple):
    """A date in a text.

    Attributes:
        start: Where it begins.
        end: Where it ends.
        write: Writes another day in the same form.
    """

    start: int
    end: int
    write: Callable[[date], str]


def find(text: str, sample: str = "") -> WrittenDate | None:
    """The first date of a text.

    Args:
        text: Where it is looked for.
        sample: Other dates of the same author, which show whether the day comes before the month, and whether
            a single digit has a zero before it.
    """
    writers = (_year_first, _year_last, _month_name, _day_first, _month_alone)
    searched = ((form.search(text), writer) for form, writer in zip(_FORMS, writers, strict=True))
    found = [(match, writer) for match, writer in searched if match]
    if not found:
        return None
    match, writer = min(found, key=lambda each: (each[0].start(), -each[0].end()))
    return WrittenDate(match.start(), match.end(), lambda day: writer(match, day, f"{text}\n{sample}"))


def _year_first(match: re.Match[str], day: date, sample: str) -> str:
    width = _width(match, ("month", "day"), sample)
    return match["between"].join((f"{day.year}", f"{day.month:{width}}", f"{day.day:{width}}"))


def _year_last(match: re.Match[str], day: date, sample: str) -> str:
    width = _width(match, ("first", "second"), sample)
    seen = [(int(one["first"]), int(one["second"])) for one in match.re.finditer(sample)]
    american = match["between"] == "/" and not any(first > len(_MONTHS) for first, _ in seen)
    american = american or any(second > len(_MONTHS) for _, second in seen)
    parts = (day.month, day.day) if american else (day.day, day.month)
    return match["between"].join((*(f"{part:{width}}" for part in parts), f"{day.year}"))


def _month_name(match: re.Match[str], day: date, sample: str) -> str:
    number = _number(match, day, sample)
    return f"{_weekday(match, day)}{_month(match, day)} {number}{match['comma']} {day.year}"


def _day_first(match: re.Match[str], day: date, sample: str) -> str:
    number, gap = _number(match, day, sample), match["gap"]
    return f"{_weekday(match, day)}{number}{match['of']}{_month(match, day)}{match['comma']}{gap}{day.year}"


def _month_alone(match: re.Match[str], day: date, _: str) -> str:
    return f"{_month(match, day)}{match['comma']} {day.year}"


def _width(match: re.Match[str], names: tuple[str, str], sample: str) -> str:
    """Two digits always, unless some date has a single one."""
    dates = (match, *match.re.finditer(sample))
    return "" if any(len(one[name]) == 1 for one in dates for name in names) else "02"


def _number(match: re.Match[str], day: date, sample: str) -> str:
    padded = match["day"].startswith("0") or any(
        one["day"].startswith("0") for one in match.re.finditer(sample)
    )
    number = f"{day.day:02}" if padded else f"{day.day}"
    return number + (_ordinal(day.day) if match["ordinal"] else "")


def _ordinal(number: int) -> str:
    teens = range(11, 14)
    return "th" if number in teens else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _month(match: re.Match[str], day: date) -> str:
    """Long or short, as it is written; May is both, and taken for what the form says otherwise."""
    name, written = _MONTHS[day.month - 1], match["month"]
    is_short = len(written) == len("Jan") and (written.lower() != "may" or bool(match["dot"]))
    name = name[:3] if is_short else name
    name = name.upper() if written.isupper() else name
    return name + (match["dot"] if is_short else "")


def _weekday(match: re.Match[str], day: date) -> str:
    if not match["weekday"]:
        return ""
    name = _DAYS[day.weekday()]
    return (name[:3] if len(match["weekday"]) == len("Mon") else name) + match["after"]
