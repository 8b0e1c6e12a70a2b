"""Metadata that a backend or PyPI would refuse is refused before the build, each fault with line and cure."""

from pathlib import Path

import pytest

from release_async.base.problems import NotJudged, Problem
from release_async.external.index import repository_url
from release_async.guard import allow_in_artifacts
from release_async.plan.plan import Target
from release_async.plan.settings import Sources, load
from release_async.release.checks import metadata
from support.pages import ROOT
from support.sample import write_sample
from support.story import PLAN, changed
from support.tiny import write_tiny
from support.worlds import Place, prepared

README = 'readme = "README.md"\n'
HEAD = f'build-system.requires = []\n\n[project]\n{README}name = "demo"\nversion = "1.2.3"\n'
ELSEWHERE = "https://index.example.com/legacy/"
PYPI = repository_url.upload_urls().pypi


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout that has a readme and a license."""
    place = prepared(tmp_path)
    for name in ("README.md", "LICENSE", "docs/about.rst", "licenses/MIT.txt", "read.me"):
        place.repository.write(name, "text\n")
    return place


async def judged(place: Place, url: str = PYPI, root: str = "") -> tuple[Problem, ...] | NotJudged:
    """What the check says of what is committed, whatever lies on the disk."""
    base = place.repository.commit("metadata")
    place.repository.write("pyproject.toml", "not committed")
    target = Target(name="PyPI" if url == PYPI else "Example", repository_url=url, token_setting="")
    plan = changed(PLAN, base=base, target=target, root=root)
    async with place.context(plan) as context:
        return await metadata.run(plan, context)


async def of(place: Place, lines: str, url: str = PYPI) -> list[tuple[str, str, str]]:
    """Level, line and words of each problem of a project that says this, every one with a cure."""
    head = HEAD.replace(README, "\n") if "readme" in lines else HEAD
    place.repository.write("pyproject.toml", head + lines)
    found = await judged(place, url)
    assert not isinstance(found, NotJudged)
    assert all(problem.cure for problem in found)
    return [
        (problem.level.value, problem.where.removeprefix("pyproject.toml:"), problem.what)
        for problem in found
    ]


SANE = """\
description = "A demo."
readme = "README.md"
license = "Apache-2.0 OR MIT"
license-files = ["LICENSE", "licenses/*.txt", "**/LICENSE"]
requires-python = ">=3.11"
classifiers = ["Programming Language :: Python :: 3", "Typing :: Typed"]
dependencies = ["anyio>=4 ; python_version > '3.8'"]
urls = { Homepage = "https://example.com/demo" }

