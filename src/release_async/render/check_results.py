"""How checks and steps ended, in few lines: counts, and each problem once, whoever met it. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from release_async.base.lazy_typing import NamedTuple
from release_async.base.problems import Level, Problem
from release_async.plan.events import Outcome
from release_async.render.durations import duration
from release_async.render.run_history import Task

_WORDS: dict[Outcome | None, tuple[str, str]] = {
    Outcome.REFUSED: ("refused", "refused"),
    Outcome.BROKEN: ("could not judge", "could not judge"),
    Outcome.FAILED: ("failed", "failed"),
    Outcome.ASKED: ("failed", "failed"),
    Outcome.WARNED: ("warning", "warnings"),
    Outcome.WAITING: ("waiting", "waiting"),
    Outcome.SKIPPED: ("skipped", "skipped"),
    Outcome.NOT_RUN: ("not run", "not run"),
    None: ("stopped", "stopped"),
}
"""What is counted beside what passed, in the order in which it is said; for one, and for several."""
_LEVELS = {Level.WARN: Outcome.WARNED, Level.ASK: Outcome.ASKED}
_WEIGHT = (
    Outcome.FAILED,
    Outcome.REFUSED,
    Outcome.BROKEN,
    Outcome.ASKED,
    None,
    Outcome.WAITING,
    Outcome.WARNED,
)


def summary(what: str, tasks: Sequence[Task], now: float) -> str:
    """How many passed, and what became of the others: ``16 checks, 2 skipped (0.6 s)``.

    A check that only warns has passed too. Its warnings are counted as they are shown, each of them.

    Args:
        what: ``check`` or ``step``.
        tasks: All of them; what has not ended was stopped.
        now: The time by the clock: that of the end of what was stopped.
    """
    counts = Counter(task.outcome for task in tasks)
    passed = counts[Outcome.PASSED] + counts[Outcome.WARNED]
    counts[Outcome.WARNED] = sum(found.outcome is Outcome.WARNED for found in findings(tasks))
    noun = what if passed == 1 else f"{what}s"
    ended_well = {task.outcome for task in tasks} <= {
        Outcome.PASSED,
        Outcome.WARNED,
        Outcome.SKIPPED,
        Outcome.WAITING,
    }
    first = f"{passed} {noun}" if ended_well else f"{passed} {noun} passed"
    others = (f"{counts[each]} {words[counts[each] > 1]}" for each, words in _WORDS.items() if counts[each])
    return f"{', '.join((first, *others))} ({duration(_together(tasks, now))})"


def _together(tasks: Iterable[Task], now: float) -> float:
    """Seconds from the first beginning to the last end; ``now`` is that of what has not ended."""
    ran = [(task.begun, task.elapsed(now) or 0.0) for task in tasks if task.begun is not None]
    first = min((begun for begun, _ in ran), default=0.0)
    return max((begun + took for begun, took in ran), default=first) - first


def worst(tasks: Iterable[Task]) -> Outcome:
    """The outcome that all of them together have; NOT_RUN where some were stopped."""
    ended = {task.outcome for task in tasks}
    found = next((each for each in _WEIGHT if each in ended), Outcome.PASSED)
    return found or Outcome.NOT_RUN


class Finding(NamedTuple):
    """A problem, and the checks that met it.

    Attributes:
        outcome: How serious it is.
        titles: The titles of the checks.
        problem: What the first of them said.
    """

    outcome: Outcome
    titles: tuple[str, ...]
    problem: Problem


def findings(tasks: Iterable[Task]) -> Iterator[Finding]:
    """Every problem once: three checks that meet the same remote, which does not answer, have one cause.

    A cure that is the same as one above is not said again.
    """
    found: dict[tuple[str, ...], list[Finding]] = {}
    for task in tasks:
        for problem in task.problems:
            outcome = _LEVELS.get(problem.level, task.outcome or Outcome.REFUSED)
            same = found.setdefault((outcome, problem.where, problem.what), [])
            same.append(Finding(outcome, (task.title,), problem))
    once = [same[0]._replace(titles=_titles(same)) for same in found.values()]
    away = [each for each in once if each.problem.network]
    if len(away) > 1:
        once = [_network_is_away(away), *(each for each in once if not each.problem.network)]
    said: set[str] = set()
    for each in once:
        again = each.problem.cure in said
        said.add(each.problem.cure)
        yield each._replace(problem=each.problem._replace(cure="")) if again else each


def _titles(found: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(title for each in found for title in each.titles))


def _network_is_away(found: Sequence[Finding]) -> Finding:
    """One for several places that none of the checks could reach."""
    what = "several places cannot be reached, so it may be the network"
    cure = "check the network, the proxy and the addresses, then run the same command again"
    detail = "\n".join(each.problem.what for each in found)
    first = found[0]
    return Finding(first.outcome, _titles(found), first.problem._replace(what=what, cure=cure, detail=detail))
