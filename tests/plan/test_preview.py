"""The plan as stages: in the order of what is run, with nothing left out that cannot be taken back."""

import shlex
from dataclasses import replace
from typing import Any

import pytest

from release_async.plan import preview as outline
from release_async.plan.plan import NO_TOKEN, Narrowing, Plan
from release_async.plan.route import ROUTES
from release_async.release.checks import CHECKS
from release_async.release.steps import STEPS
from support import story
from support.story import changed


def named(plan: Plan) -> dict[str, outline.Stage]:
    """The stages of a plan by their names."""
    return {stage.name: stage for stage in outline.stages(plan)}


def test_every_stage_is_a_check_or_a_step_in_its_order() -> None:
    """What is shown is what runs, and the first that cannot be taken back is the pivot."""
    stages = outline.stages(story.PAGED)
    order = [*CHECKS, *STEPS]
    places = [order.index(stage.name) for stage in stages]
    assert places == sorted(places)
    assert [stage.name for stage in stages if stage.final] == [story.PAGED.route.pivot, "announce"]


def test_commands_can_be_typed() -> None:
    """A shell reads each as it is meant, whatever a branch or a message is called."""
    plan = changed(story.PAGED, message="it's\n\nmore", branch="a branch", tag="v$1")
    commands = {stage.name: shlex.split(stage.command) for stage in outline.stages(plan)}
    assert commands["commit"] == ["git", "commit", "-m", "it's", "-m", "more"]
    assert commands["push"] == ["git", "push", "--atomic", "origin", "a branch", "v$1"]


@pytest.mark.parametrize(
    "message",
    [
        "release: v1.3.0\n\n🤖 Generated with PyPI Release Automation\n",
        "Release 1.3.0\n\nFirst line,\nsecond line.\n\nSigned-off-by: A Person",
        "Release 1.3.0",
    ],
)
def test_the_whole_message_of_the_commit_is_shown(message: str) -> None:
    """Its last line too, in short and in full: what stays in the history is read before it is made."""
    stage = named(changed(story.PLAN, message=message))["commit"]
    for shown in ("\n".join((stage.command, *stage.notes)), "\n".join(stage.brief)):
        assert all(line in shown for line in message.splitlines())
    assert "\n" not in stage.command


def test_another_version_than_was_asked_for_is_told_with_the_reason() -> None:
    """As on a test index, which has that one; where it is the same there is nothing to tell."""
    plan = changed(story.PAGED, route=ROUTES["test"], version="1.3.0.dev1")
    assert outline.stages(plan, asked="1.3.0.dev1") == outline.stages(plan)
    first, *others = outline.stages(plan, asked="1.3.0")
    assert tuple(others) == outline.stages(plan)
    assert first.name in CHECKS
    assert first.brief == ("1.3.0.dev1 is tried, the next that is free: Example has 1.3.0 already",)


def test_a_test_release_shares_nothing_but_the_upload() -> None:
    """With --test no branch and no tag changes, and it says so."""
    stages = named(changed(story.PAGED, route=ROUTES["test"], tag=None))
    assert list(stages) == ["tests", "build", "upload"]
    assert "no branch, tag or push changes" in stages["upload"].notes


def test_head_is_released_without_a_commit() -> None:
    """What is said of it is which commit that is; nothing lands."""
    stages = named(changed(story.PAGED, route=ROUTES["current"], edits=(), version="1.2.3"))
    assert not {"commit", "land"} & set(stages)
    assert stages["checkout"].notes == ("HEAD is released as it is, 3f2a1b000: there is no release commit",)
    assert list(named(changed(story.PAGED, route=ROUTES["current-test"], tag=None))) == list(
        named(changed(story.PAGED, route=ROUTES["test"], tag=None))
    )


def test_without_a_tag_there_is_no_page() -> None:
    """And the push names the branch alone."""
    stages = named(changed(story.PAGED, tag=None))
    assert not {"tag", "announce"} & set(stages)
    assert stages["push"].command == "git push --atomic origin main"


