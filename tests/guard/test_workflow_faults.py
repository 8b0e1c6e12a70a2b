"""What would break a release in a workflow is found, and what would not is left in peace."""

import pytest

from release_async.guard import workflow_faults
from release_async.plan import ci_workflows
from release_async.plan.ci_workflows import PUBLISH, WorkflowInputs

SOUND = ci_workflows.publish(WorkflowInputs(compiled=True))
OTHER = ".github/workflows/other.yml"
SECOND = """\
on:
  push:
    tags: ["v*"]
jobs:
  up:
    permissions:
      id-token: write
    environment: pypi
    steps:
      - run: uv publish
"""


def found(text: str, **others: str) -> list[tuple[str, str, str]]:
    """Level, job and words of each fault; every one has a cure."""
    files = {PUBLISH: text.encode(), **{path: other.encode() for path, other in others.items()}}
    faults = list(workflow_faults.faults(files, "v1.3.0", page=True))
    assert all(fault.cure for fault in faults)
    return [(str(fault.level), fault.job, fault.what) for fault in faults]


CHANGES = {
    "a job is not needed": (
        ("needs: [sdist, wheels]", "needs: [sdist]"),
        ("refuse", "publish", "does not need the job wheels, and publishes without its files"),
    ),
    "a failed job does not count": (
        ("needs: [sdist, wheels]", "needs: [sdist, wheels]\n    if: always()"),
        ("refuse", "publish", "publishes also if a job before it has failed"),
    ),
    "no permission": (
        ("id-token: write", "packages: read"),
        ("refuse", "publish", "has no token, and may not ask for its identity"),
    ),
    "the first machine ends the others": (
        ("fail-fast: false", "fail-fast: true"),
        ("warn", "wheels", "ends the other machines of its matrix as soon as one has failed"),
    ),
    "no environment": (
        ("    environment: pypi\n", ""),
        ("warn", "publish", "has no environment: everybody who can push a tag can publish"),
    ),
    "a token beside it": (
        ("    environment: pypi\n", "    environment: pypi\n    env:\n      PYPI_TOKEN: ${{ secrets.P }}\n"),
        ("warn", "publish", "has a stored token beside trusted publishing: one more way in"),
    ),
    "a tag that may move": (
        (f"{ci_workflows.FETCH}", "actions/download-artifact@v8"),
        ("warn", "publish", "uses actions/download-artifact@v8, which can be changed by others"),
    ),
    "another tag starts it": (
        ("'v[0-9]*'", "'release-*'"),
        ("warn", "publish", "nothing starts it when the tag v1.3.0 is pushed"),
    ),
    "a called workflow": (
        ("  push:\n    tags:\n      - 'v[0-9]*'\n", "  workflow_call:\n"),
        ("refuse", "publish", "is in a workflow that others call: no publisher is one of those"),
    ),
    "a pull request of anybody": (
        ("  push:\n    tags:\n", "  pull_request_target:\n  push:\n    tags:\n"),
        ("refuse", "publish", "is started by pull_request_target, which may not publish"),
    ),
}  # fmt: skip


def test_nothing_is_found_in_a_sound_one() -> None:
    """Neither in it nor beside a workflow that publishes nothing."""
    assert found(SOUND, **{OTHER: "on: push\njobs:\n  t:\n    steps:\n      - run: pytest\n"}) == []
    assert found("on: push\njobs: {}\n") == []
    assert found("- no workflow") == []


@pytest.mark.parametrize("name", CHANGES)
def test_each_fault_is_found(name: str) -> None:
    """By one change of a sound workflow."""
    (old, new), told = CHANGES[name]
    assert SOUND.count(old) == 1
    assert told in found(SOUND.replace(old, new))


def test_a_second_upload_of_the_same_tag_is_found() -> None:
    """Whichever is first, the other one fails, or publishes what nobody looked at."""
    (level, job, what), *_ = found(SOUND, **{OTHER: SECOND})
    assert (level, job) == ("refuse", "publish")
    assert what == f"uploads the same version as the job up of {OTHER}"


def test_a_token_alone_is_no_fault() -> None:
    """Some indexes know nothing else."""
    step = "      - run: twine upload dist/*\n        env:\n          TWINE_PASSWORD: ${{ secrets.PYPI }}\n"
    text = f"on:\n  push:\n    tags: ['v*']\njobs:\n  up:\n    steps:\n{step}"
    assert found(text) == []
