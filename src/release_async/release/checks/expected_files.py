"""The files of the release are those that it has to have: no platform is missing, none comes twice.

Of files that are given, also that they are of the commit they are compared with.
"""

import platform
import sys
from collections.abc import Sequence

from packaging.utils import canonicalize_name

from release_async.base.problems import NotJudged, Problem, Problems, refuse, warn
from release_async.external.index import repository_url
from release_async.external.index.simple_api import files_of_version
from release_async.plan import compiled_parts, expected_files
from release_async.plan.expected_files import SDIST, Row
from release_async.plan.plan import Package, Plan
from release_async.release import attesting, lost_provenance
from release_async.run.context import Context
from release_async.versions import version_settings
from release_async.versions.distribution import Distribution
from release_async.versions.pep440 import parse

TITLE = "Expected files"
LONG = False
_SHOWN = 5


async def run(plan: Plan, context: Context) -> Problems | NotJudged:
    """Refuse a part of a release, and files that are of another commit than the one that is checked out.

    Raises:
        IndexUnreachableError: The index was asked for the last release, and did not answer.
        CommandError: Git did not tell the tags of HEAD.
    """
    if plan.publishes_given:
        tags = await _tags_here(context)
        found = [
            (*_of_head(package, context, tags), *_of_set(package), *await _lost(plan, package, context))
            for package in plan.packages
        ]
        return tuple(problem for problems in found for problem in problems)
    found = [
        (*await _of_plan(plan, package, context), *await _lost(plan, package, context))
        for package in plan.packages
    ]
    return tuple(problem for problems in found for problem in problems)


async def _of_plan(plan: Plan, package: Package, context: Context) -> Problems:
    """What is said of files that there are none of yet."""
    if plan.collects:
        return await _collected(plan, package, context)
    return (*await _built_here(plan, package, context), *_compiled(plan, package, context))


async def _tags_here(context: Context) -> tuple[str, ...]:
    said = await context.git.text("tag", "--points-at", "HEAD")
    return tuple(said.splitlines())


def _of_head(package: Package, context: Context, tags: Sequence[str]) -> Problems:
    """What the checked out commit says it is: by its tag where it has one, and by its files."""
    version, stated = parse(package.version), context.distributions[0]
    read = {tag: parse(text) for tag in tags if (text := _version_of(tag, context))}
    said = {tag: found for tag, found in read.items() if found is not None}
    problems = [_another_name(package, stated)] if _is_other(package, stated) else []
    if said and version not in said.values():
        what = f"HEAD has the tag {', '.join(said)}, and the files are of {package.version}"
        problems.append(refuse(what, cure=_OF_THE_COMMIT))
    elif not said and (found := parse(stated.version or "")) and found != version:
        what = f"HEAD states {stated.version}, and the files are of {package.version}"
        problems.append(refuse(what, cure=_OF_THE_COMMIT))
    return tuple(problems)


_OF_THE_COMMIT = (
    "check out the commit that the files were built from, or give the files that belong to this one"
)


def _version_of(tag: str, context: Context) -> str:
    """The version in the name of a tag; empty where it is no tag of a release of this project."""
    if context.tags:
        found = context.tags.rules.read(tag)
        return tag[found.start : found.end] if found else ""
    return version_settings.version_in(context.settings.tag_format, tag)


def _is_other(package: Package, stated: Distribution) -> bool:
    given = package.files[0].partition("-")[0]
    return bool(stated.name) and canonicalize_name(stated.name) != canonicalize_name(given)


def _another_name(package: Package, stated: Distribution) -> Problem:
    what = f"the files are of {package.files[0].partition('-')[0]}, and the project here is {stated.name}"
    return refuse(what, cure="name the project of the files with -C DIR, or give its files")


def _of_set(package: Package) -> Problems:
    """What is missing, and what is there and not expected."""
    rows, by = package.expected, package.expected_by
    missing, surplus = [row for row in rows if row.is_missing], [row for row in rows if row.is_surplus]
    new = [row for row in rows if row.free and row.there > row.wanted]
    problems = []
    if missing:
        count = sum(row.wanted - row.there for row in missing)
        whole = sum(row.wanted for row in rows)
        what = f"{count} of {whole} files are missing, by {by}: {_listed(missing)}"
        problems.append(refuse(what, cure=f"build them too, and give all at once; {_SAY}"))
    if surplus:
        what = f"more files than expected, by {by}: {_listed(surplus)}"
        problems.append(refuse(what, cure=f"leave out what does not belong; {_SAY}"))
    if new and by:
        what = f"kinds of files that {by} does not have: {_listed(new)}"
        problems.append(warn(what, cure="go on if they are meant"))
    return tuple(problems)


