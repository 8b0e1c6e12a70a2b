"""Places beside a project, groups, settings and what a person is told of files that were passed over."""

import pytest

from release_async.base.problems import Level
from release_async.versions.compare_places import compare
from release_async.versions.explain_skipped_files import skipped_files
from release_async.versions.find_distributions import distributions
from release_async.versions.version_edits import changes, distribution, planned_edits
from support.trees import Files

PROJECT = '[project]\nname = "demo"\nversion = "1.0"\n'
CITATION = "cff-version: 1.2.0\nversion: 1.0\ndate-released: '2020-01-31'  # then\n"


def test_the_day_of_a_release_is_written_at_a_release_only() -> None:
    """A bump in the working tree releases nothing; the plan of a release names the same edits."""
    tree = Files({"pyproject.toml": PROJECT, "CITATION.cff": CITATION})
    its = distribution(tree)
    bumped = {change.path: change.after for change in changes(its, tree, "1.1")}
    assert b"2020-01-31" in bumped["CITATION.cff"]
    released = changes(its, tree, "1.1", "2026-02-03")
    after = {change.path: change.after for change in released}["CITATION.cff"]
    assert after == b"cff-version: 1.2.0\nversion: 1.1\ndate-released: '2026-02-03'  # then\n"
    assert planned_edits(its, "1.1", "2026-02-03") == tuple(
        edit for change in released for edit in change.edits
    )


@pytest.mark.parametrize("text", ["date-released: 2015-03-27\n", '{"date-released": "2015-03-27"}'])
def test_a_day_without_a_version_is_that_of_the_first_release(text: str) -> None:
    """It has stood there for years, and no release is to change it."""
    tree = Files({"pyproject.toml": PROJECT, "CITATION.cff": text})
    assert [change.path for change in changes(distribution(tree), tree, "1.1", "2026-02-03")] == [
        "pyproject.toml"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "version: *anchor",
        "version: !str 1.0",
        "version: |\n  1.0",
        "version: [1.0]",
        "version: 1.0\nversion: 1.0",
        "version:\n  1.0",
        "version: 1.0\n---\nversion: 2.0",
    ],
)
def test_yaml_that_is_no_plain_scalar_is_not_checked(line: str) -> None:
    """Only one line of a strict grammar is read; anything else is said, and nothing is edited."""
    tree = Files({"pyproject.toml": PROJECT, "CITATION.cff": f"cff-version: 1.2.0\n{line}\n"})
    (found,) = distributions(tree)
    told = [problem for problem in compare(found) if problem.where.startswith("CITATION.cff")]
    assert [problem.level for problem in told] == [Level.WARN]
    assert "not checked" in told[0].what
    assert [change.path for change in changes(found, tree, "2.0")] == ["pyproject.toml"]


@pytest.mark.parametrize(
    ("name", "mirrors"),
    [("demo", 1), ("@demo/demo", 1), ("@scope/demo", 1), ("other", 0), ("demo-ui", 0)],
)
def test_npm_metadata_of_another_name_is_another_project(name: str, mirrors: int) -> None:
    """Many a project keeps tools of its documentation in a ``package.json``."""
    package = f'{{"name": "{name}", "version": "9.0.0"}}'
    (found,) = distributions(Files({"pyproject.toml": PROJECT, "package.json": package}))
    assert len([problem for problem in compare(found) if problem.level is Level.REFUSE]) == mirrors


def test_equal_versions_must_be_spelled_alike_where_exact_is_set() -> None:
    """Without it they pass with a note."""
    files: dict[str, str | bytes] = {"pyproject.toml": PROJECT, "demo/__init__.py": '__version__ = "1.0.0"\n'}
    (found,) = distributions(Files(files))
    assert [problem.level for problem in compare(found)] == [Level.WARN]
    assert found.agree
    files["pyproject.toml"] = f"{PROJECT}[tool.release-async]\nexact = true\n"
    (found,) = distributions(Files(files))
    assert [problem.level for problem in compare(found)] == [Level.REFUSE]
    assert not found.agree


