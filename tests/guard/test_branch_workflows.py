"""Whether a workflow runs for a branch is read off its filters as GitHub reads them."""

import pytest

from release_async.guard.branch_workflows import runs_for

BRANCH = "release-candidate/1.2.3"
FILE = ".github/workflows/tests.yml"


@pytest.mark.parametrize(
    ("on", "runs"),
    [
        ("push", True),
        ("[push, pull_request]", True),
        ("{push: , pull_request: }", True),
        ("{push: {branches: [main]}}", False),
        ("{push: {branches: ['**']}}", True),
        ("{push: {branches: ['*']}}", False),
        ("{push: {branches: [main, 'release-candidate/**']}}", True),
        ("{push: {branches: ['**', '!release-candidate/**']}}", False),
        ("{push: {branches-ignore: [main]}}", True),
        ("{push: {branches-ignore: ['release-*/**']}}", False),
        ("{push: {paths: ['src/**']}}", True),
        ("pull_request", False),
        ("{push: {tags: ['v*']}}", None),
        ("{push: {tags: ['v*']}, pull_request: }", False),
        ("{schedule: [{cron: '0 0 * * 0'}]}", None),
        ("{workflow_dispatch: }", None),
    ],
)
def test_the_filters_decide(on: str, *, runs: bool | None) -> None:
    """None where no workflow is for commits of branches at all."""
    assert runs_for({FILE: f"on: {on}\njobs: {{}}\n".encode()}, BRANCH) is runs


def test_one_workflow_is_enough_and_other_files_are_none() -> None:
    """What is no workflow of GitHub's says nothing."""
    assert runs_for({}, BRANCH) is None
    assert runs_for({".gitlab-ci.yml": b"on: push"}, BRANCH) is None
    assert runs_for({FILE: b"on: pull_request", f"{FILE}2": b"on: push"}, BRANCH)
