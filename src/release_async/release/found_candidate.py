"""Finds a release that was begun in another clone and is built by CI, and has this one remember it.

Nothing is believed because it lies on the remote: the candidate has to be, byte for byte, the commit that
this tool plans on a commit of this branch for the version in its name. What CI has built is judged as ever.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from release_async.base.errors import ConfigurationError, ConflictError, UsageError
from release_async.base.url_credentials import without_credentials
from release_async.external.git import worktree
from release_async.external.git.git_commands import ABSENT
from release_async.external.github.gh_api import ForgeConnection
from release_async.plan.effect import State
from release_async.plan.events import Emit
from release_async.plan.plan import CANDIDATE, Plan
from release_async.plan.settings import Flags
from release_async.release import planned_commit
from release_async.release.public_and_owed import Release
from release_async.release.steps import commit as commit_step
from release_async.run import opening, plan_decision, project as projects
from release_async.run.context import Context
from release_async.run.project import Project
from release_async.run.step_results import Results


@dataclass(frozen=True, slots=True)
class _Candidate:
    """What a remote has under the name of a candidate.

    Attributes:
        version: The version in its name.
        oid: The object id of its tip.
    """

    version: str
    oid: str


async def adopt(project: Project, directory: Path, environ: Mapping[str, str], emit: Emit) -> Plan | None:
    """Find a candidate that was made of a commit below HEAD and whose tag is not pushed.

    Args:
        project: The project in this clone, of which nothing is unfinished.
        directory: Where the person looked for it.
        environ: The environment of this run.
        emit: Where events go.

    Returns:
        Its plan, which this clone remembers from now on; None where there is none.

    Raises:
        ConflictError: There is one, and it is not what this project would release.
        FailedError: The remote did not answer.
        RefusedError: A release is running in this clone.
    """
    for found in await _listed(project):
        # No ref keeps it until it is known to be ours: git prunes nothing that is younger than two weeks.
        fetched = await project.git.fetch_private(project.remote, f"{CANDIDATE}{found.version}", "")
        fetched.checked(f"see that it can be read: git ls-remote {project.remote.name}")
        if plan := await _adopted(project, found, (directory, environ), emit):
            return plan
    return None


async def _listed(project: Project) -> list[_Candidate]:
    """The candidates that the remote has, the newest version first."""
    remote = project.remote
    asking = project.git.at(project.git.root, *remote.pushed_place_config)
    answer = await asking.run("ls-remote", "--", remote.pushed_place, f"refs/heads/{CANDIDATE}*")
    answer.checked(f"see that it can be read: git ls-remote {remote.name}")
    lines = (line.split("\t") for line in answer.stdout.splitlines())
    named = [_Candidate(ref.removeprefix(f"refs/heads/{CANDIDATE}"), oid) for oid, ref in lines]
    return sorted(filter(_is_version, named), key=lambda each: Version(each.version), reverse=True)


async def _adopted(
    project: Project, found: _Candidate, place: tuple[Path, Mapping[str, str]], emit: Emit
) -> Plan | None:
    """The plan of a candidate, once this clone remembers it; None where it is of something else, or out."""
    git, directory, environ = project.git, *place
    if not (await git.run("cat-file", "-e", found.oid)).ok:
        return None  # it has been moved meanwhile
    is_head = await git.contains(project.head, found.oid)
    base = found.oid if is_head else await git.oid(f"{found.oid}^")
    if not base or not await git.contains(project.head, base):
        return None
    there = await projects.open_project(directory, Flags(), environ, base)
    plan = await _planned(there, found)
    if plan is None or await _is_tagged(project, plan):
        return None
    await _see_that_it_is(project, plan, found)
    await _remember(there, plan, found, emit)
    return plan


def _is_version(found: _Candidate) -> bool:
    try:
        return bool(Version(found.version))
    except InvalidVersion:
        return False


async def _planned(there: Project, found: _Candidate) -> Plan | None:
    """What this project would release of one of its commits, where that is built by CI; None where not."""
    url = without_credentials(there.remote.push_url)
    forge = ForgeConnection(url, there.forge_env, there.settings.network_timeout)
    when = int(await there.git.text("log", "-1", "--format=%ct", found.oid, "--"))
    day = time.strftime("%Y-%m-%d", time.gmtime(when))
    try:
        made = await plan_decision.decide(there, found.version, str(await forge.repository() or ""), day)
    except (ConfigurationError, UsageError):
        return None  # of this commit there is no such version
    is_head = there.head == found.oid
    return made.plan if made.plan.collects and made.plan.makes_commit != is_head else None


async def _is_tagged(project: Project, plan: Plan) -> bool:
    refs = [f"refs/tags/{tag}" for tag in plan.tags]
    return bool(refs and await project.git.remote_refs(project.remote, *refs))


async def _see_that_it_is(project: Project, plan: Plan, found: _Candidate) -> None:
    """See that a candidate is the commit that is planned.

    Raises:
        ConflictError: It is not.
    """
    if not plan.makes_commit:
        return
    git, planned = project.git, commit_step.planned(plan)
    parents = (await git.text("log", "-1", "--format=%P", found.oid, "--")).split()
    strange = await planned_commit.strange_paths(planned, found.oid, git)
    if parents == [plan.base] and not strange:
        return
    branch, name = plan.candidate_branch, project.remote.name
    raise ConflictError(
        f"{branch} on {name} is not what this project would release as {plan.label}: "
        f"{', '.join(strange) or 'its parents'}",
        cure=f"see what it is: git fetch {name} {branch} && git log -p -1 FETCH_HEAD; finish the release in "
        f"the clone that began it, or remove it: git push {name} --delete {branch}",
    )


async def _remember(there: Project, plan: Plan, found: _Candidate, emit: Emit) -> None:
    """Have this clone know of the release as the one that began it does; its tags are made anew here."""
    async with opening.reopen_release(there, plan, emit) as context:
        await there.git.set_ref(context.workspace.commit_ref, found.oid, ABSENT)
        if plan.following:
            await worktree.add(there.git, context.workspace.tree, found.oid)
        release = await _made(Release(plan, context, Results()), plan.route.before[0])
        context.workspace.journal.begin(plan, release.made, await _when(context, found))


async def _made(release: Release, step: str) -> Release:
    """What the first step of the route gives, with the commit that is there already."""
    for number in range(len(release.effects(step))):
        effect = release.effects(step)[number]
        probed = await effect.probe()
        if probed.state is not State.DONE:
            await effect.perform()
            probed = await release.effects(step)[number].probe()
        release = release.having(*probed.gives)
    return release


async def _when(context: Context, found: _Candidate) -> float:
    return float(await context.git.text("log", "-1", "--format=%ct", found.oid, "--"))
