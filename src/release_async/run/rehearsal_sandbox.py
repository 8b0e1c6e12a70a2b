"""A world to rehearse in: a clone of the project, a bare remote, an index. Nothing leaves it."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import anyio

from release_async.base import files
from release_async.base.errors import UsageError
from release_async.base.exception_groups import unwrap_exception_groups
from release_async.base.secret import Credentials, Secret
from release_async.external.build import trial_install, virtualenv
from release_async.external.build.trial_install import IndexOptions
from release_async.external.build.virtualenv import VirtualEnvironment
from release_async.external.git import git_commands
from release_async.external.git.git_commands import Git
from release_async.external.index import rehearsal_server, repository_url
from release_async.plan.plan import Package
from release_async.plan.settings import REHEARSAL, Settings
from release_async.process import child_environments
from release_async.run import rehearsal_directories, rehearsal_hooks, test_command

_USER = "rehearsal"
_FOR_EVERY_COMMAND = (("safe.bareRepository", "all"), ("protocol.file.allow", "always"))
"""What git has to allow in the sandbox, whose remote is a bare repository in a directory."""
_OF_THE_REMOTE = (("receive.shallowUpdate", "true"), ("receive.advertisePushOptions", "true"))
"""What a forge allows, and a bare repository does not by itself (git-config)."""
_IDENTITY = (("user.name", "release-async rehearsal"), ("user.email", "rehearsal@localhost"))
"""Who commits where the person has not told git a name yet: for a hook it is the person who commits."""
_CONFIGURATION = (
    ("commit.gpgSign", "false"),
    ("tag.gpgSign", "false"),
    ("push.gpgSign", "false"),
)


@dataclass(frozen=True, slots=True)
class Original:
    """What is rehearsed.

    Attributes:
        git: Git at the top of the real checkout, which is only read.
        project: The project's directory in it.
        name: The project's name.
        settings: Its settings: they name the branch and the remote.
        environ: The environment of this run.
    """

    git: Git
    project: Path
    name: str
    settings: Settings
    environ: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """One place to rehearse in.

    Attributes:
        directory: Everything lies below it.
        project: The clone of the project, on the release branch.
        remote: Git in the bare repository that is pushed to.
        packages: The directory of the index.
        repository_url: The address of the index.
        environ: The environment that points a release here.
    """

    directory: Path
    project: Path
    remote: Git
    packages: Path
    repository_url: str
    environ: Mapping[str, str]

    async def discard(self) -> None:
        """Remove it, all but the built files in its index, which a person may want to look into."""
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self._discard)

    def _discard(self) -> None:
        for entry in self.directory.iterdir():
            if entry != self.packages:
                files.remove_tree(entry)

    async def install(self, package: Package) -> str:
        """Install the released wheel from the index into an empty prefix, and read its version back.

        Raises:
            CommandError: It cannot be installed.
        """
        options = IndexOptions(self.environ, f"{self.repository_url}simple/")
        home = self.directory / f"installed-{package.name}"
        return await trial_install.version_from_index(package.name, package.requirement, home, options)


@asynccontextmanager
async def opened(original: Original) -> AsyncIterator[Sandbox]:
    """Build a sandbox around HEAD, and serve its index for as long as the context lasts.

    The directory stays afterwards, for the person to look into a failure; one that was never whole, or whose
    rehearsal was interrupted, goes.

    Raises:
        UsageError: This is a rehearsal already.
        CommandError: The sandbox could not be built.
    """
    if REHEARSAL in original.environ:
        raise UsageError("a rehearsal cannot be rehearsed: this runs inside one", cure="run it outside")
    rules = repository_url.rules_of(repository_url.target(original.settings))
    account = Credentials(_USER, Secret(secrets.token_urlsafe(16)))
    plain = child_environments.for_project(original.environ, original.settings.secrets)
    async with _folder() as (directory, whole):
        making, packages = _Making(original, directory, plain), directory / "index"
        packages.mkdir()
        async with making.begun(), rehearsal_server.serve(packages, account, plain) as url:
            inside, venv = await making.made()
            whole.set()
            yield Sandbox(
                directory=directory,
                project=inside.root / original.project.relative_to(original.git.root),
                remote=inside.at(directory / "remote.git"),
                packages=packages,
                repository_url=url,
                environ=_pointing_there(plain, venv.home, url, account) | {REHEARSAL: rules or "1"},
            )


class _Making:
    """Clone and environment, which are made at the same time as the index starts."""

    def __init__(self, original: Original, directory: Path, plain: Mapping[str, str]) -> None:
        self._original, self._directory, self._plain = original, directory, plain
        self._inside: Git | None = None
        self._venv: VirtualEnvironment | None = None
        self._ended = anyio.Event()

    @asynccontextmanager
    async def begun(self) -> AsyncIterator[None]:
        """Make them while the context lasts.

        Raises:
            CommandError: One cannot be made; raised at the end, and everything else is broken off.
        """
        with unwrap_exception_groups():
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._make)
                yield

    async def made(self) -> tuple[Git, VirtualEnvironment]:
        """Wait for both: git in the clone, and the environment of the tests."""
        await self._ended.wait()
        return cast("Git", self._inside), cast("VirtualEnvironment", self._venv)

    async def _make(self) -> None:
        async with anyio.create_task_group() as both:
            both.start_soon(self._clone)
            both.start_soon(self._share)
        inside, venv = cast("Git", self._inside), cast("VirtualEnvironment", self._venv)
        if self._original.settings.run_tests:
            await _install(self._original, inside, venv)
        self._ended.set()

    async def _clone(self) -> None:
        self._inside = await _cloned(self._original, self._directory)

    async def _share(self) -> None:
        """The interpreter of the rehearsal's tests: the project's own, without the project."""
        python = test_command.interpreter(self._original.project, self._original.environ)
        home, name = self._directory / "venv", self._original.name
        self._venv = await virtualenv.create_sharing(python, name, home, self._plain)


@asynccontextmanager
async def _folder() -> AsyncIterator[tuple[Path, anyio.Event]]:
    """A new folder; removed at the end, unless the event was set by then and nobody has interrupted it."""
    whole, stays = anyio.Event(), False
    with rehearsal_directories.made() as directory:
        try:
            yield directory, whole
            stays = whole.is_set()
        except Exception:  # no cancellation: who was told where it is may look into the failure
            stays = whole.is_set()
            raise
        finally:
            if not stays:
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(files.remove_tree, directory)


async def _cloned(original: Original, directory: Path) -> Git:
    """Clone HEAD, whatever is checked out, as the release branch, with a remote of its own that has it."""
    branch, name = original.settings.branch, original.settings.remote
    git = original.git.at(original.git.root, *_FOR_EVERY_COMMAND)
    head = await git.oid("HEAD")
    inside = git.at(directory / "project")
    hooks = directory / "hooks"
    await rehearsal_hooks.lend(git, hooks)
    identity = [(key, await git.configured(key) or value) for key, value in _IDENTITY]
    configuration = (*identity, *_CONFIGURATION, ("core.hooksPath", str(hooks)))
    configured = [word for key, value in configuration for word in ("--config", f"{key}={value}")]
    source = ("--quiet", "--no-checkout", "--origin", name, *configured, "--", str(git.root))
    await git.text("clone", *source, str(inside.root))
    await inside.text("checkout", "--quiet", "-B", branch, head)
    await _add_submodules(git, inside)
    remote = await _bare_remote(git, directory / "remote.git", branch)
    await inside.text("remote", "set-url", name, remote)
    ref = f"refs/heads/{branch}"  # a tag may have the same name
    # No tags: nobody has asked which of them the real remote has; one that is here is told as such.
    await inside.text("push", "--quiet", "--no-follow-tags", "--set-upstream", name, f"{ref}:{ref}")
    return inside


async def _bare_remote(git: Git, home: Path, branch: str) -> str:
    """Make the remote, with the object format of the project; return its address."""
    kind = f"--object-format={await git.text('rev-parse', '--show-object-format')}"
    await git.text("init", "--quiet", "--bare", kind, f"--initial-branch={branch}", "--", str(home))
    for key, value in _OF_THE_REMOTE:
        await git.text("config", "--file", str(home / "config"), key, value)
    return str(home)


async def _add_submodules(git: Git, inside: Git) -> None:
    """Check out the submodules that the person has checked out, from their own objects."""
    for entry in (await inside.text("ls-files", "--stage", "-z")).split("\0"):
        fields, _, path = entry.partition("\t")
        if fields.startswith("160000") and (git.root / path / ".git").exists():
            target = inside.root / path
            await git.text("clone", "--quiet", "--no-checkout", "--", str(git.root / path), str(target))
            await git.at(target).text("checkout", "--quiet", "--detach", fields.split()[1])
            await _add_submodules(git.at(git.root / path), git.at(target))


async def _install(original: Original, inside: Git, venv: VirtualEnvironment) -> None:
    """Put the clone into the environment of the tests.

    It is installed from a copy, since backends leave files in the tree that they build from.
    """
    source = venv.home.parent / "source"
    await inside.text("clone", "--quiet", "--shared", "--", str(inside.root), str(source))
    await venv.install("--quiet", "--no-deps", str(source / original.project.relative_to(original.git.root)))


def _pointing_there(plain: Mapping[str, str], venv: Path, url: str, account: Credentials) -> dict[str, str]:
    password = account.secret.reveal()
    return {
        **test_command.environment(venv, {**plain, "VIRTUAL_ENV": str(venv)}),
        **git_commands.config_environment(plain, _FOR_EVERY_COMMAND),
        "UV_PROJECT_ENVIRONMENT": str(venv),
        "PYPI_USERNAME": account.user,
        "PYPI_API_TOKEN": password,
        "PYPI_TEST_TOKEN": password,
        "PYPI_REPOSITORY_URL": url,
        "TEST_PYPI_REPOSITORY_URL": url,
    }
