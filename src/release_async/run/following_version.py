"""Reads where the release commit is going to state its version, to plan the commit that follows it."""

from dataclasses import replace

import anyio

from release_async.plan.following import Following, version_after
from release_async.plan.plan import Package, Plan
from release_async.plan.settings import NextVersion
from release_async.repository import snapshot
from release_async.run.project import Project
from release_async.versions import select_distribution, version_edits
from release_async.versions.version_edits import Edit, Overlay


async def with_following(project: Project, plan: Plan) -> Plan:
    """The plan with the commit that follows the release, where one is wanted and there is a release commit.

    Raises:
        ConfigurationError: A place cannot express the version.
        CommandError: Git failed.
    """
    (package,) = plan.packages
    wanted = project.settings.next_version is NextVersion.DEV and "land" in plan.route.steps
    version = version_after(package.current, package.version) if wanted and not package.tag_tool else ""
    if not version or not package.edits:
        return plan
    edits = await anyio.to_thread.run_sync(_edits, project, (package, plan.released), version)
    return replace(plan, following=Following(version=version, edits=edits, message=f"chore: begin {version}"))


def _edits(project: Project, released: tuple[Package, str], version: str) -> tuple[Edit, ...]:
    """The edits on top of the release commit; the day of the release stays."""
    package, day = released
    with snapshot.revision(project.git.root, project.head, project.git.env) as tree:
        made = version_edits.changes(project.distribution, tree, package.version, day)
        after = Overlay(tree, {change.path: change.after for change in made})
        found = select_distribution.distribution_at(after, package.root, package.located)
        return version_edits.planned_edits(found, version)
