"""Waits until continuous integration is green for the commit that is released, before it is tagged.

The commit is asked for by its id: what runs for the newest one says nothing. No check at all is not green
either: it may only not have begun yet.
"""

from collections.abc import Iterator
from functools import partial

from release_async.plan.effect import DONE, AwaitedAction, Effect, Probed, State, left_to_others, waits_for
from release_async.plan.merge_request import CommitChecks
from release_async.plan.plan import Plan
from release_async.release import build_place
from release_async.release.answered import answered
from release_async.release.steps.propose import RETRY_TIMEOUT, requests_of
from release_async.run.context import Context
from release_async.run.step_results import Merged, Proposal, ReleaseCommit, Results

TITLE = "Continuous integration"
NEEDS = (ReleaseCommit,)
GIVES = ()
BEGIN_WITHIN = 600.0
"""Seconds in which a first check is shown, also where the machines of CI are busy."""


def skipped(plan: Plan, context: Context, made: Results) -> str:  # noqa: ARG001 - as every step
    """Never skipped: a route has it only where it is wanted."""
    return ""


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """The checks of the commit, and what is needed to build it after a wait."""
    return (
        Effect(
            name=f"checks of {_judged(plan, made)[:12]}",
            probe=answered(partial(_green, plan, context, made)),
            perform=left_to_others,
            retry_timeout=RETRY_TIMEOUT,
        ),
        *(
            ()
            if plan.is_by_ci
            else build_place.effects(plan, context, "the commit", lambda: made.get(ReleaseCommit).oid)
        ),
    )


def _judged(plan: Plan, made: Results) -> str:
    """The commit whose checks count."""
    return plan.base if plan.route.awaits_parent else made.get(ReleaseCommit).oid


async def _green(plan: Plan, context: Context, made: Results) -> Probed:
    commit = _judged(plan, made)
    seen = await _checks(context, made, commit)
    failed = tuple(f"the check {name}, failed" for name in seen.failed)
    if seen.passed and not (seen.failed or seen.pending):
        return DONE
    if seen.failed and not seen.pending:
        return Probed(
            State.CONFLICT,
            f"CI is red for {commit[:12]}: {', '.join(seen.failed)}",
            f"run it again if that was by chance: {seen.address}; else give this release up, and fix it",
        )
    if not (seen.failed or seen.pending) and await _is_late(context, commit):
        return _none(plan, commit, seen)
    recorded = context.workspace.journal.recorded
    waiting = AwaitedAction(
        what=f"the checks of {commit[:12]}",
        since=recorded.begun if recorded else 0.0,
        address=seen.address,
        who=(*failed, *_awaited(seen)),
    )
    return waits_for(waiting)


def _awaited(seen: CommitChecks) -> Iterator[str]:
    yield from (f"the check {name}, running" for name in seen.pending)
    if not (seen.failed or seen.pending or seen.passed):
        yield "no check has begun"


async def _is_late(context: Context, commit: str) -> bool:
    """Whether a check would be there by now: since the commit was made, and since it was first asked for."""
    recorded, show = context.workspace.journal.recorded, ("show", "--no-patch", "--no-show-signature")
    made = await context.git.run(*show, "--format=%ct", commit)
    now = context.index.now()
    since = max(float(made.stdout) if made.ok else now, recorded.begun if recorded else now)
    return now - since > BEGIN_WITHIN


def _none(plan: Plan, commit: str, seen: CommitChecks) -> Probed:
    """Nothing runs for this commit, as far as can be told: for a person to decide."""
    minutes = int(BEGIN_WITHIN / 60)
    when = f"on a push of {plan.candidate_branch}" if plan.checked_as_candidate else "for it"
    parent = 'for the checks of its parent ci = "parent", without any ' if plan.checked_as_candidate else ""
    return Probed(
        State.CONFLICT,
        f"no check of {commit[:12]} has begun in {minutes} minutes",
        f"see whether a workflow runs {when}: {seen.address}; if none does, give it up and set {parent}"
        'ci = "off" in [tool.release-async]',
    )


async def _checks(context: Context, made: Results, commit: str) -> CommitChecks:
    """The checks of the commit; where it has none and holds what was proposed, those of the request."""
    requests = await requests_of(context)
    seen, merged, proposal = await requests.checks(commit), made.find(Merged), made.find(Proposal)
    if seen.failed or seen.pending or seen.passed or merged is None or proposal is None:
        return seen
    trees = [await context.git.oid(f"{oid}^{{tree}}") for oid in (merged.oid, merged.request.head)]
    same = trees[0] == (trees[1] or await context.git.oid(f"{proposal.commit}^{{tree}}"))
    return await requests.checks(merged.request.head) if same else seen
