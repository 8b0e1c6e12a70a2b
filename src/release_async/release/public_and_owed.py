"""How far a release has come after its point of no return: what is public, what is owed, until when.

It changes nothing; what it tells of the world it has asked for.
"""

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from release_async.base.errors import ReleaseProgress
from release_async.external.index import repository_url
from release_async.plan.effect import Effect, Probed
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


def effects(release: Release) -> Iterator[Effect]:
    """Everything that is public or comes after what is, in the order of the route."""
    for step in release.plan.route.after:
        if not release.skipped(step):
            yield from release.effects(step)


def published(release: Release) -> list[str]:
    """The public effects that the journal has seen done."""
    recorded = release.context.workspace.journal.recorded
    done = recorded.done if recorded else ()
    return [effect.name for effect in effects(release) if effect.public and effect.name in done]


def of(
    release: Release, done: Collection[str], public: Sequence[str], unknown: Collection[str] = ()
) -> ReleaseProgress:
    """How far a release has come that ends before it is finished.

    Args:
        release: The release.
        done: The effects that were seen to be so in this run.
        public: Those that others can see, of earlier runs too.
        unknown: Those that may be so: they are not called owed, and who goes on by hand begins with a look.
    """
    rest = [effect for effect in effects(release) if effect.name not in {*done, *public}]
    names = [effect.name for effect in rest]
    return ReleaseProgress(
        public=tuple(public),
        owed=tuple(name for name in names if name not in unknown),
        manual=tuple(command for effect in rest for command in effect.manual),
        deadline=deadline(release, rest),
        unknown=tuple(name for name in names if name in unknown),
    )


def deadline(release: Release, owed: Sequence[Effect]) -> str:
    """Until when the files that are owed must be uploaded, in words; empty where no file or no day is.

    Counted from the point of no return by the index's own clock, so never later than the index counts.
    """
    plan, recorded = release.plan, release.context.workspace.journal.recorded
    uploads = {effect.name for effect in release.effects(plan.route.pivot)}
    if recorded is None or uploads.isdisjoint(effect.name for effect in owed):
        return ""
    if plan.target.repository_url not in repository_url.upload_urls():
        return ""
    last = time.gmtime(recorded.begun + DAYS_FOR_FILES * 86400)
    day = time.strftime("%Y-%m-%d %H:%M UTC", last)
    return f"{plan.target.name} accepts no more files of {plan.versions} after {day}"


def urgent(release: Release) -> str:
    """As ``deadline``, of all that no run has seen done; empty while there is time enough."""
    context = release.context
    recorded = context.workspace.journal.recorded
    if recorded is None or context.index.now() < recorded.begun + DAYS_UNTIL_URGENT * 86400:
        return ""
    return deadline(release, [each for each in effects(release) if each.name not in recorded.done])


async def asked(release: Release) -> tuple[list[tuple[Effect, Probed]], Release]:
    """What git, the index and the forge say of each effect, now.

    Returns:
        Each effect and its answer; and the release with what was seen.
    """
    answers: list[tuple[Effect, Probed]] = []
    for step in release.plan.route.after:
        if release.skipped(step):
            continue
        for number in range(len(release.effects(step))):
            effect = release.effects(step)[number]
            answers.append((effect, await effect.probe()))
            release = release.having(*answers[-1][1].gives)
    return answers, release
