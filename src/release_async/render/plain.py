"""Plain text for logs and pipes: no colour, no motion, nothing overwritten; each line can be read alone.

Checks are shown in the order of their table, whichever ends first, so that two runs can be compared. Our own
sentences are wrapped at 80 columns; what may be copied, and the words of others, are not.
"""

from collections.abc import Iterable, Iterator
from functools import partial

from release_async.base.lazy_typing import TYPE_CHECKING
from release_async.base.printable_text import printable, without_workflow_commands
from release_async.base.problems import Level, Problem, Problems
from release_async.plan import events
from release_async.plan.events import Event, Outcome
from release_async.render import check_results, durations, messages, unbroken_commands
from release_async.render.check_results import Finding
from release_async.render.output_mode import OutputMode
from release_async.render.output_stream import Stream
from release_async.render.run_history import RunHistory
from release_async.render.terminal_prompt import can_answer, is_yes, prompted
from release_async.render.timeline import LONG, Timeline, timeline

if TYPE_CHECKING:  # as in `events`
    from typing import TextIO

    from release_async.plan.preview import Stage

_UPPER_CASE = {Outcome.REFUSED, Outcome.BROKEN, Outcome.FAILED}
_WIDTH = 7
"""Minimum width of a label, so that the texts of most tables are aligned."""
_AXIS = 48
_COLUMNS = 79
_NARROWEST = 30
"""Columns that a wrapped text has at least, whatever stands before it."""
_LEVELS = {Level.REFUSE: "error", Level.ASK: "question", Level.WARN: "warning"}
_WORDS = {Outcome.PASSED: "ok", Outcome.NOT_RUN: "not run", Outcome.BROKEN: "broken"}


def _word(outcome: Outcome) -> str:
    """How an outcome is called at the beginning of a line; what ended badly is loud."""
    word = _WORDS.get(outcome, outcome.value)
    return word.upper() if outcome in _UPPER_CASE else word


