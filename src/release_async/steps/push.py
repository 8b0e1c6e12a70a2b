"""Pushes the release commit to the branch and the tag beside it: both or neither, and never by force."""

from functools import partial

from release_async.effect import DONE, NOT_DONE, Effect, Probed, State
from release_async.errors import CommandError, FailedError
from release_async.plan import Plan
from release_async.world import World

TITLE = "Push"


def skipped(plan: Plan, world: World) -> str:  # noqa: ARG001 - as every step
    """Skipped where nothing but an upload is wanted."""
    return "only uploads, with --test" if plan.upload_only else ""


def effects(plan: Plan, world: World) -> tuple[Effect, ...]:
    """One atomic push of branch and tag."""
    what = f"{plan.branch} and {plan.tag}" if plan.tag else plan.branch
    return (
        Effect(
            name=f"push {what} to {plan.remote}",
            probe=partial(_pushed, plan, world),
            perform=partial(_push, plan, world),
            manual=(f"git push --atomic --no-follow-tags {plan.remote} {' '.join(refspecs(plan, world))}",),
            public=True,
            patience=15.0,
        ),
    )


def refspecs(plan: Plan, world: World) -> tuple[str, ...]:
    """What is pushed, by object id: what the user's branch has become meanwhile plays no part."""
    made = world.workshop.made
    branch = f"{made.commit}:refs/heads/{plan.branch}"
    return (branch, f"{made.tag}:refs/tags/{plan.tag}") if plan.tag else (branch,)


async def _pushed(plan: Plan, world: World) -> Probed:
    branch, tag = f"refs/heads/{plan.branch}", f"refs/tags/{plan.tag}"
    made = world.workshop.made
    try:
        there = await world.git.remote_refs(plan.remote, branch, tag)
        landed = await _has_commit(plan, world, there.get(branch, ""))
    except CommandError as error:
        return Probed(State.UNKNOWN, error.what, error.cure)
    if plan.tag and there.get(tag, made.tag) != made.tag:
        cure = "somebody else has made it: a person must decide which of the two it shall be"
        return Probed(State.CONFLICT, f"{plan.remote} has a tag {plan.tag} that is not ours", cure)
    return DONE if landed and (not plan.tag or tag in there) else NOT_DONE


async def _has_commit(plan: Plan, world: World, tip: str) -> bool:
    """Whether the remote's branch has the release commit; fetches what others pushed on top."""
    commit = world.workshop.made.commit
    if tip in {"", plan.base, commit}:
        return tip == commit
    upstream = world.workshop.upstream_ref
    (await world.git.fetch_private(plan.remote, plan.branch, upstream)).checked()
    return await world.git.contains(upstream, commit)


async def _push(plan: Plan, world: World) -> None:
    pushed = await world.workshop.pushing.run(
        "push", "--quiet", "--atomic", "--no-follow-tags", "--", plan.remote, *refspecs(plan, world)
    )
    if not pushed.ok:
        raise FailedError(
            f"{plan.remote} refused the push of {plan.branch}",
            cure="make room for the push there (a rule, a hook, a commit that came between), "
            "then push by the command below",
            detail=pushed.stderr.strip(),
        )
