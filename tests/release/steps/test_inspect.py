"""The built files are judged by what they hold, what they say and whether they install; all of it at once."""

import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from release_async.base import files
from release_async.base.errors import FailedError
from release_async.external.index import uploader
from release_async.plan.effect import State
from release_async.plan.events import Note
from release_async.plan.settings import Sources, load
from release_async.process import child_environments
from release_async.process.worker import WorkerOptions
from release_async.release.steps import inspect
from release_async.run.builder_and_uploader import Children
from release_async.run.step_results import ReleaseCommit, Results
from support import secrets
from support.built_archives import MODULE, checkout, pack_sdist, pack_wheel
from support.steps import Tried, built
from support.story import PACKAGE, changed
from support.worlds import Place

FUTURE = ">=99"


@dataclass
class Built:
    """What a backend has made: an honest sdist and wheel, unless a test says otherwise."""

    version: str = PACKAGE.version
    page: str = "# Demo\n"
    requires: str = ">=3.8"
    sdist: dict[str, str] = field(default_factory=lambda: {"demo.py": MODULE})
    wheel: dict[str, str] = field(default_factory=lambda: {"demo.py": MODULE})

    @property
    def metadata(self) -> str:
        """The core metadata of both files."""
        said = f"Metadata-Version: 2.1\nName: {PACKAGE.name}\nVersion: {self.version}\nSummary: Demo.\n"
        page = f"Description-Content-Type: text/markdown\n\n{self.page}" if self.page else ""
        return f"{said}Requires-Python: {self.requires}\n{page}"

    def written(self, directory: Path) -> tuple[Path, Path]:
        """Both files, on the disk."""
        directory.mkdir()
        stem = directory / f"{PACKAGE.name}-{PACKAGE.version}"
        sdist, wheel = Path(f"{stem}.tar.gz"), Path(f"{stem}-py3-none-any.whl")
        pack_sdist(sdist, {**self.sdist, "PKG-INFO": self.metadata})
        pack_wheel(wheel, self.wheel, self.metadata)
        return wheel, sdist


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout that holds the module."""
    return checkout(tmp_path)


@asynccontextmanager
async def inspection(place: Place, what: Built, *given: str) -> AsyncIterator[Tried]:
    """The step, after the step build, with a real uploader that reads the files."""
    plan = changed(place.plan, root=".", given=given)
    async with place.context(plan) as context:
        pinned = map(files.pin, what.written(place.repository.path.parent / "dist"))
        around = WorkerOptions(child_environments.for_git({}))
        async with uploader.open_uploader(context.workspace.directory / "uploader", around) as child:
            children = Children(child, builder=None)
            opened_workspace = replace(context.workspace, tree=place.repository.path, children=children)
            made = Results(ReleaseCommit(plan.base), built(*pinned))
            yield Tried(inspect, plan, replace(context, workspace=opened_workspace), made)


async def refused(place: Place, what: Built) -> FailedError:
    """Why the step refuses; its effect is not done then."""
    async with inspection(place, what) as tried:
        with pytest.raises(FailedError) as caught:
            await tried.perform()
        assert (await tried.probe()).state is State.NOT_DONE
    return caught.value


async def passed(place: Place, what: Built) -> list[str]:
    """The notes of a step that finds nothing to refuse."""
    async with inspection(place, what) as tried:
        await tried.perform()
        assert (await tried.probe()).state is State.DONE
    return [event.text for event in place.events if isinstance(event, Note)]


async def test_honest_files_pass(place: Place) -> None:
    """Without a word."""
    assert await passed(place, Built()) == []


async def test_given_files_are_on_the_disk_when_they_are_inspected(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were copied just before, and a power cut must not take them; a full disk is told."""
    synced: list[str] = []

    def full(_path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with inspection(place, Built(), "given.whl") as tried:
        monkeypatch.setattr(files, "make_durable", full)
        with pytest.raises(FailedError, match="cannot be written: No space left on device"):
            await tried.perform()
        assert (await tried.probe()).state is State.NOT_DONE
        monkeypatch.setattr(files, "make_durable", lambda path: synced.append(path.suffix))
        await tried.perform()
    assert synced == [".whl", ".gz"]


async def test_files_of_another_version_are_refused(place: Place) -> None:
    """By what they say and by what is installed, whatever they are called."""
    error = await refused(place, Built(version="9.9"))
    assert f"says it is {PACKAGE.name} 9.9, not {PACKAGE.name} {PACKAGE.version}" in error.detail
    assert "release-async versions --explain" in error.detail


async def test_a_wheel_that_no_installer_takes_is_refused(place: Place) -> None:
    """With the installer's own words: this one is found by nothing that reads it."""
    error = await refused(place, Built(wheel={"demo.py": MODULE, "demo.py/inside.py": MODULE}))
    assert "cannot be installed into an empty prefix" in f"{error.what}{error.detail}"


ABSENT = "x = demo:absent"


def pointing(group: str) -> Built:
    """A wheel whose only entry point names what its module does not have."""
    path = f"{PACKAGE.name}-{PACKAGE.version}.dist-info/entry_points.txt"
    return Built(wheel={"demo.py": MODULE, path: f"[{group}]\n{ABSENT}\n"})


async def test_a_command_that_cannot_be_loaded_is_refused(place: Place) -> None:
    """Whoever types it gets a traceback."""
    error = await refused(place, pointing("console_scripts"))
    assert f"the command {ABSENT} cannot be loaded" in f"{error.what}{error.detail}"


async def test_a_plug_in_that_cannot_be_loaded_is_told(place: Place) -> None:
    """It may be broken on purpose, to try what its host does then."""
    (note,) = await passed(place, pointing("demo.plugins"))
    assert f"the entry point of demo.plugins {ABSENT} cannot be loaded" in note


async def test_a_wheel_for_another_python_is_not_tried(place: Place) -> None:
    """It could not be; that is told."""
    (note,) = await passed(place, Built(requires=FUTURE))
    assert note.endswith(f"not tried to install, since it wants a Python that is {FUTURE}")


async def test_what_is_found_is_told_at_once_and_each_with_its_cure(place: Place) -> None:
    """A file that git has not, a token, and a module that the wheel changed; an empty page is no reason."""
    token = secrets.pypi()
    error = await refused(
        place,
        Built(
            page="",
            sdist={"demo.py": MODULE, "stray.py": "", "token.py": f"{token}\n"},
            wheel={"demo.py": MODULE + "more\n"},
        ),
    )
    assert error.what == "the built files hold 4 things that must not be uploaded"
    for words in (
        "stray.py is not in the release",
        "token.py line 1: PyPI",
        "not what the sdist has",
    ):
        assert words in error.detail
    assert token not in error.detail
    assert "is named in allow-in-artifacts, with the reason" in error.cure


async def test_what_is_allowed_passes_and_is_told_with_what_is_allowed_for_nothing(place: Place) -> None:
    """So that an exception is seen at every release, and one too many as well."""
    text = (
        'allow-in-artifacts = [{ path = "stray.py", reason = "made" }, { path = "x.pem", reason = "gone" }]'
    )
    place.settings = load(Sources(pyproject=f"[tool.release-async]\n{text}\n"))
    sdist = f"{PACKAGE.name}-{PACKAGE.version}.tar.gz"
    assert await passed(place, Built(sdist={"demo.py": MODULE, "stray.py": "x"})) == [
        f"{sdist}: stray.py is not in the release commit; allowed: made",
        "allow-in-artifacts names x.pem, which nothing was found for",
    ]
