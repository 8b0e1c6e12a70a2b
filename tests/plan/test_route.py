"""The route of a release is a value: its steps in order, and where it becomes public."""

import json
from dataclasses import asdict

import pytest

from release_async.plan import route
from release_async.plan.route import ROUTES

PREPARE = ("commit", "build", "inspect", "confirm")


@pytest.mark.parametrize(
    ("test", "after"),
    [
        (False, ("upload", "tag", "push", "land", "verify", "announce", "clean-up")),
        (True, ("upload", "verify", "clean-up")),
    ],
)
def test_every_combination_has_its_steps(*, test: bool, after: tuple[str, ...]) -> None:
    """In this order; the upload is the point of no return of each."""
    chosen = route.route(test=test)
    assert (chosen.before, chosen.after) == (PREPARE, after)
    assert chosen.steps == (*PREPARE, *after)
    assert chosen.pivot == "upload"


@pytest.mark.parametrize("name", ROUTES)
def test_a_route_survives_the_journey_through_a_journal(name: str) -> None:
    """A release is finished by the steps that it was begun with."""
    chosen = ROUTES[name]
    assert chosen.name == name
    assert route.recalled(json.loads(json.dumps(asdict(chosen)))) == chosen
