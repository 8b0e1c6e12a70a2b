"""How far a release has come that others can see something of: what is public, and what is still to do.

It changes nothing; what it tells of the world it has asked for.
"""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from release_async.base.errors import Awaited, ReleaseProgress
from release_async.external.index import repository_url
from release_async.plan.effect import AwaitedAction, Effect, Probed, State
from release_async.plan.plan import Plan
from release_async.release.steps import STEPS
from release_async.run import journal
from release_async.run.context import Context
from release_async.run.step_results import Results

RESUME = journal.RESUME
"""What a person types to go on."""

ABANDON = journal.ABANDON
"""What a person types to give a release up."""

DAYS_FOR_FILES = 14
"""Days after its first file in which PyPI takes more files of a release."""

DAYS_UNTIL_URGENT = 10
"""Days after which who goes on is told how little time is left."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release on its way.

    Attributes:
        plan: What was decided.
        context: What it runs in.
        made: What it has made so far.
    """

    plan: Plan
    context: Context
    made: Results

    def having(self, *values: object) -> "Release":
        """The same, once more has been made."""
        return replace(self, made=self.made.having(*values)) if values else self

    def skipped(self, step: str) -> str:
        """Why a step has nothing to do in this release; empty where it has."""
        return STEPS[step].skipped(self.plan, self.context, self.made)

    def effects(self, step: str) -> tuple[Effect, ...]:
        """The changes that a step consists of, by what has been made so far."""
        return STEPS[step].effects(self.plan, self.context, self.made)


def steps(release: Release) -> Iterator[str]:
    """The steps that a run which goes on walks along, as far as what was made tells their effects."""
    recorded, route = release.context.workspace.journal.recorded, release.plan.route
    if recorded is None or recorded.pivot is not None:
        yield from route.after
        return
    for step in route.remembered:
        if not all(map(release.made.find, STEPS[step].NEEDS)):
            return
        yield step


def effects(release: Release) -> Iterator[Effect]:
    """All that is public or comes after what is, in the order of the route, as far as it can be told."""
    for step in steps(release):
        if not release.skipped(step):
            yield from release.effects(step)


