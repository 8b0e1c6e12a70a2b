"""The terminal renderer: a live region while work runs, printed lines for the rest. Only it imports rich."""

import threading
from collections.abc import Iterable
from functools import partial
from typing import IO, TextIO, cast

from rich.console import Console, RenderableType
from rich.text import Text

from release_async.base.printable_text import printable
from release_async.plan import events
from release_async.plan.events import Event
from release_async.render import durations, messages
from release_async.render.output_mode import OutputMode
from release_async.render.output_stream import Stream
from release_async.render.run_history import RunHistory, Task
from release_async.render.terminal import run_summary, tables
from release_async.render.terminal.check_and_step_rows import Rows, mark_stopped
from release_async.render.terminal.fit_width import LineWriter
from release_async.render.terminal.live_region import LiveRegion
from release_async.render.terminal.plan_view import plan_view, whole_plan_view
from release_async.render.terminal_prompt import can_answer, is_yes, prompted
from release_async.render.timeline import timeline

_FEWEST = 4
"""Lines that the live region has at least, where the screen has as many."""


def console_on(stream: Stream) -> Console:
    """A console that writes to ``stream``, as wide as its terminal; rich obeys NO_COLOR."""
    return Console(file=cast("IO[str]", stream), highlight=False, markup=False, emoji=False)


_COMMAND = 1
"""Rows that the command itself takes."""


