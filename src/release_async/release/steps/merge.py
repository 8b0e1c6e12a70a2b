"""Waits until others have merged the proposal, and takes what they have merged for what is released.

Whichever way it was merged: the commit is the one that the request names, never a branch's tip, and what it
holds decides, not how it came about.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import anyio

from release_async.base.errors import FailedError, UncertainError
from release_async.external.git.git_commands import ABSENT
from release_async.plan import preview
from release_async.plan.effect import DONE, NOT_DONE, AwaitedAction, Effect, Probed, State, waits_for
from release_async.plan.events import Note, PlanMade
from release_async.plan.merge_request import MergeRequest, source_branch
from release_async.plan.plan import Package, Plan
from release_async.release import build_place, tag_objects
from release_async.release.answered import answered
from release_async.release.steps.propose import RETRY_TIMEOUT, changed_plan, look, requests_of
from release_async.repository import snapshot
from release_async.run.context import Context
from release_async.run.step_results import Agreed, Merged, Proposal, ReleaseCommit, Results, TagObjects
from release_async.versions import select_distribution, tagged_copies
from release_async.versions.distribution import Tree
from release_async.versions.pep440 import parse

TITLE = "Merge"
NEEDS = (Proposal,)
GIVES = (ReleaseCommit, TagObjects)
_LATE = 1.0
"""Seconds after which a forge is asked again that has merged, and does not show as what."""
_SHOWN = 5


def skipped(plan: Plan, context: Context, made: Results) -> str:  # noqa: ARG001 - as every step
    """Never skipped: what is released is what the branch has."""
    return ""


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """The merge, its commit here and judged, and what is needed to build and to tag it."""
    source = source_branch(plan)
    return (
        Effect(
            name=f"merge of {source} into {plan.branch}",
            probe=answered(partial(_merged, plan, context, made)),
            perform=partial(_cannot_merge, plan),
            retry_timeout=RETRY_TIMEOUT,
        ),
        Effect(
            name="the merged commit",
            probe=partial(_fetched, context, made),
            perform=partial(_fetch, plan, context, made),
            retry_timeout=RETRY_TIMEOUT,
        ),
        Effect(
            name="what was merged is what was planned",
            probe=partial(_judged, plan, context, made),
            perform=partial(_agree, context, made),
        ),
        *build_place.effects(plan, context, "the merged commit", lambda: made.get(Merged).oid),
        *tag_objects.effects(plan, context, made),
    )


async def _merged(plan: Plan, context: Context, made: Results) -> Probed:
    """Whether it is merged, and for whom it waits; an answer that was just given is not asked for again."""
    proposal = made.get(Proposal)
    request = proposal.request if proposal.is_new else await look(plan, context, made)
    if request is None:
        source = source_branch(plan)
        cure = f"see whether it is there: git ls-remote {plan.remote} {source}"
        return Probed(State.UNKNOWN, f"the request to merge {source} is not shown", cure)
    seen = replace(proposal, request=request, is_new=False)
    probed = changed_plan(plan, request) or await _state(plan, context, request)
    return replace(probed, gives=(*probed.gives, seen))


async def _state(plan: Plan, context: Context, request: MergeRequest) -> Probed:
    if request.target != plan.branch:
        led = "was merged into" if request.is_merged else "leads to"
        what = f"{request.name} {led} {request.target}, and this is a release of {plan.branch}"
        cure = "give this release up" if request.is_merged else f"set it back to {plan.branch}"
        return Probed(State.CONFLICT, what, f"{cure}: {request.address}")
    if request.is_open:
        who = await (await requests_of(context)).awaited(request)
        what = f"the merge of {request.name} into {plan.branch}"
        return waits_for(AwaitedAction(what, request.opened, request.address, who))
    if not request.is_merged:
        return Probed(
            State.CONFLICT, f"{request.name} was closed and not merged", f"reopen it: {request.address}"
        )
    if not request.merged_as:
        what = f"{request.name} is merged, and as which commit is not told yet"
        return Probed(State.UNKNOWN, what, "wait a minute", wait=_LATE)
    return replace(DONE, gives=(Merged(request.merged_as, request),))


async def _cannot_merge(plan: Plan) -> None:
    """Nobody but those who may does it.

    Raises:
        FailedError: Always.
    """
    raise FailedError(f"{source_branch(plan)} is merged by others", cure="merge it where it was opened")


async def _fetched(context: Context, made: Results) -> Probed:
    there = await context.git.oid(context.workspace.merged_ref)
    return DONE if there == made.get(Merged).oid else NOT_DONE


async def _fetch(plan: Plan, context: Context, made: Results) -> None:
    """Fetch the branch, and see that it has the commit: a forge may name one before it shows it there.

    Raises:
        UncertainError: It has not, yet.
    """
    oid, ref = made.get(Merged).oid, context.workspace.merged_ref
    remote, upstream = await context.git.remote(plan.remote), context.workspace.upstream_ref
    (await context.git.fetch_private(remote, plan.branch, upstream)).checked(
        f"see that it can be read: git fetch {plan.remote} {plan.branch}"
    )
    if not await context.git.contains(upstream, oid):
        raise UncertainError(
            f"{plan.branch} on {plan.remote} does not have {oid[:12]} yet, which "
            f"{made.get(Merged).request.name} was merged as",
            cure="wait a minute",
            wait=_LATE,
        )
    await context.git.set_ref(ref, oid, await context.git.oid(ref) or ABSENT)


async def _judged(plan: Plan, context: Context, made: Results) -> Probed:
    """Whether the merged tree is the planned one; what came in beside it is shown, and asked about."""
    merged, commit = made.get(Merged), made.get(Proposal).commit
    given = replace(DONE, gives=(ReleaseCommit(merged.oid),))
    tree = await context.git.oid(f"{merged.oid}^{{tree}}")
    if tree == await context.git.oid(f"{commit}^{{tree}}") or made.find(Agreed) == Agreed(tree):
        return given
    wrong = await anyio.to_thread.run_sync(_not_as_planned, plan, context, merged.oid)
    if wrong:
        return Probed(
            State.CONFLICT,
            f"{merged.request.name} was merged with other versions than planned: {', '.join(wrong)}",
            f"see the difference: git diff {commit[:12]} {merged.oid[:12]}; correct them on {plan.branch}, "
            "give this release up, and release what is there then",
        )
    return await _asked(plan, context, (commit, merged.oid))


async def _asked(plan: Plan, context: Context, compared: tuple[str, str]) -> Probed:
    """The plan once more, and what came in beside it, for a person to agree to."""
    commit, merged = compared
    differ = (await context.git.text("diff", "--name-only", "-z", "--no-renames", *compared)).split("\0")
    paths = [path for path in differ if path]
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    what = f"{', '.join(paths[:_SHOWN])}{more}"
    context.emit(PlanMade(plan, stages=preview.stages(plan)))
    context.emit(Note(f"beside it {what} came in on {plan.branch}: git diff {commit[:12]} {merged[:12]}"))
    return Probed(
        State.NOT_DONE,
        question=f"Release {plan.label} with what came in beside it on {plan.branch} ({what})?",
    )


async def _agree(context: Context, made: Results) -> Agreed:
    """Take the person's Yes for what was shown."""
    return Agreed(await context.git.oid(f"{made.get(Merged).oid}^{{tree}}"))


def _not_as_planned(plan: Plan, context: Context, merged: str) -> list[str]:
    """The places that do not state the planned version in the merged commit."""
    with snapshot.revision(context.git.root, merged, context.git.env) as tree:
        return [path for package in plan.packages for path in _wrong_places(package, tree)]


def _wrong_places(package: Package, tree: Tree) -> Iterator[str]:
    found = select_distribution.distribution_at(tree, package.root, package.located)
    found = tagged_copies.with_copies(found, package.version) if package.tag_tool else found
    version = parse(package.version)
    stating = {site.path for site in found.sites if version and site.version and site.agrees(version)}
    yield from (path for path in dict.fromkeys(edit.path for edit in package.edits) if path not in stating)
    for site in found.compared:
        if site.path in stating and not (version and site.version and site.agrees(version)):
            yield f"{site.path}:{site.line}"
