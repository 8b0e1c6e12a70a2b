"""A run on a terminal: what is going on moves, what has ended stays. The only module that imports rich."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, TextIO, cast

from rich.console import Console, Group, RenderableType
from rich.filesize import decimal
from rich.live import Live
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from release_async import events
from release_async.events import Event, Outcome
from release_async.printable import printable
from release_async.problems import Level, Problem, Problems
from release_async.render import words
from release_async.render.question import forget_typed_ahead, said_yes
from release_async.render.stream import Stream

_WIDEST = 100  # columns: on a wider screen the times would stand too far from what they belong to
_ECHO = 4  # columns left free: the ``^C`` that a terminal echoes must not break the last line of what moves
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_FRAMES_A_SECOND = 8
_MARKS = {
    Outcome.PASSED: ("✓", "green"),
    Outcome.WARNED: ("!", "yellow"),
    Outcome.ASKED: ("?", "yellow"),
    Outcome.REFUSED: ("✗", "bold red"),
    Outcome.BROKEN: ("✗", "bold red"),
    Outcome.FAILED: ("✗", "bold red"),
    Outcome.SKIPPED: ("-", "dim"),
    Outcome.NOT_RUN: ("-", "dim"),
}
_LEVELS = {Level.REFUSE: "red", Level.ASK: "yellow", Level.WARN: "yellow"}


def console_on(stream: Stream) -> Console:
    """The console that writes to ``stream``, as wide as its terminal; rich heeds NO_COLOR."""
    return Console(file=cast("IO[str]", stream), highlight=False, markup=False, emoji=False)


@dataclass(slots=True)
class _Line:
    """What the screen knows of one check or step."""

    title: str
    note: str = ""
    started: float | None = None
    seconds: float | None = None
    outcome: Outcome | None = None
    problems: Problems = ()
    progress: events.Progress | None = None
    waiting: tuple[float, events.Waiting] | None = None

    @property
    def passed(self) -> float | None:
        """Seconds it took, or has been running for; None before it runs."""
        if self.seconds is not None or self.started is None:
            return self.seconds
        return time.monotonic() - self.started


@dataclass(slots=True)
class _Phase:
    """The checks, or the steps: its lines, in the order to be shown."""

    lines: dict[str, _Line] = field(default_factory=dict)
    width: int = 16

    def line(self, name: str, title: str) -> _Line:
        """The line of one check or step, made where it is new."""
        if name not in self.lines:
            # Replaced, not changed: another thread may be walking through it to paint.
            self.lines = {**self.lines, name: _Line(title)}
            self.width = max(self.width, len(title))
        return self.lines[name]


class Terminal:
    """Shows a run on a terminal.

    While checks or steps run, a table at the bottom moves; when they have ended it is printed for good.
    """

    def __init__(self, console: Console, answers: TextIO, *, verbose: bool = False) -> None:
        self._console = console
        self._answers = answers
        self._verbose = verbose
        self._phase = _Phase()
        self._live: Live | None = None

    @property
    def can_ask(self) -> bool:
        """Whether a person sees the question and can type the answer."""
        return self._console.is_terminal and self._answers.isatty()

    def close(self) -> None:
        """End the motion, print what had not ended as it stands, and give the cursor back."""
        try:
            self._rest()
        finally:
            # Once more, should a Ctrl-C have broken off the end of the motion itself.
            self._console.show_cursor()

    async def ask(self, question: str) -> bool:
        """Ask where there is someone to answer; elsewhere say that the answer is No."""
        self._rest()
        if self.can_ask:
            forget_typed_ahead(self._answers)
        self._console.print(Text.assemble((printable(question), "bold"), " [y/N] "), end="")
        if not self.can_ask:
            self._print("No: there is no terminal to answer on")
            return False
        answered = False
        try:
            yes = await said_yes(self._answers)
            answered = True
        finally:
            if not answered:
                self._print("")  # what comes next must not stand behind the question
        return yes

    def show(self, event: Event) -> None:
        """Show one event."""
        match event:
            case events.PlanMade() | events.Bumped() | events.VersionsFound():
                self._show_project(event)
            case events.Proposed():
                self._show_proposal(event)
            case events.ChecksStarted() | events.ChecksFinished():
                self._show_checks(event)
            case events.CheckStarted() | events.StepStarted():
                self._show_start(event)
            case events.CheckFinished() | events.StepFinished():
                self._show_finish(event)
            case events.Released() | events.Failed() | events.Stands():
                self._rest()
                self._show_end(event)
            case _:
                self._show_closely(event)

    # what moves

    def _move(self) -> None:
        if self._live is None:
            self._live = Live(
                console=self._console,
                get_renderable=self._moving,
                refresh_per_second=_FRAMES_A_SECOND,
                transient=True,
                redirect_stdout=False,
            )
            # Known before it starts, so that a Ctrl-C in its first frame finds it and the cursor comes back.
            self._live.start(refresh=True)

    def _rest(self) -> None:
        """End the motion; what had not ended is printed as it stands."""
        if self._live is None:
            return
        self._live.stop()
        self._live = None
        for line in self._phase.lines.values():
            self._print(*self._settled(line))
        self._phase = _Phase()

    def _moving(self) -> RenderableType:
        lines = list(self._phase.lines.values())
        room = max(1, self._console.height - 2)  # a table taller than the screen could not be taken back
        painted = [part for line in lines for part in self._running(line)]
        return Group(*painted[:room])

    def _running(self, line: _Line) -> Iterator[RenderableType]:
        """One screen line for each thing to say, so that they can be counted."""
        yield self._row(line, whole=False)
        for problem in line.problems:
            for text in _problem(problem):
                text.no_wrap, text.overflow = True, "ellipsis"
                yield _indented(text)

    def _settled(self, line: _Line) -> Iterator[RenderableType]:
        yield self._row(line, whole=True)
        for problem in line.problems:
            yield from map(_indented, _problem(problem))

    def _row(self, line: _Line, *, whole: bool) -> Table:
        row = Table.grid(padding=(0, 1, 0, 0), expand=True)
        row.width = min(self._console.width - _ECHO, _WIDEST)
        row.add_column(width=2, justify="right")
        row.add_column(width=min(self._phase.width, row.width // 2), no_wrap=True, overflow="ellipsis")
        row.add_column(ratio=1, no_wrap=not whole, overflow="fold" if whole else "ellipsis")
        row.add_column(justify="right", no_wrap=True)
        passed = None if line.outcome in words.IDLE else line.passed
        row.add_row(
            self._mark(line),
            Text(line.title, style="dim" if passed is None else ""),
            self._middle(line),
            Text("" if passed is None else words.duration(passed), style="dim"),
        )
        return row

    def _mark(self, line: _Line) -> Text:
        if line.outcome is not None:
            return Text(*_MARKS[line.outcome])
        if line.started is None:
            return Text("·", style="dim")
        if self._live is None:
            return Text("-", style="yellow")
        return Text(_FRAMES[int(time.monotonic() * _FRAMES_A_SECOND) % len(_FRAMES)], style="cyan")

    def _middle(self, line: _Line) -> RenderableType:
        if line.outcome is None and self._live is None:
            return Text("stopped" if line.started else "not run", style="yellow")
        if line.outcome is None and line.waiting and (left := line.waiting[0] - time.monotonic()) > 0:
            return Text(words.waiting(line.waiting[1], left), style="yellow")
        if line.outcome is not None or line.progress is None:
            return Text(words.remark(line.outcome, line.note), style="dim")
        sent, total = line.progress.sent, line.progress.total
        middle = Table.grid(padding=(0, 1, 0, 0), expand=True)
        middle.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        middle.add_column(no_wrap=True)
        done = f"{100 * sent // max(1, total)} % of {decimal(total)}"
        middle.add_row(Text(printable(line.note), style="dim"), Text(done, style="cyan"))
        return middle

    # the checks and the steps

    def _show_checks(self, event: events.ChecksStarted | events.ChecksFinished) -> None:
        match event:
            case events.ChecksStarted(checks):
                self._rest()
                self._print("", Text("Checks", style="bold"))
                for name, title in checks:
                    self._phase.line(name, title)
                self._move()
            case events.ChecksFinished():
                self._rest()
                self._print(Text(words.checks_sum(event), style=_MARKS[event.outcome][1]))

    def _show_start(self, event: events.CheckStarted | events.StepStarted) -> None:
        if self._live is None:
            self._print("", Text("Release", style="bold"))
        self._phase.line(event.name, event.title).started = time.monotonic()
        self._move()

    def _show_finish(self, event: events.CheckFinished | events.StepFinished) -> None:
        line = self._phase.line(event.name, event.title)
        line.note, line.seconds, line.outcome = event.note, event.seconds, event.outcome
        if isinstance(event, events.CheckFinished):
            line.problems = event.problems

    def _show_closely(self, event: Event) -> None:
        match event:
            case events.Note(text):
                self._print(Text(printable(text), style="dim"))
            case events.OutputLine(source, said):
                self._note(source, said)
                if self._verbose:
                    self._print(Text(f"{source} │ {printable(said)}", style="dim"))
            case events.EffectStarted(step, effect):
                self._note(step, effect)
            case events.EffectFinished(step, effect, already, seconds) if self._verbose:
                how = "was so already" if already else words.duration(seconds)
                self._print(Text(f"{step} │ {printable(effect)}: {how}", style="dim"))
            case events.Progress() | events.Waiting():
                for line in self._phase.lines.values():
                    if line.note == event.effect:
                        self._show_way(line, event)

    def _show_way(self, line: _Line, event: events.Progress | events.Waiting) -> None:
        if isinstance(event, events.Waiting):
            line.waiting = (time.monotonic() + event.seconds, event)
        else:
            line.progress = event

    def _note(self, name: str, note: str) -> None:
        """Tell beside a running check or step what it is at."""
        line = self._phase.lines.get(name)
        if line is not None and line.outcome is None:
            line.note, line.progress = note, None

    # what stays

    def _show_project(
        self, event: events.PlanMade | events.Bumped | events.VersionsFound | events.Note
    ) -> None:
        match event:
            case events.Note(text):
                self._print(Text(printable(text), style="dim"))
            case events.PlanMade(plan):
                self._print(Text(f"Release {words.headline(plan)}", style="bold"))
                self._print_rows(words.plan_rows(plan))
            case events.Bumped():
                self._print(Text(words.bumped_headline(event), style="bold"))
                self._print_rows(words.edit_rows(event.edits))
            case events.VersionsFound():
                self._show_versions(event)

    def _show_proposal(self, event: events.Proposed) -> None:
        self._print(Text(words.proposed_headline(event), style="bold"))
        self._print_rows(words.proposed_rows(event))
        self._as_they_are(words.proposed_lines(event))

    def _show_versions(self, event: events.VersionsFound) -> None:
        if not event.distributions:
            self._print(Text(words.NO_PROJECT))
        for distribution in event.distributions:
            mark = _MARKS[Outcome.PASSED if distribution.agree else Outcome.REFUSED]
            self._print(Text.assemble(mark, " ", (words.distribution_headline(distribution), "bold")))
            places = Table.grid(padding=(0, 2, 0, 0))
            for row in words.site_rows(distribution, explain=event.explain):
                places.add_row(*_cells(row))
            self._print(places)
        for problem in event.problems:
            self._print(*map(_indented, _problem(problem)))
        if event.passed_over:
            self._print("", Text("Looked at by name only, and passed over", style="bold"))
            self._print_rows(words.passed_over_rows(event))

    def _show_end(self, event: events.Released | events.Failed | events.Stands) -> None:
        match event:
            case events.Released():
                done, took = (words.released_headline(event), "bold"), f" ({words.duration(event.seconds)})"
                self._print("", Text.assemble(_MARKS[Outcome.PASSED], " ", done, took))
                self._print_rows((label, printable(text)) for label, text in event.facts)
            case events.Stands():
                self._print(Text(words.stands_headline(event), style="bold"))
                self._print_rows(words.stands_rows(event))
            case events.Failed():
                self._show_failure(event)

    def _show_failure(self, event: events.Failed) -> None:
        first, *more = [printable(line) for line in event.what.splitlines()] or [""]
        self._print("", Text.assemble(_MARKS[Outcome.FAILED], " ", (first, "bold")))
        self._print(*(Text(f"  {line}", style="bold") for line in more))
        self._print(*(Padding(_cure(line), (0, 0, 0, 2), expand=False) for line in event.cure.splitlines()))
        self._as_they_are((f"  │ {line}" for line in event.detail.splitlines()), style="dim")
        for title, entries in words.failure_lists(event):
            if entries:
                self._print(Text(f"  {title}:", style="bold"))
                self._as_they_are(f"    {entry}" for entry in entries)

    def _print_rows(self, rows: Iterable[words.Row]) -> None:
        table = Table.grid(padding=(0, 2, 0, 0))
        for label, text in rows:
            table.add_row("", Text(label, style="dim"), Text(text, overflow="fold"))
        self._print(table)

    def _as_they_are(self, lines: Iterable[str], style: str = "") -> None:
        """Print lines that may be copied: they are not broken where the screen ends."""
        for line in lines:
            self._console.print(Text(printable(line), style=style), soft_wrap=True)

    def _print(self, *parts: RenderableType) -> None:
        for part in parts:
            self._console.print(part)


def _cells(row: words.SiteRow) -> Iterator[Text]:
    """The cells of one place; one that does not agree stands out by a mark as well as by its colour."""
    style = "" if row.counts else "dim"
    yield Text(" " if row.agrees else "✗", style="bold red")
    yield Text(row.place, style=style, overflow="fold")
    yield Text(row.role, style="dim")
    yield Text(row.written, style="" if row.agrees else "bold red", overflow="fold")
    yield Text(row.value, style="dim")
    yield Text(row.note, style="dim")


def _problem(problem: Problem) -> Iterator[Text]:
    yield Text(words.problem_text(problem), style=_LEVELS[problem.level])
    yield from (Text(f"│ {printable(line)}", style="dim") for line in problem.detail.splitlines())
    if problem.cure:
        yield _cure(problem.cure)


def _indented(text: Text) -> Padding:
    return Padding(text, (0, _ECHO, 0, 4), expand=False)


def _cure(cure: str) -> Text:
    return Text.assemble(("→ ", "cyan"), printable(cure))
