"""Opens a project for a release: reads what it says, decides the plan, and opens the world the plan runs in.

It changes nothing of the user's; what it opens it closes.
"""

import os
import secrets
import stat
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import anyio

from release_async.base.errors import ConfigurationError, UsageError
from release_async.base.printable import without_credentials
from release_async.external.git.client import Git, toplevel
from release_async.external.github.client import ForgeConnection
from release_async.external.index import client as index, repository_url, token_narrowing
from release_async.external.index.client import Index
from release_async.plan import plan as planning, settings as setting
from release_async.plan.events import Emit
from release_async.plan.plan import Basis, Plan, Target
from release_async.plan.settings import Settings
from release_async.process import environment, output
from release_async.process.log_files import LogFiles
from release_async.repository import snapshot
from release_async.run import test_command, workspace
from release_async.run.context import Context, line_sink
from release_async.run.journal import RecordedRelease
from release_async.run.workspace import Children, Conditions, Workspace
from release_async.versions import edit, selection
from release_async.versions.distribution import Distribution
from release_async.versions.edit import EditedLine

LONGEST_DOTENV = 1024 * 1024
"""Bytes in the largest ``.env`` that is read."""

_CHANGELOG = ("changelog", "changes", "history", "news", "release_notes", "release-notes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One project as HEAD has it.

    Attributes:
        git: Git at the top of the checkout that the project lies in.
        directory: The project's directory in that checkout.
        head: The object id of HEAD.
        root: The directory relative to the top; empty at the top.
        paths: Every file in HEAD, relative to the top.
        distribution: Every place that states the project's version.
        settings: What the user asked for.
        environ: The environment of this run.
    """

    git: Git
    directory: Path
    head: str
    root: str
    paths: Sequence[str]
    distribution: Distribution
    settings: Settings
    environ: Mapping[str, str]


async def opened(directory: Path, flags: setting.Flags, environ: Mapping[str, str]) -> Project:
    """Read the project in ``directory`` as HEAD has it; its ``.env`` is read from the disk.

    Raises:
        ConfigurationError: There is no project, or its settings are wrong.
        UsageError: There is no such directory, or none of several distributions is in it.
        CommandError: Git failed.
    """
    directory, git = await located(directory, environ)
    head = await git.oid("HEAD")
    if not head:
        raise ConfigurationError("the repository has no commit yet", cure="commit the project first")
    root = directory.relative_to(git.root.resolve()).as_posix().removeprefix(".")
    return _read(_Place(git, head, root), flags, environ)


async def located(directory: Path, environ: Mapping[str, str]) -> tuple[Path, Git]:
    """The directory, absolute, and git at the top of the working tree that it lies in.

    Raises:
        ConfigurationError: It lies in none.
        UsageError: There is no such directory.
    """
    directory = await anyio.to_thread.run_sync(directory.resolve)
    if not directory.is_dir():
        raise UsageError(f"there is no directory {directory}", cure="name the project with -C DIR")
    return directory, await toplevel(directory, environment.for_git(environ, setting.secrets_in(environ)))


async def reopened(git: Git, plan: Plan, environ: Mapping[str, str]) -> Project:
    """The project of a release that is gone on with, as it was when the plan was decided.

    What HEAD says by now, and which branch is checked out, plays no part; ``.env`` is read anew, for a token
    may have been changed since.

    Args:
        git: Git at the top of any working tree of the repository.
        plan: The release.
        environ: The environment of this run.

    Raises:
        ConfigurationError: The settings are wrong.
        CommandError: Git failed.
    """
    return _read(_Place(git, plan.base, plan.root), setting.Flags(test=plan.upload_only), environ)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a project is read: a commit of a repository, and a directory in it."""

    git: Git
    commit: str
    root: str


def _read(place: _Place, flags: setting.Flags, environ: Mapping[str, str]) -> Project:
    git = place.git
    with snapshot.revision(git.root, place.commit, git.env) as tree:
        chosen = selection.distribution_at(tree, place.root)
        paths = tree.paths()
        metadata = tree.read(f"{chosen.root}/pyproject.toml".lstrip("/")) or b""
    project = git.root / chosen.root
    settings = setting.load(
        setting.Sources(
            flags=flags, environ=environ, dotenv=_dotenv(project), pyproject=metadata.decode(errors="replace")
        )
    )
    git_env = environment.for_git(git.env, settings.secrets)
    return Project(
        git=replace(git, env=git_env, timeout=settings.network_timeout),
        directory=project,
        head=place.commit,
        root=chosen.root,
        paths=paths,
        distribution=chosen,
        settings=settings,
        environ=environ,
    )


def _dotenv(project: Path) -> str:
    """The text of the project's own ``.env``; no directory above it is looked at, and no pipe waited for."""
    path = project / ".env"
    try:
        # Asked of the open file: what the name leads to can change between a look and the opening.
        with open(path, "rb", opener=_without_waiting) as file:
            status = os.fstat(file.fileno())
            return _text(path, file) if stat.S_ISREG(status.st_mode) else ""
    except (FileNotFoundError, IsADirectoryError):
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error}", cure="see that it is UTF-8 text and yours"
        ) from None  # a traceback of the decoder would hold the text


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _text(path: Path, file: BinaryIO) -> str:
    data = file.read(LONGEST_DOTENV + 1)
    if len(data) > LONGEST_DOTENV:
        raise ConfigurationError(
            f"{path} is larger than {LONGEST_DOTENV // 1024} KiB: that is no file of settings",
            cure="keep nothing in it but the settings of release-async and of the project",
        )
    return data.decode("utf-8-sig")


