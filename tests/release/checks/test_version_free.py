"""A version that the index has any file of is refused, whatever the kind of index; a greater one is told."""

import hashlib
import json
from pathlib import Path

import pytest

from release_async.base.secret import Credentials
from release_async.external.index import repository_url, simple_api as index, uploader
from release_async.external.index.simple_api import IndexUnreachableError
from release_async.external.index.upload_responses import IndexAnswer
from release_async.external.index.uploader import Destination
from release_async.plan.plan import Target
from release_async.plan.route import route
from release_async.process.worker import WorkerOptions
from release_async.release import next_versions
from release_async.release.checks import version_free
from support import indexes
from support.story import PLAN, changed
from support.worlds import Place, prepared, said

TWICE = "an index never accepts a file name twice"
JSON = "application/vnd.pypi.simple.v1+json"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout."""
    return prepared(tmp_path)


async def judged(place: Place, version: str = "1.3.0", *, test: bool = False) -> list[tuple[str, str]]:
    """What the check says of a release of "demo" to "Example"."""
    plan = changed(PLAN, version=version, route=route(test=test))
    async with place.context(plan) as context:
        return said(await version_free.run(plan, context))


async def listed(place: Place, *names: str, version: str = "1.3.0") -> list[tuple[str, str]]:
    """What the check says where the index lists these files."""
    page = json.dumps({"files": [{"filename": name, "hashes": {}} for name in names]})
    with indexes.scripted(indexes.answer("200 OK", page, Content_Type=JSON)) as server:
        place.url = server.url
        return await judged(place, version)


async def test_a_version_is_free_until_there_is_a_file_of_it(place: Place, tmp_path: Path) -> None:
    """On a real index, which knows nothing of the project at first; the file is named."""
    packages = tmp_path / "packages"
    with indexes.pypiserver(packages, indexes.credentials()) as place.url:
        assert await judged(place) == []
        indexes.wheel(packages, "1.2.9")
        assert await judged(place) == []
        indexes.wheel(packages, "1.3.0")
        assert await judged(place) == [
            ("refuse", f"Example has demo 1.3.0 already: demo-1.3.0-py3-none-any.whl; {TWICE}")
        ]


@pytest.mark.parametrize("name", ["demo-1.3.tar.gz", "Demo-1.3.0.0.zip", "demo-v1.3.0-1-py3-none-any.whl"])
async def test_every_spelling_of_the_version_takes_it(place: Place, name: str) -> None:
    """PEP 440 holds them equal, and so does PyPI; kind and build number of the file do not matter."""
    ((level, what),) = await listed(place, "demo-1.0.tar.gz", name)
    assert level == "refuse"
    assert what.endswith(f"already: {name}; {TWICE}")


@pytest.mark.parametrize(
    "name", ["demo-1.3.0rc1.tar.gz", "demo-1.2.13.tar.gz", "demo-1.3.0.dev1-py3-none-any.whl"]
)
async def test_other_versions_do_not_take_it(place: Place, name: str) -> None:
    """However alike they look."""
    assert await listed(place, name) == []


async def test_many_files_are_counted(place: Place) -> None:
    """A line that can be read, not a hundred wheels."""
    names = [f"demo-1.3.0-cp3{minor}-cp3{minor}-linux_x86_64.whl" for minor in range(10, 19)]
    ((_, what),) = await listed(place, *names)
    assert what.endswith(f"cp314-cp314-linux_x86_64.whl and 4 more; {TWICE}")


async def test_what_is_next_is_said_of_a_version_that_is_out(place: Place) -> None:
    """By part, and none that the index has too; the first can be typed as it stands."""
    names = [f"demo-{version}.tar.gz" for version in ("1.3.0", "1.3.1", "1.4", "2.0.1")]
    page = json.dumps({"files": [{"filename": name, "hashes": {}} for name in names]})
    with indexes.scripted(indexes.answer("200 OK", page, Content_Type=JSON)) as server:
        place.url = server.url
        async with place.context(PLAN) as context:
            (problem,) = await version_free.run(PLAN, context)
    assert "--version 1.3.2 (patch), 1.5.0 (minor) or 2.0.0 (major)" in problem.cure


async def test_the_first_release_is_told_of_the_version_that_is_there(place: Place) -> None:
    """Who raises it may not know that this is not needed."""
    url = repository_url.upload_urls().pypi
    target = Target(name="Example", repository_url=url, token_setting="")
    with indexes.scripted(indexes.answer("404 Not Found")) as server:
        place.url = server.url
        for edits, told in ((PLAN.edits, True), ((), False)):
            plan = changed(PLAN, target=target, edits=edits)
            async with place.context(plan) as context:
                (problem,) = await version_free.run(plan, context)
            assert ("to release 1.2.3 as it is: --version current" in problem.cure) == told
        place.repository.git("tag", "v1.2.3")
        async with place.context(changed(PLAN, target=target)) as context:
            (problem,) = await version_free.run(changed(PLAN, target=target), context)
        assert "current" not in problem.cure, "that would be refused"


@pytest.mark.parametrize(("version", "told"), [("0.1.1", True), ("0.1.0", False)])
async def test_the_first_release_of_a_development_version_is_what_that_leads_to(
    place: Place,
    version: str,
    told: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """0.1.0.dev0 itself would be public for ever."""
    package = changed(PLAN, current="0.1.0.dev0", version=version).packages[0]
    async with place.context(PLAN) as context:
        said = await next_versions.as_stated(package, context)
    assert said == ("to release 0.1.0, which 0.1.0.dev0 leads to: --version stable" if told else "")


async def test_a_greater_version_on_the_index_is_told(place: Place, tmp_path: Path) -> None:
    """An older line may be maintained, so it stops nothing; a lower one is not worth a word."""
    packages = tmp_path / "packages"
    with indexes.pypiserver(packages, indexes.credentials()) as place.url:
        for version in ("1.2.0", "2.0.0", "2.10.0", "2.9.0"):
            indexes.wheel(packages, version)
        greater = ("warn", "Example has demo 2.10.0 already, which is greater than 1.3.0")
        assert await judged(place) == [greater]
        assert await judged(place, "2.10.1") == []
        assert await judged(place, "1!1.0") == []
        assert await judged(place, "1.2.0.dev3", test=True) == []


@pytest.mark.parametrize("public", [True, False])
async def test_the_first_release_on_pypi_takes_the_name(place: Place, public: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """It is told there, where names are everybody's; an index of one's own is filled without a word."""
    url = repository_url.upload_urls().testpypi if public else "https://index.example.com/legacy/"
    plan = changed(PLAN, target=Target(name="Example", repository_url=url, token_setting=""))
    with indexes.scripted(indexes.answer("404 Not Found")) as server:
        place.url = server.url  # what is asked; the plan says what it stands for
        async with place.context(plan) as context:
            problems = said(await version_free.run(plan, context))
    first = ("warn", "Example has nothing of demo yet: this is its first release there")
    assert problems == ([first] if public else [])


@pytest.mark.parametrize(("name", "level"), [("Http", "refuse"), ("email", "refuse"), ("http-demo", "warn")])
async def test_a_new_project_cannot_be_called_like_a_module_of_python(
    place: Place, name: str, level: str
) -> None:
    """PyPI takes none; what somebody else has reserved, or is too like another, only its answer tells."""
    url = repository_url.upload_urls().testpypi
    plan = changed(PLAN, name=name, target=Target(name="Example", repository_url=url, token_setting=""))
    with indexes.scripted(indexes.answer("404 Not Found")) as server:
        place.url = server.url
        async with place.context(plan) as context:
            ((found, _),) = said(await version_free.run(plan, context))
    assert found == level


@pytest.mark.parametrize("status", ["503 Back soon", "303 See Other", "401 Unauthorized"])
async def test_an_index_that_does_not_say_is_not_taken_for_free(place: Place, status: str) -> None:
    """The check could not judge."""
    with indexes.scripted(indexes.answer(status)) as server:
        place.url = server.url
        with pytest.raises(IndexUnreachableError):
            await judged(place)


async def test_an_index_that_would_replace_the_file_is_refused_before(
    place: Place, tmp_path: Path, devpi: str, anyio_backend: str
) -> None:
    """A volatile devpi takes other bytes under a name it has: nothing but this check stands before that."""
    account = Credentials(f"volatile-{anyio_backend}", indexes.credentials().secret)
    place.url = indexes.devpi_index(devpi, account, volatile=True)
    assert await judged(place) == []
    destination = Destination(place.url, account)
    async with (
        uploader.open_uploader(tmp_path / "scratch", WorkerOptions({})) as child,
        index.open_index(place.url) as reader,
    ):
        for ballast in (0, 10):
            file = indexes.wheel(tmp_path, "1.3.0", ballast=ballast)
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            assert (await child.upload(file, digest, destination)).answer is IndexAnswer.STORED
            assert await reader.files("demo") == {file.name: digest}
    ((level, what),) = await judged(place)
    assert (level, what) == ("refuse", f"Example has demo 1.3.0 already: {file.name}; {TWICE}")