class Terminal:
    """Shows a run on a terminal.

    While checks or steps run, they are shown in a live region at the bottom; afterwards they are printed for
    good.
    """

    def __init__(self, console: Console, answers: TextIO | None, mode: OutputMode | None = None) -> None:
        self._mode = mode or OutputMode()
        self._console = console
        self._answers = answers
        self._writer = LineWriter(console, self._mode.glyphs, verbose=self._mode.verbose)
        self._history = RunHistory(self._mode.clock)
        self._lock = threading.RLock()
        self._live: LiveRegion | None = None
        self._rows_used = _COMMAND

    @property
    def can_ask(self) -> bool:
        """Whether there is a terminal that a person answers on."""
        return can_answer(self._answers)

    def close(self) -> None:
        """Stop the live region, print what has not ended as it is, and show the cursor again."""
        try:
            with self._lock:
                self._stop_live()
        finally:
            # Once more, in case a Ctrl-C interrupted the end of the live region.
            self._console.show_cursor()

    async def ask(self, question: str) -> bool:
        """Ask if somebody can answer; otherwise print that the answer is No."""
        if self.can_ask:
            return is_yes(await self.ask_line(f"{question} [y/N] "))
        with self._lock:
            self._stop_live()
        self._print([Text(), self._writer.write(f"{question} [y/N] No: there is no terminal to answer on")])
        return False

    async def ask_line(self, question: str) -> str:
        """Ask for a line; the empty one if nobody can answer."""
        with self._lock:
            self._stop_live()
        if not can_answer(self._answers):
            return ""
        done, plain = False, "\n".join(map(printable, ("", *question.split("\n"))))
        show = partial(self._print_question, question)
        try:
            line = await prompted(plain, self._answers, self._console.file, show)
            done = True
        finally:
            if not done:
                self._print([Text()])  # the next output must not be on the line of the question
        return line

    def _print_question(self, question: str) -> None:
        """Print it, its last line in bold but for the answers that it offers, and stay on that line."""
        *before, last = question.split("\n")
        self._print(self._writer.gap)
        for told in before:
            self._print(self._writer.indented(self._writer.write(told), 0))
        asked, offered, answers = last.rpartition(" [")
        parts = (
            self._writer.write(asked or last, "bold"),
            self._writer.write(f"{offered}{answers}" * bool(asked)),
        )
        line = Text.assemble(*parts)
        self._rows_used += self._height(line)
        self._console.print(line, end="")

    def paint(self) -> None:
        """Repaint the live region."""
        with self._lock:
            if self._live:
                self._live.paint()

    def show(self, event: Event) -> None:
        """Show one event."""
        with self._lock:
            self._history.record(event)
            match event:
                case events.PlanMade() | events.Bumped() | events.VersionsFound():
                    self._stop_live()
                    self._show_project(event)
                case events.NextVersion():
                    self._print(map(self._writer.write, messages.next_lines(event)))
                case events.Waits() if event.stays:
                    self._start_live()
                case events.Stands() | events.Proposed() | events.Waits():
                    self._stop_live()
                    self._show_state(event)
                case events.Released() | events.Failed():
                    self._stop_live()
                    self._show_end(event)
                case events.Note() | events.Stopping() | events.OutputLine() | events.EffectFinished():
                    self._show_line(event)
                case _:
                    self._show_work(event)

    # the live region

    def _start_live(self) -> None:
        if self._live is None:
            # Assigned before it starts, so that after a Ctrl-C in its first frame it is stopped and the
            # cursor comes back.
            self._live = LiveRegion(self._console, self._frame, self._lock)
            self._live.start(auto_repaint=self._mode.auto_repaint)

    def _stop_live(self) -> None:
        """Stop the live region; print what has not ended as it is."""
        if self._live is None:
            return
        self._live.stop()
        self._live = None
        for tasks, what in ((self._checks(), "check"), (self._steps(), "step")):
            mark_stopped(tasks)
            if tasks:
                self._print(self._rows(tasks).final_lines(what))
            for task in tasks:
                task.printed = True

    def _checks(self) -> list[Task]:
        """The checks that have not been printed for good."""
        return [task for task in self._history.checks.values() if not task.printed]

    def _steps(self) -> list[Task]:
        """As `_checks`."""
        return [task for task in self._history.steps.values() if not task.printed]

    def _rows(self, tasks: list[Task]) -> Rows:
        pivot = self._history.finals[0] if self._history.finals else ""
        return Rows(self._writer, tasks, self._history.clock(), pivot)

    def _frame(self) -> list[Text]:
        """The lines of the live region: as many as leave on the screen what was printed before."""
        room = self._console.height - 2
        if not self._mode.verbose:
            room = max(min(_FEWEST, room), room + 1 - self._rows_used)
        checks, steps = self._checks(), self._steps()
        return [
            *(self._rows(checks).live_checks(room) if checks else ()),
            *(self._rows(steps).live_steps(room) if steps else ()),
        ]

    def _show_work(self, event: Event) -> None:
        match event:
            case events.ChecksFinished():
                self._stop_live()
            case events.ChecksStarted() | events.CheckStarted() | events.CheckFinished():
                self._start_live()
            case events.StepStarted() | events.StepFinished():
                self._start_live()

    # printed lines

    def _show_project(self, event: events.PlanMade | events.Bumped | events.VersionsFound) -> None:
        match event:
            case events.PlanMade():
                self._print((whole_plan_view if self._mode.verbose else plan_view)(self._writer, event))
            case events.Bumped():
                self._print(self._writer.headline(messages.bumped_headline(event)))
                self._print(tables.rows(self._writer, messages.edit_rows(event.edits)))
            case events.VersionsFound():
                self._print(tables.versions_found(self._writer, event))

    def _show_state(self, event: events.Stands | events.Proposed | events.Waits) -> None:
        match event:
            case events.Waits():
                self._print([Text(), *self._writer.headline(messages.waits_headline(event))])
                self._print(tables.rows(self._writer, messages.waits_rows(event)))
            case events.Stands():
                self._print(self._writer.headline(messages.stands_headline(event)))
                verbose = self._mode.verbose
                self._print(tables.rows(self._writer, messages.stands_rows(event, verbose=verbose)))
                by_hand = messages.stands_by_hand(event, verbose=verbose)
                if by_hand and event.unknown and not verbose:
                    self._print(self._writer.indented(self._writer.write(messages.ASK_FOR_COMMANDS), 2))
                else:
                    self._print(run_summary.listed(self._writer, messages.BY_HAND, by_hand))
            case events.Proposed():
                self._print(self._writer.headline(messages.proposed_headline(event)))
                self._print(tables.rows(self._writer, messages.proposed_rows(event)))
                self._print(
                    self._writer.write(line)
                    for line in messages.proposed_lines(event, verbose=self._mode.verbose)
                )

    def _show_end(self, event: events.Released | events.Failed) -> None:
        match event:
            case events.Released():
                self._print(run_summary.released(self._writer, event, timeline(self._history)))
            case events.Failed():
                self._print(run_summary.failed(self._writer, event))

    def _show_line(
        self, event: events.Note | events.Stopping | events.OutputLine | events.EffectFinished
    ) -> None:
        match event:
            case events.Stopping():
                said = self._writer.write(
                    f"{self._writer.glyphs.warned} {messages.stopping(event)}", "yellow"
                )
                self._print(self._writer.indented(said, 0))
            case events.Note(text):
                lines = messages.note_lines(text, self._writer.width)
                self._print(self._writer.write(line, "dim") for line in lines)
            case events.OutputLine(source, said) if self._mode.verbose:
                self._print(self._writer.behind_quote(f"{source} ", said))
            case events.EffectFinished(step, effect, already, seconds) if self._mode.verbose:
                how = "already done" if already else durations.duration(seconds)
                self._print(
                    [self._writer.write(f"{step} {self._writer.glyphs.quote} {effect}: {how}", "dim")]
                )

    def _print(self, parts: Iterable[RenderableType]) -> None:
        """Print tables, and lines without wrapping, so that long ones can be copied; no empty one first."""
        for part in parts:
            if self._rows_used == _COMMAND and isinstance(part, Text) and not part:
                continue
            self._rows_used += self._height(part)
            self._console.print(part, soft_wrap=isinstance(part, Text))

    def _height(self, part: RenderableType) -> int:
        """How many rows of the screen a part takes; what is wider than it is broken by the terminal."""
        columns = max(1, self._console.width)
        if isinstance(part, Text):
            return max(1, -(-part.cell_len // columns))
        return len(self._console.render_lines(part))
