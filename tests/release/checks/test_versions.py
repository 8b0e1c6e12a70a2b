"""What the release itself mends is only told; what it cannot mend is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.releasing import Stage, tiny

pytestmark = pytest.mark.by_turns

LOCK = """\
version = 1

[[package]]
name = "tiny"
version = "{version}"
source = {{ editable = "." }}
"""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time, with a lock that has the version before."""
    with tiny(tmp_path) as stage:
        stage.repository.write("uv.lock", LOCK.format(version="1.9.0"))
        stage.repository.commit("lock")
        stage.repository.git("push", "--quiet")
        yield stage


def test_a_stale_entry_in_a_lock_is_set_by_the_release(stage: Stage, anyio_backend: str) -> None:
    """It warns, and the release commit has the new version in it."""
    run = stage.run("--version", "major", backend=anyio_backend)
    assert run.code == 0, run.said
    assert "nothing: the release commit sets it" in run.said
    assert 'version = "3.0.0"' in stage.remote.git("show", "v3.0.0:uv.lock")


def test_a_stale_module_is_refused(stage: Stage) -> None:
    """The negative control: somebody has to say which of the two is right."""
    stage.repository.write("tiny/__init__.py", "__version__ = '1.9.0'\n")
    stage.repository.commit("stale")
    stage.repository.git("push", "--quiet")
    run = stage.run("--version", "major")
    assert run.code == 3, run.said
    assert "release-async bump 2.0.0, and commit that" in run.said


@pytest.mark.parametrize(("other", "code"), [("2.0.0", 0), ("3.0.0", 3), ("1.0.0", 3)])
def test_a_group_that_disagrees_is_refused(stage: Stage, other: str, code: int) -> None:
    """The release would set one version for all of it, and take one of them back by that."""
    pyproject = stage.repository.path / "pyproject.toml"
    text = pyproject.read_text().replace(
        "[tool.release-async]", '[tool.release-async]\ngroup = [".", "other"]'
    )
    pyproject.write_text(text)
    stage.repository.write("other/pyproject.toml", f'[project]\nname = "other"\nversion = "{other}"\n')
    stage.repository.commit("two of one version")
    stage.repository.git("push", "--quiet")
    run = stage.run("check", "--skip-tests")
    assert run.code == code, run.said
    assert ("of its group is" in run.said) == bool(code)


def test_a_stale_entry_in_a_lock_is_for_a_person_where_nothing_is_committed(stage: Stage) -> None:
    """HEAD is released as it is; the command that sets the entry is said, and works."""
    run = stage.run("check", "--version", "current", "--skip-tests")
    assert run.code == 0, run.said
    assert "release-async bump 2.0.0, and commit that" in run.said
    assert stage.run("bump", "2.0.0").code == 0
    assert 'version = "2.0.0"' in (stage.repository.path / "uv.lock").read_text()
    stage.repository.commit("set")
    assert "and commit that" not in stage.run("check", "--version", "current", "--skip-tests").said


def test_a_local_part_makes_no_version_greater(stage: Stage) -> None:
    """2.1.0+dev leads to 2.1.0, which is what a check without a version looks at."""
    for path in ("pyproject.toml", "tiny/__init__.py"):
        text = (stage.repository.path / path).read_text()
        stage.repository.write(path, text.replace("2.0.0", "2.1.0+dev"))
    stage.repository.commit("begin 2.1.0")
    stage.repository.git("push", "--quiet")
    run = stage.run("check", "--skip-tests")
    assert run.code == 0, run.said
    assert "2.1.0+dev → 2.1.0" in run.said
