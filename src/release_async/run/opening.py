"""Opens a release from top to bottom: project and settings, plan, context and workspace. No more.

What it opens it closes; nothing of the user's is changed.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from release_async.base.secret import Secret
from release_async.base.url_credentials import without_credentials
from release_async.external.github.gh_api import ForgeConnection
from release_async.plan.events import Emit, Note
from release_async.plan.given_files import GivenFiles
from release_async.plan.plan import Plan
from release_async.plan.proposed_version import AUTO
from release_async.plan.settings import Flags
from release_async.run.computed_version import completed
from release_async.run.context import Context, open_context, view_context
from release_async.run.journal import RecordedRelease
from release_async.run.plan_decision import decide, decide_publication
from release_async.run.project import Project, open_project
from release_async.run.shortened_version import without_last_zero
from release_async.run.unnamed_version import stable_or_patch
from release_async.run.version_facts import proposed


async def _anything(_: Project) -> None:
    """Let every project be released."""


_PATCH = "patch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a person asked for, and who is told what becomes of it.

    Attributes:
        directory: The project's directory.
        version: ``patch``, another part, ``auto``, or a whole version; None if it is chosen later.
        flags: What the command line says of the settings.
        environ: The environment of this run.
        emit: Where events go.
        hide: Told the secrets of the settings before anything is shown that could hold one.
        accept: Called with the project before anything is decided; ends the opening by raising.
        choose: Called with an accepted project where no version is given.
        as_it_is: Whether a version that code computes, and that cannot be raised, is taken as it is where no
            version is given.
    """

    directory: Path
    version: str | None
    flags: Flags
    environ: Mapping[str, str]
    emit: Emit
    hide: Callable[[tuple[Secret, ...]], None]
    accept: Callable[[Project], Awaitable[None]] = _anything
    choose: Callable[[Project], Awaitable[str]] = stable_or_patch
    as_it_is: bool = False


@asynccontextmanager
async def open_release(request: Request) -> AsyncIterator[tuple[Plan, Context]]:
    """Open a new release: read the project, decide and show the plan, make the private workspace.

    Raises:
        ConfigurationError: There is no project, or its settings are wrong.
        UsageError: The request cannot be understood, or no distribution is at the directory.
        RefusedError: Another release is running in this repository.
        FailedError: Git, a test index, a child or a directory did not do its part.
    """
    project = await open_project(request.directory, request.flags, request.environ)
    request.hide(project.settings.hidden)
    await request.accept(project)
    computed = await completed(project, _asked(request), request.emit)
    if computed is not project:
        project = computed
        await request.accept(project)  # now that it is known what it is called, and which version it has
    version = await _version(request, project)
    version = await without_last_zero(project, project.answered.get(version, version))
    url, timeout = without_credentials(project.remote.push_url), project.settings.network_timeout
    forge = ForgeConnection(url, project.forge_env, timeout)
    made = await decide(project, version, str(await forge.repository() or ""))
    request.emit(made)
    if project.test_note:
        request.emit(Note(project.test_note))
    async with open_context(project, made.plan, forge, request.emit) as context:
        yield made.plan, context


@asynccontextmanager
async def open_publication(request: Request, given: GivenFiles) -> AsyncIterator[tuple[Plan, Context]]:
    """Open the publication of files that are built already: neither project nor remote are changed.

    Raises:
        ConfigurationError: There is no project, or its settings are wrong.
        UsageError: No distribution is at the directory.
        RefusedError: Another release is running in this repository.
        FailedError: Git, the index, a child or a directory did not do its part.
    """
    project = await open_project(request.directory, request.flags, request.environ)
    request.hide(project.settings.hidden)
    await request.accept(project)
    made = await decide_publication(project, given)
    request.emit(made)
    url = without_credentials(project.remote.push_url)
    forge = ForgeConnection(url, project.forge_env, project.settings.network_timeout)
    async with open_context(project, made.plan, forge, request.emit) as context:
        yield made.plan, context


def _asked(request: Request) -> str | None:
    """What is asked of code that computes the version: a part where it follows later, or is chosen."""
    if request.version is None and request.as_it_is:
        return None
    return _PATCH if request.version in {None, AUTO} else request.version


async def _version(request: Request, project: Project) -> str:
    """The version that is released: named, chosen now, or proposed by what has changed."""
    version = await request.choose(project) if request.version is None else request.version
    if version != AUTO:
        return version
    proposal = await proposed(project)
    request.emit(Note(f"the next version is {proposal.version}: {proposal.why}"))
    return proposal.version


@asynccontextmanager
async def reopen_release(project: Project, plan: Plan, emit: Emit) -> AsyncIterator[Context]:
    """Open a release that is continued, whose plan was decided by an earlier run.

    Raises:
        RefusedError: Another release is running in this repository.
        FailedError: A child or a directory could not be had.
        ConflictError: Its journal cannot be trusted.
    """
    forge = ForgeConnection(plan.remote_url, project.forge_env, project.settings.network_timeout)
    async with open_context(project, plan, forge, emit) as context:
        if context.workspace.journal.begun:
            context.index.expect_change()  # an earlier run has sent something, and may have looked before
        yield context


@asynccontextmanager
async def view_release(project: Project, recorded: RecordedRelease) -> AsyncIterator[Context]:
    """Open a context in which nothing can be done: to ask how a release stands, also while it runs."""
    url, timeout = recorded.plan.remote_url, project.settings.network_timeout
    async with view_context(project, recorded, ForgeConnection(url, project.forge_env, timeout)) as context:
        yield context
