"""The layouts that real projects have, each agreeing, off by one, and bumped: byte for byte."""

import re
from pathlib import Path

import pytest

from release_async.base.errors import ReleaseAsyncError
from release_async.base.problems import Level, Problem
from release_async.versions.compare_places import compare
from release_async.versions.distribution import Distribution
from release_async.versions.find_distributions import distributions
from release_async.versions.pep440 import parse
from release_async.versions.version_edits import changes
from support.catalogue import Case, Place, cases
from support.trees import Files

CASES = list(cases(Path(__file__).with_name("catalogue")))
KNOWN = [case for case in CASES if case.known]
MIRRORS = [(case, place) for case in KNOWN for place in case.places() if place.role == "mirror"]
REQUIRED = {*range(1, 32), *range(33, 46), *range(47, 57), *range(58, 61), 67, 68}


def found(case: Case, files: dict[str, str | bytes]) -> Distribution:
    """The distribution that a case is about."""
    everything = distributions(Files(files))
    (its,) = [each for each in everything if each.root == case.header("root")]
    return its


def by_level(distribution: Distribution, level: Level) -> list[Problem]:
    """What is said at one level."""
    return [problem for problem in compare(distribution) if problem.level is level]


def stands_at(problem: Problem, place: str) -> bool:
    """Whether a problem is said of a place: a path, or a path and a line."""
    return problem.where == place or problem.where.rpartition(":")[0] == place


def says(problem: Problem, expected: str) -> bool:
    """Whether a problem is said of the place and holds the words of a header."""
    place, _, words = expected.partition(" ")
    return stands_at(problem, place) and words.lower() in problem.what.lower()


def named(mirror: tuple[Case, Place]) -> str:
    """How a test run calls a mirror."""
    case, place = mirror
    return f"{case} {place.path}:{place.lines[0]}"


def test_every_row_that_must_be_right_without_configuration_is_here() -> None:
    """Rows of the catalogue are numbered; a number that is gone is a promise that is gone."""
    assert {int(case.row) for case in CASES if case.row.isdecimal()} >= REQUIRED


@pytest.mark.parametrize("case", KNOWN, ids=str)
def test_a_consistent_project_agrees(case: Case) -> None:
    """The source is where the backend reads, every mirror counts, and nothing else does."""
    its = found(case, case.files())
    assert [(problem.where, problem.what) for problem in by_level(its, Level.REFUSE)] == []
    assert its.agree
    marks = case.places()
    expected = {(place.path, line, place.role) for place in marks if place.counts for line in place.lines}
    actual = {(site.path, site.line, site.role.value) for site in its.sites if site.counts}
    assert actual <= expected, "something counts that states no version of this project"
    for place in marks:
        sites = [site for site in its.sites if site.path == place.path and site.line in place.lines]
        assert place.role in {site.role.value for site in sites}, place
        if place.counts and place.plain:
            assert place.text in {site.text for site in sites}, place
    stated = case.header("version") or next(place.text for place in marks if place.role == "source")
    assert its.version is not None
    assert parse(its.version) == parse(stated)


@pytest.mark.parametrize("mirror", MIRRORS, ids=named)
def test_a_mirror_that_is_off_by_one_is_refused_where_it_stands(mirror: tuple[Case, Place]) -> None:
    """File and line of the mirror, not of the source; and exactly one refusal."""
    case, place = mirror
    its = found(case, case.off_by_one(place))
    assert not its.agree
    (problem,) = by_level(its, Level.REFUSE)
    assert problem.where in {f"{place.path}:{line}" for line in place.lines}