async def decide(project: Project, request: str) -> Plan:
    """Decide the release that ``request`` asks for.

    Raises:
        UsageError: The request is neither a part nor a version.
        ConfigurationError: The project or the repository URL cannot be used.
        FailedError: A test index has to be asked which versions are free, and did not answer.
    """
    settings, git = project.settings, project.git
    target = _target(settings)
    taken = await released(project) if settings.test else frozenset()
    # The plan is shown and written into the journal; git knows the password by itself.
    remote_url = without_credentials(await git.push_url(settings.remote))
    basis = Basis(
        run=f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(3)}",
        base=project.head,
        remote_url=remote_url,
        target=target,
        test_command=_test_command(project),
        changelog=_changelog(project),
        taken=taken,
        today=time.strftime("%Y-%m-%d", time.gmtime()),
        narrowing=token_narrowing.planned(settings, project.distribution.name),
        page=str(await ForgeConnection(remote_url, git.env).repository() or ""),
    )
    return planning.make(request, project.distribution, settings, basis)


def lines(project: Project, plan: Plan) -> tuple[EditedLine, ...]:
    """The lines whose version tokens a plan changes, as HEAD has them.

    Raises:
        CommandError: Git failed.
    """
    if not plan.edits:
        return ()
    with snapshot.revision(project.git.root, project.head, project.git.env) as tree:
        return edit.edited_lines(project.distribution, tree, plan.version, plan.released)


def _target(settings: Settings) -> Target:
    url, name = settings.repository_url, "TestPyPI" if settings.test else "PyPI"
    if url:
        url = repository_url.checked(url)
        name = urlsplit(url).netloc
    else:
        url = repository_url.addresses()[int(settings.test)]
    return Target(name=name, repository_url=url, token_setting=settings.token_setting)


async def released(project: Project) -> frozenset[str]:
    """The versions that the index has files of.

    Raises:
        FailedError: It did not answer.
    """
    patience = project.settings.network_timeout
    async with index.opened(_target(project.settings).repository_url, patience=patience) as where:
        return index.versions(await where.files(project.distribution.name))


def _test_command(project: Project) -> tuple[str, ...] | None:
    below = f"{project.root}/" if project.root else ""
    paths = [path.removeprefix(below) for path in project.paths if path.startswith(below)]
    return project.settings.test_command or test_command.command(project.directory, _test_env(project), paths)


def _test_env(project: Project) -> dict[str, str]:
    plain_env = environment.for_project(project.environ, project.settings.secrets)
    return test_command.environment(project.directory, plain_env)


def _changelog(project: Project) -> str:
    """The project's changelog, by the names that people give it."""
    for folder in dict.fromkeys((project.root, "")):
        for path in project.paths:
            parent, _, name = path.rpartition("/")
            if parent == folder and name.rpartition(".")[0].lower() in _CHANGELOG:
                return path
    return ""


@asynccontextmanager
async def context(project: Project, plan: Plan, emit: Emit) -> AsyncIterator[Context]:
    """Open everything that the plan's checks and steps may touch, and close it again.

    Raises:
        RefusedError: Another release is running in this repository.
        FailedError: A child or a directory could not be had.
    """
    settings = project.settings
    plain_env = environment.for_project(project.environ, settings.secrets)
    logs = LogFiles(await workspace.logs(project.git) / plan.run, settings.hidden)
    children = Children(
        Conditions(plain_env, settings.build_timeout, line_sink("build", emit, logs)),
        Conditions(plain_env, settings.upload_timeout, line_sink("upload", emit, logs)),
    )
    async with AsyncExitStack() as stack:
        stack.callback(logs.close)
        stack.enter_context(output.hiding(settings.hidden))
        where = index.opened(plan.target.repository_url, patience=settings.network_timeout)
        reader = await stack.enter_async_context(where)
        opened_workspace = await stack.enter_async_context(workspace.opened(project.git, plan, children))
        if opened_workspace.journal.begun:
            reader.expect_change()  # an earlier run has sent something, and may have looked before it did
        yield _world(project, plan, _Rooms(reader, opened_workspace, logs, emit))


@asynccontextmanager
async def looked_at(project: Project, recorded: RecordedRelease) -> AsyncIterator[Context]:
    """Open a world in which nothing can be done: for asking how a release stands, also while it runs."""
    plan = recorded.plan
    directory = await workspace.home_of(project.git) / plan.run
    logs = LogFiles(await workspace.logs(project.git) / plan.run, project.settings.hidden)
    async with index.opened(plan.target.repository_url, patience=project.settings.network_timeout) as reader:
        reader.expect_change()
        opened_workspace = workspace.looked_into(project.git, plan, directory, recorded)
        yield _world(project, plan, _Rooms(reader, opened_workspace, logs, lambda _: None))


@dataclass(frozen=True, slots=True)
class _Rooms:
    """The parts of a world that were opened for it."""

    index: Index
    workspace: Workspace
    logs: LogFiles
    emit: Emit


def _world(project: Project, plan: Plan, rooms: _Rooms) -> Context:
    settings = project.settings
    forge_env = environment.for_forge(project.environ, settings.secrets)
    return Context(
        project=project.directory,
        settings=settings,
        distribution=project.distribution,
        git=project.git,
        index=rooms.index,
        forge=ForgeConnection(plan.remote_url, forge_env, settings.network_timeout),
        workspace=rooms.workspace,
        test_env=_test_env(project),
        logs=rooms.logs,
        emit=rooms.emit,
    )
