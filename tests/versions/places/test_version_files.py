"""Places that a project names itself: what a path alone means, and what is said where it means nothing."""

import pytest

from release_async.versions.compare_places import compare
from release_async.versions.find_distributions import distributions
from release_async.versions.replace_version_text import rewrite
from support.trees import Files

PYPROJECT = '[project]\nname = "demo"\nversion = "1.4.2"\n\n[tool.release-async]\nversion-files = [{entry}]\n'


@pytest.mark.parametrize(
    ("path", "text", "line", "key"),
    [
        (
            "package.json",
            '{\n  "name": "other",\n  "version": "1.4.2",\n  "a": {"b": "1.4.2"}\n}\n',
            3,
            "version",
        ),
        ("rust/Cargo.toml", '[package]\nname = "x"\nversion = "1.4.2"\n', 3, "package.version"),
        ("sub/pyproject.toml", '[project]\nversion = "1.4.2"\n', 2, "project.version"),
        ("app.toml", 'version = "1.4.2"\n', 1, "version"),
        ("setup.ini", "[metadata]\nversion = 1.4.2\n", 2, "metadata.version"),
        ("galaxy.yml", "---\nnamespace: x\nversion: 1.4.2\nneeds: 1.4.2\n", 3, "version"),
        ("docs/CITATION.cff", "cff-version: 1.2.0\nversion: '1.4.2'\n", 2, "version"),
        ("VERSION", "\n1.4.2\n", 2, "whole file"),
    ],
)
def test_a_path_alone_means_the_version_of_its_kind(path: str, text: str, line: int, key: str) -> None:
    """Nobody who names a package.json means that all of it is a version; and what is found can be edited."""
    tree = Files({"pyproject.toml": PYPROJECT.format(entry=f'"{path}"'), path: text})
    (found,) = (each for each in distributions(tree) if not each.root)
    (site,) = (site for site in found.sites if site.path == path)
    assert (site.line, site.key, site.text) == (line, key, "1.4.2")
    assert compare(found) == ()
    assert rewrite(text.encode(), site, "1.5.0").decode().count("1.5.0") == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("README.md", "# demo\n\nThis is 1.4.2.\n"),
        ("app.json", '{"app": {"version": "1.4.2"}}'),
        ("galaxy.yml", "version: |\n  1.4.2\n"),
    ],
)
def test_a_path_alone_that_says_too_little_is_refused_with_the_entry_to_write(path: str, text: str) -> None:
    """With the line of pyproject.toml where it belongs, and never with a bump that cannot work."""
    tree = Files({"pyproject.toml": PYPROJECT.format(entry=f'"{path}"'), path: text})
    (found,) = distributions(tree)
    (problem,) = compare(found)
    assert problem.where == path
    assert problem.what == "version-files names this file alone, and it states more than a version"
    entry = f'{{ path = "{path}", pattern = "before{{version}}after" }}'
    assert problem.cure == f"in pyproject.toml:6, write {entry} instead, with the text around the version"
