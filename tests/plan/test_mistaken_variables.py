"""A variable without effect is named where a setting was probably meant, and no other one ever is."""

import pytest

from release_async.plan.mistaken_variables import mistaken
from release_async.plan.settings import VARIABLES, Sources, load

KNOWN = {variable.name for variable in VARIABLES}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("PYPI_USER", "PYPI_USERNAME"),
        ("PYPI_USERNAM", "PYPI_USERNAME"),
        ("TWINE_USERNAME", "PYPI_USERNAME"),
        ("PYPI_TOKEN", "PYPI_API_TOKEN"),
        ("pypi_api_token", "PYPI_API_TOKEN"),
        ("TWINE_PASSWORD", "PYPI_API_TOKEN"),
        ("PYPI_REPOSITORY_ULR", "PYPI_REPOSITORY_URL"),
        ("NAROW_TOKEN", "NARROW_TOKEN"),
    ],
)
def test_a_near_miss_names_the_setting(name: str, meant: str) -> None:
    """Unless that setting has its value already."""
    assert list(mistaken((name,), KNOWN, ())) == [(name, meant)]
    assert list(mistaken((name,), KNOWN, (meant,))) == []


@pytest.mark.parametrize(
    "name",
    [
        *("API_TOKEN", "USERNAME", "DB_USERNAME", "DATABASE_URL", "TEST_TOKEN", "GITHUB_TOKEN", "GIT_TAG"),
        *("NPM_REPOSITORY_URL", "PYPI_READ_TOKEN", "VERBOSE", "RUN_TESTS", "PYPI_MIRROR", "MY_API_TOKEN"),
        *sorted(KNOWN),
    ],
)
def test_what_is_the_projects_own_is_never_named(name: str) -> None:
    """Nor is a setting."""
    assert list(mistaken((name,), KNOWN, ())) == []


def test_what_would_change_nothing_is_not_named() -> None:
    """An empty value, and twine's user name for a token, which is the default."""
    dotenv = "TWINE_USERNAME=__token__\nPYPI_TOKEN=\nTWINE_PASSWORD=sesame\n"
    assert load(Sources(dotenv=dotenv)).mistaken == (("TWINE_PASSWORD", "PYPI_API_TOKEN"),)
