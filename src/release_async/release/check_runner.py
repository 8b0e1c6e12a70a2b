"""All checks at once: what becomes of their answers, and what a person may overrule. It never knows a check.

A check that refuses, or cannot judge, ends the long ones; every answer is shown in the order of the table.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import anyio
from anyio import CancelScope, Event, current_time

from release_async.base.errors import RUN_AGAIN, FailedError, RefusedError, ReleaseAsyncError, bug_message
from release_async.base.problems import Level, NotJudged, Problem, Problems, refuse, worst
from release_async.plan.events import CheckFinished, ChecksFinished, ChecksStarted, CheckStarted, Outcome
from release_async.plan.plan import Plan
from release_async.release.checks import CHECKS, Check
from release_async.release.shown_detail import shown
from release_async.run.context import Context

_OUTCOMES = {
    None: Outcome.PASSED,
    Level.WARN: Outcome.WARNED,
    Level.ASK: Outcome.ASKED,
    Level.REFUSE: Outcome.REFUSED,
}


_BEHIND = {"tests": "working-tree"}
"""A check, and the one it waits for: a suite may write into the tree for a while, which is no change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """On what terms a release is made.

    Attributes:
        asks: Whether a person is asked afterwards, and may overrule what did not pass.
        skip: Says which checks are not run in a release, by name, and why.
        keep_going: Whether long checks go on when another one has refused.
        only: The checks that are run at all; empty for all of this release.
    """

    asks: bool = False
    skip: Callable[[Plan, Context], Mapping[str, str]] = lambda _plan, _context: {}
    keep_going: bool = False
    only: frozenset[str] = frozenset()


async def check(plan: Plan, context: Context, options: CheckOptions) -> tuple[str, ...]:
    """Run every check at once, and go on only where none refuses.

    Returns:
        What did not pass and a person may overrule, a sentence each; empty where nobody is asked.

    Raises:
        RefusedError: A check refused, or did not pass where nobody is asked.
        FailedError: A check could not judge, because something outside did not do its part.
        Exception: A check has a bug; all others have been told.
    """
    checks = _Checks(plan, context, options)
    outcomes = await checks.run()
    if checks.bugs:
        raise checks.bugs[0]
    refused = [name for name, outcome in outcomes.items() if outcome is Outcome.REFUSED]
    broken = [name for name, outcome in outcomes.items() if outcome is Outcome.BROKEN]
    asked = [name for name, outcome in outcomes.items() if outcome is Outcome.ASKED]
    if refused:
        failed = "".join(f"; {CHECKS[name].TITLE} did not pass" for name in asked)
        doubt = f"; {_sentence(broken, 'could not judge', 'could not judge')}" if broken else ""
        sentence = f"{_sentence(refused, 'refuses', 'refuse')}{doubt}{failed}"
        raise RefusedError(sentence, cure=_after_refusal(checks.refusals))
    if broken:
        sentence = _sentence(broken, "could not judge", "could not judge")
        raise FailedError(sentence, cure=f"see above, then {RUN_AGAIN}")
    if asked and not options.asks:
        titles = ", ".join(CHECKS[name].TITLE for name in asked)
        raise RefusedError(f"{titles} did not pass", cure=f"fix it, then {RUN_AGAIN}")
    return tuple(checks.doubts)


def _after_refusal(refusals: Sequence[Problem]) -> str:
    """What to do about all that was refused: a version that can never be released is not asked for again."""
    others = [each for each in refusals if not each.is_final]
    if len(others) == len(refusals):
        return f"fix what is named above, then {RUN_AGAIN}"
    return f"fix the rest of what is named above, and {_ANOTHER}" if others else _ANOTHER


_ANOTHER = "release another version, such as one that is named above"


def _sentence(names: list[str], one: str, many: str) -> str:
    titles = ", ".join(CHECKS[name].TITLE for name in names)
    return f"1 check {one}: {titles}" if len(names) == 1 else f"{len(names)} checks {many}: {titles}"