[project.optional-dependencies]
more = ["trio"]
"""


@pytest.mark.parametrize("url", [PYPI, ELSEWHERE])
async def test_sane_metadata_is_fine(place: Place, url: str) -> None:
    """On every index; a dynamic version too."""
    assert await of(place, SANE, url) == []
    place.repository.write("pyproject.toml", '[project]\nname = "demo"\ndynamic = ["version", "readme"]\n')
    assert await judged(place, url) == ()


@pytest.mark.parametrize("write", [write_sample, write_tiny])
async def test_real_projects_are_fine(tmp_path: Path, write: object) -> None:
    """Those of these tests, and this one."""
    place = prepared(tmp_path)
    assert callable(write)
    write(place.repository.path)
    assert await judged(place) == ()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        place.repository.write(name, (ROOT / name).read_bytes())
    assert await judged(place) == ()


FAULTS = {
    'requires-python = "=>3"': "invalid Python version specifier",
    'dynamic = ["version"]': 'declared as dynamic in "project.dynamic" but is defined',
    'dynamic = ["color"]': "'color'",
    'keywords = "one"': "expecting list[str]",
    'licence = "MIT"': "[project] has no key 'licence'",
    'license = "MIT License"': "'MIT License' is no SPDX license expression",
    'license = "MIT"\nclassifiers = ["License :: OSI Approved :: MIT License"]': "says again what",
    'license = { file = "COPYING" }': "there is no file 'COPYING' in HEAD",
    'license-files = ["LICENSE", "NOTICE*"]': "no file in HEAD matches 'NOTICE*'",
    'license-files = ["../LICENSE"]': "'../LICENSE' leads outside the project",
    'readme = "README.rst"': "there is no file 'README.rst' in HEAD",
    'readme = "../README.md"': "'../README.md' lies outside the repository",
    'readme = "/etc/hostname.md"': "'/etc/hostname.md' lies outside the repository",
    'readme = "read.me"': "the name 'read.me' does not say which format the readme has",
    'readme = { file = "read.me" }': "the readme has no content type",
    'readme = { file = "read.me", content-type = "text/html" }': "readme is 'text/html'",
    'dependencies = ["anyio", "what is this"]': "'what is this' is no requirement: Expected",
    "optional-dependencies = { x = ['=='] }": "'==' is no requirement",
    "optional-dependencies = { x = [1] }": "invalid type",
    "urls = { x = 1 }": "invalid type",
}


@pytest.mark.parametrize("line", FAULTS)
async def test_what_breaks_the_rules_is_refused_on_every_index(place: Place, line: str) -> None:
    """Once, with its own line."""
    ((level, where, what),) = await of(place, f"{line}\n", ELSEWHERE)
    assert level == "refuse"
    assert where == ("6" if "version" in line and "dynamic" in line else "7")
    assert str(FAULTS[line]) in what


async def test_a_key_that_the_backend_passes_over_is_only_told(place: Place) -> None:
    """No index sees what hatchling leaves out."""
    text = 'build-system.build-backend = "hatchling.build"\n' + HEAD + 'homepage = "https://example.com"\n'
    place.repository.write("pyproject.toml", text)
    found = await judged(place, ELSEWHERE)
    assert not isinstance(found, NotJudged)
    assert [(each.level.value, each.what) for each in found] == [("warn", "[project] has no key 'homepage'")]


@pytest.mark.parametrize("name", ["-demo", "de mo", "dé"])
async def test_a_name_that_is_none_is_refused(place: Place, name: str) -> None:
    """By PEP 508; and a name is never dynamic."""
    place.repository.write("pyproject.toml", f'[project]\nversion = "1.2.3"\nname = "{name}"\n{README}')
    found = await judged(place, ELSEWHERE)
    assert not isinstance(found, NotJudged)
    assert [(problem.level.value, problem.where) for problem in found] == [("refuse", "pyproject.toml:3")]


async def test_a_table_without_name_and_version_is_refused_at_its_head(place: Place) -> None:
    """What is not there has no line of its own."""
    place.repository.write("pyproject.toml", f"\n\n[project]\n{README}")
    found = await judged(place)
    assert not isinstance(found, NotJudged)
    assert {problem.where for problem in found} == {"pyproject.toml:3"}
    assert len(found) == 2


PYPI_ONLY = {
    'classifiers = [\n  "Typing :: Typed",\n  "Typing :: Tyqed",\n]': (
        "9",
        "PyPI knows no classifier 'Typing :: Tyqed'",
    ),
    'classifiers = [\n  "Private :: Do Not Upload",\n]': (
        "8",
        "'Private :: Do Not Upload' says that the project is not for PyPI, which refuses it",
    ),
    'classifiers = ["Natural Language :: Ukranian"]': (
        "7",
        "PyPI no longer accepts the classifier 'Natural Language :: Ukranian'",
    ),
    'dependencies = [\n  "anyio",\n  "other @ https://example.com/other.whl",\n]': (
        "9",
        "other is required by its address, which PyPI refuses",
    ),
    'optional-dependencies.x = ["other @ git+https://example.com/other"]': (
        "7",
        "other is required by its address, which PyPI refuses",
    ),
    f'description = "{"x" * 513}"': ("7", "the description has 513 characters, and PyPI takes 512"),
}


@pytest.mark.parametrize("lines", PYPI_ONLY)
async def test_what_only_pypi_refuses_is_refused_there(place: Place, lines: str) -> None:
    """An index of one's own may well take it, and a private classifier is made for that."""
    assert await of(place, f"{lines}\n") == [("refuse", *PYPI_ONLY[lines])]
    assert await of(place, f"{lines}\n", ELSEWHERE) == []


