"""How checks ended, in few lines: one cause is told once, and nothing that needs a person is left out."""

from release_async.base.problems import Problem, refuse, warn
from release_async.plan.events import Outcome
from release_async.render import check_results
from release_async.render.run_history import Task


def ended(title: str, outcome: Outcome, *problems: Problem, seconds: float = 0.5) -> Task:
    """A check that has ended."""
    task = Task(title.lower(), title, begun=10.0)
    task.outcome, task.problems, task.seconds = outcome, problems, seconds
    return task


def test_what_passed_and_what_was_skipped_is_counted() -> None:
    """In the form that all screens have."""
    passed = [ended(str(number), Outcome.PASSED) for number in range(16)]
    skipped = [Task("a", "A"), Task("b", "B")]
    for task in skipped:
        task.outcome = Outcome.SKIPPED
    assert check_results.summary("check", [*passed, *skipped], 11.0) == "16 checks, 2 skipped (0.5 s)"
    assert check_results.worst([*passed, *skipped]) is Outcome.PASSED


def test_what_did_not_end_well_is_counted_by_its_kind() -> None:
    """And what was stopped; the time goes on for that until now."""
    running = Task("r", "R", begun=10.0)
    tasks = [ended("A", Outcome.PASSED), ended("B", Outcome.REFUSED, refuse("no", cure="do")), running]
    said = check_results.summary("check", tasks, 13.0)
    assert said == "1 check passed, 1 refused, 1 stopped (3.0 s)"
    assert check_results.worst(tasks) is Outcome.REFUSED


def test_one_cause_is_told_once_with_all_who_met_it() -> None:
    """By what was said, however different the cures are; the rest is told by itself."""
    away = [refuse("origin does not answer", cure=f"try {number}") for number in range(3)]
    tasks = [ended(title, Outcome.BROKEN, problem) for title, problem in zip("ABC", away, strict=True)]
    tasks.append(ended("D", Outcome.WARNED, warn("old", cure="pull")))
    first, second = check_results.findings(tasks)
    assert (first.titles, first.problem, first.outcome) == (("A", "B", "C"), away[0], Outcome.BROKEN)
    assert (second.titles, second.outcome) == (("D",), Outcome.WARNED)


def test_several_places_that_cannot_be_reached_are_one_problem() -> None:
    """Each place is named below; a single one is told in its own words."""
    git, index = (
        refuse(what, cure="do")._replace(network=True) for what in ("origin is away", "PyPI is away")
    )
    tasks = [ended("Upstream", Outcome.BROKEN, git), ended("Tag free", Outcome.BROKEN, git)]
    assert [each.problem.what for each in check_results.findings(tasks)] == ["origin is away"]
    tasks.append(ended("Version free", Outcome.BROKEN, index))
    (found,) = check_results.findings(tasks)
    assert found.titles == ("Upstream", "Tag free", "Version free")
    assert "it may be the network" in found.problem.what
    assert found.problem.detail == "origin is away\nPyPI is away"


def test_every_warning_that_is_shown_is_counted() -> None:
    """Also two of one check, and one of a check that refused; who only warns has passed."""
    old, odd, no = warn("old", cure="pull"), warn("odd", cure="look"), refuse("no", cure="do")
    tasks = [ended("A", Outcome.PASSED), ended("B", Outcome.WARNED, old, odd)]
    assert check_results.summary("check", tasks, 11.0) == "2 checks, 2 warnings (0.5 s)"
    tasks.append(ended("C", Outcome.REFUSED, no, odd._replace(what="other")))
    assert check_results.summary("check", tasks, 11.0) == "2 checks passed, 1 refused, 3 warnings (0.5 s)"
