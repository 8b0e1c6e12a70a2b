"""Decides a new release: what project, remote and test index say becomes the plan. It changes nothing."""

import secrets
import time
from dataclasses import replace

from release_async.base.url_credentials import without_credentials
from release_async.external.index import repository_url, simple_api, token_narrowing
from release_async.plan import changelog_roll, expected_files, plan as planning, preview
from release_async.plan.events import PlanMade
from release_async.plan.expected_files import Rows
from release_async.plan.given_files import GivenFiles
from release_async.plan.plan import Plan, PlanInputs
from release_async.plan.settings import Changelog
from release_async.run import fragment_collection
from release_async.run.following_version import with_following
from release_async.run.missing_token import missing_token
from release_async.run.project import Project
from release_async.versions import version_edits, version_settings


async def decide(project: Project, version: str, page: str, day: str = "") -> PlanMade:
    """Decide the release, and say what of it a person looks at before saying Yes.

    Args:
        project: The project.
        version: ``patch``, another part, or a whole version.
        page: The repository on GitHub that the remote's push URL names; empty where it names none.
        day: The day of the release, for one that was decided before; empty for today.

    Raises:
        UsageError: The request is neither a part nor a version.
        ConfigurationError: The project or the repository URL cannot be used.
        FailedError: A test index has to be asked which versions are free, and did not answer.
    """
    settings, name = project.settings, project.distribution.name
    inputs = _inputs(project, name)
    inputs = replace(
        inputs,
        today=day or inputs.today,
        test_command=project.test_command,
        changelog=project.changelog,
        taken=await _taken(project, name) if settings.test else frozenset(),
        page=page,
        changelog_text=project.changelog_text,
        earlier_changelog=await _earlier_changelog(project),
    )
    plan = planning.make(version, project.distribution, settings, inputs)
    if settings.changelog.collects and _may_commit(plan):
        made = await fragment_collection.collected(project, plan.packages[0], inputs.today)
        plan = planning.make(version, project.distribution, settings, replace(inputs, collected=made))
    plan = await with_following(project, plan)
    asked = plan
    if inputs.taken:
        asked = planning.make(version, project.distribution, settings, replace(inputs, taken=frozenset()))
    shown = preview.stages(plan, asked=asked.packages[0].version)
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


def _inputs(project: Project, name: str) -> PlanInputs:
    """What every plan is decided on."""
    return PlanInputs(
        run=f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(3)}",
        base=project.head,
        # The plan is shown and written into the journal; git knows the password by itself.
        remote_url=without_credentials(project.remote.push_url),
        target=repository_url.target(project.settings),
        test_command=None,
        changelog="",
        today=time.strftime("%Y-%m-%d", time.gmtime()),
        narrowing=token_narrowing.narrowing_for(project.settings, name),
        tags=project.tags,
    )


async def _taken(project: Project, name: str) -> frozenset[str]:
    """The versions that a test index has.

    Raises:
        IndexUnreachableError: It did not answer; where there is no token for it either, that is said as well,
            since no check will come to say it.
    """
    try:
        return simple_api.versions(await _on_index(project, name))
    except simple_api.IndexUnreachableError as error:
        if project.settings.token is None and project.settings.identity is None:
            lacking = missing_token(repository_url.target(project.settings), project.directory)
            error.what = f"{error.what}\n{lacking.what} either"
            error.cure = f"{error.cure}\nfor the token, {lacking.cure}"
        raise


async def _on_index(project: Project, name: str) -> dict[str, str]:
    """The files of a project on the index, by one question.

    Raises:
        IndexUnreachableError: It did not answer.
    """
    settings = project.settings
    url, reader = repository_url.target(settings).repository_url, repository_url.reader_of(settings)
    timeout = settings.network_timeout
    login = repository_url.login_of(settings)
    async with simple_api.open_index(url, credentials=reader, answer_timeout=timeout, login=login) as index:
        return await index.files(name)


async def decide_publication(project: Project, given: GivenFiles) -> PlanMade:
    """Decide how files that are built already are published, and compare them with what a release has.

    Args:
        project: The project.
        given: The files.

    Raises:
        ConfigurationError: The repository URL cannot be used.
        FailedError: The index did not tell which files the last release has.
    """
    inputs = _inputs(project, given.name)
    there = await _on_index(project, given.name)
    # What an earlier run has uploaded is there as well: then only the rest may be given.
    files = sorted({*given.names, *simple_api.files_of_version(there, given.version)})
    expected, by = _expected(project, files, expected_files.last_release(there, given.version))
    inputs = replace(inputs, expected=expected, expected_by=by)
    plan = planning.publication(given, project.distribution, project.settings, inputs)
    return PlanMade(plan, (), preview.stages(plan))


def _expected(project: Project, files: list[str], last: tuple[str, tuple[str, ...]]) -> tuple[Rows, str]:
    """How the files of a version compare with what is expected, and what says that."""
    if (wheels := project.settings.wheels) is not None:
        return expected_files.by_patterns(wheels, files), "`wheels`"
    version, before = last
    path = f"{project.distribution.root}/pyproject.toml".lstrip("/")
    supported = expected_files.requires_python(project.files.read(path) or b"")
    rows = expected_files.by_last_release(before or files, files, supported)
    return rows, f"the last release, {version}" if version else ""


async def _earlier_changelog(project: Project) -> str | None:
    """The changelog as the nearest release below HEAD had it, where it is going to be the model."""
    if not project.changelog or project.settings.changelog is not Changelog.ROLL:
        return None
    pattern = version_settings.tag_glob(project.settings.tag_format)
    described = await project.git.run("describe", "--tags", "--abbrev=0", f"--match={pattern}", project.head)
    blob = f"{described.stdout.strip()}:{project.changelog}"
    found = await project.git.run("cat-file", "blob", blob) if described.ok else described
    return found.stdout if found.ok else None
