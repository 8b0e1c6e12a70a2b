"""Plain text for logs and pipes: no colour, no motion, nothing overwritten; each line can be read alone.

Checks are shown in the order of their table, whichever ends first, so that two runs can be compared.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TextIO

from release_async.base.lazy_typing import TYPE_CHECKING
from release_async.base.printable_text import printable, without_workflow_commands
from release_async.base.problems import Level, Problems
from release_async.plan import events
from release_async.plan.events import Event, Outcome
from release_async.render import durations, messages
from release_async.render.output_mode import OutputMode
from release_async.render.output_stream import Stream
from release_async.render.run_history import RunHistory
from release_async.render.terminal_prompt import can_answer, is_yes, prompted
from release_async.render.timeline import Timeline, timeline

if TYPE_CHECKING:  # as in `events`
    from release_async.plan.preview import Stage

_UPPER_CASE = {Outcome.REFUSED, Outcome.BROKEN, Outcome.FAILED}
_WIDTH = 7
"""Minimum width of a label, so that the texts of most tables are aligned."""
_AXIS = 48
_LEVELS = {Level.REFUSE: "error", Level.ASK: "question", Level.WARN: "warning"}


class PlainText:
    """Shows a run as indented lines."""

    def __init__(self, stream: Stream, answers: TextIO | None, mode: OutputMode | None = None) -> None:
        self._stream = stream
        self._answers = answers
        self._mode = mode or OutputMode()
        self._order: list[str] = []
        self._finished: dict[str, events.CheckFinished] = {}
        self._steps_heading: tuple[str, ...] = ("", "steps, one after another")
        self._history = RunHistory(self._mode.clock)

    @property
    def can_ask(self) -> bool:
        """Whether there is a terminal that a person answers on."""
        return can_answer(self._answers)

    def close(self) -> None:
        """Flush the stream."""
        self._stream.flush()

    async def ask(self, question: str) -> bool:
        """Ask if somebody can answer; otherwise print that the answer is No."""
        if self.can_ask:
            return is_yes(await self.ask_line(f"{question} [y/N] "))
        self._lines(f"{printable(question)} [y/N] No: there is no terminal to answer on")
        self._stream.flush()
        return False

    async def ask_line(self, question: str) -> str:
        """Ask for a line; the empty one if nobody can answer."""
        if not can_answer(self._answers):
            return ""
        text = "\n".join(map(printable, question.split("\n")))
        return await prompted(text, self._answers, self._stream, partial(self._write_now, text))

    def _write_now(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

    def show(self, event: Event) -> None:
        """Write the lines of one event."""
        self._history.record(event)
        match event:
            case events.OutputLine() | events.EffectStarted() | events.EffectFinished():
                if self._mode.verbose:
                    self._show_detail(event)
            case events.Waiting():
                later = f"attempt {event.attempt} in {event.seconds:.0f} s"
                self._lines(f"  wait    {printable(event.why)}; {later}")
            case events.PlanMade() | events.Bumped() | events.VersionsFound() | events.Proposed():
                self._show_project(event)
            case events.Released() | events.Failed() | events.Note() | events.Stands():
                self._show_end(event)
            case _:
                self._show_work(event)
        self._stream.flush()

    def _show_project(
        self, event: events.PlanMade | events.Bumped | events.VersionsFound | events.Proposed
    ) -> None:
        match event:
            case events.Proposed():
                self._lines(messages.proposed_headline(event))
                self._rows(messages.proposed_rows(event))
                self._lines(*messages.proposed_lines(event))
            case events.PlanMade():
                self._show_plan(event)
            case events.Bumped():
                self._lines(messages.bumped_headline(event))
                self._rows(messages.edit_rows(event.edits))
            case events.VersionsFound():
                self._show_versions(event)

    def _show_plan(self, event: events.PlanMade) -> None:
        self._lines(f"release {messages.headline(event.plan)}", "")
        for difference in messages.differences(event.lines):
            self._lines(f"  {difference.place}")
            for sign, pieces in (("-", difference.before), ("+", difference.after)):
                self._lines(f"    {sign} {printable(''.join(text for text, _ in pieces))}")
        if not event.lines:
            self._rows(messages.edit_rows(event.plan.edits, event.plan))
        self._lines("")
        self._show_stages(event.stages)

    def _show_stages(self, stages: "tuple[Stage, ...]") -> None:
        finals = [stage.name for stage in stages if stage.final]
        width = max((len(stage.name) for stage in stages), default=0)
        for stage in stages:
            if stage.final:
                self._lines(f"  -- {messages.PIVOT if stage.name == finals[0] else messages.SECOND_PIVOT} --")
            texts = [f"$ {stage.command}"] if stage.command else []
            for number, text in enumerate((*texts, *stage.notes)):
                self._lines(f"  {'' if number else stage.name:{width}}  {printable(text)}")

    def _show_versions(self, event: events.VersionsFound) -> None:
        if not event.distributions:
            self._lines(messages.NO_PROJECT)
        for distribution in event.distributions:
            self._lines(messages.distribution_headline(distribution))
            self._table(list(messages.site_rows(distribution, explain=event.explain)))
        self._problems(event.problems, "  ")
        self._rows(messages.passed_over_rows(event))

    def _table(self, rows: list[messages.SiteRow]) -> None:
        """Aligned columns; a place that does not agree begins with an exclamation mark."""
        cells = [(row.place, row.role, f"{row.written} {row.value}".strip()) for row in rows]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        for row, texts in zip(rows, cells, strict=True):
            padded = "  ".join(f"{text:{width}}" for text, width in zip(texts, widths, strict=True))
            self._lines(f"{' ' if row.agrees else '!'} {padded}  {row.note}")

    def _show_work(self, event: Event) -> None:
        match event:
            case events.ChecksStarted(checks):
                self._lines("", f"{len(checks)} checks, all at once")
                self._order = [name for name, _ in checks]
            case events.CheckFinished():
                self._show_in_turn(event)
            case events.ChecksFinished():
                self._lines(messages.checks_summary(event))
            case events.StepStarted(_, title):
                self._lines(*self._steps_heading, f"  begin   {title}")
                self._steps_heading = ()
            case events.StepFinished():
                self._ended(event)

    def _show_in_turn(self, event: events.CheckFinished) -> None:
        """Show each finished check as soon as all before it have finished."""
        self._finished[event.name] = event
        if event.name not in self._order:
            self._show_finished()
        while self._order and self._order[0] in self._finished:
            self._show_check(self._finished.pop(self._order.pop(0)))

    def _show_finished(self) -> None:
        """Show the finished checks whose turn has not come, because the others will never end."""
        for event in self._finished.values():
            self._show_check(event)
        self._finished.clear()

    def _show_check(self, event: events.CheckFinished) -> None:
        self._ended(event)
        self._problems(event.problems, " " * 10)

    def _ended(self, event: events.CheckFinished | events.StepFinished) -> None:
        word = {Outcome.PASSED: "ok", Outcome.NOT_RUN: "not run"}.get(event.outcome, event.outcome.value)
        shown = word.upper() if event.outcome in _UPPER_CASE else word
        time = "" if event.outcome in messages.IDLE else f" ({durations.duration(event.seconds)})"
        note = f": {printable(event.note)}" if event.note else ""
        self._lines(f"  {shown:7} {event.title}{time}{note}")

    def _show_detail(self, event: events.OutputLine | events.EffectStarted | events.EffectFinished) -> None:
        match event:
            case events.OutputLine(source, line):
                self._lines(f"          {source} | {printable(line)}")
            case events.EffectStarted(_, effect):
                self._lines(f"          begin {printable(effect)}")
            case events.EffectFinished(_, effect, already, seconds):
                how = "already done" if already else durations.duration(seconds)
                self._lines(f"          done  {printable(effect)} ({how})")

    def _show_end(self, event: events.Released | events.Failed | events.Note | events.Stands) -> None:
        match event:
            case events.Note(text):
                self._lines(printable(text))
            case events.Released():
                times = timeline(self._history)
                self._lines(*([""] if times else []), *timeline_lines(times))
                seconds = times.seconds if times else event.seconds
                self._lines("", f"{messages.released_headline(event)} ({durations.duration(seconds)})")
                self._rows((label, printable(text)) for label, text in event.facts)
            case events.Stands():
                self._lines(messages.stands_headline(event))
                self._rows(messages.stands_rows(event))
                self._list(messages.BY_HAND, event.manual)
            case events.Failed():
                self._show_failure(event)

    def _show_failure(self, event: events.Failed) -> None:
        self._show_finished()
        self._lines("", *(f"FAILED  {printable(line)}" for line in event.what.splitlines()))
        self._lines(*(f"  do:   {printable(line)}" for line in event.cure.splitlines()))
        for title, entries in messages.failure_lists(event):
            self._list(title, entries)
        self._lines(*(f"  | {printable(line)}" for line in event.detail.splitlines()))

    def _list(self, title: str, entries: tuple[str, ...]) -> None:
        if entries:
            self._lines(f"  {title}:", *(f"    {printable(entry)}" for entry in entries))

    def _problems(self, problems: Problems, indent: str) -> None:
        for problem in problems:
            self._lines(f"{indent}{_LEVELS[problem.level]}: {messages.problem_text(problem)}")
            self._lines(*(f"{indent}do: {printable(line)}" for line in problem.cure.splitlines()))
            self._lines(*(f"{indent}| {printable(line)}" for line in problem.detail.splitlines()))

    def _rows(self, rows: Iterable[messages.Row]) -> None:
        told = list(rows)
        width = max([_WIDTH, *(len(label) for label, _ in told)])
        self._lines(*(f"  {label:{width}} {text}" for label, text in told))

    def _lines(self, *lines: str) -> None:
        for line in lines:
            self._stream.write(f"{without_workflow_commands(line.rstrip())}\n")


def timeline_lines(times: Timeline | None) -> Iterator[str]:
    """One line for each bar, and what they mean; nothing where there is no timeline."""
    if times is None:
        return
    titles = max(len(bar.title) for bar in times.bars)
    yield f"  {'timeline':{titles}}  0 s{durations.duration(times.seconds):>{_AXIS - 3}}"
    for bar in times.bars:
        free, long = bar.cells(_AXIS, times.seconds)
        drawn = " " * free + ("=" if bar.critical else "-") * long
        yield f"  {bar.title:{titles}}  {drawn:{_AXIS}}  {durations.duration(bar.end - bar.begin):>{_WIDTH}}"
    yield from (f"  {said}" for said in messages.timeline_notes(times, "="))
