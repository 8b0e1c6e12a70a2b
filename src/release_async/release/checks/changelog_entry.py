"""The changelog says what is new: people decide by it whether to upgrade, and the release page quotes it."""

import shlex
from collections.abc import Sequence

from release_async.base.problems import NotJudged, Problem, Problems, refuse, warn
from release_async.plan import changelog, changelog_roll, fragments
from release_async.plan.plan import Package, Plan
from release_async.plan.settings import Changelog
from release_async.run.context import Context
from release_async.versions.pep440 import parse

TITLE = "Changelog"
LONG = False


async def run(plan: Plan, context: Context) -> Problems | NotJudged:
    """Warn of a changelog without a section for the new version; refuse fragments that it would not hold."""
    kept = [package for package in plan.packages if package.changelog]
    if not kept:
        return NotJudged("there is no changelog")
    return tuple(problem for package in kept for problem in _problems(package, context))


def _problems(package: Package, context: Context) -> Problems:
    if context.settings.changelog.collects:
        text = (context.files.read(package.changelog) or b"").decode("utf-8", "surrogateescape")
        if package.removed or changelog.names(text, package.version):
            return _collected(package, context)
    path, version = package.changelog, package.version
    text = (context.files.read(path) or b"").decode("utf-8", "surrogateescape")
    after = changelog_roll.applied(text, package.changelog_changes)
    if changelog.tells(after, version):
        return (
            _renamed(package, text) if changelog.names(after, version) else _unrolled(package, after, context)
        )
    if left := _fragments(package, context):
        return (left,)
    others = changelog.not_released(after, package.current)
    if others:
        what = f"{path} has a section for {others}, and none for {version}"
        return (warn(what, cure=f"name its heading {version}, and commit it; or release {others}"),)
    what = f"{path} neither mentions {version} nor lists anything as unreleased"
    return (warn(what, cure=f"write what is new under a heading {version}, or Unreleased, and commit it"),)


def _renamed(package: Package, text: str) -> Problems:
    """What is new has a heading with another version, and the release gives it this one."""
    named = changelog.called(text) if package.changelog_changes else None
    if named is None or str(named[0]) == package.version:
        return ()
    path, number = package.changelog, named[0]
    what = f"{path} calls what is new {number}, and its heading becomes {package.version}"
    return (warn(what, cure=f"go on if that is meant; else release it as {number}: --version {number}"),)


def _fragments(package: Package, context: Context) -> Problem | None:
    """What is new lies in fragments that nobody has collected for this version."""
    found = fragments.tool(context.files, package.root)
    waiting = fragments.waiting(found, context.files.paths()) if found else ()
    if found is None or not waiting:
        return None
    goal = f"{package.changelog or found.changelog} for {package.version}"
    what = f"{found.folder} has {_counted(waiting)} that {found.name} has not put into {goal}"
    commands = {
        "towncrier": f"towncrier build --yes --version {package.version}",
        "scriv": f"scriv collect --version {package.version}",
    }
    by_hand = f"{commands[found.name]}, then commit what it has changed"
    return warn(what, cure=f"{_by_release(package, found.name)}{by_hand}")


def _by_release(package: Package, setting: str) -> str:
    """The setting that lets the release write the changelog; empty where it makes no commit that would."""
    if not _can_write(package):
        return ""
    return f'let the release do it: changelog = "{setting}" below [tool.release-async] in pyproject.toml; or '


def _can_write(package: Package) -> bool:
    """Whether a release can write the changelog: one of the version that HEAD states makes no commit."""
    return bool(package.edits or package.tag_tool)


def _counted(paths: Sequence[str]) -> str:
    return f"{len(paths)} fragment{'s' * (len(paths) != 1)}"


def _collected(package: Package, context: Context) -> Problems:
    """What a tool that collects fragments in the release leaves behind."""
    found = fragments.tool(context.files, package.root)
    if found is None:
        return ()
    paths = context.files.paths()
    if package.removed:
        return (*_unfound(package, found.name, context), *_left(package, found.name, paths))
    waiting = fragments.waiting(found, paths)
    if not waiting or package.version == package.current:
        return ()
    what = (
        f"{package.changelog} has a section for {package.version}, and {found.folder} has {_counted(waiting)}"
    )
    typed = shlex.join(f":/{path}" for path in waiting)
    cure = f"add to that section what is missing, and remove the fragments: git rm {typed}; commit that"
    return (refuse(what, cure=cure),)


def _unfound(package: Package, tool: str, context: Context) -> Problems:
    """A section that is not found by its version: nobody could quote it."""
    text = (context.files.read(package.changelog) or b"").decode("utf-8", "surrogateescape")
    if changelog.section(changelog_roll.applied(text, package.changelog_changes), package.version):
        return ()
    what = f"{tool} writes no heading with {package.version} into {package.changelog}"
    return (
        warn(what, cure=f"let the title that {tool} is configured with hold the version, and commit that"),
    )


def _left(package: Package, tool: str, paths: Sequence[str]) -> Problems:
    left = fragments.left(paths, package.removed)
    if not left:
        return ()
    what = f"{tool} does not know what these are, and leaves them where they are: {', '.join(left)}"
    return (warn(what, cure=f"name each after a kind that {tool} knows, and commit that"),)


def _unrolled(package: Package, text: str, context: Context) -> Problems:
    """What is new is there, and goes out as unreleased: nothing gives it the version and the date."""
    path, version = package.changelog, package.version
    named, current = changelog.called(text), parse(package.current)
    if named and current and str(named[0]) != version and named[0] > current:
        what = f"{path} calls what is new {named[0]}, and {version} is what would be released"
        cure = f"to release that: --version {named[0]}; else name the heading {version}, and commit it"
        return (warn(what, cure=cure),)
    what = f"{path} calls what is new unreleased, and a release of {version} would leave it so"
    by_hand = f"name the heading {version}, and commit it"
    if context.settings.changelog is Changelog.ROLL:
        why = (
            "its heading has a form that is not known"
            if _can_write(package)
            else "there is no release commit"
        )
        return (warn(f"{what}: {why}", cure=by_hand),)
    return (warn(what, cure=f"{_by_release(package, 'roll')}{by_hand}"),)
