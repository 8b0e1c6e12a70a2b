"""Tables on a terminal: the places of versions, the state of an unfinished release, edits."""

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from release_async.plan import events
from release_async.plan.events import Outcome
from release_async.render import messages
from release_async.render.terminal.fit_width import LineWriter

_NARROWEST = 24
"""Minimum width of the name of a place, in columns."""


def rows(writer: LineWriter, labelled: Iterable[messages.Row]) -> Table:
    """Labels, each with a text beside it."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for label, text in labelled:
        table.add_row("", writer.write(label, "dim"), _folded(writer.write(text)))
    return table


def versions_found(writer: LineWriter, event: events.VersionsFound) -> Iterator[RenderableType]:
    """Every place that states a version, and what is wrong with it."""
    if not event.distributions:
        yield writer.write(messages.NO_PROJECT)
    for distribution in event.distributions:
        mark = writer.mark(Outcome.PASSED if distribution.agree else Outcome.REFUSED)
        yield Text.assemble(
            mark,
            " ",
            writer.write(messages.distribution_headline(distribution, event.last_tag(distribution)), "bold"),
        )
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
        yield Text("Files that state no version, and why", style="bold")
        yield rows(writer, messages.passed_over_rows(event))


def _cells(writer: LineWriter, row: messages.SiteRow) -> Iterator[Text]:
    """The cells of one place; one that does not agree has a mark as well as a colour."""
    style = "" if row.counts else "dim"
    yield Text(" ") if row.agrees else writer.mark(Outcome.REFUSED)
    yield writer.cropped(writer.write(row.place, style), max(_NARROWEST, writer.width // 2))
    yield writer.write(row.role, "dim")
    yield _folded(writer.write(row.written, "" if row.agrees else "bold red"))
    yield writer.write(row.value, "dim")
    yield _folded(writer.write(row.note, "dim"))


def _folded(text: Text) -> Text:
    """The text, which may be wrapped anywhere: it may be a path or a URL."""
    text.overflow = "fold"
    return text
