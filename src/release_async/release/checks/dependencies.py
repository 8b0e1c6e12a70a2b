"""What is required of the same repository is on the index already: a package comes after those it depends on.

Only what ``pyproject.toml`` states is judged. Whether what others publish is there is not ours to say.
"""

import os
import posixpath
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import anyio
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import Specifier, SpecifierSet
from packaging.utils import canonicalize_name

from release_async.base.problems import NotJudged, Problem, Problems, refuse, warn
from release_async.external.index.simple_api import versions
from release_async.plan.plan import Package, Plan
from release_async.repository import snapshot
from release_async.run.context import Context
from release_async.versions.bump import CURRENT, Part, led_to
from release_async.versions.distribution import Distribution
from release_async.versions.find_distributions import distributions
from release_async.versions.formats import toml
from release_async.versions.pep440 import Pep440, parse

TITLE = "Dependencies"
LONG = False


async def run(plan: Plan, context: Context) -> Problems | NotJudged:
    """Refuse a package that could not be installed, since another one of the repository comes first.

    Raises:
        IndexUnreachableError: The index did not answer.
    """
    if context.settings.is_rehearsal or plan.is_test:
        return NotJudged(f"the index of a {'test' if plan.is_test else 'rehearsal'} has this project alone")
    required = await anyio.to_thread.run_sync(_required, plan, context)
    if not required:
        return NotJudged("it requires nothing of this repository")
    found = [await _judged(plan, each, context) for each in required]
    return tuple(problem for problem in found if problem)


class _Required(NamedTuple):
    """A requirement of a package that another project of the repository meets."""

    package: Package
    requirement: Requirement
    sibling: Distribution
    extra: str


def _required(plan: Plan, context: Context) -> tuple[_Required, ...]:
    roots, released = {each.root for each in plan.packages}, set(map(_name, plan.packages))
    folders = (path.rpartition("/") for path in context.files.paths())
    if all(folder in roots for folder, _, name in folders if name in _METADATA):
        return ()  # the project is alone, as most are: nothing has to be read
    with snapshot.revision(context.git.root, plan.base, context.git.env) as tree:
        siblings = {_name(each): each for each in distributions(tree) if _name(each) not in released}
    return tuple(each for package in plan.packages for each in _of_package(package, context, siblings))


_METADATA = frozenset(("pyproject.toml", "setup.cfg", "setup.py"))


def _name(project: Package | Distribution) -> str:
    return canonicalize_name(project.name)


def _of_package(
    package: Package, context: Context, siblings: Mapping[str, Distribution]
) -> Iterator[_Required]:
    path = posixpath.join(package.root, "pyproject.toml")
    text = context.files.read(path)
    if text is None:
        return
    document = toml.read(text.decode("utf-8", "replace"))
    project = toml.table(document.table, "project")
    extras = toml.table(project, "optional-dependencies")
    for extra, listed in (("", project.get("dependencies")), *extras.items()):
        for written in listed if isinstance(listed, list) else ():
            requirement = _read(written)
            name = canonicalize_name(requirement.name) if requirement else ""
            if requirement is not None and name in siblings:
                yield _Required(package, _as_released(requirement, package, path), siblings[name], extra)


def _read(written: object) -> Requirement | None:
    """A requirement; what is none, another check says."""
    try:
        return Requirement(str(written))
    except InvalidRequirement:
        return None


def _as_released(requirement: Requirement, package: Package, path: str) -> Requirement:
    """With the version that the release commit writes, where it raises an exact one."""
    raised = {edit.old: edit.new for edit in package.edits if edit.path == path}
    requirement.specifier = SpecifierSet(
        ",".join(
            f"=={raised[each.version]}" if _is_raised(each, raised) else str(each)
            for each in requirement.specifier
        )
    )
    return requirement


def _is_raised(each: Specifier, raised: Mapping[str, str]) -> bool:
    return each.operator == "==" and each.version in raised


async def _judged(plan: Plan, required: _Required, context: Context) -> Problem | None:
    name, needs = required.sibling.name, required.requirement.specifier
    there = versions(await context.index.files(name))
    if any(needs.contains(version, prereleases=True) for version in there):
        return None
    wanted = f"{name}{needs}"
    has = "has no version of it that fits" if there else "has nothing of it yet"
    extra = f" (extra {required.extra})" if required.extra else ""
    what = (
        f"{required.package.label} requires {wanted}{extra} of this repository, and {plan.target.name} {has}"
    )
    said = warn if required.extra else refuse
    return said(what, cure=f"release that first: {_command(required.sibling, needs, context.git.root)}")


def _command(sibling: Distribution, needs: SpecifierSet, top: Path) -> str:
    """The release of the other project: as HEAD states it, or of the first version that fits."""
    here, there = Path.cwd(), top / sibling.root
    folder = os.path.relpath(there, here) if here.is_relative_to(top) else str(there)
    return shlex.join(("release-async", "-C", folder, *_version(sibling, needs)))


def _version(sibling: Distribution, needs: SpecifierSet) -> tuple[str, ...]:
    """What to say of the version; nothing where the requirement does not tell which comes first."""
    stated = parse(sibling.version or "")
    if stated is None:
        return ()
    meant = led_to(stated)
    if needs.contains(str(meant or stated), prereleases=True):
        return (Part.STABLE,) if meant else (CURRENT,)
    written = [each.version for each in needs if each.operator in _FROM and not each.version.endswith(".*")]
    lowest = [bound for each in written if (bound := parse(each)) and bound > stated]
    fitting = [_as_long(each, stated) for each in lowest if needs.contains(str(each), prereleases=True)]
    return ("--version", fitting[0]) if fitting else ()


_FROM = frozenset((">=", "~=", "=="))
"""Operators whose version is the first that fits."""


def _as_long(version: Pep440, like: Pep440) -> str:
    """A version with as many numbers as the project's own: ``0.9.0`` for the ``0.9`` of a requirement."""
    text = str(version)
    missing = len(like.release) - len(version.release)
    return f"{text}{'.0' * missing}" if text == ".".join(map(str, version.release)) else text
