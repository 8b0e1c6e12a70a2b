"""A package is refused until what it requires of its own repository is on the index."""

import shlex
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from release_async.base.problems import NotJudged, Problem
from release_async.cli.command_line import parse
from release_async.plan.route import route
from release_async.release.checks import dependencies
from release_async.versions.distribution import Distribution, Role, Site
from release_async.versions.version_edits import Edit
from support import indexes
from support.story import PLAN, changed
from support.worlds import Place, prepared

CORE = '[project]\nname = "Core"\nversion = "2.0.0"\n'


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout with a second project beside the one that is released."""
    place = prepared(tmp_path)
    place.repository.write("packages/core/pyproject.toml", CORE)
    return place


async def judged(place: Place, required: str = "", **changes: object) -> tuple[Problem, ...] | NotJudged:
    """What the check says of a project that requires this, and of an index that has core 1.5."""
    place.repository.write("pyproject.toml", f'[project]\nname = "demo"\nversion = "1.2.3"\n{required}\n')
    base = place.repository.commit("require")
    packages = place.repository.path.parent / "packages"
    indexes.wheel(packages).rename(packages / "core-1.5-py3-none-any.whl")
    with indexes.pypiserver(packages, indexes.credentials()) as place.url:
        plan = changed(PLAN, base=base, **changes)
        async with place.context(plan) as context:
            return await dependencies.run(plan, context)


@pytest.mark.parametrize(
    ("required", "levels"),
    [
        ('dependencies = ["core"]', []),
        ('dependencies = ["Core>=1.2,<2", "anyio>=99", "no requirement !"]', []),
        ('dependencies = ["core>=2"]', ["refuse"]),
        ("dependencies = [\"core==2.0.0; python_version > '3'\"]", ["refuse"]),
        ('optional-dependencies = { all = ["core>=2"], none = ["core"] }', ["warn"]),
    ],
)
async def test_a_sibling_has_to_be_there_first(place: Place, required: str, levels: list[str]) -> None:
    """In a version that fits; what others publish is not looked at, and an extra only warns."""
    found = await judged(place, required)
    assert not isinstance(found, NotJudged)
    assert [problem.level.value for problem in found] == levels
    for problem in found:
        assert "has no version of it that fits" in problem.what
        command = problem.cure.removeprefix("release that first: release-async ")
        options = parse(shlex.split(command))
        assert options.version == "current"
        assert Path(options.project) == place.repository.path / "packages/core"


@pytest.mark.parametrize(
    ("needs", "typed"),
    [
        (">=2", ["current"]),
        (">=2.4", ["--version", "2.4.0"]),
        ("~=2.4.1", ["--version", "2.4.1"]),
        (">=2.4rc1,<3", ["--version", "2.4rc1"]),
        (">=2.1,!=2.1.0", []),
        ("<2", []),
        (">2.5", []),
        ("==2.4.*", []),
    ],
)
def test_the_version_that_fits_is_named_where_the_requirement_says_it(needs: str, typed: list[str]) -> None:
    """Without one the release would propose the next patch, which would not do."""
    core = Distribution("core", "packages/core", (Site("pyproject.toml", 3, Role.SOURCE, "2.0.0"),))
    assert list(dependencies._version(core, SpecifierSet(needs))) == typed  # noqa: SLF001 - the index is not asked


async def test_the_exact_version_that_the_release_writes_counts(place: Place) -> None:
    """A release of a group raises it: what HEAD requires is on the index, and nobody will require that."""
    raised = Edit("pyproject.toml", 4, "1.5", "2.0.0")
    assert await judged(place, 'dependencies = ["core==1.5"]') == ()
    found = await judged(place, 'dependencies = ["core==1.5"]', edits=(raised,))
    assert not isinstance(found, NotJudged)
    assert "requires Core==2.0.0 of this repository" in found[0].what


async def test_where_nothing_comes_first_nothing_is_judged(place: Place) -> None:
    """A project without dependencies, and an index that has it alone."""
    assert isinstance(await judged(place, 'dependencies = ["anyio"]'), NotJudged)
    assert isinstance(await judged(place, 'dependencies = ["core>=2"]', route=route(test=True)), NotJudged)
