"""The steps of every route fit together: what one needs, an earlier one gives."""

import pytest

from release_async.plan.preview import stages
from release_async.plan.route import ROUTES
from release_async.release.steps import STEPS
from release_async.run.step_results import BuiltFiles, Confirmed, Inspected, ReleaseCommit, TagObjects
from support.story import PLAN, changed

REMEMBERED = {ReleaseCommit, TagObjects, BuiltFiles, Inspected, Confirmed}
"""What a journal holds, so that a later run need not make it."""


@pytest.mark.parametrize("name", ROUTES)
def test_what_a_step_needs_was_given_before(name: str) -> None:
    """On the whole route, and from the point of no return on by what the journal remembers."""
    route = ROUTES[name]
    early = {ReleaseCommit, TagObjects}  # of a release that waits, which has passed no point of no return
    walks = ((route.steps, set[type]()), (route.remembered, early), (route.after, set(REMEMBERED)))
    for steps, given in walks if route.revocable else (walks[0], walks[2]):
        for step in steps:
            assert set(STEPS[step].NEEDS) <= given, step
            given |= set(STEPS[step].GIVES)


def test_every_step_is_on_a_route() -> None:
    """One that is on none is dead, and a name that no module bears ends a release."""
    assert {step for route in ROUTES.values() for step in route.steps} == set(STEPS)


@pytest.mark.parametrize("name", ROUTES)
def test_every_route_can_be_shown(name: str) -> None:
    """A person sees the stages of any route before saying Yes, in its order."""
    route = ROUTES[name]
    shown = [stage.name for stage in stages(changed(PLAN, route=route)) if stage.name != "tests"]
    assert shown == [step for step in route.steps if step in shown]
    assert route.pivot in shown
