"""The version that a commit means is the one that it raises places to, not that of a place left behind."""

import pytest

from release_async.hook import meant_version
from release_async.versions.find_distributions import distributions
from support.trees import Files

OLD = "0.4.0"


def tree(source: str, module: str, citation: str = OLD) -> Files:
    """A project with three places."""
    return Files(
        {
            "pyproject.toml": f'[project]\nname = "demo"\nversion = "{source}"\n',
            "demo/__init__.py": f'__version__ = "{module}"\n',
            "CITATION.cff": f"cff-version: 1.2.0\nversion: {citation}\n",
        }
    )


@pytest.mark.parametrize(
    ("source", "module", "citation", "meant"),
    [
        (OLD, "0.5.0", "0.5.0", "0.5.0"),
        (OLD, "0.5.0", OLD, "0.5.0"),
        (OLD, "0.5.0", "0.6.0", "None"),
        ("0.5.0", OLD, OLD, "None"),
        (OLD, OLD, OLD, "None"),
        (OLD, "0.5.x", OLD, "None"),
        (OLD, "0.3.0", OLD, "None"),
    ],
)
def test_what_the_commit_changes_to_is_meant(source: str, module: str, citation: str, meant: str) -> None:
    """One version, and a source that is left alone; else the source says which it is, as before."""
    (after,) = distributions(tree(source, module, citation))
    assert str(meant_version.meant_version(after, distributions(tree(OLD, OLD)))) == meant
    assert meant_version.meant_version(after, ()) is None