def published(release: Release) -> list[str]:
    """The public effects that the journal has seen done."""
    recorded = release.context.workspace.journal.recorded
    done = recorded.done if recorded else ()
    return [effect.name for effect in effects(release) if effect.public and effect.name in done]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a run has seen of the effects of a release, by their names.

    Attributes:
        done: Those that were seen to be so in this run.
        public: Those that others can see, of earlier runs too.
        unknown: Those that may be so: they are not called owed, and who goes on by hand begins with a look.
        manual: What a person would type for some of them as they stand, instead of what the effect says.
        answers: What the probes of those said last that are not done.
    """

    done: Collection[str]
    public: Sequence[str]
    unknown: Collection[str] = ()
    manual: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    answers: Mapping[str, Probed] = field(default_factory=dict)

    def left(self, name: str) -> str:
        """What is left of an effect that is not done."""
        said = self.answers.get(name)
        return said.rest if said and said.rest else name

    def is_conflict(self, name: str) -> bool:
        """Whether something else is there under a name of ours, which a person has to judge first."""
        return name in self.answers and self.answers[name].state is State.CONFLICT

    def parts(self, name: str) -> tuple[str, ...]:
        """What of it others can see already."""
        return self.answers[name].parts if name in self.answers else ()


def of(release: Release, seen: Seen) -> ReleaseProgress:
    """How far a release has come that ends before it is finished."""
    rest = [effect for effect in effects(release) if effect.name not in {*seen.done, *seen.public}]
    names = [effect.name for effect in rest]
    owed = [name for name in names if name not in seen.unknown]
    return ReleaseProgress(
        public=(*seen.public, *(part for name in names for part in seen.parts(name))),
        owed=tuple(map(seen.left, _without_later_looks(owed, _looks(release)))),
        manual=_by_hand(release, rest, seen),
        deadline=deadline(release, rest),
        unknown=tuple(name for name in names if name in seen.unknown),
    )


def _by_hand(release: Release, rest: Sequence[Effect], seen: Seen) -> tuple[str, ...]:
    """What a person types for the rest; nothing where only a look is left, which our own run takes."""
    ours = takewhile(lambda one: not seen.is_conflict(one.name), rest)  # what follows that builds on it
    typed = {one.name: seen.manual.get(one.name, one.manual) for one in ours}
    looks = _looks(release)
    if not any(commands for name, commands in typed.items() if name not in looks):
        return ()
    return tuple(command for commands in typed.values() for command in commands)


def _without_later_looks(owed: Sequence[str], looks: Collection[str]) -> Iterator[str]:
    """A look is still to do once all before it is done; until then it may have been taken already."""
    change = next((number for number, name in enumerate(owed) if name not in looks), len(owed))
    return (name for number, name in enumerate(owed) if number < change or name not in looks)


def _looks(release: Release) -> set[str]:
    """What only looks at what has been made."""
    return {one.name for step in steps(release) if step == _LOOKS for one in release.effects(step)}


_LOOKS = "verify"
"""The step that consists of looks."""


def deadline(release: Release, owed: Sequence[Effect]) -> str:
    """Until when the files that are owed must be uploaded, in words; empty where no file or no day is.

    Counted from the point of no return by the index's own clock, so never later than the index counts.
    """
    plan, recorded = release.plan, release.context.workspace.journal.recorded
    uploads = {effect.name for effect in release.effects(plan.route.pivot)}
    if recorded is None or recorded.pivot is None or uploads.isdisjoint(effect.name for effect in owed):
        return ""
    if plan.target.repository_url not in repository_url.upload_urls():
        return ""
    last = time.gmtime(recorded.pivot + DAYS_FOR_FILES * 86400)
    day = time.strftime("%Y-%m-%d %H:%M UTC", last)
    return f"{plan.target.name} accepts no more files of {plan.versions} after {day}"


def urgent(release: Release) -> str:
    """As ``deadline``, of all that no run has seen done; empty while there is time enough."""
    context = release.context
    recorded = context.workspace.journal.recorded
    if recorded is None or recorded.pivot is None:
        return ""
    if context.index.now() < recorded.pivot + DAYS_UNTIL_URGENT * 86400:
        return ""
    return deadline(release, [each for each in effects(release) if each.name not in recorded.done])


async def asked(release: Release) -> tuple[list[tuple[Effect, Probed]], Release]:
    """What git, the index and the forge say of each effect, now.

    Before the point of no return nobody is asked for what comes after an effect that is not so.

    Returns:
        Each effect and its answer; and the release with what was seen.
    """
    answers: list[tuple[Effect, Probed]] = []
    recorded, route = release.context.workspace.journal.recorded, release.plan.route
    is_past_pivot = recorded is None or recorded.pivot is not None
    for step in route.after if is_past_pivot else route.revocable:
        if release.skipped(step):
            continue
        for number in range(len(release.effects(step))):
            effect = release.effects(step)[number]
            answers.append((effect, await effect.probe()))
            release = release.having(*answers[-1][1].gives)
            if not is_past_pivot and answers[-1][1].state is not State.DONE:
                return answers, release
    return answers, release


async def take_back(release: Release) -> list[str]:
    """Take back what others can see and what is still ours, the last first: all that was ever begun.

    Returns:
        What was done, in words.

    Raises:
        FailedError: The world did not answer, or refused.
    """
    answers, release = await asked(release)
    recorded = release.context.workspace.journal.recorded
    begun = {effect.name for effect, _ in answers} | set(recorded.tried if recorded else ())
    undone = [effect.undo for effect in effects(release) if effect.undo and effect.name in begun]
    told = [await undo() for undo in reversed(undone)]
    return [words for words in told if words]


def awaited(release: Release, waiting: AwaitedAction, public: Sequence[str]) -> Awaited:
    """What a release waits for, for a person to read.

    Args:
        release: The release.
        waiting: What somebody else has to do.
        public: The effects that others can see.
    """
    plan = release.plan
    since = moment(waiting.since) if waiting.since else ""
    return Awaited(
        plan.names, plan.versions, waiting.what, since, waiting.address, waiting.who, tuple(public)
    )


def moment(seconds: float) -> str:
    """A time, in seconds since the epoch, in words."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))


def decide(cure: str) -> str:
    """What to type where something else is there under a name of ours, and a person must decide.

    Args:
        cure: What is to be looked at, and what each decision takes.
    """
    return f"{cure}; to go on: {RESUME}; to give it up: {ABANDON}"


GO_ON = f"{RESUME} looks once, {RESUME} --wait stays; to give it up: {ABANDON}"
"""What to type while somebody else has to do something."""