def test_ignored_files_are_neither_compared_nor_edited() -> None:
    """They stay in the list, with the reason."""
    files: dict[str, str | bytes] = {
        "pyproject.toml": f'{PROJECT}[tool.release-async]\nignore = ["docs/*"]\n',
        "docs/conf.py": 'release = "0.9"\n',
    }
    tree = Files(files)
    (found,) = distributions(tree)
    assert compare(found) == ()
    assert [change.path for change in changes(found, tree, "2.0")] == ["pyproject.toml"]
    assert any("ignored" in site.note for site in found.sites)


@pytest.mark.parametrize(
    "setting",
    [
        'version-files = "x"',
        "version-files = [1]",
        'version-files = [{ key = "x" }]',
        'ignore = "x"',
        'exact = "yes"',
        "group = [1]",
        'version-files = [{ path = "/etc/passwd" }]',
        'version-files = [{ path = ".git/config" }]',
        'version-files = [{ path = "../outside" }]',
        'version-files = [{ path = "a", pattern = "no gap" }]',
        'version-files = [{ path = "a", key = "b", name = "c" }]',
    ],
)
def test_a_setting_that_cannot_be_used_refuses_the_commit(setting: str) -> None:
    """The hook shows it like any other problem: where, what, and the cure."""
    tree = Files({"pyproject.toml": f"{PROJECT}[tool.release-async]\n{setting}\n", "a": "1.0"})
    (found,) = distributions(tree)
    (problem,) = compare(found)
    assert problem.level is Level.REFUSE
    assert problem.where.startswith("pyproject.toml")
    assert problem.cure


def test_a_person_is_told_why_files_were_passed_over() -> None:
    """Every file whose name suggests a version is either a place or has a reason."""
    tree = Files(
        {
            "pyproject.toml": PROJECT,
            "demo/__init__.py": "",
            "demo/_version.py.in": "",
            "demo/vendor/x/__init__.py": '__version__ = "9"\n',
            "package.json": '{"name": "other", "version": "3.0.0"}',
            "uv.lock": "",
            "VERSION": "9\n",
            "tools/pyproject.toml": "[tool.ruff]\n",
            "README.md": "1.0\n",
            "demo/core.py": "",
        }
    )
    told = dict(skipped_files(tree, distributions(tree)))
    assert {path: reason.split()[0] for path, reason in told.items()} == {
        "VERSION": "is",
        "demo/__init__.py": "sets",
        "demo/_version.py.in": "is",
        "demo/vendor/x/__init__.py": "lies",
        "package.json": "has",
        "tools/pyproject.toml": "makes",
        "uv.lock": "holds",
    }


def test_a_group_is_one_line_of_trouble_for_each_member_that_lags() -> None:
    """Every member is compared with the first, not with every other."""
    files: dict[str, str | bytes] = {"pyproject.toml": '[tool.release-async]\ngroup = ["p/*"]\n'}
    files |= {f"p/{name}/pyproject.toml": PROJECT.replace("demo", name) for name in "abc"}
    files["p/c/pyproject.toml"] = PROJECT.replace("demo", "c").replace("1.0", "0.9")
    problems = [problem for found in distributions(Files(files)) for problem in compare(found)]
    assert [problem.where for problem in problems] == ["p/c/pyproject.toml:3"]


def test_where_the_tag_decides_no_literal_is_compared() -> None:
    """Between two releases every literal is behind the tag, and none of them can be judged."""
    files: dict[str, str | bytes] = {
        "pyproject.toml": '[project]\nname = "demo"\ndynamic = ["version"]\n'
        '[tool.hatch.version]\nsource = "vcs"\n',
        "CITATION.cff": CITATION,
        "docs/conf.py": 'release = "0.9"\n',
    }
    (found,) = distributions(Files(files))
    assert found.agree
    assert compare(found) == ()
    assert not found.compared
