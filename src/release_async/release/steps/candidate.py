"""Pushes the release commit without a tag, for CI to check or to build exactly that: it can be taken back.

The run is the one that the forge names when it is asked to start it. A forge that does not name it is asked
for those of this commit, branch, event and workflow that are newer than what was there before.
"""

import shlex
import time
from dataclasses import replace
from functools import partial

from release_async.base.errors import FailedError
from release_async.external.git import remote_errors
from release_async.external.git.remote_errors import Request
from release_async.external.github.gh_api import Forge, Obstacle
from release_async.external.github.responses import HOST
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed, State
from release_async.plan.plan import Plan
from release_async.release import candidate_ref
from release_async.release.answered import answered
from release_async.release.steps.propose import RETRY_TIMEOUT
from release_async.release.steps.push import is_where_it_was
from release_async.run.candidate_builds import CandidateBuilds
from release_async.run.context import Context
from release_async.run.step_results import BuildRun, ReleaseCommit, Results

TITLE = "Candidate"
NEEDS = (ReleaseCommit,)
GIVES = (BuildRun,)
PATIENCE = 15.0
_MORE = 10.0
"""Seconds beyond that in which a run is not shown, so that another start follows in the same run of ours."""


def skipped(plan: Plan, context: Context, made: Results) -> str:  # noqa: ARG001 - as every step
    """Never skipped: CI knows only what was pushed."""
    return ""


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """The push of the commit, and where CI builds the start of the workflow that does."""
    push = Effect(
        name=f"push {plan.candidate_branch} to {plan.remote}",
        probe=partial(_pushed, plan, context, made),
        perform=partial(_push, plan, context, made),
        manual=(shlex.join(("git", "push", plan.remote, f"{made.commit}:{candidate_ref.ref(plan)}")),),
        public=True,
        patience=PATIENCE,
        noun="push",
        undo=partial(_take_branch_back, plan, context, made),
    )
    return (push, _starting(plan, context, made)) if plan.collects else (push,)


def _starting(plan: Plan, context: Context, made: Results) -> Effect:
    return Effect(
        name=_start_name(plan, context),
        probe=answered(partial(_started, plan, context, made)),
        perform=partial(_start, plan, context, made),
        manual=_by_hand(plan, context),
        public=True,
        patience=context.settings.visible_timeout + _MORE,
        retry_timeout=RETRY_TIMEOUT,
        noun="start of the build",
        undo=partial(_end_run, plan, context, made),
    )


def _start_name(plan: Plan, context: Context) -> str:
    return f"start {context.settings.build_workflow} on {plan.candidate_branch}"


def _by_hand(plan: Plan, context: Context) -> tuple[str, ...]:
    found = context.forge.found
    if not isinstance(found, Forge):
        return ()
    words = ("gh", "workflow", "run", context.settings.build_workflow, "--ref", plan.candidate_branch)
    return (shlex.join((*words, "--repo", f"{HOST}/{found.repository}")),)


async def builds_of(context: Context) -> CandidateBuilds:
    """The CI that builds.

    Raises:
        FailedError: It cannot be asked.
    """
    found = await context.candidate_builds()
    if isinstance(found, Obstacle):
        raise FailedError(found.what, cure=found.cure or "push to a remote on github.com")
    return found


async def _pushed(plan: Plan, context: Context, made: Results) -> Probed:
    commit = made.get(ReleaseCommit).oid
    try:
        await is_where_it_was(plan, context)
        there = await candidate_ref.on_remote(plan, context)
    except FailedError as error:
        return Probed(State.UNKNOWN, error.what, error.cure)
    if there in {"", commit}:
        return DONE if there else NOT_DONE
    branch = plan.candidate_branch
    return Probed(
        State.CONFLICT,
        f"{plan.remote} has a branch {branch} that is not ours",
        f"see what it is: git fetch {plan.remote} {branch} && git log FETCH_HEAD; if it is of no use: "
        f"git push {plan.remote} --delete {branch}",
    )


async def _push(plan: Plan, context: Context, made: Results) -> None:
    ref = candidate_ref.ref(plan)
    refspec, new = f"{made.get(ReleaseCommit).oid}:{ref}", f"--force-with-lease={ref}:"
    pushing = replace(context.workspace.pushing, on_line=context.line_sink("candidate"))
    pushed = await pushing.push("--no-follow-tags", new, "--", plan.remote, refspec)
    if not pushed.ok:
        by_hand = shlex.join(("git", "push", "--dry-run", plan.remote, refspec))
        reading = remote_errors.diagnose(pushed, Request(plan.remote, "push to", by_hand))
        what = f"{plan.remote} did not accept {plan.candidate_branch}: {reading.what}"
        raise FailedError(what, cure=reading.cure, detail=pushed.stderr.strip())


async def _take_branch_back(plan: Plan, context: Context, made: Results) -> str:
    return await candidate_ref.remove(plan, context, made.get(ReleaseCommit).oid)


async def _started(plan: Plan, context: Context, made: Results) -> Probed:
    """Whether there is a run; one that was asked for and is not shown yet is waited for."""
    run = made.find(BuildRun)
    if run and run.number:
        return DONE
    newer = [each for each in await _runs(plan, context, made) if each > (run.after if run else 0)]
    if newer:
        return replace(DONE, gives=(BuildRun(newer[-1]),))
    tried = context.workspace.journal.tried_before(_start_name(plan, context))
    is_late = tried is not None and time.time() > tried + context.settings.visible_timeout
    if run is None and (tried is None or is_late):
        return NOT_DONE
    what = f"the run of {context.settings.build_workflow} for {plan.candidate_branch} is not shown yet"
    return Probed(State.UNKNOWN, what, "wait a minute")


async def _runs(plan: Plan, context: Context, made: Results) -> tuple[int, ...]:
    builds, path = await builds_of(context), context.settings.build_path
    return await builds.started(path, plan.candidate_branch, made.get(ReleaseCommit).oid)


async def _start(plan: Plan, context: Context, made: Results) -> BuildRun:
    before = await _runs(plan, context, made)
    builds = await builds_of(context)
    number = await builds.start(context.settings.build_path, plan.candidate_branch)
    return BuildRun(number, max(before, default=0))


async def _end_run(plan: Plan, context: Context, made: Results) -> str:
    """End the run where it goes on; that a run of no use goes on keeps nobody from giving a release up."""
    try:
        run = made.find(BuildRun)
        number = run.number if run and run.number else max(await _runs(plan, context, made), default=0)
        builds = await builds_of(context)
        found = await builds.run(number) if number else None
        if found is None or found.is_over:
            return ""
        await builds.cancel(number)
    except FailedError as error:
        return f"the run that builds it is left alone: {error.what}"
    return f"the run {number} that builds it is ended"
