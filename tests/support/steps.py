"""A step tried by itself, effect by effect, as the conductor does: what it gives is there for the next."""

from dataclasses import dataclass, field

from release_async.base.files import Artifact
from release_async.plan.effect import Effect, Probed
from release_async.plan.plan import Plan
from release_async.release.steps import Step
from release_async.run.context import Context
from release_async.run.step_results import BuiltFiles, Results
from support.story import PACKAGE


def built(*artifacts: Artifact) -> BuiltFiles:
    """The built files of the only package."""
    return BuiltFiles({PACKAGE.name: artifacts})


@dataclass
class Tried:
    """One step.

    Attributes:
        step: The step.
        plan: The release.
        context: What the step may touch.
        made: What has been made so far.
    """

    step: Step
    plan: Plan
    context: Context
    made: Results = field(default_factory=Results)

    @property
    def effects(self) -> tuple[Effect, ...]:
        """The effects, by what has been made so far."""
        return self.step.effects(self.plan, self.context, self.made)

    async def probe(self, number: int = 0) -> Probed:
        """Ask whether an effect is so, and keep what was seen."""
        probed = await self.effects[number].probe()
        self.made = self.made.having(*probed.gives)
        return probed

    async def perform(self, number: int = 0) -> None:
        """Make the change of an effect, and keep what it gives."""
        given = await self.effects[number].perform()
        self.made = self.made if given is None else self.made.having(given)
