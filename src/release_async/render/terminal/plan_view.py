"""The plan, to be looked at before a person says Yes: what changes, what runs, what cannot be taken back."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from release_async.events import PlanMade
from release_async.outline import Stage
from release_async.render import words
from release_async.render.terminal.pen import Pen
from release_async.render.terminal.rows import rule
from release_async.versions.edit import Line

_LABEL = 10


def plan_view(pen: Pen, event: PlanMade) -> Iterator[Text]:
    """All of a plan, as lines."""
    yield pen.write(words.headline(event.plan), "bold")
    yield Text()
    yield from _changes(pen, event)
    if event.stages:
        yield Text()
    yield from _stages(pen, event.stages)


def _changes(pen: Pen, event: PlanMade) -> Iterator[Text]:
    """Old and new line of every token; by the tokens alone where the lines are not known."""
    for place, lines in words.by_place(event.lines):
        yield from pen.indented(pen.write(place, "dim"), 2)
        for line in lines:
            yield from _difference(pen, line)
    if not event.lines:
        for label, text in words.edit_rows(event.plan.edits):
            yield from pen.beside(pen.write(f"  {label:{_LABEL}}", "dim"), pen.write(text))


def _difference(pen: Pen, line: Line) -> Iterator[Text]:
    before, after = line.text[: line.column], line.text[line.column + len(line.old) :]
    for sign, token, style in (("-", line.old, "red"), ("+", line.new, "green")):
        head, tail = pen.write(before.lstrip()), pen.write(after)
        room = pen.width - len("    - ")
        if head.cell_len + len(token) + tail.cell_len > room:  # the token is what counts
            head = head[-max(1, room // 2) :]
        text = Text.assemble(("    ", ""), (sign, style), " ", head, pen.write(token, f"bold {style}"), tail)
        yield pen.cropped(text)


def _stages(pen: Pen, stages: Sequence[Stage]) -> Iterator[Text]:
    finals = [stage.name for stage in stages if stage.final]
    for stage in stages:
        if stage.final:
            yield rule(pen, words.PIVOT if stage.name == finals[0] else words.SECOND_PIVOT)
        texts = [pen.write(f"$ {stage.command}")] if stage.command else []
        texts += [pen.write(note, "dim") for note in stage.notes]
        for number, text in enumerate(texts):
            label = pen.write(f"  {'' if number else stage.name:{_LABEL}}", "" if number else "bold")
            yield from pen.beside(label, text)
