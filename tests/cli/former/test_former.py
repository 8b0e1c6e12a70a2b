"""Scripts of others that import two modules by the names which these had before go on working."""

import importlib
import sys
from collections.abc import Mapping

import pytest

from release_async.external.index import repository_url
from release_async.plan import changelog

MOVED: Mapping[str, Mapping[str, object]] = {
    "release_async.changelog": {
        "section": changelog.section,
        "tells": changelog.tells,
        "shortened": changelog.shortened,
    },
    "release_async.tools.repository_url": {"pip": repository_url.pip_command},
}


@pytest.mark.parametrize("name", MOVED)
def test_a_module_is_found_by_its_former_name(name: str) -> None:
    """The former name has the same functions, and the warning says where they are now."""
    sys.modules.pop(name, None)
    with pytest.warns(DeprecationWarning, match=f"{name} has moved: import release_async"):
        module = importlib.import_module(name)
    assert {each: getattr(module, each) for each in MOVED[name]} == MOVED[name]
