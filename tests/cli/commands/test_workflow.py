"""``workflow`` writes what goes with a project once a person agrees, and changes no file of others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.plan.ci_workflows import MARK, PUBLISH, VERSIONS
from support import proposing, releasing
from support.releasing import Stage

UNKNOWN = "write the URL that you cloned release-async from, and a commit, instead of ADDRESS and COMMIT"
pytestmark = pytest.mark.by_turns


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time."""
    with releasing.tiny(tmp_path) as stage:
        yield stage


def test_it_writes_both_files_and_then_nothing_more(tiny: Stage, anyio_backend: str) -> None:
    """Shown as a diff; the second time there is nothing to write, and nothing to complain of."""
    top = tiny.repository.path
    run = tiny.run("workflow", backend=anyio_backend)
    assert run.code == 2, run.said
    assert "nothing is written without a yes" in run.said
    run = tiny.run("workflow", "--yes", backend=anyio_backend)
    assert run.code == 0, run.said
    assert "'v[0-9]*'" in (top / PUBLISH).read_text()
    assert (top / VERSIONS).read_text().startswith(MARK)
    assert "add a trusted publisher" in run.said
    assert f"{PUBLISH} and {VERSIONS}: {UNKNOWN}" in run.said  # these tests run an installation from a folder
    assert f"{PUBLISH} and {VERSIONS}: {UNKNOWN}" in tiny.run("workflow", "--check").said
    for path in (top / PUBLISH, top / VERSIONS):
        path.write_text(path.read_text().replace("ADDRESS@COMMIT", "example.com/it@c0ffee"))
    again, checked = tiny.run("workflow"), tiny.run("workflow", "--check")
    assert (again.code, checked.code) == (0, 0), again.said + checked.said
    assert "there is nothing to write" in again.said
    assert "nothing in the workflows would break a release" in checked.said


def test_it_checks_what_is_there_and_leaves_it_alone(tiny: Stage) -> None:
    """A workflow of somebody's is never replaced, and no second one is put beside it; its faults are told."""
    workflow = "on: push\njobs:\n  up:\n    needs: []\n    steps:\n      - run: twine upload dist/*\n"
    tiny.repository.write(PUBLISH, workflow)
    run = tiny.run("workflow", "--yes")
    assert run.code == 0, run.said
    assert "not ours: it is left as it is" in run.said
    assert (tiny.repository.path / PUBLISH).read_text() == workflow
    run = tiny.run("workflow", "--check")
    assert run.code == 3, run.said
    assert "1 thing in the workflows would break a release" in run.said
    assert "the job up has no token, and may not ask for its identity" in run.said


def test_a_publishing_workflow_of_another_name_is_enough(tiny: Stage) -> None:
    """A second upload on the same tag would be one too many; the comparison of versions is still written."""
    tiny.repository.write(
        ".github/workflows/cd.yml", "on: push\njobs:\n  up:\n    steps:\n      - run: uv publish\n"
    )
    run = tiny.run("workflow", "--yes")
    assert run.code == 0, run.said
    assert "cd.yml publishes already (job up)" in run.said
    assert not (tiny.repository.path / PUBLISH).exists()
    assert (tiny.repository.path / VERSIONS).exists()


def test_what_compiles_is_built_on_several_machines(tiny: Stage) -> None:
    """Seen by what its files say; the file is replaced, since it is ours."""
    tiny.repository.write(PUBLISH, f"{MARK}\nname: old\n")
    tiny.repository.write("setup.py", "from setuptools import setup, Extension\nsetup(ext_modules=[])\n")
    run = tiny.run("workflow", "--check")
    assert "is not what would be written now" in run.said
    run = tiny.run("workflow", "--yes")
    assert run.code == 0, run.said
    assert "pypa/cibuildwheel@" in (tiny.repository.path / PUBLISH).read_text()


def test_what_ci_builds_for_an_upload_from_here_has_a_workflow_of_its_own(tiny: Stage) -> None:
    """By the name in the settings; one that publishes is not written beside it, and the check knows it."""
    proposing.configure(tiny, {"build": '"ci"', "build-workflow": '"wheels.yml"'})
    path = tiny.repository.path / ".github/workflows/wheels.yml"
    run = tiny.run("workflow", "--check")
    assert run.code == 3, run.said
    assert "wheels.yml: the workflow is not there, and it is to build the release" in run.said
    run = tiny.run("workflow", "--yes")
    assert run.code == 0, run.said
    assert "Push it to the default branch" in run.said
    assert "add a trusted publisher" not in run.said
    assert path.read_text().startswith(MARK)
    assert not (tiny.repository.path / PUBLISH).exists()
    run = tiny.run("workflow", "--check")
    assert run.code == 0, run.said
    assert UNKNOWN in run.said