class PlainText:
    """Shows a run as indented lines."""

    def __init__(self, stream: Stream, answers: "TextIO | None", mode: OutputMode | None = None) -> None:
        self._stream = stream
        self._answers = answers
        self._mode = mode or OutputMode()
        self._order: list[str] = []
        self._finished: dict[str, events.CheckFinished] = {}
        self._told_checks = False
        self._has_begun = False
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
            case events.Stopping():
                self._beside("  stop    ", messages.stopping(event))
            case events.Waiting():
                later = f"attempt {event.attempt} in {event.seconds:.0f} s{messages.at_the_most(event.left)}"
                self._beside("  wait    ", f"{event.why}; {later}")
            case events.NextVersion():
                self._lines(*messages.next_lines(event))
            case events.PlanMade() | events.Bumped() | events.VersionsFound() | events.Proposed():
                self._show_project(event)
            case events.Waits() if event.stays:
                self._beside("  wait    ", messages.waits_line(event))
            case events.Released() | events.Failed() | events.Note() | events.Stands() | events.Waits():
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
                self._lines(*messages.proposed_lines(event, verbose=self._mode.lists))
            case events.PlanMade():
                self._show_plan(event)
            case events.Bumped():
                self._lines(messages.bumped_headline(event))
                self._rows(messages.edit_rows(event.edits))
            case events.VersionsFound():
                self._show_versions(event)

    def _show_plan(self, event: events.PlanMade) -> None:
        self._lines(f"{'release' if event.carried_out else 'check'} {messages.headline(event.plan)}")
        if self._mode.lists:
            self._show_whole_plan(event)
        elif event.carried_out:
            self._show_brief_plan(event)

    def _show_brief_plan(self, event: events.PlanMade) -> None:
        shown, more = messages.changes(event, most=messages.MOST_CHANGES)
        width = max((len(each.place) for each in shown), default=0)
        self._lines(*(f"  {each.place:{width}}  {printable(each.text.strip())}"[:_COLUMNS] for each in shown))
        self._lines(*([f"  and {more} more lines: -v shows them"] if more else ()))
        rows = list(messages.brief_rows(event))
        width = max((len(label) for label, _ in rows), default=0)
        for label, text in rows:
            self._beside(f"  {label:{width}}  ", text)

    def _show_whole_plan(self, event: events.PlanMade) -> None:
        self._lines("")
        for difference in messages.differences(event.lines):
            self._lines(f"  {difference.place}")
            for sign, pieces in (("-", difference.before), ("+", difference.after))[difference.adds :]:
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
            self._lines(messages.distribution_headline(distribution, event.last_tag(distribution)))
            self._table(list(messages.site_rows(distribution, explain=event.explain)))
        self._problems(event.problems, "  ")
        if event.beside:
            self._beside("  ", event.beside)
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
                self._lines(*self._blank, f"{len(checks)} checks, all at once")
                self._order = [name for name, _ in checks]
            case events.CheckFinished():
                self._show_in_turn(event)
            case events.ChecksFinished():
                self._show_checks()
            case events.StepStarted(_, title) if self._mode.verbose:
                self._lines(f"  begin   {title}")
            case events.StepFinished():
                self._ended(event)

    @property
    def _blank(self) -> list[str]:
        """An empty line, where everything is listed."""
        return [""] if self._mode.lists else []

    def _show_checks(self) -> None:
        """How the checks ended together, or how far they came; and what is wrong, if not yet told."""
        checks = list(self._history.checks.values())
        if self._told_checks or not checks:
            return
        self._told_checks = True
        word = _word(check_results.worst(checks))
        self._beside(f"  {word:7} ", check_results.summary("check", checks, self._history.clock()))
        for found in () if self._mode.lists else check_results.findings(checks):
            self._show_finding(found)

    def _show_finding(self, found: Finding) -> None:
        head = f"  {_word(found.outcome):7} "
        self._beside(head, f"{', '.join(found.titles)}: {messages.problem_text(found.problem)}")
        self._show_help(found.problem, " " * len(head))

    def _show_help(self, problem: Problem, indent: str) -> None:
        self._cure(f"{indent}do: ", problem.cure)
        detail = messages.detail_lines(problem.detail, verbose=self._mode.lists)
        self._lines(*(f"{indent}| {printable(line)}" for line in detail))

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
        """A check that met a problem has its line with that problem, which several checks may share."""
        if self._mode.lists or not event.problems:
            self._ended(event)
        if self._mode.lists:
            self._problems(event.problems, " " * 10)

    def _ended(self, event: events.CheckFinished | events.StepFinished) -> None:
        time = "" if event.outcome in messages.IDLE else f" ({durations.duration(event.seconds)})"
        note = f": {event.note}" if event.note else ""
        self._beside(f"  {_word(event.outcome):7} ", f"{event.title}{time}{note}")

    def _show_detail(self, event: events.OutputLine | events.EffectStarted | events.EffectFinished) -> None:
        match event:
            case events.OutputLine(source, line):
                self._lines(f"          {source} | {printable(line)}")
            case events.EffectStarted(_, effect):
                self._lines(f"          begin {printable(effect)}")
            case events.EffectFinished(_, effect, already, seconds):
                how = "already done" if already else durations.duration(seconds)
                self._lines(f"          done  {printable(effect)} ({how})")

    def _show_end(
        self, event: events.Released | events.Failed | events.Note | events.Stands | events.Waits
    ) -> None:
        match event:
            case events.Waits():
                self._show_checks()
                self._lines("", messages.waits_headline(event))
                self._rows(messages.waits_rows(event))
            case events.Note(text):
                self._lines(*messages.note_lines(text, _COLUMNS))
            case events.Released():
                times = timeline(self._history)
                if times and self._mode.lists:
                    self._lines("", *timeline_lines(times))
                elif times and times.seconds > LONG:
                    self._lines(*timeline_lines(times.brief, notes=False))
                seconds = times.seconds if times else event.seconds
                self._lines("", f"{messages.released_headline(event)} ({durations.duration(seconds)})")
                width = max([_WIDTH, *(len(label) for label, _ in event.facts)])
                self._lines(*(f"  {label:{width}} {printable(text)}" for label, text in event.facts))
            case events.Stands():
                self._lines(messages.stands_headline(event))
                self._rows(messages.stands_rows(event, verbose=self._mode.lists))
                self._list(messages.BY_HAND, messages.stands_by_hand(event, verbose=self._mode.lists))
            case events.Failed():
                self._show_failure(event)

    def _show_failure(self, event: events.Failed) -> None:
        self._show_finished()
        self._show_checks()
        self._lines("")
        for line in event.what.splitlines():
            self._beside("FAILED  ", line)
        for title, entries in messages.failure_lists(event):
            if entries:
                self._beside(f"  {title}: ", ", ".join(entries), indent=4)
        if self._mode.verbose:
            self._list(messages.BY_HAND, event.manual)
        detail = messages.detail_lines(event.detail, verbose=self._mode.lists)
        self._lines(*(f"  | {printable(line)}" for line in detail))
        self._cure("  do:   ", event.cure)

    def _cure(self, head: str, cure: str) -> None:
        """What to do behind a head, in as many lines as it takes; no command is broken."""
        room, hang = max(_NARROWEST, _COLUMNS - len(head)), " " * len(head)
        for told in cure.splitlines():
            first, *others = unbroken_commands.wrapped(printable(told), room)
            self._lines(f"{head}{first}", *(f"{hang}{line}" for line in others))

    def _list(self, title: str, entries: tuple[str, ...]) -> None:
        if entries:
            self._lines(f"  {title}:", *(f"    {printable(entry)}" for entry in entries))

    def _problems(self, problems: Problems, indent: str) -> None:
        for problem in problems:
            self._beside(f"{indent}{_LEVELS[problem.level]}: ", messages.problem_text(problem), len(indent))
            self._show_help(problem, indent)

    def _rows(self, rows: Iterable[messages.Row]) -> None:
        told = list(rows)
        width = max([_WIDTH, *(len(label) for label, _ in told)])
        for label, text in told:
            self._beside(f"  {label:{width}} ", text)

    def _beside(self, head: str, text: str, indent: int | None = None) -> None:
        """A sentence behind a head, in as many lines as it takes; no word and no command is broken.

        Args:
            head: What stands before it.
            text: The sentence.
            indent: How far its other lines are indented; as far as the first by default.
        """
        hang = len(head) if indent is None else indent
        room = max(_NARROWEST, _COLUMNS - hang)
        first, *others = unbroken_commands.wrapped(printable(text), room, max(0, len(head) - hang))
        self._lines(f"{head}{first}", *(f"{' ' * hang}{line}" for line in others))

    def _lines(self, *lines: str) -> None:
        """Write lines; an empty one keeps apart what is said, and so never comes first."""
        for line in lines:
            if not (line or self._has_begun):
                continue
            self._has_begun = True
            self._stream.write(f"{without_workflow_commands(line.rstrip())}\n")


def timeline_lines(times: Timeline | None, *, notes: bool = True) -> Iterator[str]:
    """One line for each bar, and what they mean; nothing where there is no timeline.

    Args:
        times: The timeline.
        notes: Whether it is said what they mean.
    """
    if times is None:
        return
    titles = max(len(bar.title) for bar in times.bars)
    yield f"  {'timeline':{titles}}  0 s{durations.duration(times.seconds):>{_AXIS - 3}}"
    for bar in times.bars:
        free, long = bar.cells(_AXIS, times.seconds)
        drawn = " " * free + ("=" if bar.critical else "-") * long
        yield f"  {bar.title:{titles}}  {drawn:{_AXIS}}  {durations.duration(bar.end - bar.begin):>{_WIDTH}}"
    yield from (f"  {said}" for said in messages.timeline_notes(times, "=")) if notes else ()
