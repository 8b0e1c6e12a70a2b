"""The route of a release is a value: its steps in order, and where it becomes public."""

import json
from dataclasses import asdict

import pytest

from release_async.plan import route
from release_async.plan.route import ROUTES

PREPARE = ("commit", "build", "inspect", "confirm")


@pytest.mark.parametrize("commit", [True, False])
@pytest.mark.parametrize(
    ("test", "after"),
    [
        (False, ("upload", "tag", "push", "land", "verify", "announce", "clean-up")),
        (True, ("upload", "verify", "clean-up")),
    ],
)
def test_every_combination_has_its_steps(*, test: bool, commit: bool, after: tuple[str, ...]) -> None:
    """In this order; the upload is the point of no return; without a commit nothing lands."""
    chosen = route.route(test=test, commit=commit)
    first, left_out = ("commit", "") if commit else ("checkout", "land")
    assert chosen.before == (first, *PREPARE[1:])
    assert chosen.after == tuple(step for step in after if step != left_out)
    assert chosen.steps == (*chosen.before, *chosen.after)
    assert chosen.pivot == "upload"
    assert bool(chosen.without) == (test or not commit)


def test_a_version_from_the_tag_goes_as_head_does_and_says_why() -> None:
    """Neither a commit nor a landing; a trial only uploads."""
    tagged = route.route(test=False, commit=False, from_tag=True)
    current = route.route(test=False, commit=False)
    assert (tagged.name, tagged.before, tagged.after) == ("tag", current.before, current.after)
    assert "comes from the tag" in tagged.without
    assert route.route(test=True, commit=False, from_tag=True).name == "current-test"


@pytest.mark.parametrize("name", ROUTES)
def test_a_route_survives_the_journey_through_a_journal(name: str) -> None:
    """A release is finished by the steps that it was begun with."""
    chosen = ROUTES[name]
    assert chosen.name == name
    assert route.recalled(json.loads(json.dumps(asdict(chosen)))) == chosen
