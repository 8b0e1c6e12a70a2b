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


BUILD = ".github/workflows/build.yml"
BUILDS = ci_workflows.build(WorkflowInputs(compiled=True))
KEEPING = f"      - uses: {ci_workflows.KEEP}\n"


def of_building(text: str | None) -> list[tuple[str, str, str]]:
    """Level, job and words of each fault of a workflow that builds; every one has a cure."""
    files = {} if text is None else {BUILD: text.encode()}
    faults = list(workflow_faults.build_faults(files, BUILD))
    assert all(fault.cure for fault in faults)
    return [(str(fault.level), fault.job, fault.what) for fault in faults]


BUILD_CHANGES = {
    "nobody can start it": (
        ("  workflow_dispatch:\n", "  push:\n"),
        ("refuse", "", "cannot be started by hand, which is how a release starts it"),
    ),
    "it asks for more": (
        ("  workflow_dispatch:\n", "  workflow_dispatch:\n    inputs:\n      version: {required: true}\n"),
        ("refuse", "", "asks for the input version, which a release does not give"),
    ),
    "it uploads": (
        ("      - run: python -m pip install build\n", "      - run: twine upload dist/*\n"),
        ("refuse", "sdist", "uploads by itself, before anything is inspected and before the whole is there"),
    ),
    "it may identify itself": (
        (
            "    permissions:\n      contents: read\n    steps:\n",
            "    permissions: {id-token: write}\n    steps:\n",
        ),
        ("warn", "sdist", "may ask for its identity, and publishes nothing"),
    ),
    "nothing built is green": (
        ("          if-no-files-found: error\n", ""),
        ("warn", "sdist", "ends well where it has built nothing"),
    ),
    "the first machine ends the others": (
        ("fail-fast: false", "fail-fast: true"),
        ("warn", "wheels", "ends the other machines of its matrix as soon as one has failed"),
    ),
    "an action that may change": (
        (str(ci_workflows.CIBUILDWHEEL), "pypa/cibuildwheel@v4"),
        ("warn", "wheels", "uses pypa/cibuildwheel@v4, which can be changed by others"),
    ),
}


def test_nothing_is_found_in_a_sound_one_that_builds() -> None:
    """Nor in one whose jobs call others, an input that has a default, or a matrix of one's own."""
    assert of_building(BUILDS) == []
    calls = (
        "on: {workflow_dispatch: {inputs: {a: {required: true, default: b}}}}\njobs: {b: {uses: ./x.yml}}\n"
    )
    assert of_building(calls) == []


@pytest.mark.parametrize("name", BUILD_CHANGES)
def test_each_fault_of_a_build_is_found(name: str) -> None:
    """By one change of a sound workflow."""
    (old, new), told = BUILD_CHANGES[name]
    assert old in BUILDS
    assert told in of_building(BUILDS.replace(old, new, 1))


def test_a_build_that_is_not_there_or_keeps_nothing_is_found() -> None:
    """A release would wait for nothing."""
    assert of_building(None) == [("refuse", "", "is not there, and it is to build the release")]
    assert of_building("- no workflow") == [("refuse", "", "cannot be read as YAML")]
    text = "on: workflow_dispatch\njobs:\n  t:\n    steps:\n      - run: python -m build\n"
    assert of_building(text) == [("refuse", "", "has no job that keeps the files that it builds")]
