"""What steps have made is never changed: more of it is another value."""

from pathlib import Path

import pytest

from release_async.base.files import Artifact
from release_async.run.step_results import Accepted, BuiltFiles, Confirmed, ReleaseCommit, Results, TagObjects

WHEEL, SDIST = (Artifact(Path(name), "a" * 64, 1) for name in ("x.whl", "x.tar.gz"))


def test_more_is_another_value() -> None:
    """Who holds earlier results keeps them as they were."""
    before = Results(ReleaseCommit("c"))
    after = before.having(Accepted(frozenset({"x"})), ReleaseCommit("d"))
    assert (before.commit, before.accepted) == ("c", frozenset())
    assert (after.commit, after.accepted) == ("d", frozenset({"x"}))
    assert before == Results(ReleaseCommit("c"))
    assert before != after


def test_what_was_accepted_adds_up() -> None:
    """Of several uploads at once none knows of the others."""
    both = Results().having(Accepted(frozenset({"x"}))).having(Accepted(frozenset({"y"})))
    assert both.accepted == {"x", "y"}


def test_what_nobody_has_given_is_a_fault_of_the_step_that_needs_it() -> None:
    """It is named; who can do without asks for it otherwise."""
    with pytest.raises(LookupError, match="no step has given a BuiltFiles yet"):
        Results().get(BuiltFiles)
    assert Results().find(BuiltFiles) is None


def test_before_anything_is_made_there_is_nothing() -> None:
    """No commit, no tag, no file, and no page that is owed."""
    none = Results()
    assert (none.commit, dict(none.tags), none.files, none.owes_page) == ("", {}, (), False)


def test_files_are_those_of_each_package_in_the_order_of_their_upload() -> None:
    """A release of several packages keeps them apart."""
    made = Results(BuiltFiles({"b": (WHEEL,), "a": (SDIST,)}), TagObjects({"v1": "t"}), Confirmed(page=True))
    assert made.files == (WHEEL, SDIST)
    assert (made.files_of("a"), made.files_of("b"), made.files_of("c")) == ((SDIST,), (WHEEL,), ())
    assert (made.tags["v1"], made.owes_page) == ("t", True)
