"""How far a release has come after its point of no return: what is public, what is owed, until when.

It changes nothing; what it tells of the world it has asked for.
"""

import time
from collections.abc import Collection, Iterator, Sequence

from release_async.base.errors import Standing
from release_async.external.index import repository_url
from release_async.plan.effect import Effect, Probed
from release_async.plan.plan import Plan
from release_async.release.steps import PIVOT, STEPS, Step
from release_async.run import journal
from release_async.run.context import World

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


def effects(plan: Plan, world: World) -> Iterator[Effect]:
    """Everything that is public or comes after what is, in its order."""
    for _, step in from_the_pivot():
        if not step.skipped(plan, world):
            yield from step.effects(plan, world)


def published(plan: Plan, world: World) -> list[str]:
    """The public effects that the journal has seen done."""
    story = world.workshop.journal.story
    done = story.done if story else ()
    return [effect.name for effect in effects(plan, world) if effect.public and effect.name in done]


def of(plan: Plan, world: World, done: Collection[str], public: Sequence[str]) -> Standing:
    """How a release stands that ends before it is finished.

    Args:
        plan: The release.
        world: What it runs in.
        done: The effects that the world has shown to be so in this run.
        public: Those that others can see, of earlier runs too.
    """
    owed = [effect for effect in effects(plan, world) if effect.name not in {*done, *public}]
    manual = tuple(command for effect in owed for command in effect.manual)
    return Standing(tuple(public), tuple(effect.name for effect in owed), manual, deadline(plan, world, owed))


def deadline(plan: Plan, world: World, owed: Sequence[Effect]) -> str:
    """Until when the files that are owed must be uploaded, in words; empty where no file or no day is.

    Counted from the point of no return by the index's own clock, so never later than the index counts.
    """
    story = world.workshop.journal.story
    uploads = {effect.name for effect in STEPS[PIVOT].effects(plan, world)}
    if story is None or uploads.isdisjoint(effect.name for effect in owed):
        return ""
    if plan.target.repository_url not in repository_url.addresses():
        return ""
    last = time.gmtime(story.begun + DAYS_FOR_FILES * 86400)
    day = time.strftime("%Y-%m-%d %H:%M UTC", last)
    return f"{plan.target.name} takes no more files of {plan.version} after {day}"


def urgent(plan: Plan, world: World) -> str:
    """As ``deadline``, of all that no run has seen done; empty while there is time enough."""
    story = world.workshop.journal.story
    if story is None or world.index.clock() < story.begun + DAYS_UNTIL_URGENT * 86400:
        return ""
    return deadline(plan, world, [each for each in effects(plan, world) if each.name not in story.done])


async def asked(plan: Plan, world: World) -> list[tuple[Effect, Probed]]:
    """What the world says of each effect, now."""
    return [(effect, await effect.probe()) for effect in effects(plan, world)]