def test_it_says_where_the_token_goes_and_how_narrow_it_is() -> None:
    """The host alone, without credentials; a copy of the token, or itself and why."""
    target = replace(story.PLAN.target, repository_url="https://me@index.example.com:8443/legacy/")
    for narrowing, words in (
        (Narrowing(project="demo", seconds=900), "as a copy for demo, good for 15 min from each upload"),
        (Narrowing(why_not="NARROW_TOKEN is false"), "not limited to this project: NARROW_TOKEN is false"),
        (Narrowing(), "as it is"),
    ):
        plan = changed(story.PLAN, target=target, narrowing=narrowing)
        expected = f"PYPI_API_TOKEN goes to index.example.com:8443 alone, {words}"
        assert expected in named(plan)["upload"].notes


def test_a_rehearsal_promises_nothing_for_ever_and_names_no_token_of_a_person() -> None:
    """Its index is gone with the sandbox, and so is the token."""
    target = replace(story.PLAN.target, is_rehearsal=True)
    upload = named(changed(story.PLAN, target=target))["upload"]
    assert upload.brief == ("to the sandbox's index, with a made-up token",)
    assert target.token_setting not in "".join(upload.notes)


def test_what_there_is_not_is_said_to_be_missing() -> None:
    """The plan is shown also where checks refuse: without a token, and without a remote."""
    stages = named(changed(story.PLAN, narrowing=NO_TOKEN, remote="upstream", remote_url=""))
    assert "there is no token: PYPI_API_TOKEN is not set" in stages["upload"].notes
    assert stages["push"].notes == ("there is no remote upstream",)


def test_no_tests_is_said() -> None:
    """Who skips the suite sees it in the plan."""
    assert named(changed(story.PLAN, test_command=None))["tests"].notes == ("not run",)


def test_the_question_says_what_becomes_public() -> None:
    """In one line: what, where, how many files, tag and push; two packages of one train, and what is not."""
    assert outline.question(story.PAGED) == (
        "Release demo 1.2.3 → 1.3.0 to Example: 2 files, tag v1.3.0, push main to origin, GitHub release?"
    )
    ours = story.PLAN.packages[0]
    other = replace(ours, name="other", current="0.1", version="0.2", tag="other-v0.2")
    train = replace(story.PAGED, packages=(ours, other))
    assert outline.question(train) == (
        "Release demo 1.2.3 → 1.3.0, other 0.1 → 0.2 to Example: "
        "4 files, tags v1.3.0 and other-v0.2, push main to origin, GitHub releases?"
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tag": None, "page": ""}, "2 files, no tag, push main to origin?"),
        ({"remote_url": ""}, "2 files, tag v1.3.0, no remote to push to?"),
        ({"version": "1.2.3"}, "Release demo 1.2.3 to Example: "),
        ({"current": ""}, "Release demo 1.3.0 to Example: "),
        (
            {"route": ROUTES["test"], "tag": None},
            "Upload demo 1.2.3 → 1.3.0 to Example: 2 files, no tag, no push?",
        ),
    ],
)
def test_the_question_says_what_does_not_become_public(changes: dict[str, Any], said: str) -> None:
    """Without a tag or a remote, of a version that is there already, and for a test index."""
    assert said in outline.question(changed(story.PLAN, **changes))


def test_what_did_not_pass_is_part_of_the_one_question() -> None:
    """Who is asked twice does not know whether the first Yes was the release."""
    asked = outline.question(story.PAGED, ("the test suite failed: test_a", "another too"))
    first, second = asked.split("\n")
    assert first == "The test suite failed: test_a; another too."
    assert second.startswith("Continue anyway, and release demo ")
    assert second.endswith("?")


def test_the_question_says_what_comes_before_the_merge_and_what_after() -> None:
    """What a person says Yes to is a proposal, and all that follows from its merge."""
    assert outline.question(changed(story.PAGED, route=ROUTES["pull-request"])) == (
        "Propose demo 1.2.3 → 1.3.0 as release/1.3.0 on origin, and once it is merged: "
        "2 files to Example, tag v1.3.0, GitHub release?"
    )
