"""The timeline of a run: when each check and step ran, as bars on one axis. Pure; it lays out nothing."""

from release_async.base.lazy_typing import Iterable, NamedTuple, Sequence
from release_async.render.run_history import RunHistory, Task

_SHORTEST = 0.02
"""The share of the whole time from which on a check or step has a bar of its own."""

MAX_BARS = 8
"""Maximum number of bars, so that they can be read at a glance."""


class Bar(NamedTuple):
    """One check or step on the axis.

    Attributes:
        title: The name that people see.
        begin: Seconds since the start of the first.
        end: As ``begin``.
        critical: Whether the run would have been shorter without it.
    """

    title: str
    begin: float
    end: float
    critical: bool

    def cells(self, width: int, whole: float) -> tuple[int, int]:
        """How many cells are free before the bar, and how many it takes: at least one."""
        scale = width / whole if whole else 0.0
        begin = min(width - 1, round(self.begin * scale))
        return begin, max(1, min(width, round(self.end * scale)) - begin)


class Timeline(NamedTuple):
    """The bars of a run.

    Attributes:
        bars: The longest ones: the checks in the order of their ends, then the steps.
        others: How many shorter ones are left out.
        longest_other: How long the longest of those took, in seconds.
        seconds: The whole time of checks and steps, without the time a person took to answer.
        checks: How long the checks took together.
        alone: The sum of the times of the checks.
    """

    bars: tuple[Bar, ...]
    others: int
    longest_other: float
    seconds: float
    checks: float
    alone: float

    @property
    def brief(self) -> "Timeline":
        """The same with the few longest bars: enough to see where the time went."""
        ranked = sorted(self.bars, key=lambda bar: bar.end - bar.begin, reverse=True)[:_BRIEF]
        return self._replace(bars=tuple(bar for bar in self.bars if bar in ranked))


LONG = 30.0
"""Seconds from which on it is of interest to everybody what took how long."""
_BRIEF = 3


def timeline(history: RunHistory) -> Timeline | None:
    """The timeline of a run that has ended; None where it is too short to show anything."""
    checks, steps = _ran(history.checks.values()), _ran(history.steps.values())
    staircase = _bars(checks, 0.0, critical=False)
    if staircase:
        last = staircase[-1]
        staircase[-1] = Bar(last.title, last.begin, last.end, critical=True)
    end = staircase[-1].end if staircase else 0.0
    bars = [*staircase, *_bars(steps, end, critical=True)]
    whole = bars[-1].end if bars else 0.0
    shown = _longest(bars, whole)
    if len(shown) < len(("one", "two")):
        return None
    others = [bar for bar in bars if bar not in shown]
    return Timeline(
        bars=tuple(shown),
        others=len(others),
        longest_other=max((bar.end - bar.begin for bar in others), default=0.0),
        seconds=whole,
        checks=end,
        alone=sum(bar.end - bar.begin for bar in staircase),
    )


def _ran(tasks: Iterable[Task]) -> list[tuple[Task, float, float]]:
    """What has run to its end, with its start and end times, in the order of the ends."""
    ran = [
        (task, task.begun, task.begun + task.seconds)
        for task in tasks
        if task.begun is not None and task.seconds
    ]
    return sorted(ran, key=lambda each: each[2])


def _bars(ran: Sequence[tuple[Task, float, float]], offset: float, *, critical: bool) -> list[Bar]:
    zero = min((begin for _, begin, _ in ran), default=0.0) - offset
    return [Bar(task.title, begin - zero, end - zero, critical) for task, begin, end in ran]


def _longest(bars: list[Bar], whole: float) -> list[Bar]:
    """The bars worth a line, in order."""
    ranked = sorted(bars, key=lambda bar: bar.end - bar.begin, reverse=True)[:MAX_BARS]
    return [bar for bar in bars if bar in ranked and bar.end - bar.begin >= _SHORTEST * whole]
