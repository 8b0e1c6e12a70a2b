"""Pushes the release commit to a branch of its own, and asks for it to be merged: both can be taken back.

What is there already is never edited: others may have written into the request, or pushed to its branch.
"""

import shlex
from dataclasses import replace
from functools import partial

from release_async.base.errors import FailedError
from release_async.external.git import remote_errors
from release_async.external.git.git_commands import ABSENT
from release_async.external.git.remote_errors import Request
from release_async.external.github.gh_api import Obstacle
from release_async.plan import merge_request
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed, State
from release_async.plan.merge_request import MergeRequest, MergeRequests, source_branch
from release_async.plan.plan import Plan
from release_async.release import proposal_refs
from release_async.release.answered import answered
from release_async.release.steps.push import is_where_it_was
from release_async.run.context import Context
from release_async.run.step_results import Proposal, ReleaseCommit, Results

TITLE = "Propose"
NEEDS = (ReleaseCommit,)
GIVES = (Proposal,)
PATIENCE = 15.0
RETRY_TIMEOUT = 150.0
"""Seconds for which the forge is asked again: it has too many askers for a minute, or bad seconds."""
PLAN_FILE = "plan.json"
"""The file that holds the plan, in a commit of its own on top of the release commit."""


def skipped(plan: Plan, context: Context, made: Results) -> str:  # noqa: ARG001 - as every step
    """Never skipped: whoever has to merge it has to see it."""
    return ""


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """The plan as an object, the push of it and of the release commit, and the request."""
    source = source_branch(plan)
    return (
        Effect(
            name="plan beside the release commit",
            probe=partial(_recorded, context, made),
            perform=partial(_record, plan, context, made),
        ),
        Effect(
            name=f"push {source} to {plan.remote}",
            probe=answered(partial(_pushed, plan, context, made)),
            perform=partial(_push, plan, context, made),
            manual=(shlex.join(("git", "push", plan.remote, f"{_commit(made)}:refs/heads/{source}")),),
            public=True,
            patience=PATIENCE,
            noun="push",
            undo=partial(_take_branch_back, plan, context, made),
        ),
        Effect(
            name=f"request to merge {source} into {plan.branch}",
            probe=answered(partial(_opened, plan, context, made)),
            perform=partial(_open, plan, context, made),
            manual=_by_hand(plan, context),
            public=True,
            patience=PATIENCE,
            retry_timeout=RETRY_TIMEOUT,
            noun="request",
            undo=partial(_close, plan, context, made),
        ),
    )


def _commit(made: Results) -> str:
    """The commit that is proposed, also when it has been merged as another one."""
    proposal = made.find(Proposal)
    return proposal.commit if proposal else made.commit


def _by_hand(plan: Plan, context: Context) -> tuple[str, ...]:
    found = context.forge.found
    if found.repository is None:
        return ()
    return (found.repository.pull_request(source_branch(plan), plan.branch, f"Release {plan.versions}"),)


async def requests_of(context: Context) -> MergeRequests:
    """The requests on the forge.

    Raises:
        FailedError: It cannot be used.
    """
    found = await context.merge_requests()
    if isinstance(found, Obstacle):
        raise FailedError(found.what, cure=found.cure or "push to a remote whose requests can be opened")
    return found


async def _recorded(context: Context, made: Results) -> Probed:
    oid = await context.git.oid(context.workspace.plan_ref)
    if not oid:
        return NOT_DONE
    return DONE if made.find(Proposal) else replace(DONE, gives=(Proposal(made.commit, oid),))


async def _record(plan: Plan, context: Context, made: Results) -> None:
    """Make the object; an index of its own keeps the person's out of it (git, GIT_INDEX_FILE).

    Made again, where somebody has deleted our refs here, it is the same one: its time is the commit's.
    """
    file, index = context.workspace.directory / PLAN_FILE, context.workspace.directory / "plan.index"
    file.write_text(merge_request.text(plan), encoding="utf-8")
    time = await context.git.text(
        "show", "--no-patch", "--no-show-signature", "--format=%cd", "--date=raw", made.commit
    )
    dates = {"GIT_AUTHOR_DATE": time, "GIT_COMMITTER_DATE": time}
    alone = context.git.at(context.git.root, GIT_INDEX_FILE=str(index), **dates)
    blob = await alone.text("hash-object", "-w", "--no-filters", "--", str(file))
    index.unlink(missing_ok=True)
    await alone.text("update-index", "--add", "--cacheinfo", f"100644,{blob},{PLAN_FILE}")
    tree = await alone.text("write-tree")
    title = f"Plan of {plan.label}"
    oid = await alone.text("commit-tree", "--no-gpg-sign", "-p", made.commit, "-m", title, tree)
    await context.git.set_ref(context.workspace.plan_ref, oid, ABSENT)