@dataclass(slots=True)
class _Checks:
    """One round of all checks."""

    plan: Plan
    context: Context
    options: CheckOptions
    scopes: dict[str, CancelScope] = field(default_factory=lambda: {name: CancelScope() for name in CHECKS})
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    bugs: list[Exception] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    refusals: list[Problem] = field(default_factory=list)
    slowest: float = 0.0
    ended: dict[str, Event] = field(default_factory=lambda: {name: Event() for name in CHECKS})

    @property
    def checks(self) -> Mapping[str, Check]:
        """Those that come before this release, in the order of the table."""
        names, only = self.plan.route.checks, self.options.only
        return {
            name: check
            for name, check in CHECKS.items()
            if (name in names or not names) and (name in only or not only)
        }

    async def run(self) -> dict[str, Outcome]:
        """Run them all and return how each ended, in the order of the table."""
        started, skip = current_time(), self.options.skip(self.plan, self.context)
        self.context.emit(ChecksStarted(tuple((name, check.TITLE) for name, check in self.checks.items())))
        async with anyio.create_task_group() as group:
            # The long ones first: how soon they start decides how long the round takes.
            for name, module in sorted(self.checks.items(), key=lambda item: not item[1].LONG):
                if name in skip:
                    self._finish(CheckFinished(name, module.TITLE, Outcome.SKIPPED, (), 0.0, skip[name]))
                else:
                    group.start_soon(self._run, name, module)
        outcomes = {name: self.outcomes[name] for name in self.checks}
        heaviest = (Outcome.REFUSED, Outcome.BROKEN, Outcome.ASKED, Outcome.WARNED)
        bad = [one for one in heaviest if one in outcomes.values()]
        outcome = bad[0] if bad else Outcome.PASSED
        self.context.emit(ChecksFinished(outcome, current_time() - started, self.slowest))
        return outcomes

    async def _run(self, name: str, module: Check) -> None:
        started = current_time()
        self.context.emit(CheckStarted(name, module.TITLE))
        with self.scopes[name] as scope:
            before = _BEHIND.get(name, "")
            if before in self.checks:
                await self.ended[before].wait()
            outcome, problems, note = await self._judge(name, module)
        if scope.cancelled_caught:
            self._finish(CheckFinished(name, module.TITLE, Outcome.NOT_RUN, (), 0.0, "another check refused"))
            return
        self._finish(CheckFinished(name, module.TITLE, outcome, problems, current_time() - started, note))

    async def _judge(self, name: str, module: Check) -> tuple[Outcome, Problems, str]:
        try:
            problems = await module.run(self.plan, self.context)
        except ReleaseAsyncError as error:
            detail = shown(error.detail, name, self.context.logs)
            problem = refuse(error.what, cure=error.cure, detail=detail)
            return Outcome.BROKEN, (problem._replace(network=error.network),), ""
        except OSError as error:
            cure = "see that the file is there and may be read"
            return Outcome.BROKEN, (refuse(str(error), cure=cure),), ""
        except Exception as error:  # noqa: BLE001 - raised again when all checks have been told
            self.bugs.append(error)
            what, cure = f"{bug_message(error)}, in the check {name}", f"report it, or --skip {name}"
            return Outcome.BROKEN, (refuse(what, cure=cure),), ""
        if isinstance(problems, NotJudged):
            return Outcome.SKIPPED, (), problems.why
        self.refusals += [each for each in problems if each.level is Level.REFUSE]
        # Which tests failed stands right above the question.
        self.doubts += [each.what.partition(": ")[0] for each in problems if each.level is Level.ASK]
        told = (each._replace(detail=shown(each.detail, name, self.context.logs)) for each in problems)
        return _OUTCOMES[worst(problems)], tuple(told), ""

    def _finish(self, finished: CheckFinished) -> None:
        self.outcomes[finished.name] = finished.outcome
        self.ended[finished.name].set()
        self.slowest = max(self.slowest, finished.seconds)
        self.context.emit(finished)
        if finished.outcome in {Outcome.REFUSED, Outcome.BROKEN} and not self.options.keep_going:
            for name, module in self.checks.items():
                if module.LONG:
                    self.scopes[name].cancel()