@pytest.mark.parametrize("case", KNOWN, ids=str)
def test_a_bump_changes_the_tokens_and_nothing_else(case: Case) -> None:
    """Every other byte stays, and the result agrees with itself and states the new version."""
    files, tree = case.files(), Files(case.files())
    made = changes(found(case, files), tree, case.header("bump"))
    after = files | {change.path: change.after for change in made}
    assert after == case.bumped()
    assert {change.path for change in made} == {path for path in files if files[path] != after[path]}
    again = found(case, after)
    generated = {place.path for place in case.places() if place.role == "generated"}
    stale = {problem.where.rpartition(":")[0] for problem in by_level(again, Level.REFUSE)}
    assert stale <= generated
    assert again.version is not None
    assert parse(again.version) == parse(case.header("bump"))


@pytest.mark.parametrize("case", [case for case in CASES if case.header("tag")], ids=str)
def test_a_version_from_the_tag_is_said_to_be_one(case: Case) -> None:
    """No file states it: nothing counts, nothing is refused, the tool has a name, and there is no bump."""
    its = found(case, case.files())
    assert case.header("tag") in its.tag_tool
    assert its.version is None
    assert not [site for site in its.sites if site.counts]
    assert not by_level(its, Level.REFUSE)
    for place in case.places():
        assert (place.path, place.lines[0], place.role) in {
            (site.path, site.line, site.role.value) for site in its.sites
        }
    with pytest.raises(ReleaseAsyncError, match="tag"):
        changes(its, Files(case.files()), "99.0")


@pytest.mark.parametrize("case", [case for case in CASES if case.header("unchecked")], ids=str)
def test_what_cannot_be_known_is_said_with_its_reason(case: Case) -> None:
    """Not a guess, not a refusal, and never a silent pass."""
    its = found(case, case.files())
    assert its.version is None
    assert not by_level(its, Level.REFUSE)
    warnings = [problem.what for problem in by_level(its, Level.WARN)]
    assert any("not checked" in what and case.header("unchecked") in what for what in warnings), warnings
    with pytest.raises(ReleaseAsyncError):
        changes(its, Files(case.files()), case.header("bump"))


@pytest.mark.parametrize("case", [case for case in CASES if case.header("refused")], ids=str)
def test_what_no_backend_builds_is_refused_at_its_place(case: Case) -> None:
    """The place and the reason; and no bump hides it."""
    its = found(case, case.files())
    assert not its.agree
    refusals = by_level(its, Level.REFUSE)
    assert any(says(problem, case.header("refused")) for problem in refusals), refusals
    with pytest.raises(ReleaseAsyncError):
        changes(its, Files(case.files()), case.header("bump") or "99.0")


SAID = [(case, expected) for case in CASES for expected in case.all("warned")]
SILENT = [(case, place) for case in CASES for place in case.all("silent")]


@pytest.mark.parametrize(("case", "expected"), SAID, ids=str)
def test_what_deserves_a_note_gets_one(case: Case, expected: str) -> None:
    """A warning at the place, with what stands there."""
    warnings = by_level(found(case, case.files()), Level.WARN)
    assert any(says(problem, expected) for problem in warnings), warnings


@pytest.mark.parametrize(("case", "place"), SILENT, ids=str)
def test_what_is_as_it_should_be_is_not_talked_about(case: Case, place: str) -> None:
    """A note that is always there is never read."""
    assert not [problem for problem in compare(found(case, case.files())) if stands_at(problem, place)]


GENERATED = [(case, place) for case in KNOWN for place in case.places() if place.role == "generated"]


@pytest.mark.parametrize("generated", GENERATED, ids=named)
def test_a_generated_copy_that_is_stale_is_told_of(generated: tuple[Case, Place]) -> None:
    """It is compared, and its cure is the generator: whether that stops a commit is not decided here."""
    case, place = generated
    (problem,) = compare(found(case, case.off_by_one(place)))
    assert stands_at(problem, place.path)
    assert "generated" in problem.what + problem.cure


def test_a_pattern_is_searched_for_in_bounded_time() -> None:
    """The suite itself would hang here; what is asserted elsewhere is the reason given."""
    (case,) = [case for case in CASES if re.search("runs away", case.title)]
    assert found(case, case.files()).version is None
