"""The changelog says what is new: people decide by it whether to upgrade, and the release page quotes it."""

from release_async.base.problems import NotJudged, Problems, warn
from release_async.plan import changelog
from release_async.plan.plan import Package, Plan
from release_async.run.context import Context

TITLE = "Changelog"
LONG = False


async def run(plan: Plan, context: Context) -> Problems | NotJudged:
    """Warn of a changelog that has neither a word on the new version nor on what is unreleased."""
    kept = [package for package in plan.packages if package.changelog]
    if not kept:
        return NotJudged("there is no changelog")
    return tuple(problem for package in kept for problem in _silent(package, context))


def _silent(package: Package, context: Context) -> Problems:
    text = (context.files.read(package.changelog) or b"").decode("utf-8", "replace")
    if changelog.tells(text, package.version):
        return ()
    what = f"{package.changelog} neither mentions {package.version} nor lists anything as unreleased"
    cure = f"write what is new under a heading {package.version}, or Unreleased, and commit it"
    return (warn(what, cure=cure),)
