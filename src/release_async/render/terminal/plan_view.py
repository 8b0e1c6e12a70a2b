"""The plan as a person sees it before saying Yes: what changes, what runs, what cannot be undone."""

from collections.abc import Iterable, Iterator, Sequence

from rich.text import Text

from release_async.plan.events import PlanMade
from release_async.plan.preview import Stage
from release_async.render import messages
from release_async.render.terminal.check_and_step_rows import rule
from release_async.render.terminal.fit_width import LineWriter

_LABEL = 10


def plan_view(writer: LineWriter, event: PlanMade) -> Iterator[Text]:
    """A plan in as few lines as say what will change, so that the checks and the question fit below it."""
    yield from writer.headline(messages.headline(event.plan))
    if not event.carried_out:
        return
    shown, more = messages.changes(event, most=messages.MOST_CHANGES)
    short = [len(each.place) for each in shown if len(each.place) <= writer.width // 2]
    for each in shown:
        yield from _change(writer, each, max(short, default=0))
    if more:
        yield writer.write(f"  and {more} more lines: -v shows them", "dim")
    finals = {stage.name for stage in event.stages if stage.final}
    name, wide = "", _label_width(event.stages)
    for label, text in messages.brief_rows(event):
        name = label or name
        style = "yellow" if name in finals else "bold"
        head = writer.write(f"  {label:{wide}}", style if label else "")
        yield from writer.beside(head, writer.write(text))


def _label_width(stages: Sequence[Stage]) -> int:
    """The width of the names of the stages, with a blank behind the longest."""
    return max(_LABEL, *(len(stage.name) + 1 for stage in stages), 0)


def _change(writer: LineWriter, change: messages.Change, width: int) -> Iterator[Text]:
    """A line that changes, on one line; if it is too long, the part with the new version.

    Where the place of it is longer than ``width``, it stands above, whole, so that it can be copied.
    """
    place = writer.write(change.place, "dim")
    if place.cell_len > width:
        yield Text.assemble("  ", place)
        place, width = Text(), 2
    place.pad_right(width - place.cell_len)
    head = Text.assemble("  ", place, "  ")
    line, token = Text(), 0
    for old, new in change.pieces:
        token = line.cell_len if new and not token else token
        line.append_text(writer.write(old, "red" if new else ""))
        if new:
            line.append_text(writer.write(" → " if old else "+ ", "dim"))
            line.append_text(writer.write(new, "bold green"))
    room = max(1, writer.width - head.cell_len)
    if line.cell_len > room:
        line = line[max(0, token - room // 3) :]
    yield writer.cropped(Text.assemble(head, line))


def whole_plan_view(writer: LineWriter, event: PlanMade) -> Iterator[Text]:
    """All of a plan: every line, old and new, and every command."""
    yield from writer.headline(messages.headline(event.plan))
    yield Text()
    yield from _changes(writer, event)
    if event.stages:
        yield Text()
    yield from _stages(writer, event.stages)


def _changes(writer: LineWriter, event: PlanMade) -> Iterator[Text]:
    """Old and new line of every change; where the lines are not known, only the versions."""
    for difference in messages.differences(event.lines):
        yield from writer.indented(writer.write(difference.place, "dim"), 2)
        if not difference.adds:
            yield _line(writer, "-", "red", difference.before)
        yield _line(writer, "+", "green", difference.after)
    if not event.lines:
        for label, text in messages.edit_rows(event.plan.edits, event.plan):
            yield from writer.beside(writer.write(f"  {label:{_LABEL}}", "dim"), writer.write(text))


def _line(writer: LineWriter, sign: str, style: str, pieces: Iterable[tuple[str, bool]]) -> Text:
    """An old or new line; if it is too long, the part with the changed version."""
    head = Text.assemble("    ", (sign, style), " ")
    line, token = Text(), 0
    for text, changes in pieces:
        token = line.cell_len if changes and not token else token
        line.append_text(writer.write(text, f"bold {style}" if changes else ""))
    room = writer.width - head.cell_len
    if line.cell_len > room:
        line = line[max(0, token - room // 2) :]
    return writer.cropped(Text.assemble(head, line))


def _stages(writer: LineWriter, stages: Sequence[Stage]) -> Iterator[Text]:
    finals, wide = [stage.name for stage in stages if stage.final], _label_width(stages)
    for stage in stages:
        if stage.final:
            yield rule(writer, messages.PIVOT if stage.name == finals[0] else messages.SECOND_PIVOT)
        texts = [writer.write(f"$ {stage.command}")] if stage.command else []
        texts += [writer.write(note, "dim") for note in stage.notes]
        for number, text in enumerate(texts):
            label = writer.write(f"  {'' if number else stage.name:{wide}}", "" if number else "bold")
            yield from writer.beside(label, text)
