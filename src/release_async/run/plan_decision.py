"""Decides a new release: what project, remote and test index say becomes the plan. It changes nothing."""

import secrets
import time
from dataclasses import replace

from release_async.base.url_credentials import without_credentials
from release_async.external.index import repository_url, simple_api as index, token_narrowing
from release_async.plan import changelog_roll, plan as planning, preview
from release_async.plan.events import PlanMade
from release_async.plan.plan import Plan, PlanInputs
from release_async.plan.settings import Changelog
from release_async.run import fragment_collection
from release_async.run.following_version import with_following
from release_async.run.project import Project
from release_async.versions import version_edits


async def decide(project: Project, version: str, page: str) -> PlanMade:
    """Decide the release, and say what of it a person looks at before saying Yes.

    Args:
        project: The project.
        version: ``patch``, another part, or a whole version.
        page: The repository on GitHub that the remote's push URL names; empty where it names none.

    Raises:
        UsageError: The request is neither a part nor a version.
        ConfigurationError: The project or the repository URL cannot be used.
        FailedError: A test index has to be asked which versions are free, and did not answer.
    """
    settings, name = project.settings, project.distribution.name
    target = repository_url.target(settings)
    url, patience = target.repository_url, settings.network_timeout
    reader = repository_url.reader_of(settings)
    inputs = PlanInputs(
        run=f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(3)}",
        base=project.head,
        # The plan is shown and written into the journal; git knows the password by itself.
        remote_url=without_credentials(project.remote.push_url),
        target=target,
        test_command=project.test_command,
        changelog=project.changelog,
        taken=await index.released(url, name, credentials=reader, answer_timeout=patience)
        if settings.test
        else frozenset(),
        today=time.strftime("%Y-%m-%d", time.gmtime()),
        narrowing=token_narrowing.narrowing_for(settings, name),
        page=page,
        tags=project.tags,
        changelog_text=project.changelog_text,
        earlier_changelog=await _earlier_changelog(project),
    )
    plan = planning.make(version, project.distribution, settings, inputs)
    if settings.changelog.collects and _may_commit(plan):
        made = await fragment_collection.collected(project, plan.packages[0], inputs.today)
        plan = planning.make(version, project.distribution, settings, replace(inputs, collected=made))
    plan = await with_following(project, plan)
    shown = preview.stages(plan)
    lines = [
        line
        for package in plan.packages
        if package.edits
        for line in version_edits.edited_lines(
            project.distribution, project.files, package.version, plan.released
        )
    ]
    for package in plan.packages:
        lines += changelog_roll.shown(package.changelog, package.changelog_changes)
    return PlanMade(plan, tuple(lines), shown)


def _may_commit(plan: Plan) -> bool:
    """Whether a release commit can hold the changelog: not where HEAD is released as it is."""
    return plan.makes_commit or bool(plan.version_tags)


async def _earlier_changelog(project: Project) -> str | None:
    """The changelog as the nearest release below HEAD had it, where it is going to be the model."""
    if not project.changelog or project.settings.changelog is not Changelog.ROLL:
        return None
    pattern = project.settings.tag_format.replace("{version}", "*")
    described = await project.git.run("describe", "--tags", "--abbrev=0", f"--match={pattern}", project.head)
    blob = f"{described.stdout.strip()}:{project.changelog}"
    found = await project.git.run("cat-file", "blob", blob) if described.ok else described
    return found.stdout if found.ok else None