async def _pushed(plan: Plan, context: Context, made: Results) -> Probed:
    """Whether both are there; the branch alone may be gone again, for a forge deletes what was merged.

    Where both are gone, another clone may have finished the release or given it up: what is merged or closed
    is not pushed again.
    """
    proposal = made.get(Proposal)
    await is_where_it_was(plan, context)
    there = await proposal_refs.on_remote(plan, context)
    if there.record == proposal.record:
        return DONE
    if there.branch in {"", proposal.commit}:
        request = await look(plan, context, made) if context.workspace.journal.begun else None
        return NOT_DONE if request is None or request.is_open else DONE
    source = source_branch(plan)
    return Probed(
        State.CONFLICT,
        f"{plan.remote} has a branch {source} that is not ours",
        f"see what it is: git fetch {plan.remote} {source} && git log FETCH_HEAD; if it is of no use: "
        f"git push {plan.remote} --delete {source}",
    )


async def _push(plan: Plan, context: Context, made: Results) -> None:
    proposal, ref = made.get(Proposal), proposal_refs.branch_ref(plan)
    refs = (f"{proposal.commit}:{ref}", f"{proposal.record}:{context.workspace.plan_ref}")
    pushing = replace(context.workspace.pushing, on_line=context.line_sink("propose"))
    pushed = await pushing.push("--atomic", "--no-follow-tags", "--", plan.remote, *refs)
    if not pushed.ok:
        by_hand = shlex.join(("git", "push", "--dry-run", plan.remote, refs[0]))
        reading = remote_errors.diagnose(pushed, Request(plan.remote, "push to", by_hand))
        what = f"{plan.remote} did not accept {source_branch(plan)}: {reading.what}"
        raise FailedError(what, cure=reading.cure, detail=pushed.stderr.strip())


async def _take_branch_back(plan: Plan, context: Context, made: Results) -> str:
    return await proposal_refs.remove(plan, context, _commit(made))


async def _opened(plan: Plan, context: Context, made: Results) -> Probed:
    """Whether there is a request of ours, open or not: what has become of it is for the step `merge`."""
    request = await look(plan, context, made)
    if request is None:
        return NOT_DONE
    proposal = replace(made.get(Proposal), request=request, is_new=True)
    return replace(changed_plan(plan, request) or DONE, gives=(proposal,))


async def look(plan: Plan, context: Context, made: Results) -> MergeRequest | None:
    """Our request as the forge shows it now: the merged one, else the open one, else the newest.

    Raises:
        FailedError: The forge did not answer.
    """
    requests = await requests_of(context)
    found = [each for each in await requests.find(source_branch(plan)) if _is_ours(plan, made, each)]
    best = sorted(found, key=lambda each: (each.is_merged, each.is_open, each.number))
    return best[-1] if best else None


def _is_ours(plan: Plan, made: Results, request: MergeRequest) -> bool:
    """Whether it is of this run: by its mark, or where somebody has removed that, by its commit."""
    if not request.is_from_here:
        return False
    mark = merge_request.mark_in(request.body)
    return mark.run == plan.run if mark else request.head == _commit(made)


def changed_plan(plan: Plan, request: MergeRequest) -> Probed | None:
    """What is wrong with a request whose plan is not the one that this release was decided with."""
    mark = merge_request.mark_in(request.body)
    if mark is None or mark.digest == merge_request.digest(plan):
        return None
    return Probed(
        State.CONFLICT,
        f"the text of {request.name} is marked with another plan than this release: {request.address}",
        "somebody has changed it: see who, in the history of the text",
    )


async def _open(plan: Plan, context: Context, made: Results) -> Proposal:
    labels = context.settings.request_labels
    opened = await (await requests_of(context)).open(merge_request.draft(plan, labels))
    return replace(made.get(Proposal), request=opened, is_new=True)


async def _close(plan: Plan, context: Context, made: Results) -> str:
    """Close it where it is open; what is merged stays so."""
    request = await look(plan, context, made)
    if request is None:
        return ""
    if not request.is_open:
        return f"{request.name} is {'merged' if request.is_merged else 'closed'} already: {request.address}"
    comment = f"The release of {plan.label} was given up. Nothing of it is on {plan.target.name}."
    await (await requests_of(context)).close(request.number, comment)
    return f"{request.name} is closed: {request.address}"
