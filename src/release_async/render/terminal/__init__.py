"""A run on a terminal: what is going on moves, what has ended stays. Only this package imports rich."""

import threading
from collections.abc import Iterable
from typing import IO, TextIO, cast

from rich.console import Console, RenderableType
from rich.text import Text

from release_async.plan import events
from release_async.plan.events import Event
from release_async.render import messages
from release_async.render.output_mode import OutputMode
from release_async.render.question import forget_typed_ahead, said_yes
from release_async.render.run_history import RunHistory, Task
from release_async.render.stream import Stream
from release_async.render.terminal import summary, tables
from release_async.render.terminal.lines import STYLES, LineWriter
from release_async.render.terminal.live import LiveRegion
from release_async.render.terminal.plan_view import plan_view
from release_async.render.terminal.rows import Rows, stopped
from release_async.render.timeline import timeline


def console_on(stream: Stream) -> Console:
    """The console that writes to ``stream``, as wide as its terminal; rich heeds NO_COLOR."""
    return Console(file=cast("IO[str]", stream), highlight=False, markup=False, emoji=False)


class Terminal:
    """Shows a run on a terminal.

    While checks or steps run, lines at the bottom move; when they have ended they are printed for good.
    """

    def __init__(self, console: Console, answers: TextIO, mode: OutputMode | None = None) -> None:
        self._manner = mode or OutputMode()
        self._console = console
        self._answers = answers
        self._pen = LineWriter(console, self._manner.glyphs)
        self._course = RunHistory(self._manner.clock)
        self._lock = threading.RLock()
        self._motion: LiveRegion | None = None

    @property
    def can_ask(self) -> bool:
        """Whether a person sees the question and can type the answer."""
        return self._console.is_terminal and self._answers.isatty()

    def close(self) -> None:
        """End the motion, print what had not ended as it stands, and give the cursor back."""
        try:
            with self._lock:
                self._rest()
        finally:
            # Once more, should a Ctrl-C have broken off the end of the motion itself.
            self._console.show_cursor()

    async def ask(self, question: str) -> bool:
        """Ask where there is someone to answer; elsewhere say that the answer is No."""
        with self._lock:
            self._rest()
        if self.can_ask:
            forget_typed_ahead(self._answers)
        self._console.print(Text.assemble("\n", self._pen.write(question, "bold"), " [y/N] "), end="")
        if not self.can_ask:
            self._print([Text("No: there is no terminal to answer on")])
            return False
        answered = False
        try:
            yes = await said_yes(self._answers)
            answered = True
        finally:
            if not answered:
                self._print([Text()])  # what comes next must not stand behind the question
        return yes

    def paint(self) -> None:
        """Paint what moves anew, as it stands at this moment."""
        with self._lock:
            if self._motion:
                self._motion.paint()

    def show(self, event: Event) -> None:
        """Show one event."""
        with self._lock:
            self._course.tell(event)
            match event:
                case events.PlanMade() | events.Bumped() | events.VersionsFound():
                    self._rest()
                    self._show_project(event)
                case events.Stands() | events.Proposed():
                    self._rest()
                    self._show_state(event)
                case events.Released() | events.Failed():
                    self._rest()
                    self._show_end(event)
                case events.Note() | events.OutputLine() | events.EffectFinished():
                    self._show_line(event)
                case _:
                    self._show_work(event)

    # what moves

    def _move(self) -> None:
        if self._motion is None:
            # Known before it starts, so that a Ctrl-C in its first frame finds it and the cursor comes back.
            self._motion = LiveRegion(self._console, self._frame, self._lock)
            self._motion.start(by_itself=self._manner.by_itself)

    def _rest(self) -> None:
        """End the motion; what had not ended is printed as it stands."""
        if self._motion is None:
            return
        self._motion.stop()
        self._motion = None
        tasks = self._fresh()
        stopped(tasks)
        self._print(self._rows(tasks).settled())
        for task in tasks:
            task.told = True

    def _fresh(self) -> list[Task]:
        """The checks or steps that have not been printed for good."""
        tasks = (*self._course.checks.values(), *self._course.steps.values())
        return [task for task in tasks if not task.told]

    def _rows(self, tasks: list[Task]) -> Rows:
        pivot = self._course.finals[0] if self._course.finals else ""
        return Rows(self._pen, tasks, self._course.clock(), pivot)

    def _frame(self) -> list[Text]:
        """What moves at this moment; the end of it where the screen has too few rows for all."""
        lines = list(self._rows(self._fresh()).running())
        room = max(1, self._console.height - 2)
        return lines[-room:]

    def _show_work(self, event: Event) -> None:
        match event:
            case events.ChecksStarted():
                self._rest()
                self._print([Text(), Text("Checks", style="bold")])
                self._move()
            case events.ChecksFinished():
                self._rest()
                self._print([self._pen.write(f"  {messages.checks_sum(event)}", STYLES[event.outcome])])
            case events.CheckStarted() | events.CheckFinished():
                self._move()
            case events.StepStarted() | events.StepFinished():
                if self._motion is None:
                    self._print([Text(), Text("Release", style="bold")])
                self._move()

    # what stays

    def _show_project(self, event: events.PlanMade | events.Bumped | events.VersionsFound) -> None:
        match event:
            case events.PlanMade():
                self._print(plan_view(self._pen, event))
            case events.Bumped():
                self._print([self._pen.write(messages.bumped_headline(event), "bold")])
                self._print([tables.rows(self._pen, messages.edit_rows(event.edits))])
            case events.VersionsFound():
                self._print(tables.versions_found(self._pen, event))

    def _show_state(self, event: events.Stands | events.Proposed) -> None:
        match event:
            case events.Stands():
                self._print([self._pen.write(messages.stands_headline(event), "bold")])
                self._print([tables.rows(self._pen, messages.stands_rows(event))])
                self._print(summary.listed(self._pen, messages.BY_HAND, event.manual))
            case events.Proposed():
                self._print([self._pen.write(messages.proposed_headline(event), "bold")])
                self._print([tables.rows(self._pen, messages.proposed_rows(event))])
                self._print(self._pen.write(line) for line in messages.proposed_lines(event))

    def _show_end(self, event: events.Released | events.Failed) -> None:
        match event:
            case events.Released():
                self._print(summary.released(self._pen, event, timeline(self._course)))
            case events.Failed():
                self._print(summary.failed(self._pen, event))

    def _show_line(self, event: events.Note | events.OutputLine | events.EffectFinished) -> None:
        match event:
            case events.Note(text):
                self._print(self._pen.indented(self._pen.write(text, "dim"), 0))
            case events.OutputLine(source, said) if self._manner.verbose:
                self._print([self._pen.write(f"{source} {self._pen.glyphs.quote} {said}", "dim")])
            case events.EffectFinished(step, effect, already, seconds) if self._manner.verbose:
                how = "was so already" if already else messages.duration(seconds)
                self._print([self._pen.write(f"{step} {self._pen.glyphs.quote} {effect}: {how}", "dim")])

    def _print(self, parts: Iterable[RenderableType]) -> None:
        """Print tables, and lines as they are: those too long for the screen may be copied."""
        for part in parts:
            self._console.print(part, soft_wrap=isinstance(part, Text))
