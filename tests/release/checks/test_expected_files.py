"""A release that is built here must not be a part of what a release is; of given files none is missing."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from release_async.plan import expected_files as rows
from release_async.plan.plan import Plan
from release_async.plan.route import ROUTES
from release_async.plan.settings import Sources, load
from release_async.release.checks import expected_files
from support import indexes
from support.story import PACKAGE, PLAN, changed
from support.warehouse import Warehouse, warehouse
from support.worlds import Place, judged, prepared, said

WINDOWS, MAC = "demo-1.2.2-cp312-cp312-win_amd64.whl", "demo-1.2.2-cp312-cp312-macosx_11_0_arm64.whl"


@pytest.fixture
def index() -> Iterator[Warehouse]:
    """An empty index."""
    with warehouse(indexes.credentials()) as server:
        yield server


@pytest.fixture
def place(tmp_path: Path, index: Warehouse) -> Place:
    """A checkout, and that index."""
    place = prepared(tmp_path)
    place.url = index.url
    return place


def holds(index: Warehouse, *names: str) -> None:
    """Let the index have files."""
    for name in names:
        index.state.store(name, "0" * 64, b"")


async def test_one_wheel_may_follow_one_and_may_be_the_first(place: Place, index: Warehouse) -> None:
    """What is built here is what there was."""
    assert await judged(place, expected_files) == ()
    holds(index, "demo-1.2.2-py3-none-any.whl", "demo-1.2.2.tar.gz")
    assert await judged(place, expected_files) == ()


async def test_one_wheel_in_place_of_several_is_refused(place: Place, index: Warehouse) -> None:
    """Those who had a wheel would get an sdist to compile."""
    holds(index, WINDOWS, MAC, "demo-1.2.2.tar.gz")
    problems = await judged(place, expected_files)
    ((level, what),) = said(problems)
    assert level == "refuse"
    assert what.startswith("a release of demo has 2 wheels, by demo 1.2.2 on ")
    assert "release-async publish FILE..." in problems[0].cure


@pytest.mark.parametrize(("setting", "level"), [('{"*" = 1}', ""), ('{"*-win*" = 2, "*" = 1}', "refuse")])
async def test_the_setting_has_the_last_word(
    place: Place, index: Warehouse, setting: str, level: str
) -> None:
    """One wheel is enough where the project says so, whatever the last release had."""
    holds(index, WINDOWS, MAC)
    place.settings = load(Sources(pyproject=f"[tool.release-async]\nwheels = {setting}\n"))
    assert [found for found, _ in said(await judged(place, expected_files))] == ([level] if level else [])


async def test_what_is_compiled_is_told_before_it_is_built(place: Place) -> None:
    """Where the rules of PyPI hold: a plain Linux wheel would be refused after build and tests."""
    place.repository.write("setup.py", "setup(ext_modules=[x])\n")
    place.repository.commit("compile")
    assert await judged(place, expected_files) == ()
    rehearsed = changed(place.plan, target=replace(place.plan.target, rehearses="PyPI"))
    ((level, what),) = said(await judged(place, expected_files, rehearsed))
    assert level == "warn"
    assert "may be compiled" in what  # by what its code decides
    assert "what is built here may be a wheel for" in what
    assert ("PyPI refuses" in what) == (sys.platform == "linux")


def given(place: Place, *names: str) -> Plan:
    """A publication of files, after a release with one wheel for Windows."""
    table = rows.by_last_release((WINDOWS, "demo-1.2.2.tar.gz"), names)
    files = {"files": names, "given": tuple(f"/nowhere/{name}" for name in names)}
    plan = changed(place.plan, route=ROUTES["publish"], tag=None, test_command=None, **files)
    return changed(plan, expected=table, expected_by="the last release, 1.2.2")


async def test_given_files_are_compared_with_the_last_release(place: Place) -> None:
    """Missing refuses, new is told."""
    version = PACKAGE.version
    whole = (f"demo-{version}-cp312-cp312-win_amd64.whl", f"demo-{version}.tar.gz")
    assert await judged(place, expected_files, given(place, *whole)) == ()
    new = f"demo-{version}-cp313-cp313-win_amd64.whl"
    found = said(await judged(place, expected_files, given(place, new, whole[1])))
    assert found == [
        ("refuse", "1 of 2 files are missing, by the last release, 1.2.2: cp312-cp312-win_amd64"),
        ("warn", "kinds of files that the last release, 1.2.2 does not have: cp313-cp313-win_amd64"),
    ]


async def test_who_had_attestations_is_told_that_there_are_none(place: Place, index: Warehouse) -> None:
    """The index shows everybody that the provenance was lost; with attestations nothing is said."""
    holds(index, WINDOWS, "demo-1.2.2.tar.gz")
    index.state.attestations[WINDOWS] = "[]"
    version = PACKAGE.version
    plan = given(place, f"demo-{version}-cp312-cp312-win_amd64.whl", f"demo-{version}.tar.gz")
    ((level, what),) = said(await judged(place, expected_files, plan))
    assert (level, "1.2.2 has attestations on" in what) == ("warn", True)
    assert await judged(place, expected_files, changed(plan, attestations=("/nowhere/x",))) == ()


async def test_a_release_with_a_token_is_told_that_it_loses_what_ci_had_attested(
    place: Place, index: Warehouse
) -> None:
    """Of all releases before this one the last counts, and a test index tells nobody."""
    earlier, last = ("demo-1.2.1-py3-none-any.whl", "demo-1.2.1.tar.gz"), "demo-1.2.2-py3-none-any.whl"
    holds(index, *earlier, last, "demo-1.2.2.tar.gz")
    index.state.attestations[earlier[0]] = "[]"
    assert await judged(place, expected_files) == ()
    index.state.attestations[last] = "[]"
    (problem,) = await judged(place, expected_files)
    assert said((problem,)) == [
        ("warn", "demo 1.2.2 has attestations on Example, and these files have none"),
    ]
    assert problem.cure.endswith('let the workflow publish that has attested them (publish = "ci")')
    assert await judged(place, expected_files, replace(place.plan, route=ROUTES["test"])) == ()


async def test_a_first_release_of_what_ci_builds_has_nothing_to_be_compared_with(
    place: Place, index: Warehouse
) -> None:
    """That is told, unless the settings say what there shall be; what is built here plays no part."""
    plan = changed(PLAN, route=ROUTES["collect"])
    ((level, what),) = said(await judged(place, expected_files, plan))
    assert (level, what.startswith("nothing says which files a release of demo has: ")) == ("warn", True)
    settings = place.settings
    place.settings = load(Sources(pyproject='[tool.release-async]\nwheels = {"*" = 2}\n'))
    assert await judged(place, expected_files, plan) == ()
    place.settings = settings
    holds(index, WINDOWS, MAC, "demo-1.2.2.tar.gz")
    assert await judged(place, expected_files, plan) == ()
