"""What code computes is asked of the project's backend, and where it is written is shown by asking again."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from release_async.base.errors import ConfigurationError
from release_async.plan.events import Event, Note
from release_async.plan.settings import Flags
from release_async.run import computed_version, project as projects, unnamed_version
from release_async.run.project import Project
from release_async.versions.distribution import Distribution
from release_async.versions.pep440 import Pep440
from support import releasing
from support.releasing import Stage
from support.repositories import Repository

pytestmark = pytest.mark.by_turns

BACKEND = "backend/tiny_backend.py"
STATIC = 'return tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]'
COMPUTED = """project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    project["version"] = ".".join(Path("native/limits.h").read_text().split()[2:3]){suffix}
    return project"""


def compute(repository: Repository, suffix: str = "", header: str = "#define RELEASE 2.0.0\n") -> None:
    """Let the backend of the tiny project compute the version from a header of C, and commit that."""
    backend, table = (repository.path / path for path in (BACKEND, "pyproject.toml"))
    text = backend.read_text()
    assert text.count(STATIC) == 1
    repository.write(BACKEND, text.replace(STATIC, COMPUTED.format(suffix=suffix)))
    stated = table.read_text()
    own = stated.replace('version = "2.0.0"  # stays', "# stays")
    repository.write("pyproject.toml", own.replace('["readme"]', '["readme", "version"]'))
    repository.write("native/limits.h", header)
    repository.write("native/other.h", "#define SINCE 2.0.0\n")
    repository.commit("compute the version")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time."""
    with releasing.tiny(tmp_path) as stage:
        yield stage


@pytest.fixture
def said() -> list[Event]:
    """What is told."""
    return []


async def opened(stage: Stage) -> Project:
    """The project as its files say."""
    return await projects.open_project(stage.repository.path, Flags(), {**os.environ, **stage.environ})


async def test_the_place_that_the_backend_follows_is_the_source(stage: Stage, said: list[Event]) -> None:
    """Another line with the same number is not; the module that states it too has to agree from then on."""
    compute(stage.repository)
    project = await opened(stage)
    assert project.distribution.version is None
    before = stage.fingerprint()
    found = (await computed_version.completed(project, "minor", said.append)).distribution
    assert found.source is not None
    assert (found.source.path, found.version) == ("native/limits.h", "2.0.0")
    assert {site.path for site in found.sites if site.counts} == {"native/limits.h", "tiny/__init__.py"}
    assert stage.fingerprint() == before
    assert any("native/limits.h:1" in note.text for note in said if isinstance(note, Note))


async def test_a_place_that_only_agrees_is_not_the_source(stage: Stage, said: list[Event]) -> None:
    """It is edited with the others, but the backend follows another one, and spells it in its own way."""
    compute(stage.repository)
    text = (stage.repository.path / BACKEND).read_text()
    other = """".".join(Path("tiny/__init__.py").read_text().split("'")[1].split(".")[:2])"""
    stated = '".".join(Path("native/limits.h").read_text().split()[2:3])'
    assert text.count(stated) == 1
    stage.repository.write(BACKEND, text.replace(stated, other))
    stage.repository.write("a.py", 'VERSION = "2.0.0"\n')
    stage.repository.commit("compute the version from the package")
    project = await computed_version.completed(await opened(stage), "minor", said.append)
    assert project.distribution.source is not None
    assert project.distribution.source.path == "tiny/__init__.py"
    assert project.answered == {"minor": "2.1"}


async def test_a_local_part_of_a_checkout_is_dropped(stage: Stage, said: list[Event]) -> None:
    """Many projects add one where they find a repository; what is released has none."""
    compute(stage.repository, suffix='+("+here" if Path(".git").is_dir() else "")')
    found = (await computed_version.completed(await opened(stage), "patch", said.append)).distribution
    assert found.source is not None
    assert found.source.path == "native/limits.h"


async def test_several_places_together_are_told_and_not_guessed(stage: Stage, said: list[Event]) -> None:
    """A number and a flag: no edit of one place gives the version that is wanted."""
    compute(stage.repository, suffix='+".dev7"')
    with pytest.raises(ConfigurationError, match=r"says 2\.0\.0\.dev7, and no single place") as caught:
        await computed_version.completed(await opened(stage), "patch", said.append)
    assert "version-files" in caught.value.cure


DESCRIBED = """project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    import subprocess
    told = subprocess.run(("git", "describe", "--tags", "--long"), capture_output=True, text=True, check=True)
    tag, distance, _ = told.stdout.rsplit("-", 2)
    project["version"] = tag.removeprefix("v") + (f".post{distance}" if int(distance) else "")
    return project"""


def describe(repository: Repository, code: str = DESCRIBED) -> None:
    """Let the backend of the tiny project compute the version from git, and commit that."""
    compute(repository)
    repository.git("tag", "v1.9.0")
    text = (repository.path / BACKEND).read_text()
    repository.write(BACKEND, text.replace(COMPUTED.format(suffix=""), code))
    repository.commit("compute the version from git")


