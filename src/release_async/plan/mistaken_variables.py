"""Variables that no setting has and that were probably meant for one: misspelt, or those of another tool.

Pure. Every other variable of a project is its own business, and never named.
"""

import difflib
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

_CLOSE = 0.9
"""How alike a name must be: a letter or two of a long name, never one of its words."""

_COMMON = {
    "PYPI_USER": "PYPI_USERNAME",
    "TWINE_USERNAME": "PYPI_USERNAME",
    "UV_PUBLISH_USERNAME": "PYPI_USERNAME",
    "PYPI_TOKEN": "PYPI_API_TOKEN",
    "PYPI_API_KEY": "PYPI_API_TOKEN",
    "PYPI_PASSWORD": "PYPI_API_TOKEN",
    "TWINE_PASSWORD": "PYPI_API_TOKEN",
    "UV_PUBLISH_TOKEN": "PYPI_API_TOKEN",
    "UV_PUBLISH_PASSWORD": "PYPI_API_TOKEN",
    "TEST_PYPI_TOKEN": "PYPI_TEST_TOKEN",
    "TEST_PYPI_API_TOKEN": "PYPI_TEST_TOKEN",
    "TESTPYPI_TOKEN": "PYPI_TEST_TOKEN",
    "TESTPYPI_API_TOKEN": "PYPI_TEST_TOKEN",
    "PYPI_URL": "PYPI_REPOSITORY_URL",
    "PYPI_REPOSITORY": "PYPI_REPOSITORY_URL",
    "TWINE_REPOSITORY_URL": "PYPI_REPOSITORY_URL",
    "UV_PUBLISH_URL": "PYPI_REPOSITORY_URL",
}
"""Names that are in use elsewhere for what a setting of ours is, and those of twine and uv."""


class Mistaken(NamedTuple):
    """A variable without effect, and the setting that was probably meant."""

    name: str
    meant: str


def mistaken(given: Iterable[str], known: Collection[str], used: Collection[str]) -> Iterator[Mistaken]:
    """The variables that were probably meant for a setting; one that has its value already is not missed.

    Args:
        given: The names of all variables.
        known: The names of all settings.
        used: The settings that have a value.
    """
    for name in given:
        meant = "" if name in known else _meant(name.upper(), known)
        if meant and meant not in used:
            yield Mistaken(name, meant)


def _meant(name: str, known: Collection[str]) -> str:
    if name in known:
        return name
    close = difflib.get_close_matches(name, known, n=1, cutoff=_CLOSE)
    return _COMMON.get(name) or (close[0] if close else "")
