"""Finds a release that was proposed in another clone, and has this one remember it, if it can be believed.

Nothing in a plan that lies on the remote is believed because it lies there: it has to be the one that the
request is marked with, and the one that this tool makes of the same commit for the same version.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import anyio

from release_async.base.errors import ConflictError, FailedError, ReleaseAsyncError
from release_async.base.url_credentials import without_credentials
from release_async.external.git.git_commands import Git
from release_async.external.github.gh_api import ForgeConnection, Obstacle
from release_async.external.github.pull_requests import PullRequests
from release_async.plan import merge_request, plan as planning
from release_async.plan.merge_request import MergeRequest, MergeRequests, mark_in, source_branch
from release_async.plan.plan import Plan
from release_async.plan.route import ROUTES
from release_async.release.steps.propose import PLAN_FILE
from release_async.run import lock, plan_decision, project as projects, run_directories
from release_async.run.journal import Journal
from release_async.run.project import Project
from release_async.run.step_results import ReleaseCommit, Results

_REF = re.compile(rf"{run_directories.REFS}/(\d{{8}}-\d{{6}}-[0-9a-f]{{6}})/plan")
"""A run is a directory here, too: no other name becomes one."""
_ROUTES = tuple(route for route in ROUTES.values() if "propose" in route.steps)
_SEE = "see what the plan is of, and by whom: git log -1 --format=fuller"


@dataclass(frozen=True, slots=True)
class _Found:
    """A plan on the remote, by the run that has put it there, and what the remote is called here."""

    run: str
    record: str
    remote: str

    @property
    def ref(self) -> str:
        """The ref that it has here and there."""
        return f"{run_directories.REFS}/{self.run}/plan"


async def adopt(project: Project, environ: Mapping[str, str]) -> Plan | None:
    """Find the release that waits for its merge into the project's branch, and remember it here.

    Args:
        project: The project in this clone, of which nothing is unfinished.
        environ: The environment of this run.

    Returns:
        Its plan; None where there is none.

    Raises:
        ConflictError: There is one, and it cannot be believed.
        FailedError: The remote or the forge did not answer.
        RefusedError: A release is running in this clone.
    """
    for found in await _listed(project):
        asking = project.git.at(project.git.root, *project.remote.pushed_place_config)
        refspec = f"+{found.ref}:{found.ref}"
        fetched = await asking.run(*_FETCH, "--", project.remote.pushed_place, refspec)
        fetched.checked(f"see that it can be read: git ls-remote {project.remote.name}")
        kept = False
        try:
            plan = await _read(project, found)
            if plan.branch == project.settings.branch:
                request = await _believed(project, (plan, found), environ)
                await _remember(project.git, (plan, found), request)
                kept = True
                return plan
        finally:
            if not kept:
                with anyio.CancelScope(shield=True):
                    await project.git.delete_ref(found.ref)
    return None


_FETCH = ("fetch", "--quiet", "--no-write-fetch-head", "--no-tags", "--no-auto-maintenance", "--refmap=")


async def _listed(project: Project) -> list[_Found]:
    """The plans that the remote has, the newest first."""
    asking = project.git.at(project.git.root, *project.remote.pushed_place_config)
    pattern = f"{run_directories.REFS}/*/plan"
    answer = await asking.run("ls-remote", "--", project.remote.pushed_place, pattern)
    answer.checked(f"see that it can be read: git ls-remote {project.remote.name}")
    lines = (line.split("\t") for line in answer.stdout.splitlines())
    name = project.remote.name
    found = [_Found(match[1], oid, name) for oid, ref in lines if (match := _REF.fullmatch(ref))]
    return sorted(found, key=lambda each: each.run, reverse=True)


async def _read(project: Project, found: _Found) -> Plan:
    """The plan as it is written there, with what belongs to this clone.

    Raises:
        ConflictError: It is none that this tool has written.
    """
    written = await project.git.run("cat-file", "blob", f"{found.record}:{PLAN_FILE}")
    try:
        plan = planning.recalled(json.loads(written.stdout))
        whole = merge_request.text(plan) == written.stdout
    except (LookupError, TypeError, ValueError, AttributeError):
        whole = False
    if not whole or plan.run != found.run or plan.route not in _ROUTES:
        raise _doubtful(found, "is none that this version of release-async has written")
    here = without_credentials(project.remote.push_url)
    return replace(plan, remote_url=here, keep_artifacts=not project.settings.clean_build_artifacts)


def _doubtful(found: _Found, why: str) -> ConflictError:
    return ConflictError(
        f"the plan {found.record[:12]} that waits on the remote {why}",
        cure=f"{_SEE} {found.record[:12]}; finish the release in the clone that began it, or remove the "
        f"plan: git push {found.remote} --delete {found.ref}",
    )


async def _believed(project: Project, told: tuple[Plan, _Found], environ: Mapping[str, str]) -> MergeRequest:
    """The request of a plan, once both are known to belong together and to the project.

    Raises:
        ConflictError: They do not.
    """
    plan, found = told
    git = project.git
    commit = await git.oid(f"{found.record}^")
    base = await git.oid(f"{commit}^")  # nothing that a plan says is given to git before it is believed
    changed = (await git.text("diff", "--name-only", "-z", "--no-renames", base, commit)).split("\0")
    if base != plan.base or set(filter(None, changed)) - set(plan.edited_paths):
        raise _doubtful(found, "does not belong to its release commit")
    ours = [
        each
        for each in await (await _requests(project)).find(source_branch(plan))
        if each.is_from_here and mark_in(each.body) == (plan.run, merge_request.digest(plan))
    ]
    if not ours:
        raise _doubtful(found, f"is not the one that a request from {source_branch(plan)} is marked with")
    if different := await _other_than_ours(project, plan, environ):
        raise _doubtful(found, f"is not what this project would release: {', '.join(different)}")
    return ours[0]


async def _requests(project: Project) -> MergeRequests:
    url, timeout = without_credentials(project.remote.push_url), project.settings.network_timeout
    forge = await ForgeConnection(url, project.forge_env, timeout).connect()
    if isinstance(forge, Obstacle):
        raise FailedError(forge.what, cure=forge.cure or "push to a remote whose requests can be seen")
    return PullRequests(forge)


async def _other_than_ours(project: Project, plan: Plan, environ: Mapping[str, str]) -> tuple[str, ...]:
    """What of a plan does not follow from its commit and its version."""
    version = plan.packages[0].version
    try:
        there = await projects.reopen_project(project.git, plan, environ)
        page = plan.page and await _page(project)
        made = (await plan_decision.decide(there, version, page, plan.released)).plan
    except ReleaseAsyncError as error:
        return (error.what,)
    return merge_request.differences(replace(made, run=plan.run), plan)


async def _page(project: Project) -> str:
    url, timeout = without_credentials(project.remote.push_url), project.settings.network_timeout
    return str(await ForgeConnection(url, project.forge_env, timeout).repository() or "")


async def _remember(git: Git, told: tuple[Plan, _Found], request: MergeRequest) -> None:
    """Have this clone know of the release as the one that began it does."""
    plan, found = told
    home, commit = await run_directories.home_of(git), await git.oid(f"{found.record}^")
    with lock.held(home):
        directory = home / plan.run
        await anyio.to_thread.run_sync(lambda: directory.mkdir(mode=0o700, exist_ok=True))
        await git.text("update-ref", f"{run_directories.REFS}/{plan.run}/commit", commit)
        Journal(directory).begin(plan, Results(ReleaseCommit(commit)), request.opened)
