"""How far a release has come after its point of no return: what is public, what is owed, until when.

It changes nothing; what it tells of the world it has asked for.
"""

import time
from collections.abc import Collection, Iterator, Sequence

from release_async.base.errors import ReleaseProgress
from release_async.external.index import repository_url
from release_async.plan.effect import Effect, Probed
from release_async.plan.plan import Plan
from release_async.release.steps import PIVOT, STEPS, Step
from release_async.run import journal
from release_async.run.context import Context

RESUME = "release-async --resume"
"""What a person types to go on."""

ABANDON = journal.ABANDON
"""What a person types to give a release up."""

DAYS_FOR_FILES = 14
"""Days after its first file in which PyPI takes more files of a release."""

DAYS_UNTIL_URGENT = 10
"""Days after which who goes on is told how little time is left."""


def from_the_pivot() -> list[tuple[str, Step]]:
    """The steps that a release which is gone on with still walks through, by their names."""
    names = list(STEPS)
    return [(name, STEPS[name]) for name in names[names.index(PIVOT) :]]


def effects(plan: Plan, context: Context) -> Iterator[Effect]:
    """Everything that is public or comes after what is, in its order."""
    for _, step in from_the_pivot():
        if not step.skipped(plan, context):
            yield from step.effects(plan, context)


def published(plan: Plan, context: Context) -> list[str]:
    """The public effects that the journal has seen done."""
    recorded = context.workspace.journal.recorded
    done = recorded.done if recorded else ()
    return [effect.name for effect in effects(plan, context) if effect.public and effect.name in done]


def of(plan: Plan, context: Context, done: Collection[str], public: Sequence[str]) -> ReleaseProgress:
    """How a release stands that ends before it is finished.

    Args:
        plan: The release.
        context: What it runs in.
        done: The effects that the world has shown to be so in this run.
        public: Those that others can see, of earlier runs too.
    """
    owed = [effect for effect in effects(plan, context) if effect.name not in {*done, *public}]
    manual = tuple(command for effect in owed for command in effect.manual)
    return ReleaseProgress(
        tuple(public), tuple(effect.name for effect in owed), manual, deadline(plan, context, owed)
    )


def deadline(plan: Plan, context: Context, owed: Sequence[Effect]) -> str:
    """Until when the files that are owed must be uploaded, in words; empty where no file or no day is.

    Counted from the point of no return by the index's own clock, so never later than the index counts.
    """
    recorded = context.workspace.journal.recorded
    uploads = {effect.name for effect in STEPS[PIVOT].effects(plan, context)}
    if recorded is None or uploads.isdisjoint(effect.name for effect in owed):
        return ""
    if plan.target.repository_url not in repository_url.addresses():
        return ""
    last = time.gmtime(recorded.begun + DAYS_FOR_FILES * 86400)
    day = time.strftime("%Y-%m-%d %H:%M UTC", last)
    return f"{plan.target.name} takes no more files of {plan.version} after {day}"


def urgent(plan: Plan, context: Context) -> str:
    """As ``deadline``, of all that no run has seen done; empty while there is time enough."""
    recorded = context.workspace.journal.recorded
    if recorded is None or context.index.clock() < recorded.begun + DAYS_UNTIL_URGENT * 86400:
        return ""
    return deadline(
        plan, context, [each for each in effects(plan, context) if each.name not in recorded.done]
    )


async def asked(plan: Plan, context: Context) -> list[tuple[Effect, Probed]]:
    """What the world says of each effect, now."""
    return [(effect, await effect.probe()) for effect in effects(plan, context)]
