"""What a release does, one module each, in this order; the first public effect is the point of no return.

A step says which effects it consists of. It does not print, does not ask and knows nothing of resuming.
"""

from typing import Protocol

from release_async.plan.effect import Effect
from release_async.plan.plan import Plan
from release_async.release.steps import (
    announce,
    build,
    clean_up,
    commit,
    confirm,
    inspect,
    land,
    push,
    tag,
    upload,
    verify,
)
from release_async.run.context import Context


class Step(Protocol):
    """A module that is a step; ``TITLE`` is what a person calls it."""

    TITLE: str

    def skipped(self, plan: Plan, context: Context) -> str:
        """Why this step has nothing to do in this release; empty where it has."""

    def effects(self, plan: Plan, context: Context) -> tuple[Effect, ...]:
        """The changes it consists of, in order; asked when the steps before it are done."""


STEPS: dict[str, Step] = {
    "commit": commit,
    "build": build,
    "inspect": inspect,
    "confirm": confirm,
    "upload": upload,
    "tag": tag,
    "push": push,
    "land": land,
    "verify": verify,
    "announce": announce,
    "clean-up": clean_up,
}

PIVOT = "upload"
"""The step whose first effect is the point of no return; a release that is gone on with begins here."""
