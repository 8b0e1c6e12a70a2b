"""Every place that states the version says the same thing, and the new version is a step forward."""

from release_async.base.problems import Level, Problem, Problems, refuse
from release_async.plan.plan import Package, Plan
from release_async.run.context import Context
from release_async.versions import compare_places, version_edits
from release_async.versions.distribution import Distribution
from release_async.versions.pep440 import parse
from release_async.versions.places import lock_files

TITLE = "Versions agree"
LONG = False


async def run(plan: Plan, context: Context) -> Problems:
    """Refuse sites that disagree or are not PEP 440, and a new version that is not greater than HEAD's."""
    stated = (problem for each in context.distributions for one in _bumped(each) for problem in _stated(one))
    return (*stated, *(problem for package in plan.packages for problem in _not_greater(package)))


def _bumped(distribution: Distribution) -> tuple[Distribution, ...]:
    """All that the release gives the new version: the distribution, and the others of its group."""
    peers = distribution.peers
    return tuple(each._replace(peers=peers) for each in peers) or (distribution,)


def _stated(distribution: Distribution) -> Problems:
    hindered = () if distribution.tag_tool else version_edits.obstacles(distribution)
    return (*(_weighed(each) for each in compare_places.compare(distribution)), *hindered)


def _weighed(problem: Problem) -> Problem:
    """A stale entry of the project in a lock file only warns: the release writes the new version there."""
    path = problem.where.rpartition(":")[0]
    is_lock = path.rpartition("/")[2] in lock_files.NAMES and problem.level is Level.REFUSE
    return (
        problem._replace(level=Level.WARN, cure="nothing: the release commit sets it") if is_lock else problem
    )


def _not_greater(package: Package) -> Problems:
    current, new = parse(package.current), parse(package.version)
    if current is None or new is None or new > current:
        return ()
    what = f"{package.version} is not greater than {package.current}, which HEAD states already"
    return (refuse(what, cure="choose a greater version: --version patch, minor or major"),)
