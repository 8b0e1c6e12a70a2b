"""Places of the version that have to be named: found by their names, and proven by naming them."""

import pytest

from release_async.cli.init import undeclared_version_files
from release_async.versions.find_distributions import distributions
from support.trees import Files

PROJECT = '[project]\nname = "demo"\nversion = "1.2.3"\n'
MODULE = '__version__ = "1.2.3"\n'


def found(files: dict[str, str], root: str = "") -> tuple[str, ...]:
    """What the project in a folder should name."""
    tree = Files(files)
    project = next(each for each in distributions(tree) if each.root == root)
    return undeclared_version_files.version_files(
        tree, project, files.get(f"{root}/pyproject.toml".lstrip("/"), "")
    )


@pytest.mark.parametrize("path", ["VERSION", "version.txt", "src/demo/data/VERSION"])
@pytest.mark.parametrize("text", ["1.2.3", "1.2.3\r\n"])
def test_a_file_that_holds_nothing_but_the_version_is_named(path: str, text: str) -> None:
    """Wherever it lies in the project."""
    assert found({"pyproject.toml": PROJECT, path: text}) == (path,)


def test_a_module_outside_of_the_package_is_named() -> None:
    """One of the package is found without that, and so is not."""
    files = {
        "pyproject.toml": PROJECT,
        "demo/__init__.py": "",
        "demo/version.py": MODULE,
        "demo/core/_version.py": MODULE,
    }
    assert found(files) == ("demo/core/_version.py",)


@pytest.mark.parametrize(
    "files",
    [
        {"VERSION": "1.2.4"},
        {"VERSION": "the version of the format is 1.2.3"},
        {"tests/VERSION": "1.2.3"},
        {"vendor/x/_version.py": MODULE},
        {"other/pyproject.toml": PROJECT.replace("demo", "other"), "other/VERSION": "1.2.3"},
        {"VERSION": "1.2.3", "demo/__init__.py": MODULE.replace("3", "4")},
    ],
)
def test_what_says_something_else_or_belongs_to_another_is_not(files: dict[str, str]) -> None:
    """Nor is anything where the known places disagree: who is right is not known then."""
    assert found({"pyproject.toml": PROJECT, **files}) == ()


def test_a_project_without_pyproject_is_looked_at_too() -> None:
    """The setting that would be written counts, though the file is still to be made."""
    files = {"setup.py": 'from setuptools import setup\nsetup(name="demo", version="1.2.3")\n'}
    assert found({**files, "VERSION": "1.2.3\n"}) == ("VERSION",)


def test_a_member_names_its_files_from_its_own_folder() -> None:
    """As ``version-files`` is read."""
    files = {"one/pyproject.toml": PROJECT, "one/VERSION": "1.2.3", "VERSION": "1.2.3"}
    files["two/pyproject.toml"] = PROJECT.replace("demo", "two")
    assert found(files, "one") == ("VERSION",)