@pytest.mark.parametrize(
    "url", ["example.com", "ftp://example.com", "https://", "https://[x", "see https://x.y"]
)
async def test_an_address_that_is_none_is_refused_by_pypi(place: Place, url: str) -> None:
    """Elsewhere it is only told: the page will have a dead link."""
    lines = f'[project.urls]\n"Home page" = "{url}"\n'
    assert await of(place, lines) == [("refuse", "8", f"{url!r} is no web address")]
    assert await of(place, lines, ELSEWHERE) == [("warn", "8", f"{url!r} is no web address")]


async def test_a_description_of_several_lines_is_told(place: Place) -> None:
    """Some backends join them, others keep the first."""
    assert await of(place, 'description = """one\ntwo"""\n') == [
        ("warn", "7", "the description has several lines")
    ]


@pytest.mark.parametrize("readme", [README, ""])
async def test_who_was_told_of_a_missing_readme_is_known(place: Place, readme: str) -> None:
    """What looks at the built files does not tell it once more, behind the question."""
    place.repository.write("pyproject.toml", HEAD.replace(README, readme))
    found = await judged(place)
    assert not isinstance(found, NotJudged)
    async with place.context(changed(PLAN, base=place.repository.git("rev-parse", "HEAD"))) as context:
        told = metadata.has_no_readme(PLAN.packages[0], context)
    assert told == any("has no readme" in problem.what for problem in found) == (not readme)


async def test_a_missing_readme_is_told_before_the_files_are_built(place: Place) -> None:
    """Its page on the index is empty, which the index takes; the readme that is there is named."""
    lines = HEAD.replace(README, "")
    place.repository.write("pyproject.toml", lines)
    (problem,) = await said_of(place)
    assert (problem.level.value, problem.where) == ("warn", "pyproject.toml:3")
    assert problem.cure == 'readme = "README.md" below [project]'
    allowed = allow_in_artifacts.example("demo-*.tar.gz", "has no page")
    place.settings = load(Sources(pyproject=f"[tool.release-async]\n{allowed}\n"))
    place.repository.write("pyproject.toml", lines)
    assert await judged(place) == ()
    place.settings = load(Sources())
    place.repository.write("pyproject.toml", f'{lines}[tool.poetry]\nreadme = "README.md"\n')
    assert await judged(place) == ()


async def said_of(place: Place) -> tuple[Problem, ...]:
    """What the check says, where it judges."""
    found = await judged(place)
    assert not isinstance(found, NotJudged)
    return found


async def test_a_typing_error_names_the_nearest_word(place: Place) -> None:
    """Keys and classifiers alike."""
    place.repository.write("pyproject.toml", f'{HEAD}licence = "MIT"\nclassifiers = ["Typing :: Tiped"]\n')
    found = await judged(place)
    assert not isinstance(found, NotJudged)
    assert found[0].cure == "did you mean license?"
    assert found[1].cure.startswith("did you mean 'Typing :: Typed'?")


async def test_all_faults_are_told_together(place: Place) -> None:
    """One after the other would be one run after the other."""
    lines = 'requires-python = "=>3"\nreadme = "gone.md"\ndependencies = ["a b"]\ncolor = 1\n'
    assert [where for _, where, _ in await of(place, lines)] == ["7", "10", "8", "9"]


async def test_a_project_in_a_larger_repository_is_read_there(place: Place) -> None:
    """Files are looked for beside it, or in the repository above."""
    text = f'{HEAD.replace(README, "")}readme = "../../README.md"\nlicense-files = ["COPYING"]\n'
    place.repository.write("packages/demo/pyproject.toml", text)
    found = await judged(place, root="packages/demo")
    assert not isinstance(found, NotJudged)
    assert [(problem.where, problem.what) for problem in found] == [
        ("packages/demo/pyproject.toml:7", "no file in HEAD matches 'COPYING'")
    ]


