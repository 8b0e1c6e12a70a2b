"""The changelog says what is new: people decide by it whether to upgrade, and the release page quotes it."""

from release_async.base.problems import NotJudged, Problem, Problems, warn
from release_async.plan import changelog, changelog_roll, fragments
from release_async.plan.plan import Package, Plan
from release_async.plan.settings import Changelog
from release_async.run.context import Context

TITLE = "Changelog"
LONG = False


async def run(plan: Plan, context: Context) -> Problems | NotJudged:
    """Warn of a changelog that has no section for the new version once it is released."""
    kept = [package for package in plan.packages if package.changelog]
    if not kept:
        return NotJudged("there is no changelog")
    return tuple(problem for package in kept for problem in _problems(package, context))


def _problems(package: Package, context: Context) -> Problems:
    path, version = package.changelog, package.version
    text = (context.files.read(path) or b"").decode("utf-8", "surrogateescape")
    after = changelog_roll.applied(text, package.changelog_changes)
    if changelog.tells(after, version):
        return () if changelog.names(after, version) else _unrolled(package, context)
    if left := _fragments(package, context):
        return (left,)
    others = changelog.not_released(after, package.current)
    if others:
        what = f"{path} has a section for {others}, and none for {version}"
        return (warn(what, cure=f"name its heading {version}, and commit it; or release {others}"),)
    what = f"{path} neither mentions {version} nor lists anything as unreleased"
    return (warn(what, cure=f"write what is new under a heading {version}, or Unreleased, and commit it"),)


def _fragments(package: Package, context: Context) -> Problem | None:
    """What is new lies in fragments that nobody has collected for this version."""
    base = f"{package.root}/" if package.root else ""
    pyproject, towncrier = (
        (context.files.read(f"{base}{name}") or b"").decode("utf-8", "replace")
        for name in ("pyproject.toml", "towncrier.toml")
    )
    found = fragments.tool(pyproject, towncrier, package.root)
    waiting = fragments.waiting(found, context.files.paths()) if found else ()
    if found is None or not waiting:
        return None
    count = f"{len(waiting)} fragment{'s' * (len(waiting) > 1)}"
    goal = f"{package.changelog} for {package.version}"
    what = f"{found.folder} has {count} that {found.name} has not put into {goal}"
    commands = {
        "towncrier": f"towncrier build --yes --version {package.version}",
        "scriv": f"scriv collect --version {package.version}",
    }
    return warn(what, cure=f"{commands[found.name]}; then commit what it has changed")


def _unrolled(package: Package, context: Context) -> Problems:
    """What is new is there, and goes out as unreleased: nothing gives it the version and the date."""
    path, version = package.changelog, package.version
    what = f"{path} lists what is new in {version} as unreleased, and is released so"
    by_hand = f"name the heading {version}, and commit it"
    if context.settings.changelog is Changelog.ROLL:
        why = (
            "there is no release commit" if not package.edits else "its heading has a form that is not known"
        )
        return (warn(f"{what}: {why}", cure=by_hand),)
    table = 'changelog = "roll" below [tool.release-async] in pyproject.toml'
    return (warn(what, cure=f"let the release do it: {table}; or {by_hand}"),)
