"""Every place that states the version says the same thing, and the version is no step back."""

import re

from release_async.base.problems import Level, Problem, Problems
from release_async.plan.plan import Package, Plan
from release_async.release import next_versions
from release_async.run.context import Context
from release_async.versions import compare_places, version_edits
from release_async.versions.distribution import Distribution
from release_async.versions.pep440 import parse
from release_async.versions.places import lock_files

TITLE = "Versions agree"
LONG = False


async def run(plan: Plan, context: Context) -> Problems:
    """Refuse sites that disagree or are not PEP 440, and a version that is less than HEAD's."""
    compared = (each for one in context.distributions for each in _bumped(one))
    stated = (problem for one in compared for problem in _stated(plan, one))
    lesser = [await _not_greater(plan, package, context) for package in plan.packages]
    return (*stated, *(problem for problems in lesser for problem in problems))


def _bumped(distribution: Distribution) -> tuple[Distribution, ...]:
    """All that the release gives the new version: the distribution, and the others of its group."""
    peers = distribution.peers
    return tuple(each._replace(peers=peers) for each in peers) or (distribution,)


def _stated(plan: Plan, distribution: Distribution) -> Problems:
    hindered = version_edits.obstacles(distribution) if plan.makes_commit else ()
    return (*(_weighed(plan, each) for each in compare_places.compare(distribution)), *hindered)


def _weighed(plan: Plan, problem: Problem) -> Problem:
    """A stale entry of the project in a lock file only warns: the release writes the new version there."""
    problem = _committed(problem)
    path = problem.where.rpartition(":")[0]
    if path.rpartition("/")[2] not in lock_files.NAMES or problem.level is not Level.REFUSE:
        return problem
    cure = (
        "nothing: the release commit sets it"
        if plan.makes_commit
        else f"{problem.cure}; it is in no file that is uploaded"
    )
    return problem._replace(level=Level.WARN, cure=cure)


def _committed(problem: Problem) -> Problem:
    """HEAD is what was compared: the cure that edits the files is one of two halves."""
    edits = _EDITING.search(problem.cure)
    return problem._replace(cure=f"{problem.cure}, and commit that") if edits else problem


_EDITING = re.compile(r"\brelease-async (?:-C \S.* )?bump \S+$")


async def _not_greater(plan: Plan, package: Package, context: Context) -> Problems:
    """The version that HEAD states may be released as it is: whether it is out already other checks say.

    2.4.0 is greater than 2.4.0+dev in all but the letter: no index takes a version with a local part.
    """
    current, new = parse(package.current), parse(package.version)
    if current is None or new is None or new >= current._replace(local=()):
        return ()
    if plan.is_test and new._replace(dev=None) == current:
        return ()  # what a test index has is taken for one of its development releases
    by = "the last tag" if package.version_tag else "HEAD"
    what = f"{package.version} is not greater than {package.current}, which {by} states already"
    instead = await next_versions.instead_of(package, context)
    return (next_versions.refused(what, instead),)
