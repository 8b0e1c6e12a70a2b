"""The index has no file of this version yet, since no name of a file can be used twice, and none above it."""

import sys
from collections.abc import Mapping

from packaging.utils import canonicalize_name
from packaging.version import Version

from release_async.base.problems import Problem, Problems, refuse, warn
from release_async.external.index import repository_url
from release_async.external.index.simple_api import files_of_version, versions
from release_async.plan.plan import Package, Plan
from release_async.release import next_versions
from release_async.run.context import Context

TITLE = "Version free on the index"
LONG = False
SHOWN = 5


async def run(plan: Plan, context: Context) -> Problems:
    """Refuse a version that the index holds a file of; tell where it has a greater one, or nothing at all.

    A name that PyPI gives no new project is refused as well.

    Files that were deleted do not show: whether a name is burned only an upload tells.

    Raises:
        IndexUnreachableError: The index did not answer, which is never taken for absence.
    """
    found = [await _problems(plan, package, context) for package in plan.packages]
    return tuple(problem for problems in found for problem in problems)


async def _problems(plan: Plan, package: Package, context: Context) -> Problems:
    files = await context.index.files(package.name)
    if taken := sorted(files_of_version(files, package.version)):
        more = f" and {len(taken) - SHOWN} more" if len(taken) > SHOWN else ""
        has = f"{plan.target.name} has {package.label} already: {', '.join(taken[:SHOWN])}{more}"
        instead = await next_versions.instead_of(package, context)
        what = f"{has}; an index never accepts a file name twice"
        return (next_versions.refused(what, instead),)
    if not files and repository_url.is_public(plan.target.repository_url):
        return (_first(plan.target.name, package, await next_versions.as_stated(package, context)),)
    return _greater(plan, package, files)


def _greater(plan: Plan, package: Package, files: Mapping[str, str]) -> Problems:
    """What is told of a version that is free where the index has a greater one."""
    highest = max(map(Version, versions(files)), default=Version(package.version))
    if plan.is_test or highest <= Version(package.version):
        return ()
    what = f"{plan.target.name} has {package.name} {highest} already, which is greater than {package.version}"
    cure = (
        f"go on if an older line is maintained; else choose a version above {highest}, "
        "or another name if that project is not yours"
    )
    return (warn(what, cure=cure),)


def _first(index: str, package: Package, as_stated: str) -> Problem:
    """What is told of a first release: whether the name can be had only the upload tells for certain."""
    name = package.name
    if canonicalize_name(name) in map(canonicalize_name, sys.stdlib_module_names):
        what = f"{name} is a module of Python's library, and {index} accepts no new project of such a name"
        return refuse(what, cure="choose another name for the project; its packages may keep theirs")
    what = f"{index} has nothing of {name} yet: this is its first release there"
    cure = (
        "see that the name is the one you mean: nobody else can have it from then on, and only the upload "
        f"tells whether you can{as_stated and f'; {as_stated}'}"
    )
    return warn(what, cure=cure)
