"""Checks and steps as lines: one for each, with its problems or uploads below it."""

from collections.abc import Iterator, Sequence

from rich.filesize import decimal
from rich.text import Text

from release_async.plan.events import Outcome
from release_async.render import check_results, durations, messages
from release_async.render.run_history import Part, Task
from release_async.render.terminal.fit_width import STYLES, LineWriter
from release_async.render.terminal.live_region import FRAMES_A_SECOND

_BAR = 20
_TITLE = 16
_TIME = 7


class Rows:
    """The lines of the checks, or of the steps.

    Args:
        writer: Writes the lines.
        tasks: The checks or steps, in order.
        now: The current time by the clock.
        pivot: The step from which on nothing can be undone; empty for checks.
    """

    def __init__(self, writer: LineWriter, tasks: Sequence[Task], now: float, pivot: str = "") -> None:
        self._writer = writer
        self._tasks = tasks
        self._now = now
        self._pivot = pivot
        longest = max((len(task.title) for task in tasks), default=0)
        self._title = min(max(_TITLE, longest), writer.width // 2)
        self._time = max(_TIME, *(len(self._time_text(task)) for task in tasks), 0)

    def live_checks(self, room: int) -> Iterator[Text]:
        """Running checks: how many have ended, what they found, and a line for each that runs.

        None is wrapped, so that they can be counted and erased.

        Args:
            room: How many lines there may be.
        """
        problems = [
            line for each in check_results.findings(self._tasks) for line in self._writer.finding(each)
        ]
        running = [line for task in self._tasks if task.outcome is None for line in self._live(task)]
        lines = [*map(self._writer.cropped, problems), *running]
        yield self._writer.cropped(self._ended())
        yield from lines[max(0, len(lines) - room + 1) :]

    def live_steps(self, room: int) -> list[Text]:
        """A line for each step so far, as for checks; the last ones where there is no room for all."""
        lines = [line for task in self._tasks for line in (*self._rule(task), *self._live(task))]
        return lines[max(0, len(lines) - room) :]

    def _ended(self) -> Text:
        """How many checks have ended, and since when they run."""
        frames = self._writer.glyphs.frames
        moving = Text(frames[int(self._now * FRAMES_A_SECOND) % len(frames)], style="cyan")
        ended = sum(task.outcome is not None for task in self._tasks)
        since = max((task.elapsed(self._now) or 0.0 for task in self._tasks), default=0.0)
        said = f" {ended} of {len(self._tasks)} checks"
        return Text.assemble(moving, said, (f"  {durations.duration(since)}", "dim"))

    def _live(self, task: Task) -> Iterator[Text]:
        note = self._writer.write(self._note(task), "dim")
        yield self._writer.cropped(Text.assemble(self._head(task, moving=True), note))
        if task.outcome is None:
            yield from map(self._writer.cropped, self._parts(task))

    def final_lines(self, what: str) -> Iterator[Text]:
        """The lines that stay: one for all, and what did not pass; for the verbose, everything before it.

        Args:
            what: ``check`` or ``step``.
        """
        if self._writer.verbose:
            yield from self._every_line()
            yield from self._summary(what)
            return
        if what == "check" or any(task.outcome is Outcome.PASSED for task in self._tasks):
            yield from self._summary(what)
        for found in check_results.findings(self._tasks):
            yield from self._writer.finding(found)
        for task in self._tasks if what == "step" else ():
            if task.outcome not in {Outcome.PASSED, Outcome.SKIPPED}:
                yield from self._final_line(task)

    def _every_line(self) -> Iterator[Text]:
        for task in self._tasks:
            yield from self._rule(task)
            yield from self._final_line(task)
            for problem in task.problems:
                yield from self._writer.problem(problem)

    def _summary(self, what: str) -> Iterator[Text]:
        worst = check_results.worst(self._tasks)
        said = check_results.summary(what, self._tasks, self._now)
        head = Text.assemble(self._writer.mark(worst), " ")
        yield from self._writer.beside(head, self._writer.write(said, STYLES[worst]))

    def _final_line(self, task: Task) -> Iterator[Text]:
        note = self._writer.write(self._note(task), "dim")
        yield from self._writer.beside(self._head(task, moving=False), note)

    def _rule(self, task: Task) -> Iterator[Text]:
        if task.name == self._pivot and task.begun is not None:
            yield rule(self._writer, messages.PIVOT)

    def _head(self, task: Task, *, moving: bool) -> Text:
        waiting = task.outcome is None and task.begun is None
        title = self._writer.write(task.title, "dim" if waiting or task.outcome in messages.IDLE else "")
        title = self._writer.cropped(title, self._title)
        title.pad_right(self._title - title.cell_len)
        time = Text(f"{self._time_text(task):>{self._time}}", style="dim")
        return Text.assemble("  ", self._mark(task, moving=moving), " ", title, "  ", time, "  ")

    def _mark(self, task: Task, *, moving: bool) -> Text:
        glyphs = self._writer.glyphs
        if task.outcome is not None:
            return self._writer.mark(task.outcome)
        if task.begun is None:
            return Text(glyphs.waiting if moving else glyphs.idle, style="dim")
        if not moving:
            return Text(glyphs.idle, style="yellow")
        return Text(glyphs.frames[int(self._now * FRAMES_A_SECOND) % len(glyphs.frames)], style="cyan")

    def _time_text(self, task: Task) -> str:
        """How long it took or has been running, or that it did not run."""
        if task.outcome in messages.IDLE:
            return str(task.outcome)
        passed = task.elapsed(self._now)
        return "" if passed is None else durations.duration(passed)

    def _note(self, task: Task) -> str:
        if task.outcome is None:
            now = [
                part.name for part in task.parts.values() if not (part.done or part.total or part.retry_at)
            ]
            return task.note or (now[-1] if now else "")
        if task.note or not task.sent:
            return task.note
        count = sum(part.total > 0 for part in task.parts.values())
        return f"{count} file{'s' if count > 1 else ''}, {decimal(task.sent)}"

    def _parts(self, task: Task) -> Iterator[Text]:
        """The uploads of a running step, its waiting attempts, why and how long, and whom it waits for."""
        yield from (self._writer.write(f"{' ' * messages.INDENT}{who}", "dim") for who in task.awaited)
        parts = [part for part in task.parts.values() if part.total or part.retry_at]
        names = [part.name.removeprefix(f"{task.name} ") for part in parts]
        width = min(max(map(len, names), default=0), self._writer.width // 2)
        for part, name in zip(parts, names, strict=True):
            mark = self._writer.mark(Outcome.PASSED) if part.done else " "
            title = self._writer.cropped(self._writer.write(name), width)
            title.pad_right(width - title.cell_len)
            yield Text.assemble("    ", mark, " ", title, "  ", self._state(part))
            if part.retry_at and part.why:
                most = messages.at_the_most(part.retry_until - self._now)
                why = f"{part.why}; tried again{most}" if most else part.why
                yield from self._writer.indented(self._writer.write(why, "dim"), messages.INDENT + 2)

    def _state(self, part: Part) -> Text:
        if part.done:
            return Text(decimal(part.total) if part.total else "", style="dim")
        if part.retry_at:
            return self._writer.write(messages.next_attempt(part, self._now), "yellow")
        filled = _BAR * part.sent // max(1, part.total)
        bar = (self._writer.glyphs.bar * filled, "cyan"), (self._writer.glyphs.rule * (_BAR - filled), "dim")
        return Text.assemble(*bar, (f"  {decimal(part.sent)} of {decimal(part.total)}", "dim"))


def rule(writer: LineWriter, said: str) -> Text:
    """A dividing line with a text."""
    ends = writer.glyphs.rule * 2
    return Text(f"  {ends} {said} {ends}", style="yellow")


def mark_stopped(tasks: Sequence[Task]) -> None:
    """Note for each running task that it was stopped."""
    for task in tasks:
        if task.outcome is None and task.begun is not None:
            task.note = "stopped"
