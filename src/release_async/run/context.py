"""What a check or a step may touch, handed over in one piece, which tests can replace."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from release_async.external.git.git_commands import Git, Remote
from release_async.external.github.build_runs import BuildRuns
from release_async.external.github.gh_api import ForgeConnection, Obstacle
from release_async.external.github.pull_requests import PullRequests
from release_async.external.index import repository_url, simple_api as index
from release_async.external.index.simple_api import Index
from release_async.plan.events import Emit
from release_async.plan.merge_request import MergeRequests
from release_async.plan.plan import Plan
from release_async.plan.settings import Settings
from release_async.process import child_output
from release_async.process.child_output import LineSink
from release_async.process.log_files import LogFiles
from release_async.process.low_priority import ALONE
from release_async.run import run_directories
from release_async.run.builder_and_uploader import ChildOptions, ChildrenOptions
from release_async.run.candidate_builds import CandidateBuilds
from release_async.run.head_files import ReadFiles
from release_async.run.journal import RecordedRelease
from release_async.run.line_sink import line_sink, line_sinks
from release_async.run.project import Project
from release_async.run.retry_policy import Backoff, Watch
from release_async.run.workspace import Workspace, open_workspace, view_workspace
from release_async.versions.distribution import Distribution
from release_async.versions.tag_history import TagHistory


async def _nobody_agrees(_: str) -> bool:
    """The answer where nobody can be asked."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything outside the plan.

    Attributes:
        project: The directory in the user's checkout whose settings and ``.env`` the release goes by.
        settings: What the user asked for.
        distributions: Every place in HEAD that states a version, of each package of the plan.
        files: What was read of HEAD when the project was opened.
        git: Git at the top of the user's checkout.
        remote: The remote that is pushed to, as it was when the plan was decided.
        index: The package index that is released to.
        forge: The way to the forge that the remote lives on, and what was found there.
        workspace: The private place of this run.
        test_env: The environment of the test suite, without credentials.
        logs: What children said, in full.
        emit: Where events go.
        backoff: How one waits before something is tried again.
        watch: For how long one stays with what somebody else has to do.
        agree: Puts a question to the person; answers No where nobody can be asked.
        tags: What the tags say of the project; None where its version stands in files.
        build_env: The environment that the project is built in, without credentials.
        sandbox_requests: The requests of a rehearsal, which asks no forge; None elsewhere.
        sandbox_builds: What builds in the place of CI in a rehearsal; None elsewhere.
    """

    project: Path
    settings: Settings
    distributions: tuple[Distribution, ...]
    files: ReadFiles
    git: Git
    remote: Remote
    index: Index
    forge: ForgeConnection
    workspace: Workspace
    test_env: Mapping[str, str]
    logs: LogFiles
    emit: Emit
    backoff: Backoff = field(default_factory=Backoff)
    watch: Watch = field(default_factory=Watch)
    agree: Callable[[str], Awaitable[bool]] = _nobody_agrees
    tags: TagHistory | None = None
    build_env: Mapping[str, str] = field(default_factory=dict)
    sandbox_requests: MergeRequests | None = None
    sandbox_builds: CandidateBuilds | None = None

    async def merge_requests(self) -> MergeRequests | Obstacle:
        """The requests on the forge, or why there are none to be had; found out only once."""
        if self.sandbox_requests is not None:
            return self.sandbox_requests
        forge = await self.forge.connect()
        return forge if isinstance(forge, Obstacle) else PullRequests(forge)

    async def candidate_builds(self) -> CandidateBuilds | Obstacle:
        """The CI that builds a candidate, or why there is none to be had; found out only once."""
        if self.sandbox_builds is not None:
            return self.sandbox_builds
        forge = await self.forge.connect()
        return forge if isinstance(forge, Obstacle) else BuildRuns(forge)

    @property
    def from_tag(self) -> str:
        """The tool that takes a version of this release from a git tag; empty where all stand in files."""
        return next((each.tag_tool for each in self.distributions if each.tag_tool), "")

    def line_sink(self, source: str) -> LineSink:
        """What is told each line that a child says for a check or step: it is shown and written down."""
        return line_sink(source, self.emit, self.logs)


@asynccontextmanager
async def open_context(
    project: Project, plan: Plan, forge: ForgeConnection, emit: Emit
) -> AsyncIterator[Context]:
    """Open all that a release works with: the logs, the index, the private workspace and its children.

    Raises:
        RefusedError: Another release is running in this repository.
        FailedError: A child or a directory could not be had.
        ConflictError: The journal of the run cannot be trusted.
    """
    settings, asking = project.settings, _reader(plan, project.settings)
    env, home = _env_of_workers(project), await run_directories.home_of(project.git)
    async with AsyncExitStack() as stack:
        reader = await stack.enter_async_context(asking)
        logs = LogFiles(run_directories.logs(home) / plan.run, settings.hidden)
        stack.callback(logs.close)
        building, uploading = line_sinks(emit, logs, "build", "upload")
        has_builder = not (plan.collects or plan.publishes_given) or settings.is_rehearsal
        options = ChildrenOptions(
            ChildOptions(env, settings.build_timeout, building) if has_builder else None,
            ChildOptions(env, settings.upload_timeout, uploading),
        )
        stack.enter_context(child_output.masking(settings.hidden))
        parts = _Parts(
            index=reader,
            forge=forge,
            workspace=await stack.enter_async_context(open_workspace(project.git, plan, home, options)),
            logs=logs,
            emit=emit,
        )
        yield _assembled(project, parts)


def _env_of_workers(project: Project) -> Mapping[str, str]:
    return project.plain_env if project.settings.run_tests else {**project.plain_env, ALONE: "1"}


@asynccontextmanager
async def view_context(
    project: Project, recorded: RecordedRelease, forge: ForgeConnection
) -> AsyncIterator[Context]:
    """Open a context in which nothing can be done: to ask how a release stands, also while it runs."""
    plan, settings, home = recorded.plan, project.settings, await run_directories.home_of(project.git)
    async with _reader(plan, settings) as reader:
        reader.expect_change()
        reader.ask_no_more_in_vain()
        parts = _Parts(
            index=reader,
            forge=forge,
            workspace=view_workspace(project.git, plan, home, recorded),
            logs=LogFiles(run_directories.logs(home) / plan.run, settings.hidden),
            emit=lambda _: None,
        )
        yield _assembled(project, parts)


@asynccontextmanager
async def look_context(
    project: Project, plan: Plan, forge: ForgeConnection, emit: Emit
) -> AsyncIterator[Context]:
    """Open a context in which nothing can be done: to judge a release before anything is made for it."""
    settings, home = project.settings, await run_directories.home_of(project.git)
    async with _reader(plan, settings) as reader:
        parts = _Parts(
            index=reader,
            forge=forge,
            workspace=view_workspace(project.git, plan, home),
            logs=LogFiles(run_directories.logs(home) / plan.run, settings.hidden),
            emit=emit,
        )
        yield _assembled(project, parts)


def _reader(plan: Plan, settings: Settings) -> AbstractAsyncContextManager[Index]:
    return index.open_index(
        plan.target.repository_url,
        credentials=repository_url.reader_of(settings),
        answer_timeout=settings.network_timeout,
        login=repository_url.login_of(settings),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """The parts of a context that were opened for it."""

    index: Index
    forge: ForgeConnection
    workspace: Workspace
    logs: LogFiles
    emit: Emit


def _assembled(project: Project, parts: _Parts) -> Context:
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
        test_env=project.test_env,
        logs=parts.logs,
        emit=parts.emit,
        tags=project.tags,
        build_env=project.plain_env,
    )
