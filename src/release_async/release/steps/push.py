"""Pushes the released commit to the branch and the tag beside it: both or neither, and never by force."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from release_async.base.errors import FailedError
from release_async.base.url_credentials import without_credentials
from release_async.external.git import remote_errors
from release_async.external.git.git_commands import Remote
from release_async.external.git.remote_errors import Request
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed, State
from release_async.plan.plan import Plan
from release_async.process.run_process import Completed
from release_async.release.push_beside_protected_branch import (
    HOW_TO_MERGE,
    SQUASHED,
    Refused,
    aside_branch,
    is_squashed,
    push_apart,
    way_in,
)
from release_async.run.context import Context
from release_async.run.step_results import PushedAside, ReleaseCommit, Results, TagObjects

TITLE = "Push"
NEEDS = (ReleaseCommit, TagObjects)
GIVES = (PushedAside,)


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
    tags = {f"refs/tags/{tag}": made.tags[tag] for tag in plan.tags}
    branches = (f"refs/heads/{plan.branch}", _ASIDE.format(aside_branch(plan)))
    try:
        remote = await is_where_it_was(plan, context)
        there = await context.git.remote_refs(remote, *branches, *tags)
        landed = not plan.touches_branch or await has_commit(
            plan, context, made.tip, (remote, there.get(branches[0], ""))
        )
    except FailedError as error:
        return Probed(State.UNKNOWN, error.what, error.cure)
    for ref, oid in tags.items():
        if there.get(ref, oid) != oid:
            return not_our_tag(plan, ref.removeprefix("refs/tags/"), plan.remote)
    seen = _Seen(plan, made, there, landed=landed)
    gives = (PushedAside(aside_branch(plan)),) if seen.aside else ()
    if landed and there.keys() >= tags.keys():
        return replace(DONE, gives=gives)
    left = replace(seen.what_is_left(), manual=await _by_hand(context, seen), gives=gives)
    if landed or there.get(branches[0], "") in {"", plan.base} or not await is_squashed(context, made.tip):
        return left
    return replace(left, why=SQUASHED, cure=left.cure and f"{left.cure}, once more")


_ASIDE = "refs/heads/{}"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the remote has of a push that is not whole.

    Attributes:
        plan: The release.
        made: What it has made.
        there: The object ids of the refs that are there.
        landed: Whether the branch has the commit, or need not have it.
    """

    plan: Plan
    made: Results
    there: Mapping[str, str]
    landed: bool

    @property
    def aside(self) -> bool:
        """Whether the commit is there under a name of its own, beside a branch that was closed to it."""
        ref = _ASIDE.format(aside_branch(self.plan))
        return self.plan.touches_branch and self.there.get(ref) == self.made.tip

    @property
    def missing(self) -> list[str]:
        """The tags that are not there."""
        return [tag for tag in self.plan.tags if f"refs/tags/{tag}" not in self.there]

    def what_is_left(self) -> Probed:
        """What others can see of it, and what is still to do, in words."""
        plan, missing = self.plan, self.missing
        parts = [plan.branch] * (self.landed and plan.touches_branch)
        parts += [tag for tag in plan.tags if tag not in missing]
        parts += [aside_branch(plan)] * self.aside
        if not parts:
            return NOT_DONE
        pushed = (f"push {' and '.join(parts)} to {plan.remote}",)
        owed = [*([] if self.landed or self.aside else [plan.branch]), *missing]
        rest = [f"push {' and '.join(owed)} to {plan.remote}"] if owed else []
        if self.landed or not self.aside:
            return Probed(State.NOT_DONE, parts=pushed, rest=rest[0])
        merge = f"merge {aside_branch(plan)} into {plan.branch}"
        return Probed(
            State.NOT_DONE,
            parts=pushed,
            rest=" and ".join((*rest, f"{merge} on {plan.remote}")),
            cure=f"{merge} there, {HOW_TO_MERGE}",
        )


async def _by_hand(context: Context, seen: _Seen) -> tuple[str, ...] | None:
    """What a person would type; what the effect says where nothing of it is there, and nobody has gone on."""
    plan, made = seen.plan, seen.made
    missing = [f"{made.tags[tag]}:refs/tags/{tag}" for tag in seen.missing]
    if not plan.touches_branch:
        return None
    if seen.landed:
        return (_typed(plan, *missing),)
    has_gone_on = await _has_gone_on(context, made.tip, seen.there.get(f"refs/heads/{plan.branch}", ""))
    if not (seen.aside or has_gone_on):
        return (_typed(plan, f"{made.tip}:refs/heads/{plan.branch}", *missing),)
    if context.forge.found.repository and not seen.aside:
        missing.append(f"{made.tip}:{_ASIDE.format(aside_branch(plan))}")
    merge = way_in(plan, context, made, has_gone_on=has_gone_on)
    return (*(_typed(plan, ref) for ref in missing), merge)


async def _has_gone_on(context: Context, commit: str, tip: str) -> bool:
    """Whether others have pushed what the commit does not have: then it can only be pushed beside that."""
    return bool(tip) and not await context.git.contains(commit, tip)


def _typed(plan: Plan, *pushed: str) -> str:
    return shlex.join(("git", "push", *words(plan, pushed)))


def not_our_tag(plan: Plan, tag: str, where: str) -> Probed:
    """What is said of a place that has another object under the name of our tag, and what keeps which."""
    see = f"git fetch {plan.remote} refs/tags/{tag} && git show FETCH_HEAD"
    cure = (
        f"somebody else has made it, see: {see}; to keep yours, delete theirs: "
        f"git push {plan.remote} :refs/tags/{tag}; to keep theirs, give this release up"
    )
    return Probed(State.CONFLICT, f"{where} has a tag {tag} that is not ours", cure)


async def has_commit(plan: Plan, context: Context, commit: str, seen: tuple[Remote, str]) -> bool:
    """Whether the remote's branch has a commit; fetches what others have pushed on top.

    Args:
        plan: The release.
        context: What a step may touch.
        commit: The object id.
        seen: The remote, and the object id that the branch has there; empty where it has none.

    Raises:
        CommandError: The remote did not answer.
    """
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
    if remote_errors.refused_refs(pushed):
        await push_apart(Refused(plan, context, made, pushed))
        return
    what, cure = _not_taken(plan, made, pushed)
    raise FailedError(what, cure=cure, detail=pushed.stderr.strip())


async def _missing(plan: Plan, context: Context, made: Results) -> tuple[str, ...]:
    """The refspecs without the branch, where HEAD was released as it is and others have gone on from it."""
    if plan.makes_commit or not plan.tags or not plan.touches_branch:
        return refspecs(plan, made)
    branch, *tags = refspecs(plan, made)
    remote, ref = await context.git.remote(plan.remote), f"refs/heads/{plan.branch}"
    tip = (await context.git.remote_refs(remote, ref)).get(ref, "")
    there = await has_commit(plan, context, made.tip, (remote, tip))
    return tuple(tags) if there else (branch, *tags)


def _not_taken(plan: Plan, made: Results, pushed: Completed) -> tuple[str, str]:
    by_hand = shlex.join(("git", "push", "--dry-run", plan.remote, refspecs(plan, made)[0]))
    reading = remote_errors.diagnose(pushed, Request(plan.remote, "push to", by_hand))
    return f"{plan.remote} did not accept the push of {plan.pushed[0]}: {reading.what}", reading.cure
