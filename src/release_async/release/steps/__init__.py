"""What a release does, one module each; which of them, and in which order, is for its route to say.

A step says which effects it consists of. It does not print, does not ask and knows nothing of resuming.
"""

from typing import Protocol

from release_async.plan.effect import Effect
from release_async.plan.plan import Plan
from release_async.release.steps import (
    announce,
    await_build,
    await_ci,
    await_publication,
    build,
    candidate,
    checkout,
    clean_up,
    collect,
    commit,
    confirm,
    inspect,
    land,
    merge,
    propose,
    push,
    ready,
    tag,
    take,
    upload,
    verify,
)
from release_async.run.context import Context
from release_async.run.step_results import Results


class Step(Protocol):
    """A module that is a step; ``TITLE`` is what a person calls it."""

    TITLE: str

    @property
    def NEEDS(self) -> tuple[type, ...]:  # noqa: N802 - a constant of a module
        """The kinds of results that the steps before it, or the journal, have to have given."""

    @property
    def GIVES(self) -> tuple[type, ...]:  # noqa: N802 - a constant of a module
        """The kinds of results that it gives."""

    def skipped(self, plan: Plan, context: Context, made: Results) -> str:
        """Why this step has nothing to do in this release; empty where it has."""

    def effects(self, plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
        """The changes it consists of, in order; asked anew whenever something has been made.

        Args:
            plan: The release.
            context: What a step may touch.
            made: What has been made so far. The number of effects and their names do not depend on what the
                step itself has given.
        """


STEPS: dict[str, Step] = {
    "commit": commit,
    "checkout": checkout,
    "propose": propose,
    "merge": merge,
    "await-ci": await_ci,
    "candidate": candidate,
    "await-build": await_build,
    "collect": collect,
    "build": build,
    "take": take,
    "inspect": inspect,
    "confirm": confirm,
    "ready": ready,
    "upload": upload,
    "tag": tag,
    "push": push,
    "await-publication": await_publication,
    "land": land,
    "verify": verify,
    "announce": announce,
    "clean-up": clean_up,
}
