"""The route of a release is a value: its steps in order, and where it becomes public."""

import json
from dataclasses import asdict

import pytest

from release_async.plan import route
from release_async.plan.route import ROUTES, Demands

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


@pytest.mark.parametrize(
    ("name", "waits", "remembered"),
    [
        ("here-ci", ("commit", "candidate", "await-ci", "build"), "candidate"),
        ("here-parent", ("commit", "await-ci", "build"), "await-ci"),
        ("current-ci", ("checkout", "await-ci", "build"), "await-ci"),
        ("tag-ci", ("checkout", "await-ci", "build"), "await-ci"),
        ("pull-request-ci", ("commit", "propose", "merge", "await-ci", "build"), "propose"),
        ("by-ci-ci", ("commit", "candidate", "await-ci", "ready"), "candidate"),
        ("by-ci-parent", ("commit", "await-ci", "ready"), "await-ci"),
        ("by-ci-head-ci", ("checkout", "await-ci", "ready"), "await-ci"),
        ("collect-ci", ("commit", "candidate", "await-build", "await-ci", "collect"), "candidate"),
        ("collect-parent", ("commit", "await-ci", "candidate", "await-build", "collect"), "await-ci"),
        ("collect-head-ci", ("checkout", "candidate", "await-build", "await-ci", "collect"), "candidate"),
    ],
)
def test_a_route_that_wants_green_waits_before_anything_is_made_of_it(
    name: str, waits: tuple[str, ...], remembered: str
) -> None:
    """For exactly the commit that is released, which others see by then; every other step is where it was."""
    plain, green = ROUTES[name.rpartition("-")[0]], ROUTES[name]
    assert green.steps[: len(waits)] == waits
    added = {"await-ci", "candidate"} - set(plain.steps)
    assert [step for step in green.steps if step not in added] == list(plain.steps)
    assert green.remembered[0] == remembered
    assert green.after == plain.after
    assert green.awaits_parent == name.endswith("parent")


def test_every_route_that_makes_something_public_can_want_green() -> None:
    """But for a trial, and for files that are built already."""
    plain = {name for name in ROUTES if not name.endswith(("-ci", "-parent"))} | {"by-ci"}
    assert {name for name in plain if f"{name}-ci" not in ROUTES} == {
        *("test", "current-test", "publish", "publish-test")
    }


def test_what_is_demanded_decides_on_the_route() -> None:
    """A trial demands nothing, and where nothing is edited there is nothing to merge."""
    both = Demands(by_request=True, green=True)
    assert route.route(test=False, demands=both).name == "pull-request-ci"
    assert route.route(test=False, commit=False, demands=both).name == "current-ci"
    assert route.route(test=False, commit=False, from_tag=True, demands=Demands(green=True)).name == "tag-ci"
    assert route.route(test=False, demands=Demands(by_request=True)).name == "pull-request"
    assert route.route(test=True, demands=both).name == "test"
    parent = Demands(green=True, of_parent=True)
    assert route.route(test=False, demands=parent).name == "here-parent"
    assert route.route(test=False, demands=parent._replace(by_ci=True)).name == "by-ci-parent"
    assert route.route(test=False, demands=parent._replace(by_request=True)).name == "pull-request-ci"
    assert route.route(test=False, commit=False, demands=parent).name == "current-ci"
    assert route.route(test=False, demands=Demands(green=True, by_ci=True)).name == "by-ci-ci"
    assert route.route(test=False, demands=Demands(green=True, collected=True)).name == "collect-ci"


@pytest.mark.parametrize("commit", [True, False])
def test_what_ci_builds_is_collected_before_anything_is_public(*, commit: bool) -> None:
    """All up to the upload can be taken back, and is remembered; a trial builds here."""
    demands = Demands(collected=True)
    chosen = route.route(test=False, commit=commit, demands=demands)
    first, land = ("commit", ("land",)) if commit else ("checkout", ())
    assert chosen.before == (first,)
    assert chosen.revocable == ("candidate", "await-build", "collect", "inspect", "confirm")
    assert chosen.after == ("upload", "tag", "push", *land, "verify", "announce", "clean-up")
    assert (chosen.collects, chosen.is_by_ci) == (True, False)
    green = route.route(test=False, commit=commit, demands=demands._replace(green=True))
    assert green.steps == (*chosen.steps[:3], "await-ci", *chosen.steps[3:])
    assert not route.route(test=True, commit=commit, demands=demands).collects
    merged = route.route(test=False, commit=commit, demands=demands._replace(by_request=True))
    steps = ("propose", "merge") if commit else ()
    assert merged.revocable == (*steps, *chosen.revocable)