async def test_projects_that_say_nothing_there_are_not_judged(place: Place) -> None:
    """Those of setup.py and of older poetries; and they are not shown as well."""
    assert await judged_without(place, None) == NotJudged("there is no pyproject.toml")
    poetry = '[tool.poetry]\nname = "demo"\nclassifiers = ["Bogus"]\n'
    assert await judged_without(place, poetry) == NotJudged("pyproject.toml says nothing of the project")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[project]\nname = "demo"\nversion = "1"\n[tool.uv]\npackage = false\n', 5),
        ("[tool.poetry]\npackage-mode = false\n", 2),
    ],
)
async def test_what_says_that_it_is_no_package_is_not_released(place: Place, text: str, line: int) -> None:
    """Such as the top of a workspace: setuptools would build something of it all the same."""
    found = await judged_without(place, text)
    assert not isinstance(found, NotJudged)
    assert [(problem.level.value, problem.where) for problem in found] == [
        ("refuse", f"pyproject.toml:{line}")
    ]
    assert "-C DIR" in found[0].cure


async def judged_without(place: Place, text: str | None) -> tuple[Problem, ...] | NotJudged:
    """What the check says of a project without the table."""
    path = place.repository.path / "pyproject.toml"
    path.unlink(missing_ok=True)
    if text is not None:
        path.write_text(text)
    return await judged(place)


@pytest.mark.parametrize(
    ("backend", "level"),
    [("hatchling.build", "warn"), ("flit_core.buildapi", "warn"), ("setuptools.build_meta", "refuse")],
)
async def test_a_licence_classifier_beside_an_expression_is_the_backend_s_matter(
    place: Place, backend: str, level: str
) -> None:
    """PyPI takes it, and popular projects release so; setuptools refuses to build."""
    text = (
        f'[build-system]\nrequires = []\nbuild-backend = "{backend}"\n'
        '[project]\nname = "demo"\nversion = "1.0"\n'
        'readme = "README.md"\nlicense = "MIT"\nclassifiers = ["License :: OSI Approved :: MIT License"]\n'
    )
    place.repository.write("pyproject.toml", text)
    assert [problem.level.value for problem in await said_of(place)] == [level]


@pytest.mark.parametrize("license_", ['{ text = "MIT" }', '{ file = "LICENSE" }'])
async def test_a_licence_table_beside_licence_files_is_refused(place: Place, license_: str) -> None:
    """The standard forbids the pair, and most backends refuse to build it."""
    found = await of(place, f'license = {license_}\nlicense-files = ["LICENSE"]\n')
    assert [(level, "the standard forbids both" in what) for level, _, what in found] == [("refuse", True)]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[egg_info]\ntag_build = dev\n", 2),
        ("[metadata]\nname = demo\n\n[egg_info]\ntag_date = 0\ntag-build=.post1\n", 6),
    ],
)
async def test_a_suffix_that_setuptools_adds_is_refused(place: Place, text: str, line: int) -> None:
    """What would be built is another version than the one that is released."""
    place.repository.write("setup.cfg", text)
    place.repository.write("pyproject.toml", HEAD)
    (problem,) = await said_of(place)
    assert (problem.level.value, problem.where) == ("refuse", f"setup.cfg:{line}")


async def test_the_suffix_may_stand_in_pyproject_toml(place: Place) -> None:
    """The options of setuptools' commands are read from there too; other backends never do."""
    table = '[tool.distutils.egg_info]\ntag_build = "dev"\n'
    place.repository.write("pyproject.toml", HEAD + table)
    (problem,) = await said_of(place)
    line = (HEAD + table).splitlines().index('tag_build = "dev"') + 1
    assert (problem.level.value, problem.where) == ("refuse", f"pyproject.toml:{line}")
    other = '[build-system]\nrequires = []\nbuild-backend = "hatchling.build"\n'
    place.repository.write("pyproject.toml", other + HEAD + table)
    place.repository.write("setup.cfg", "[egg_info]\ntag_build = dev\n")
    assert await judged(place) == ()


@pytest.mark.parametrize(
    "text", ["[egg_info]\ntag_build =\n", "[bdist]\ntag_build = dev\n", "[egg_info]\n# tag_build = x\n"]
)
async def test_no_suffix_is_no_matter(place: Place, text: str) -> None:
    """An empty one, one of another section, a comment."""
    place.repository.write("setup.cfg", text)
    place.repository.write("pyproject.toml", HEAD)
    assert await judged(place) == ()
