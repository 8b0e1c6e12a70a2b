"""Which copies of a version follow the tag: those that were kept in step with it, and no other."""

import pytest

from release_async.versions import version_edits
from release_async.versions.find_distributions import distributions
from release_async.versions.tagged_copies import with_copies
from support.trees import Files

PYPROJECT = """\
[build-system]
requires = ["hatchling", "hatch-vcs"]
build-backend = "hatchling.build"

[project]
name = "demo"
dynamic = ["version"]

[tool.hatch.version]
source = "vcs"
"""


def tree(version: str) -> Files:
    """A project that is cited with a version."""
    return Files({"pyproject.toml": PYPROJECT, "CITATION.cff": f"cff-version: 1.2.0\nversion: {version}\n"})


@pytest.mark.parametrize(
    ("stated", "current", "edited"),
    [("1.2.0", "1.2.0", True), ("1.1.0", "1.2.0", False), ("1.2.0", "", False), ("none", "1.2.0", False)],
)
def test_only_what_states_the_last_version_follows(*, stated: str, current: str, edited: bool) -> None:
    """The edit is proven as any other is."""
    (found,) = distributions(tree(stated))
    kept = with_copies(found, current)
    assert (kept.source is not None, found.source) == (edited, None)
    if edited:
        (change,) = version_edits.changes(kept, tree(stated), "1.3.0")
        assert change.after == b"cff-version: 1.2.0\nversion: 1.3.0\n"
