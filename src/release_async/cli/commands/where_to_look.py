"""The facts of a finished release: where its files, its tag and its page can be looked at. It asks nobody."""

import shlex
from collections.abc import Iterator

from release_async.external.github.gh_api import Forge
from release_async.external.index import repository_url
from release_async.plan.events import Released
from release_async.plan.plan import Package, Plan
from release_async.run.context import Context
from release_async.run.step_results import Installed, PushedAside, Results


def released(plan: Plan, facts: tuple[tuple[str, str], ...], seconds: float) -> Released:
    """The end of a release that is out, for everybody or on a test index alone, after so many seconds."""
    trial = plan.target.name if plan.is_test else ""
    return Released(plan.names, plan.versions, facts, seconds, trial=trial)


def where_to_look(plan: Plan, context: Context, made: Results) -> tuple[tuple[str, str], ...]:
    """The facts of a finished release: a label, and where to look."""
    simple = context.index.simple_url
    facts = [fact for package in plan.packages for fact in _of_package(plan, package, made, simple)]
    if not plan.upload_only:
        pushed = " and ".join(plan.pushed)
        facts.append(("pushed", f"{pushed} to {plan.remote} ({plan.remote_url})"))
    if plan.publishes_given and not plan.is_test:
        facts.append(("not pushed", "publish only uploads: branches and tags are as they were"))
    if aside := made.find(PushedAside):
        delete = shlex.join(("git", "push", plan.remote, "--delete", aside.branch))
        facts.append(("left there", f"{aside.branch}, which {plan.branch} has now; to delete it: {delete}"))
    if isinstance(context.forge.found, Forge):
        repository = context.forge.found.repository
        facts += [("GitHub release", repository.release_url(tag)) for tag in plan.tags]
    return tuple((label, text) for label, text in facts if text)


def _of_package(plan: Plan, package: Package, made: Results, simple: str) -> Iterator[tuple[str, str]]:
    names = ", ".join(artifact.name for artifact in made.files_of(package.name))
    # What it depends on is not on a test index, or is there by the hand of anybody.
    command = ("install", "--no-deps") if plan.is_test else ("install",)
    url = plan.target.repository_url
    yield "on the index", f"{plan.target.name}: {names or 'what CI has built'}"
    yield "install it", repository_url.pip_command(url, package.requirement, *command, simple=simple)
    yield "its page", repository_url.public_page(url, package.name, package.version)
    if plan.is_test:
        yield "installed", (made.find(Installed) or Installed()).outcomes.get(package.name, "")
