"""Every mirror follows its source, in every layout of the catalogue; what no edit can mend is named."""

from pathlib import Path

import pytest

from release_async.base.errors import ConfigurationError, FailedError
from release_async.base.problems import Level
from release_async.versions.mirror_changes import mirror_changes
from support.catalogue import Case, Place, cases
from support.trees import Files

KNOWN = [case for case in cases(Path(__file__).with_name("catalogue")) if case.known]
MIRRORS = [(case, place) for case in KNOWN for place in case.places() if place.role == "mirror"]
UNUSUAL = {("26", "1.0.0.alpha1"), ("61", "2.45.0.dev")}
"""Mirrors in a spelling of their own, which come back in the normal form."""
PROJECT = '[project]\nname = "demo"\nversion = "{}"\n'


@pytest.mark.parametrize("case", KNOWN, ids=str)
def test_a_consistent_project_is_left_alone(case: Case) -> None:
    """Not one byte changes, whatever the spellings."""
    assert mirror_changes(Files(case.files())).changes == ()


@pytest.mark.parametrize(("case", "place"), MIRRORS, ids=str)
def test_a_mirror_that_drifted_says_again_what_it_said(case: Case, place: Place) -> None:
    """The edit is the drift undone: the file is as it was, byte for byte."""
    drifted = case.off_by_one(place)
    done = mirror_changes(Files(drifted))
    assert done.changes
    after = {**drifted, **{change.path: change.after for change in done.changes}}
    assert mirror_changes(Files(after)).changes == ()
    assert after == case.files() or (case.row, place.text) in UNUSUAL


def test_two_projects_that_want_a_place_to_differ_change_nothing() -> None:
    """Whatever one edit made right the other would make wrong."""
    table = '[tool.release-async]\nversion-files = [{ path = "../VERSION", pattern = "v{version}" }]\n'
    files = {"VERSION": "v0.9\n"} | {
        f"{name}/pyproject.toml": PROJECT.replace("demo", name).format(version) + table
        for name, version in (("a", "1.0"), ("b", "2.0"))
    }
    with pytest.raises((FailedError, ConfigurationError)):
        mirror_changes(Files(files))


@pytest.mark.parametrize(
    ("files", "where"),
    [
        (
            {"pyproject.toml": PROJECT.format("1.0"), "demo/__init__.py": '__version__ = "1." "1"\n'},
            "demo/__init__.py:1",
        ),
        (
            {
                "pyproject.toml": PROJECT.format("1.0.post1"),
                "package.json": '{"name": "demo", "version": "1.0.0"}',
            },
            "package.json:1",
        ),
    ],
)
def test_what_no_edit_can_mend_is_a_refusal_and_no_error(files: dict[str, str | bytes], where: str) -> None:
    """The other places are still set."""
    done = mirror_changes(
        Files({**files, "demo/other.py": "", "CITATION.cff": "cff-version: 1.2.0\nversion: 0.1\n"})
    )
    assert [change.path for change in done.changes] == ["CITATION.cff"]
    assert [(problem.where, problem.level) for problem in done.unfixed] == [(where, Level.REFUSE)]


def test_a_source_that_states_no_version_decides_nothing() -> None:
    """A mirror is not made the source of the source."""
    tree = Files({"pyproject.toml": PROJECT.format("soon"), "demo/__init__.py": '__version__ = "1.0"\n'})
    with pytest.raises(ConfigurationError, match=r"pyproject.toml:3: .*soon") as caught:
        mirror_changes(tree)
    assert caught.value.cure