@pytest.mark.parametrize("request_", ["minor", None])
async def test_code_that_asks_git_itself_follows_the_tag(
    stage: Stage, said: list[Event], request_: str | None
) -> None:
    """As with a tool for that: the last tag is the last release, and the next one is made for the build."""
    describe(stage.repository)
    found = await computed_version.completed(await opened(stage), request_, said.append)
    assert found.distribution.tag_tool == computed_version.OWN_CODE
    assert found.tags is not None
    assert (found.tags.current, found.settings.tag_format) == ("1.9.0", "v{version}")
    assert stage.repository.git("tag") == "v1.9.0"
    assert any("1.9.0.post1, and follows the git tag" in note.text for note in said if isinstance(note, Note))


async def test_a_version_made_of_the_day_is_taken_as_it_is(stage: Stage, said: list[Event]) -> None:
    """Nothing raises it, and it is that of HEAD: whoever asks tomorrow gets the same."""
    day = """project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    import os, time
    project["version"] = time.strftime("%Y.%m", time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"])))
    return project"""
    describe(stage.repository, day)
    made = time.gmtime(int(stage.repository.git("log", "-1", "--format=%ct")))
    for request in ("current", None):
        found = (await computed_version.completed(await opened(stage), request, said.append)).distribution
        assert found.version == f"{made.tm_year}.{made.tm_mon}"
    assert await unnamed_version.free_patch(replace(await opened(stage), distribution=found)) == "current"
    with pytest.raises(ConfigurationError, match="no single place"):
        await computed_version.completed(await opened(stage), "minor", said.append)


def test_a_version_of_a_keyword_of_setup_py_is_taken_as_it_is() -> None:
    """``use_calver=True`` states nothing: there is no place of which it could be said that it is computed."""
    found = computed_version.as_it_is(Distribution("tiny", "lib", ()), Pep440((2026, 1, 14)))
    assert (found.version, found.source and found.source.path) == ("2026.1.14", "lib/setup.py")


async def test_what_is_no_version_is_told(stage: Stage, said: list[Event]) -> None:
    """No index would take it, and no part of it could be raised."""
    compute(stage.repository, header="#define RELEASE unknown\n")
    with pytest.raises(ConfigurationError, match="'unknown', which is not PEP 440"):
        await computed_version.completed(await opened(stage), "patch", said.append)


async def test_a_name_that_code_computes_is_asked_for(stage: Stage, said: list[Event]) -> None:
    """The version stands in a file all the same, and stays what it is."""
    table = (stage.repository.path / "pyproject.toml").read_text()
    stage.repository.write("pyproject.toml", table.replace('[project]\nname = "tiny"\n', "[ignored]\n"))
    stage.repository.write("setup.cfg", "[metadata]\nversion = 2.0.0\n")
    backend = (stage.repository.path / BACKEND).read_text()
    named = '{"name": "".join(["ti", "ny"]), "version": "2.0.0"}'
    stage.repository.write(BACKEND, backend.replace(STATIC, f"return {named}"))
    stage.repository.commit("compute the name")
    project = await opened(stage)
    assert project.distribution.name == ""
    found = await computed_version.completed(project, "patch", said.append)
    assert (found.distribution.name, found.distribution.version) == ("tiny", "2.0.0")


async def test_what_stands_in_files_is_asked_of_nobody(stage: Stage, said: list[Event]) -> None:
    """A release of a plain project makes no second environment."""
    project = await opened(stage)
    assert await computed_version.completed(project, "patch", said.append) is project
    assert said == []


def test_a_computed_version_is_released(stage: Stage, anyio_backend: str) -> None:
    """Unmodified: the place is found, edited in the release commit, and the built files have the version."""
    compute(stage.repository)
    stage.repository.git("push", "--quiet")
    run = stage.run("--version", "minor", "--yes", backend=anyio_backend)
    assert run.code == 0, run.said
    assert set(stage.published()) == {"tiny-2.1.0.tar.gz", "tiny-2.1.0-py3-none-any.whl"}
    assert stage.repository.git("show", "HEAD:native/limits.h") == "#define RELEASE 2.1.0"
    assert stage.repository.git("show", "HEAD:native/other.h") == "#define SINCE 2.0.0"
    again = stage.run("--version", "2.1.0", "--yes", backend=anyio_backend)
    assert again.code == 0, again.said
    assert "released already" in again.said


def test_a_named_place_is_the_source_without_a_question(stage: Stage) -> None:
    """`version-files` is enough for hooks and `bump` too, which run nothing."""
    compute(stage.repository)
    table = (stage.repository.path / "pyproject.toml").read_text()
    place = 'version-files = [{ path = "native/limits.h", pattern = "RELEASE {version}" }]'
    named = table.replace("[tool.release-async]\n", f"[tool.release-async]\n{place}\n")
    stage.repository.write("pyproject.toml", named)
    stage.repository.commit("name the place")
    run = stage.run("bump", "major")
    assert run.code == 0, run.said
    assert (stage.repository.path / "native/limits.h").read_text() == "#define RELEASE 3.0.0\n"
    assert "3.0.0" in (stage.repository.path / "tiny/__init__.py").read_text()
    stage.repository.write("native/limits.h", "#define RELEASE 3.0.1\n")
    stage.repository.git("add", "--all")
    assert stage.run("versions", "--staged").code == 3
