"""Finds a release that was handed over to CI in another clone, and has this one remember it.

What is found is the tag that was pushed. Nothing of it is changed here: what is left is to see that CI has
published all of it, and to publish its page.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import anyio

from release_async.base.errors import ConfigurationError, UsageError
from release_async.base.url_credentials import without_credentials
from release_async.external.git.git_commands import Git
from release_async.external.github import releases
from release_async.external.github.gh_api import Forge, ForgeConnection
from release_async.plan.plan import Plan
from release_async.plan.settings import Flags
from release_async.run import lock, plan_decision, project as projects, run_directories
from release_async.run.journal import Journal
from release_async.run.project import Project
from release_async.run.step_results import Confirmed, ReleaseCommit, Results, TagObjects
from release_async.versions import version_settings


@dataclass(frozen=True, slots=True)
class _Pushed:
    """A tag that the remote has, and the commit that it marks.

    Attributes:
        name: Its name.
        oid: The object id of the tag.
        commit: That of the commit.
        version: The version in its name.
    """

    name: str
    oid: str
    commit: str
    version: str


async def adopt(project: Project, directory: Path, environ: Mapping[str, str]) -> Plan | None:
    """Find the newest release below HEAD whose tag is pushed and whose page is not published.

    Args:
        project: The project in this clone, of which nothing is unfinished.
        directory: Where the person looked for it.
        environ: The environment of this run.

    Returns:
        Its plan, which this clone remembers from now on; None where there is none, or where the forge cannot
        be asked whether there is.

    Raises:
        FailedError: The remote or the forge did not answer.
        RefusedError: A release is running in this clone.
    """
    pushed = await _newest(project)
    if pushed is None:
        return None
    url, timeout = without_credentials(project.remote.push_url), project.settings.network_timeout
    forge = await ForgeConnection(url, project.forge_env, timeout).connect()
    if not isinstance(forge, Forge) or await releases.published(forge, pushed.name):
        return None
    there = await projects.open_project(directory, Flags(), environ, pushed.commit)
    try:
        plan = (await plan_decision.decide(there, pushed.version, str(forge.repository))).plan
    except (ConfigurationError, UsageError):
        return None  # what its commit says is another version
    if plan.makes_commit or plan.tags != (pushed.name,) or not plan.route.is_by_ci:
        return None
    await _remember(project.git, plan, pushed)
    return plan


async def _newest(project: Project) -> _Pushed | None:
    """The nearest tag below HEAD, where the remote has the very same."""
    git, form = project.git, project.settings.tag_format
    described = await git.run(
        "describe", "--tags", "--abbrev=0", f"--match={version_settings.tag_glob(form)}"
    )
    if not described.ok:
        return None
    name = described.stdout.strip()
    ref, version = f"refs/tags/{name}", version_settings.version_in(form, name)
    oid, commit = await git.oid(ref), await git.oid(f"{ref}^{{commit}}")
    there = await git.remote_refs(project.remote, ref)
    return _Pushed(name, oid, commit, version) if there.get(ref) == oid else None


async def _remember(git: Git, plan: Plan, pushed: _Pushed) -> None:
    """Have this clone know of the release as one that began it from the tagged commit would."""
    home = await run_directories.home_of(git)
    made = Results(ReleaseCommit(pushed.commit), TagObjects({pushed.name: pushed.oid}), Confirmed(page=True))
    with lock.held(home):
        directory, refs = home / plan.run, f"{run_directories.REFS}/{plan.run}"
        await anyio.to_thread.run_sync(lambda: directory.mkdir(mode=0o700, exist_ok=True))
        await git.text("update-ref", f"{refs}/commit", pushed.commit)
        await git.text("update-ref", f"{refs}/tags/{pushed.name}", pushed.oid)
        Journal(directory).begin(plan, made, time.time())
