"""Tables of labels and places: where versions stand, where an unfinished release does, what was edited."""

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from release_async.plan import events
from release_async.plan.events import Outcome
from release_async.render import messages
from release_async.render.terminal.lines import LineWriter

_NARROWEST = 24
"""Columns that the name of a place takes at the least."""


def rows(writer: LineWriter, told: Iterable[messages.Row]) -> Table:
    """Labels, and a text beside each."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for label, text in told:
        table.add_row("", writer.write(label, "dim"), _folded(writer.write(text)))
    return table


def versions_found(writer: LineWriter, event: events.VersionsFound) -> Iterator[RenderableType]:
    """Every place that states a version, and what is wrong with it."""
    if not event.distributions:
        yield writer.write(messages.NO_PROJECT)
    for distribution in event.distributions:
        mark = writer.mark(Outcome.PASSED if distribution.agree else Outcome.REFUSED)
        yield Text.assemble(mark, " ", writer.write(messages.distribution_headline(distribution), "bold"))
        places = Table.grid(padding=(0, 2, 0, 0))
        for breakable in (False, False, False, True, False, True):
            places.add_column(no_wrap=not breakable)
        for row in messages.site_rows(distribution, explain=event.explain):
            places.add_row(*_cells(writer, row))
        yield places
    for problem in event.problems:
        yield from writer.problem(problem)
    if event.passed_over:
        yield Text()
        yield Text("Looked at by name only, and passed over", style="bold")
        yield rows(writer, messages.passed_over_rows(event))


def _cells(writer: LineWriter, row: messages.SiteRow) -> Iterator[Text]:
    """The cells of one place; one that does not agree stands out by a mark as well as by its colour."""
    style = "" if row.counts else "dim"
    yield Text(" ") if row.agrees else writer.mark(Outcome.REFUSED)
    yield writer.cropped(writer.write(row.place, style), max(_NARROWEST, writer.width // 2))
    yield writer.write(row.role, "dim")
    yield _folded(writer.write(row.written, "" if row.agrees else "bold red"))
    yield writer.write(row.value, "dim")
    yield _folded(writer.write(row.note, "dim"))


def _folded(text: Text) -> Text:
    """The text, which may be broken anywhere: it may be a path, or an address."""
    text.overflow = "fold"
    return text
