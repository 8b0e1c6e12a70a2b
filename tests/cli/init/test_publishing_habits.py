"""``init`` sees how a project is published, and advises what fits that."""

import pytest

from release_async.cli.init import publishing_habits
from release_async.plan import ci_workflows
from release_async.plan.ci_workflows import PUBLISH, WorkflowInputs

SOUND = ci_workflows.publish(WorkflowInputs())


@pytest.mark.parametrize(
    ("workflow", "words"),
    [
        (SOUND, f"by {PUBLISH} (job publish), when the tag is pushed"),
        (
            SOUND.replace("  push:\n    tags:\n      - 'v[0-9]*'\n", "  workflow_dispatch:\n"),
            f"by {PUBLISH} (job publish), started by hand",
        ),
    ],
)
def test_a_job_that_uploads_needs_no_token_here(workflow: str, words: str) -> None:
    """Whatever starts it; what is still of use is told."""
    found = publishing_habits.found({PUBLISH: workflow.encode()}, "1.3.0", lambda _: None)
    assert (found.by_ci, found.words) == (True, words)
    assert any("no token is needed here" in line for line in found.advice)
    assert not any("finds" in line for line in found.advice)


def test_what_would_break_a_release_is_counted() -> None:
    """The command that shows it is named."""
    faulty = SOUND.replace("needs: [build]", "needs: []").encode()
    advice = publishing_habits.found({PUBLISH: faulty}, "1.3.0", lambda _: None).advice
    assert any("release-async workflow --check finds 1" in line for line in advice)


def test_compiled_parts_want_more_than_one_machine() -> None:
    """A token is offered all the same: the sdist can be released from here."""
    found = publishing_habits.found({}, "1.0", {"setup.py": b"setup(ext_modules=[x])"}.get)
    assert not found.by_ci
    assert "setuptools, extensions in setup.py" in found.words
    assert any("release-async workflow" in line for line in found.advice)


def test_everything_else_is_released_from_here() -> None:
    """No advice: the defaults fit."""
    found = publishing_habits.found({}, "", lambda _: None)
    assert found == publishing_habits.PublishingHabits(
        by_ci=False, words="from here, with a token", advice=()
    )
