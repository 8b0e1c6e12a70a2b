"""Tables on a terminal: the places of versions, the state of an unfinished release, edits."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.console import RenderableType
from rich.text import Text

from release_async.plan import events
from release_async.plan.events import Outcome
from release_async.render import messages
from release_async.render.terminal.fit_width import LineWriter

_NARROWEST = 24
"""Minimum width of the name of a place, in columns."""


def rows(writer: LineWriter, labelled: Iterable[messages.Row]) -> Iterator[Text]:
    """Labels, each with a text beside it."""
    told = list(labelled)
    width = max((len(label) for label, _ in told), default=0)
    for label, text in told:
        yield from writer.beside(writer.write(f"  {label:{width}}  ", "dim"), writer.write(text))


def versions_found(writer: LineWriter, event: events.VersionsFound) -> Iterator[RenderableType]:
    """Every place that states a version, and what is wrong with it."""
    if not event.distributions:
        yield writer.write(messages.NO_PROJECT)
    for distribution in event.distributions:
        mark = writer.mark(Outcome.PASSED if distribution.agree else Outcome.REFUSED)
        head = messages.distribution_headline(distribution, event.last_tag(distribution))
        yield from writer.beside(Text.assemble(mark, " "), writer.write(head, "bold"))
        found = messages.site_rows(distribution, explain=event.explain)
        yield from _places(writer, [_cells(writer, row) for row in found])
    for problem in event.problems:
        yield from writer.problem(problem)
    if event.beside:
        yield from writer.beside(Text("  "), writer.write(event.beside))
    if event.passed_over:
        yield Text()
        yield Text("What is not watched, and why", style="bold")
        yield from rows(writer, messages.passed_over_rows(event))


class _Cells(NamedTuple):
    """What is said of one place, in columns; one that does not agree has a mark as well as a colour."""

    mark: Text
    place: Text
    role: Text
    written: Text
    value: Text
    note: Text

    @property
    def stated(self) -> Text:
        """What is written there, and which version that is."""
        return Text("  ").join(cell for cell in (self.written, self.value) if cell)


def _cells(writer: LineWriter, row: messages.SiteRow) -> _Cells:
    style = "" if row.counts else "dim"
    return _Cells(
        Text(" ") if row.agrees else writer.mark(Outcome.REFUSED),
        writer.write(row.place, style),
        writer.write(row.role, "dim"),
        writer.write(row.written, "" if row.agrees else "bold red"),
        writer.write(row.value, "dim"),
        writer.write(row.note, "dim"),
    )


def _places(writer: LineWriter, cells: Sequence[_Cells]) -> Iterator[Text]:
    """A line for each place; where there is no room for the notes, all of them stand below their places.

    A place that would take most of the line stands above the rest of it, whole, so that it can be copied.
    """
    most = max(_NARROWEST, writer.width // 2)
    above = [_row(each[:2], (1, 0)) if each.place.cell_len > most else None for each in cells]
    cells = [
        each._replace(mark=Text(), place=Text()) if head else each
        for each, head in zip(cells, above, strict=True)
    ]
    columns = [max((cell.cell_len for cell in column), default=0) for column in zip(*cells, strict=True)]
    stated = max((each.stated.cell_len for each in cells), default=0)
    heads = [_row(each[: len(_HEAD)], columns) for each in cells]
    taken = sum(columns[: len(_HEAD)]) + _GAP * len(_HEAD) + stated + _GAP
    longest = max((each.note.cell_len for each in cells), default=0)
    fits = taken + longest <= writer.console.width
    beside = fits or writer.width - taken >= _FEWEST_FOR_A_NOTE
    for place, head, each in zip(above, heads, cells, strict=True):
        if place:
            place.rstrip()
            yield place
        line = Text.assemble(head, _padded(each.stated, stated + _GAP))
        if fits:
            yield Text.assemble(line, each.note)
        elif beside:
            yield from writer.beside(line, each.note)
        else:
            yield from writer.beside(head, each.stated)
            yield from writer.indented(each.note, messages.INDENT) if each.note else ()


_GAP = 2
_HEAD = ("mark", "place", "role")
_FEWEST_FOR_A_NOTE = 40


def _row(cells: Sequence[Text], columns: Sequence[int]) -> Text:
    return Text.assemble(*(_padded(cell, width + _GAP) for cell, width in zip(cells, columns, strict=False)))


def _padded(cell: Text, width: int) -> Text:
    padded = cell.copy()
    padded.pad_right(max(0, width - cell.cell_len))
    return padded
