"""A world to rehearse in: a clone of the project, a bare remote, an index. Nothing leaves it."""

import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio

from release_async.base.errors import UsageError
from release_async.base.secret import Credentials, Secret
from release_async.external.build import virtualenv
from release_async.external.build.virtualenv import VirtualEnvironment
from release_async.external.git.git_commands import Git
from release_async.external.index import rehearsal_server
from release_async.plan.plan import Package
from release_async.plan.settings import Settings
from release_async.process import child_environments
from release_async.run import test_command

MARK = "RELEASE_ASYNC_REHEARSAL"
"""The environment variable that says that a rehearsal is going on."""

_USER = "rehearsal"
_CONFIGURATION = (
    ("user.name", "release-async rehearsal"),
    ("user.email", "rehearsal@localhost"),
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

    async def install(self, package: Package) -> str:
        """Install the released wheel from the index into an empty environment, and read its version back.

        Raises:
            CommandError: It cannot be installed.
        """
        plain = {key: value for key, value in self.environ.items() if not key.startswith(("PIP_", "UV_"))}
        fresh = await virtualenv.create_empty(self.directory / f"installed-{package.name}", plain)
        index = ("--index-url", f"{self.repository_url}simple/", "--only-binary", ":all:", "--no-cache-dir")
        await fresh.install("--quiet", "--no-deps", *index, package.requirement)
        return await fresh.installed_version(package.name)


@asynccontextmanager
async def opened(original: Original) -> AsyncIterator[Sandbox]:
    """Build a sandbox around HEAD, and serve its index for as long as the context lasts.

    The directory stays afterwards, for the person to look into; one that was never whole goes.

    Raises:
        UsageError: This is a rehearsal already.
        CommandError: The sandbox could not be built.
    """
    if MARK in original.environ:
        raise UsageError("a rehearsal cannot be rehearsed: this runs inside one", cure="run it outside")
    directory = _new_directory()
    packages = directory / "index"
    packages.mkdir()
    account = Credentials(_USER, Secret(secrets.token_urlsafe(16)))
    plain = child_environments.for_project(original.environ, original.settings.secrets)
    async with (
        _removed_unless_whole(directory) as whole,
        rehearsal_server.serve(packages, account, plain) as url,
    ):
        inside = await _cloned(original, directory)
        venv = await _tested_by(original, inside, directory / "venv", plain)
        whole.set()
        yield Sandbox(
            directory=directory,
            project=inside.root / original.project.relative_to(original.git.root),
            remote=inside.at(directory / "remote.git"),
            packages=packages,
            repository_url=url,
            environ=_pointing_there(plain, venv.home, url, account),
        )


@asynccontextmanager
async def _removed_unless_whole(directory: Path) -> AsyncIterator[anyio.Event]:
    """Remove it at the end, unless what is yielded was set by then: nobody was told where it is."""
    whole = anyio.Event()
    try:
        yield whole
    finally:
        if not whole.is_set():
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(lambda: shutil.rmtree(directory, ignore_errors=True))


def _new_directory() -> Path:
    return Path(tempfile.mkdtemp(prefix="release-async-")).resolve()


async def _cloned(original: Original, directory: Path) -> Git:
    """Clone HEAD, whatever is checked out, as the release branch, with a remote of its own that has it."""
    branch, name = original.settings.branch, original.settings.remote
    remote, git = str(directory / "remote.git"), original.git
    head = await git.oid("HEAD")
    inside = git.at(directory / "project")
    source = ("--quiet", "--no-checkout", "--no-tags", "--origin", name, "--", str(git.root))
    await git.text("clone", *source, str(inside.root))
    for key, value in _CONFIGURATION:
        await inside.text("config", key, value)
    await inside.text("checkout", "--quiet", "-B", branch, head)
    await git.text("init", "--quiet", "--bare", f"--initial-branch={branch}", "--", remote)
    await inside.text("remote", "set-url", name, remote)
    await inside.text("push", "--quiet", "--set-upstream", name, branch)
    return inside


async def _tested_by(
    original: Original, inside: Git, home: Path, plain: Mapping[str, str]
) -> VirtualEnvironment:
    """The interpreter of the rehearsal's tests: it has what the project's own has, but the clone instead.

    The clone is installed from a copy, since backends leave files in the tree that they build from.
    """
    python = test_command.interpreter(original.project, original.environ)
    venv = await virtualenv.create_sharing(python, original.name, home, plain)
    source = home.parent / "source"
    await inside.text("clone", "--quiet", "--shared", "--", str(inside.root), str(source))
    await venv.install("--quiet", "--no-deps", str(source / original.project.relative_to(original.git.root)))
    return venv


def _pointing_there(
    plain: Mapping[str, str], venv: Path, repository_url: str, account: Credentials
) -> dict[str, str]:
    password = account.secret.reveal()
    return {
        **test_command.environment(venv, {**plain, "VIRTUAL_ENV": str(venv)}),
        MARK: "1",
        "UV_PROJECT_ENVIRONMENT": str(venv),
        "PYPI_USERNAME": account.user,
        "PYPI_API_TOKEN": password,
        "PYPI_TEST_TOKEN": password,
        "PYPI_REPOSITORY_URL": repository_url,
        "TEST_PYPI_REPOSITORY_URL": repository_url,
    }
