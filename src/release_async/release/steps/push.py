"""Pushes the released commit to the branch and the tag beside it: both or neither, and never by force."""

import shlex
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from release_async.base.errors import FailedError
from release_async.base.url_credentials import without_credentials
from release_async.external.git import remote_errors
from release_async.external.git.git_commands import Remote
from release_async.external.git.remote_errors import Request
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed, State
from release_async.plan.plan import Plan
from release_async.process.run_process import Completed
from release_async.release.push_beside_protected_branch import push_aside
from release_async.run.context import Context
from release_async.run.step_results import ReleaseCommit, Results, TagObjects

TITLE = "Push"
NEEDS = (ReleaseCommit, TagObjects)
GIVES = ()


def skipped(plan: Plan, context: Context, made: Results) -> str:  # noqa: ARG001 - as every step
    """Skipped where others have merged what is released, and there is no tag."""
    return "" if plan.pushed else "the branch has it, and AUTO_GIT_TAG is false"


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """One atomic push of branch and tags, or of the tags alone."""
    what = " and ".join(plan.pushed)
    return (
        Effect(
            name=f"push {what} to {plan.remote}",
            probe=partial(_pushed, plan, context, made),
            perform=partial(_push, plan, context, made),
            manual=(_typed(plan, *refspecs(plan, made)),),
            noun="push",
            public=True,
            patience=15.0,
        ),
    )


def refspecs(plan: Plan, made: Results) -> tuple[str, ...]:
    """What is pushed, by object id: what the user's branch has become meanwhile plays no part."""
    tags = (f"{made.tags[tag]}:refs/tags/{tag}" for tag in plan.tags)
    return (*([f"{made.tip}:refs/heads/{plan.branch}"] if plan.touches_branch else []), *tags)


def words(plan: Plan, pushed: Sequence[str]) -> tuple[str, ...]:
    """What git is told to push: all or none; one ref alone needs no server that can do so.

    Args:
        plan: The release.
        pushed: The refspecs.
    """
    atomic = ("--atomic",) if len(pushed) > 1 else ()
    return (*atomic, "--no-follow-tags", "--", plan.remote, *pushed)


async def is_where_it_was(plan: Plan, context: Context) -> Remote:
    """See that the remote is pushed to where the person was shown it would be.

    Returns:
        The remote as it is now.

    Raises:
        FailedError: Its push URL has changed, by itself or by ``pushInsteadOf``.
    """
    remote = await context.git.remote(plan.remote)
    now = without_credentials(remote.push_url)
    if now != plan.remote_url:
        raise FailedError(
            f"{plan.remote} is pushed to {now or 'nowhere'} now, and the plan says {plan.remote_url}",
            cure=f"set it back: git remote set-url --push {plan.remote} {plan.remote_url}",
        )
    return remote


async def _pushed(plan: Plan, context: Context, made: Results) -> Probed:
    branch, tags = f"refs/heads/{plan.branch}", {f"refs/tags/{tag}": made.tags[tag] for tag in plan.tags}
    try:
        remote = await is_where_it_was(plan, context)
        there = await context.git.remote_refs(remote, branch, *tags)
        landed = not plan.touches_branch or await _has_commit(
            plan, context, made.tip, (remote, there.get(branch, ""))
        )
    except FailedError as error:
        return Probed(State.UNKNOWN, error.what, error.cure)
    for ref, oid in tags.items():
        if there.get(ref, oid) != oid:
            return not_our_tag(ref.removeprefix("refs/tags/"), plan.remote)
    if landed and there.keys() >= tags.keys():
        return DONE
    missing = [f"{oid}:{ref}" for ref, oid in tags.items() if ref not in there]
    if landed and plan.touches_branch:
        return Probed(State.NOT_DONE, manual=(_typed(plan, *missing),))
    if plan.touches_branch and await _has_gone_on(context, made.tip, there.get(branch, "")):
        aside = f"{made.tip}:refs/heads/release/{plan.packages[0].version}"
        return Probed(State.NOT_DONE, manual=tuple(_typed(plan, ref) for ref in (*missing, aside)))
    return NOT_DONE


async def _has_gone_on(context: Context, commit: str, tip: str) -> bool:
    """Whether others have pushed what the commit does not have: then it can only be pushed beside that."""
    return bool(tip) and not await context.git.contains(commit, tip)


def _typed(plan: Plan, *pushed: str) -> str:
    return shlex.join(("git", "push", *words(plan, pushed)))


def not_our_tag(tag: str, where: str) -> Probed:
    """What is said of a place that has another object under the name of our tag."""
    cure = "somebody else has made it: a person must decide which of the two to keep"
    return Probed(State.CONFLICT, f"{where} has a tag {tag} that is not ours", cure)


async def _has_commit(plan: Plan, context: Context, commit: str, seen: tuple[Remote, str]) -> bool:
    """Whether the remote's branch, seen at a tip, has the commit; fetches what others pushed on top."""
    remote, tip = seen
    if tip in {"", plan.base, commit}:
        return tip == commit
    upstream = context.workspace.upstream_ref
    (await context.git.fetch_private(remote, plan.branch, upstream)).checked()
    return await context.git.contains(upstream, commit)


async def _push(plan: Plan, context: Context, made: Results) -> None:
    pushing = replace(context.workspace.pushing, on_line=context.line_sink("push"))
    pushed = await pushing.push(*words(plan, await _missing(plan, context, made)))
    if pushed.ok:
        return
    refused = _refused(pushed)
    if f"refs/heads/{plan.branch}" in refused:
        await push_aside(plan, context, made, pushed)
    what, cure = _against_a_rule(plan, refused) if refused else _not_taken(plan, made, pushed)
    raise FailedError(what, cure=cure, detail=pushed.stderr.strip())


async def _missing(plan: Plan, context: Context, made: Results) -> tuple[str, ...]:
    """The refspecs without the branch, where HEAD was released as it is and others have gone on from it."""
    if plan.makes_commit or not plan.tags or not plan.touches_branch:
        return refspecs(plan, made)
    branch, *tags = refspecs(plan, made)
    remote, ref = await context.git.remote(plan.remote), f"refs/heads/{plan.branch}"
    tip = (await context.git.remote_refs(remote, ref)).get(ref, "")
    there = await _has_commit(plan, context, made.tip, (remote, tip))
    return tuple(tags) if there else (branch, *tags)


def _against_a_rule(plan: Plan, refused: tuple[str, ...]) -> tuple[str, str]:
    names = ", ".join(ref.removeprefix("refs/tags/") for ref in refused)
    what = f"{plan.remote} refused {names}, so nothing was pushed"
    return what, f"change the rule or hook of {names} there"


def _not_taken(plan: Plan, made: Results, pushed: Completed) -> tuple[str, str]:
    by_hand = shlex.join(("git", "push", "--dry-run", plan.remote, refspecs(plan, made)[0]))
    reading = remote_errors.diagnose(pushed, Request(plan.remote, "push to", by_hand))
    return f"{plan.remote} did not accept the push of {plan.pushed[0]}: {reading.what}", reading.cure


def _refused(pushed: Completed) -> tuple[str, ...]:
    """The refs that the remote has said No to, rather than nothing (git-push, OUTPUT).

    Of an atomic push those are left out that only go down with another one; a lock is no answer at all.
    """
    if remote_errors.is_locked(pushed):
        return ()
    lines = (line.split("\t") for line in pushed.stdout.splitlines() if line.startswith("!"))
    told = [(line[1].partition(":")[2], line[-1]) for line in lines if len(line) > 1]
    return tuple(ref for ref, why in told if "atomic push fail" not in why)
