"""What has happened so far in a run, and when: collected from its events, for renderers. It shows nothing."""

import time

from release_async.base.lazy_typing import Callable, Iterator
from release_async.base.problems import Problems
from release_async.plan import events
from release_async.plan.events import Event, Outcome

Clock = Callable[[], float]
"""Seconds since some moment in the past."""


class Part:
    """One effect of a step.

    Attributes:
        name: Its title.
        sent: Bytes sent so far.
        total: Bytes in all; 0 where it sends none.
        retry_at: The time, by the clock, of the next attempt; 0 where none is waited for.
        retry_until: The time until which it is tried at the most; 0 where nothing is known of that.
        why: Why it waits.
        attempt: The number of the next attempt.
        done: Whether it is done.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.sent = self.total = 0
        self.retry_at = self.retry_until = 0.0
        self.why = ""
        self.attempt = 1
        self.done = False


class Task:
    """One check or step.

    Attributes:
        name: Its name in the table.
        title: The name that people see.
        begun: When it began, by the clock; None before.
        seconds: How long it took; None before its end.
        outcome: How it ended; None before.
        note: A short fact, or the last line of a child's output.
        problems: What a check found wrong.
        awaited: Whose turn it is, and with what, where a step waits for others.
        parts: The effects of a step, by their names.
        printed: Whether the renderer has printed it for good.
    """

    def __init__(self, name: str, title: str, begun: float | None = None) -> None:
        self.name = name
        self.title = title
        self.begun = begun
        self.seconds: float | None = None
        self.outcome: Outcome | None = None
        self.note = ""
        self.problems: Problems = ()
        self.awaited: tuple[str, ...] = ()
        self.parts: dict[str, Part] = {}
        self.printed = False

    def elapsed(self, now: float) -> float | None:
        """Seconds it took, or has been running for at ``now``; None before it runs."""
        if self.seconds is not None or self.begun is None:
            return self.seconds
        return now - self.begun

    @property
    def sent(self) -> int:
        """Bytes sent by the parts that are done."""
        return sum(part.total for part in self.parts.values() if part.done)


class RunHistory:
    """The checks and steps of one run, in the order to be shown.

    Attributes:
        clock: Returns the current time.
        checks: All checks, by name.
        steps: The steps that have begun or were skipped, by name.
        finals: The names of the steps that cannot be undone.
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self.clock = clock
        self.checks: dict[str, Task] = {}
        self.steps: dict[str, Task] = {}
        self.finals: tuple[str, ...] = ()

    def record(self, event: Event) -> None:
        """Record one event."""
        match event:
            case events.PlanMade():
                self.finals = tuple(stage.name for stage in event.stages if stage.final)
            case events.ChecksStarted(checks):
                self.checks = {name: Task(name, title) for name, title in checks}
            case events.CheckStarted(name, title):
                self.checks.setdefault(name, Task(name, title)).begun = self.clock()
            case events.StepStarted(name, title):
                self.steps[name] = Task(name, title, begun=self.clock())
            case events.CheckFinished():
                task = self.checks.setdefault(event.name, Task(event.name, event.title))
                _finish(task, event)
                task.problems = event.problems
            case events.StepFinished():
                _finish(self.steps.setdefault(event.name, Task(event.name, event.title)), event)
            case _:
                self._record_detail(event)

    def _record_detail(self, event: Event) -> None:
        match event:
            case events.OutputLine(source, line) if not line.startswith("hint:"):  # advice of git
                for task in filter(None, (self.checks.get(source), self.steps.get(source))):
                    task.note = line if task.outcome is None else task.note
            case events.EffectStarted(step, effect) if step in self.steps:
                self.steps[step].parts[effect] = Part(effect)
            case events.Waits() if event.stays:
                for task in (task for task in self.steps.values() if task.outcome is None):
                    task.note, task.awaited = f"waits for {event.what}", event.who
            case events.EffectFinished() | events.Progress() | events.Waiting():
                for part in self._parts(event.effect):
                    self._record_part(part, event)

    def _record_part(
        self, part: Part, event: events.EffectFinished | events.Progress | events.Waiting
    ) -> None:
        part.retry_at = 0.0
        match event:
            case events.EffectFinished():
                part.done = True
            case events.Progress():
                part.sent, part.total = event.sent, event.total
            case events.Waiting():
                part.retry_at, part.why, part.attempt = self.clock() + event.seconds, event.why, event.attempt
                part.retry_until = self.clock() + event.left if event.left else 0.0

    def _parts(self, effect: str) -> Iterator[Part]:
        for task in self.steps.values():
            if effect in task.parts:
                yield task.parts[effect]


def _finish(task: Task, event: events.CheckFinished | events.StepFinished) -> None:
    task.note, task.seconds, task.outcome = event.note, event.seconds, event.outcome
