"""Opens a release from top to bottom: project and settings, plan, workspace, context. It does nothing else.

What it opens it closes; nothing of the user's is changed.
"""

import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from release_async.base.printable import without_credentials
from release_async.base.secret import Secret
from release_async.external.github.client import ForgeConnection
from release_async.external.index import client as index, repository_url, token_narrowing
from release_async.external.index.client import Index
from release_async.plan import plan as planning, stages
from release_async.plan.events import Emit, PlanMade
from release_async.plan.plan import Plan, PlanInputs
from release_async.plan.settings import Flags
from release_async.process import environment, output
from release_async.process.log_files import LogFiles
from release_async.run import runs, test_command
from release_async.run.children import ChildOptions, ChildrenOptions
from release_async.run.context import Context, line_sink
from release_async.run.journal import RecordedRelease
from release_async.run.project import Project, open_project
from release_async.run.workspace import Workspace, open_workspace, view_workspace
from release_async.versions import edit
from release_async.versions.edit import Line


async def _anything(_: Project) -> None:
    """Let every project be released."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a person asked for, and who is told what becomes of it.

    Attributes:
        directory: The project's directory.
        version: ``patch``, another part, or a whole version.
        flags: What the command line says of the settings.
        environ: The environment of this run.
        emit: Where events go.
        hide: Told the secrets of the settings before anything is shown that could hold one.
        accept: Called with the project before anything is decided; ends the opening by raising.
    """

    directory: Path
    version: str
    flags: Flags
    environ: Mapping[str, str]
    emit: Emit
    hide: Callable[[tuple[Secret, ...]], None]
    accept: Callable[[Project], Awaitable[None]] = _anything


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
    forge = _forge(project, without_credentials(project.remote.push_url))
    plan = await _decided(project, request.version, str(await forge.repository() or ""))
    request.emit(PlanMade(plan, _lines(project, plan), stages.stages(plan)))
    async with _context(project, plan, forge, request.emit) as context:
        yield plan, context


@asynccontextmanager
async def reopen_release(project: Project, plan: Plan, emit: Emit) -> AsyncIterator[Context]:
    """Open a release that is continued, whose plan was decided by an earlier run.

    Raises:
        RefusedError: Another release is running in this repository.
        FailedError: A child or a directory could not be had.
        ConflictError: Its journal cannot be trusted.
    """
    async with _context(project, plan, _forge(project, plan.remote_url), emit) as context:
        if context.workspace.journal.begun:
            context.index.expect_change()  # an earlier run has sent something, and may have looked before
        yield context


@asynccontextmanager
async def view_release(project: Project, recorded: RecordedRelease) -> AsyncIterator[Context]:
    """Open a context in which nothing can be done: to ask how a release stands, also while it runs."""
    plan, settings = recorded.plan, project.settings
    home = await runs.home_of(project.git)
    logs = LogFiles(runs.logs(home) / plan.run, settings.hidden)
    async with index.opened(plan.target.repository_url, patience=settings.network_timeout) as reader:
        reader.expect_change()
        seen = view_workspace(project.git, plan, home, recorded)
        yield _assembled(
            project, _Opened(reader, _forge(project, plan.remote_url), seen, logs, lambda _: None)
        )


def _forge(project: Project, url: str) -> ForgeConnection:
    """The way to the forge at a push URL that holds no password."""
    forge_env = environment.for_forge(project.environ, project.settings.secrets)
    return ForgeConnection(url, forge_env, project.settings.network_timeout)


def _lines(project: Project, plan: Plan) -> tuple[Line, ...]:
    """The lines whose version tokens change, as HEAD has them."""
    changed = [package for package in plan.packages if package.edits]
    found = (
        edit.lines(project.distribution, project.files, package.version, plan.released) for package in changed
    )
    return tuple(line for lines in found for line in lines)


async def _decided(project: Project, version: str, page: str) -> Plan:
    """Decide the release; of the outside only git is asked, and a test index for the versions it has."""
    settings, name = project.settings, project.distribution.name
    target = repository_url.target(settings)
    url, patience = target.repository_url, settings.network_timeout
    inputs = PlanInputs(
        run=f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(3)}",
        base=project.head,
        # The plan is shown and written into the journal; git knows the password by itself.
        remote_url=without_credentials(project.remote.push_url),
        target=target,
        test_command=_test_command(project),
        changelog=project.changelog,
        taken=await index.released(url, name, patience=patience) if settings.test else frozenset(),
        today=time.strftime("%Y-%m-%d", time.gmtime()),
        narrowing=token_narrowing.planned(settings, name),
        page=page,
    )
    return planning.make(version, project.distribution, settings, inputs)


def _test_command(project: Project) -> tuple[str, ...] | None:
    found = project.settings.test_command
    return found or test_command.command(project.directory, _test_env(project), project.own_paths)


def _test_env(project: Project) -> dict[str, str]:
    plain_env = environment.for_project(project.environ, project.settings.secrets)
    return test_command.environment(project.directory, plain_env)


@asynccontextmanager
async def _context(
    project: Project, plan: Plan, forge: ForgeConnection, emit: Emit
) -> AsyncIterator[Context]:
    """Open the index, the workspace with its children, and all that goes with them."""
    settings = project.settings
    plain_env = environment.for_project(project.environ, settings.secrets)
    logs = LogFiles(runs.logs(await runs.home_of(project.git)) / plan.run, settings.hidden)
    options = ChildrenOptions(
        ChildOptions(plain_env, settings.build_timeout, line_sink("build", emit, logs)),
        ChildOptions(plain_env, settings.upload_timeout, line_sink("upload", emit, logs)),
    )
    async with AsyncExitStack() as stack:
        stack.callback(logs.close)
        stack.enter_context(output.hiding(settings.hidden))
        where = index.opened(plan.target.repository_url, patience=settings.network_timeout)
        reader = await stack.enter_async_context(where)
        made = await stack.enter_async_context(open_workspace(project.git, plan, options))
        yield _assembled(project, _Opened(reader, forge, made, logs, emit))


@dataclass(frozen=True, slots=True)
class _Opened:
    """The parts of a context that were opened for it."""

    index: Index
    forge: ForgeConnection
    workspace: Workspace
    logs: LogFiles
    emit: Emit


def _assembled(project: Project, parts: _Opened) -> Context:
    return Context(
        project=project.directory,
        settings=project.settings,
        distributions=(project.distribution,),
        files=project.files,
        git=project.git,
        remote=project.remote,
        index=parts.index,
        forge=parts.forge,
        workspace=parts.workspace,
        test_env=_test_env(project),
        logs=parts.logs,
        emit=parts.emit,
    )
