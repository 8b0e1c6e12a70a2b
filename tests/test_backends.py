"""What real build backends make of an honest project goes through every gate that looks at bytes."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from release_async.external.build import archive_reader, builder
from release_async.external.git.committed_files import CommittedFiles
from release_async.guard import artifact_gates
from release_async.guard.archive_members import Finding
from release_async.guard.artifact_gates import Pair
from release_async.guard.file_origin import Commit
from release_async.process import child_environments
from support import backends
from support.repositories import Repository


@pytest.fixture
def env() -> Mapping[str, str]:
    """The environment of a build; what installers download they keep, whatever home a test has."""
    return child_environments.for_project(os.environ)


async def judged(project: Repository, env: Mapping[str, str]) -> list[Finding]:
    """Build from a worktree of HEAD, as a release does, and say what the gates find."""
    here = project.path.parent
    commit, tree = project.git("rev-parse", "HEAD"), here / "tree"
    project.git("worktree", "add", "--quiet", "--detach", str(tree))
    copy = here / "copy"
    project.git("clone", "--quiet", "--no-hardlinks", str(project.path), str(copy))
    async with builder.open_builder(here / "scratch", env) as workspace:
        await workspace.provision(copy)
        built = await workspace.build(tree, here / "out")
    pair = Pair(archive_reader.sdist(built.sdist), archive_reader.wheel(built.wheel))
    assert "demo_project/__init__.py" in pair.wheel.files()
    with CommittedFiles(project.path, commit, child_environments.for_git(os.environ), tree) as source:
        return list(artifact_gates.findings(pair, Commit(source, "", backends.VERSION)))


@pytest.mark.parametrize("backend", backends.PURE)
@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # what is judged is bytes: once is enough
async def test_an_honest_project_passes(tmp_path: Path, env: Mapping[str, str], backend: str) -> None:
    """No backend's own files, and no layout of its wheels, are taken for a fault."""
    assert await judged(backends.committed(tmp_path / "project", backend), env) == []


@pytest.mark.native
@pytest.mark.skipif(not shutil.which("cc"), reason="there is no C compiler")
@pytest.mark.parametrize("backend", backends.NATIVE)
@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # as above
async def test_an_honest_native_project_passes(tmp_path: Path, env: Mapping[str, str], backend: str) -> None:
    """What is compiled is told from what is added."""
    assert await judged(backends.committed(tmp_path / "project", backend), env) == []


SCM = """\
[build-system]
requires = ["{requires}"]
build-backend = "{backend}"

[project]
name = "demo-project"
dynamic = ["version"]

{table}
"""
WRITTEN = {
    "setuptools": (
        '"setuptools>=77", "setuptools-scm>=8',
        "setuptools.build_meta",
        '[tool.setuptools_scm]\nversion_file = "src/demo_project/_version.py"',
    ),
    "hatchling": (
        'hatchling", "hatch-vcs',
        "hatchling.build",
        (
            '[tool.hatch.version]\nsource = "vcs"\n'
            '[tool.hatch.build.hooks.vcs]\nversion-file = "src/demo_project/_version.py"'
        ),
    ),
    "pdm-backend": (
        "pdm-backend",
        "pdm.backend",
        (
            '[tool.pdm.version]\nsource = "scm"\nwrite_to = "demo_project/_version.py"\n'
            """write_template = "__version__ = '{}'\\n\""""
        ),
    ),
}


@pytest.mark.parametrize("backend", WRITTEN)
@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # as above
async def test_a_version_file_that_the_build_writes_is_no_stranger(
    tmp_path: Path, env: Mapping[str, str], backend: str
) -> None:
    """It is declared, ignored by git, and states the version."""
    requires, entry, table = WRITTEN[backend]
    pyproject = SCM.format(requires=requires.lstrip('"'), backend=entry, table=table)
    project = backends.committed(
        tmp_path / "project", backend, {"pyproject.toml": pyproject, ".gitignore": "_version.py\n"}
    )
    project.git("tag", f"v{backends.VERSION}")
    assert await judged(project, env) == []


@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # as above
async def test_setup_cfg_and_line_ends_are_compared_by_what_they_say(
    tmp_path: Path, env: Mapping[str, str]
) -> None:
    """Setuptools writes ``setup.cfg`` without its comments, and a checkout may write other line ends."""
    more = {
        "setup.cfg": "# of the project\n[tool:other]\nkey = 1  \n",
        ".gitattributes": "*.py text eol=crlf\n",
    }
    project = backends.committed(tmp_path / "project", "setuptools", more)
    assert await judged(project, env) == []
