"""A source that holds no version is told where a version was meant, and never where something fills it in."""

from typing import Final

import pytest

from release_async.base.problems import Level
from release_async.versions.compare_places import compare
from release_async.versions.find_distributions import distributions
from support.trees import Files

MODULE: Final = "demo/__init__.py"
SCRIPT: Final = (
    'import re\nfrom setuptools import setup\nwith open("demo/__init__.py") as file:\n'
    "    found = re.search(r\"__version__ = '(.*)'\", file.read())[1]\n"
    'setup(name="demo", version=found, packages=["demo"])\n'
)
TABLE: Final = '[project]\nname = "demo"\ndynamic = ["version"]\n'
PROJECTS: Final = {
    "a script": {"setup.py": SCRIPT},
    "setuptools": {
        "pyproject.toml": f'{TABLE}[tool.setuptools.dynamic]\nversion = {{attr = "demo.__version__"}}\n'
    },
    "flit": {
        "pyproject.toml": f'{TABLE}[build-system]\nrequires = []\nbuild-backend = "flit_core.buildapi"\n'
    },
}


def refused(project: str, text: str) -> list[str]:
    """What is refused, and where, in a project whose module states a text."""
    (found,) = distributions(Files({**PROJECTS[project], MODULE: f"'''It.'''\n__version__ = '{text}'\n"}))
    return [f"{each.where} {each.what}" for each in compare(found) if each.level is Level.REFUSE]


@pytest.mark.parametrize("project", PROJECTS)
@pytest.mark.parametrize("text", ["3.0.x", "v1.2.x", "1.0.0-beta.1.2", "2.0-git"])
def test_a_slip_in_the_source_is_refused(project: str, text: str) -> None:
    """With file and line: the build would fail, long after the commit."""
    assert refused(project, text) == [f"{MODULE}:2 __version__ is '{text}', which is no PEP 440 version"]


@pytest.mark.parametrize("project", PROJECTS)
@pytest.mark.parametrize(
    "text",
    [
        "{{version}}",
        "@VERSION@",
        "${VERSION}",
        "3.0.{n}",
        "3.0.@PATCH@",
        "0.0.0-dev",
        "1.6+",
        "unknown",
        "dev",
        "",
    ],
)
def test_what_is_filled_in_or_no_version_at_all_is_none(project: str, text: str) -> None:
    """A template, a word, and a placeholder that is a version."""
    assert refused(project, text) == []


def test_another_module_of_the_package_may_say_anything() -> None:
    """Only what the build would take as the project's version is judged."""
    files = {
        "pyproject.toml": '[project]\nname = "demo"\nversion = "1.0"\n',
        "demo/sub/api.py": "version = '3.0.x'\n",
    }
    (found,) = distributions(Files({**files, MODULE: ""}))
    assert compare(found) == ()
