"""The end of a run on a terminal: timeline and links, or what failed, what to do, and how far it got."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from release_async.plan.events import Failed, Outcome, Released
from release_async.render import durations, messages
from release_async.render.terminal.fit_width import LineWriter
from release_async.render.timeline import LONG, Bar, Timeline

_AXIS = 60
_SIGNALS = 128


def released(writer: LineWriter, event: Released, took: Timeline | None) -> Iterator[Text]:
    """The end of a release that was made or rehearsed; with a timeline for the verbose, or of a long one."""
    if took and (writer.verbose or took.seconds > LONG):
        yield from _timeline(writer, took if writer.verbose else took.brief)
    yield from writer.gap
    headline = writer.write(messages.released_headline(event), "bold")
    time = Text(f" ({durations.duration(took.seconds if took else event.seconds)})", style="dim")
    head = Text.assemble(writer.mark(Outcome.PASSED), " ")
    yield from writer.beside(head, Text.assemble(headline, time))
    width = max((len(label) for label, _ in event.facts), default=0)
    for label, text in event.facts:
        yield from writer.beside(writer.write(f"  {label:{width}}  ", "dim"), writer.write(text))


def _timeline(writer: LineWriter, took: Timeline) -> Iterator[Text]:
    """One line for each bar, over one axis; bars on the critical path are drawn heavier."""
    titles = max(len(bar.title) for bar in took.bars)
    times = [durations.duration(bar.end - bar.begin) for bar in took.bars]
    whole = durations.duration(took.seconds)
    column = max(map(len, times))
    axis = max(10, min(_AXIS, writer.width - titles - column - len("      ")))
    head = f"  {'Timeline':{titles}}  "
    yield Text.assemble((head, "bold"), (f"0 s{whole:>{axis - 3}}", "dim"))
    for bar, time in zip(took.bars, times, strict=True):
        title = writer.write(f"  {bar.title:{titles}}  ", "" if bar.critical else "dim")
        yield Text.assemble(title, _bar(writer, bar, axis, took.seconds), (f"  {time:>{column}}", "dim"))
    for said in messages.timeline_notes(took, writer.glyphs.bar) if writer.verbose else ():
        yield from writer.indented(writer.write(said, "dim"), 2)


def _bar(writer: LineWriter, bar: Bar, width: int, whole: float) -> Text:
    free, long = bar.cells(width, whole)
    drawn = (writer.glyphs.bar * long, "green") if bar.critical else (writer.glyphs.rule * long, "cyan")
    return Text.assemble(" " * free, drawn, " " * (width - free - long))


def failed(writer: LineWriter, event: Failed) -> Iterator[Text]:
    """The end of a run that failed: what happened, how far it got, the cause, and what to do."""
    yield from writer.gap
    stopped = event.code > _SIGNALS
    mark = Text(writer.glyphs.warned, style="yellow") if stopped else writer.mark(Outcome.FAILED)
    for number, line in enumerate(event.what.splitlines() or [""]):
        head = Text("  ") if number else Text.assemble(mark, " ")
        yield from writer.beside(head, writer.write(line, "bold"))
    for title, entries in messages.failure_lists(event):
        if entries:
            said = messages.beginning(entries) if not writer.verbose else ", ".join(entries)
            told = Text.assemble((f"{title}: ", "bold"), writer.write(said))
            yield from writer.beside(Text("  "), told)
    if writer.verbose:
        yield from listed(writer, messages.BY_HAND, event.manual)
    yield from writer.quoted(event.detail, 2)
    yield from writer.cure(event.cure, 2)


def listed(writer: LineWriter, title: str, entries: Sequence[str]) -> Iterator[Text]:
    """Entries that a person may want to copy, one a line; nothing where there are none."""
    if entries:
        yield writer.write(f"  {title}:", "bold")
        yield from (writer.write(f"    {entry}") for entry in entries)
