"""Agreement by value, reported as spelled."""

import pytest

from release_async.base.problems import Level, Problems
from release_async.versions.compare_places import compare
from release_async.versions.find_distributions import distributions
from support.trees import Files


def judged(pyproject: str, module: str) -> Problems:
    """What comparing a project table's version with a module's says."""
    table = f'[project]\nname = "demo"\nversion = "{pyproject}"\n'
    (found,) = distributions(
        Files({"pyproject.toml": table, "demo/__init__.py": f'\n__version__ = "{module}"\n'})
    )
    problems = compare(found)
    assert found.agree == (Level.REFUSE not in {problem.level for problem in problems})
    return problems


def test_the_same_version_is_no_problem() -> None:
    """Silence where all is well."""
    assert judged("1.2.3", "1.2.3") == ()


def test_a_difference_names_both_places_and_the_command() -> None:
    """File, line, both spellings, and what to type."""
    (problem,) = judged("1.2.3", "1.2.4")
    assert problem[:4] == (
        Level.REFUSE,
        "demo/__init__.py:2",
        "__version__ is 1.2.4, but project.version in pyproject.toml:3 is 1.2.3",
        "release-async bump 1.2.3",
    )


@pytest.mark.parametrize(
    ("left", "right"),
    [("1.0", "1.0.0"), ("2024.03.19", "2024.3.19"), ("1.0.0-rc1", "1.0rc1"), ("2.65.0.dev", "2.65.0.dev0")],
)
def test_another_spelling_passes_with_a_note(left: str, right: str) -> None:
    """Versions are compared, not texts."""
    (problem,) = judged(left, right)
    assert problem.level is Level.WARN
    assert left in problem.what
    assert right in problem.what


@pytest.mark.parametrize("wrong", ["1.6+", "unknown", "", "1.0\\x1b[2J"])
def test_what_is_no_version_is_refused(wrong: str) -> None:
    """Also where every place says the same."""
    problems = judged("1.0", wrong)
    assert [problem.level for problem in problems] == [Level.REFUSE]
    assert "PEP 440" in problems[0].what
    assert problems[0].what.isprintable()
    assert len(judged(wrong.replace("\\x1b", "\\u001b"), wrong)) == 2


def test_the_command_names_the_folder_of_a_distribution_below_the_top() -> None:
    """Typed at the top, as every hook runs there; quoted for the shell."""
    table = '[project]\nname = "demo"\nversion = "1"\n[tool.poetry]\nversion = "2"\n'
    (found,) = distributions(Files({"my packages/a/pyproject.toml": table}))
    assert [problem.cure for problem in compare(found)] == ["release-async -C 'my packages/a' bump 1"]


def test_what_was_not_checked_is_said() -> None:
    """An unknown version is a warning with its reason, a version from the tag is none."""
    (found,) = distributions(Files({"setup.py": "setup(name='demo', version=compute())"}))
    (problem,) = compare(found)
    assert problem.level is Level.WARN
    assert "not checked, because" in problem.what
    (found,) = distributions(Files({"setup.py": "setup(name='demo', use_scm_version=True)"}))
    assert compare(found) == ()


def test_where_the_source_is_opaque_no_copies_are_played_against_each_other() -> None:
    """Nobody knows which is right: it is told that nothing was checked."""
    files: dict[str, str | bytes] = {
        "pyproject.toml": '[build-system]\nrequires = ["other"]\nbuild-backend = "other.build"\n'
        '[project]\nname = "demo"\ndynamic = ["version"]\n',
        "demo/__init__.py": '__version__ = "1.0"\n',
        "package.json": '{"name": "demo", "version": "2.0.0"}\n',
    }
    (found,) = distributions(Files(files))
    assert {problem.level for problem in compare(found)} == {Level.WARN}


@pytest.mark.parametrize(
    ("version_info", "levels"),
    [
        ('(9, 1, 1, "beta", 0)', [Level.WARN]),
        ('(9, 1, 1, "final", 0)', []),
        ('(9, 1, 2, "beta", 0)', [Level.REFUSE]),
        ('(9, 1, 0, "final", 0)', [Level.REFUSE]),
    ],
)
def test_a_tuple_may_say_beta_of_the_version_to_come(version_info: str, levels: list[Level]) -> None:
    """As Sphinx has it between two releases: only of that very version, and a release ends it."""
    files: dict[str, str | bytes] = {
        "pyproject.toml": '[project]\nname = "demo"\ndynamic = ["version"]\n'
        '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n',
        "demo/__init__.py": f'__version__ = "9.1.1"\nversion_info = {version_info}\n',
    }
    (found,) = distributions(Files(files))
    assert [problem.level for problem in compare(found)] == levels


@pytest.mark.parametrize(
    ("source", "release", "level"),
    [
        ("7.11.4a0", "7.11.3", Level.WARN),
        ("7.12.0.dev0", "7.11.3", Level.WARN),
        ("7.11.4", "7.11.3", Level.REFUSE),
        ("7.11.4a0", "7.12.0", Level.REFUSE),
    ],
)
def test_documentation_may_state_the_last_release_between_two(
    source: str, release: str, level: Level
) -> None:
    """Many are kept so; at a release the page has to follow, and it is never ahead."""
    files: dict[str, str | bytes] = {
        "pyproject.toml": f'[project]\nname = "demo"\nversion = "{source}"\n',
        "docs/conf.py": f'release = "{release}"\n',
    }
    (found,) = distributions(Files(files))
    assert [problem.level for problem in compare(found)] == [level]


@pytest.mark.parametrize(
    ("source", "levels"),
    [("5.7.0.dev0", []), ("5.7.0", []), ("0.7.0.dev0", [Level.WARN]), ("0.7.0", [Level.REFUSE])],
)
def test_a_lone_zero_on_a_page_was_never_a_version(source: str, levels: list[Level]) -> None:
    """It is no release that the project is past, and no release begins to raise it."""
    files: dict[str, str | bytes] = {
        "pyproject.toml": f'[project]\nname = "demo"\nversion = "{source}"\n',
        "docs/conf.py": "version = '0'\nrelease = '0'\n",
    }
    (found,) = distributions(Files(files))
    assert [problem.level for problem in compare(found)] == levels