async def _lost(plan: Plan, package: Package, context: Context) -> Problems:
    """Warn where the release before this one has attestations, and this one would have none."""
    if package.attestations or plan.is_test or attesting.is_wanted(plan, context.settings):
        return ()
    what = await lost_provenance.words(plan, package, context.index)
    otherwise = _GIVE_THEM if plan.publishes_given else _LET_CI
    cure = f"go on if that is meant: the index shows that the provenance was lost; else {otherwise}"
    return (warn(what, cure=cure),) if what else ()


_GIVE_THEM = "give the attestations too, each beside its file"
_LET_CI = 'let the workflow publish that has attested them (publish = "ci")'


_SAY = "or say what a release of the project has, with `wheels` in [tool.release-async]"


def _listed(rows: Sequence[Row]) -> str:
    more = f" and {len(rows) - _SHOWN} more kinds" if len(rows) > _SHOWN else ""
    return ", ".join(row.kind for row in rows[:_SHOWN]) + more


async def _built_here(plan: Plan, package: Package, context: Context) -> Problems:
    """What is built on one machine is an sdist and one wheel: enough, unless a release has more than that."""
    setting = context.settings.wheels
    if setting is not None:
        wanted, by = sum(count for pattern, count in setting if pattern != SDIST), "`wheels`"
        return () if wanted == 1 else (_too_few(plan, package, wanted, by),)
    files = await context.index.files(package.name)
    version, last = expected_files.last_release(files, package.version)
    wheels = [name for name in last if name.endswith(".whl")]
    by = f"{package.name} {version} on {plan.target.name}"
    if len(wheels) < 2 or files_of_version(files, package.version):  # noqa: PLR2004 - one is what is built
        return ()
    return (_too_few(plan, package, len(wheels), by),)


async def _collected(plan: Plan, package: Package, context: Context) -> Problems:
    """Warn where nothing says what a release has: then a part of it is not known for a part."""
    if context.settings.wheels is not None:
        return ()
    files = await context.index.files(package.name)
    if expected_files.last_release(files, package.version)[1]:
        return ()
    what = f"nothing says which files a release of {package.name} has: {plan.target.name} has none before it"
    cure = "go on, and look at what is collected; or name them: `wheels` in [tool.release-async]"
    return (warn(what, cure=cure),)


def _compiled(plan: Plan, package: Package, context: Context) -> Problems:
    """What a project with compiled parts can have built here: told before it is built, not after."""
    root = "" if package.root == "." else package.root

    def read(name: str) -> bytes | None:
        return context.files.read(f"{root}/{name}".lstrip("/"))

    by, index = compiled_parts.compiled_by(read), repository_url.rules_of(plan.target)
    if not by or not index:
        return ()
    machine = f"{sys.platform}_{platform.machine()}"
    refused = f"; a wheel with a plain tag of Linux {index} refuses" if sys.platform == "linux" else ""
    are, is_ = ("may be", "may be") if by == compiled_parts.BY_SETUP else ("are", "is")
    built = f"what is built here {is_} a wheel for {machine}{refused}"
    what = f"parts of {package.name} {are} compiled ({by}): {built}"
    cure = (
        "let CI build the wheels of all platforms, and publish them together: release-async workflow; "
        "go on if this one wheel, or its sdist, is enough"
    )
    return (warn(what, cure=cure),)


def _too_few(plan: Plan, package: Package, wanted: int, by: str) -> Problem:
    """In a rehearsal the one wheel that is built stands for all that CI builds."""
    what = f"a release of {package.name} has {wanted} wheels, by {by}, and one is built here"
    cure = (
        "build all of them in CI, such as with cibuildwheel, and publish them together: "
        "release-async publish FILE...; or, if one wheel is all there shall be, say so with `wheels` in "
        '[tool.release-async], such as wheels = {"*" = 1}'
    )
    return (warn if plan.target.rehearses or plan.is_test else refuse)(what, cure=cure)
