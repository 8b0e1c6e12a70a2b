"""Moves the user's own branch forward to the release commit; their edits are never overwritten."""

from functools import partial
from pathlib import Path

from release_async.effect import DONE, NOT_DONE, Effect, Probed
from release_async.errors import FailedError
from release_async.plan import Plan
from release_async.world import World

TITLE = "Land"

# Each flag switches off a configuration that was seen to turn a plain fast-forward into something else.
_FAST_FORWARD = (
    *("merge", "--quiet", "--ff-only", "--no-autostash", "--no-squash"),
    *("--no-verify-signatures", "--no-overwrite-ignore"),
)
_FETCH = (
    *("fetch", "--quiet", "--no-write-fetch-head", "--no-tags"),
    *("--no-auto-maintenance", "--no-recurse-submodules"),
)


def skipped(plan: Plan, world: World) -> str:  # noqa: ARG001 - as every step
    """Skipped where nothing but an upload is wanted."""
    return "only uploads, with --test" if plan.upload_only else ""


def effects(plan: Plan, world: World) -> tuple[Effect, ...]:
    """The local branch at the release commit."""
    return (
        Effect(
            name=f"your {plan.branch} at the release commit",
            probe=partial(_landed, plan, world),
            perform=partial(_land, plan, world),
            manual=(f"git pull --ff-only {plan.remote} {plan.branch}",),
        ),
    )


async def _landed(plan: Plan, world: World) -> Probed:
    there = await world.git.contains(f"refs/heads/{plan.branch}", world.workshop.made.commit)
    return DONE if there else NOT_DONE


async def _land(plan: Plan, world: World) -> None:
    commit, branch = world.workshop.made.commit, f"refs/heads/{plan.branch}"
    checkout = await _checkout_of(branch, world)
    if checkout is None:
        moved = await world.git.run(*_FETCH, "--", ".", f"{commit}:{branch}")
    else:
        moved = await world.git.at(checkout).run(*_FAST_FORWARD, commit)
    if not moved.ok:
        raise FailedError(
            f"your branch {plan.branch} could not be moved forward; nothing of yours was overwritten",
            cure="put your edits aside (git stash) or finish what you were doing, "
            f"then: git pull --ff-only {plan.remote} {plan.branch}",
            detail=moved.stderr.strip(),
        )


async def _checkout_of(branch: str, world: World) -> Path | None:
    return next((path for path, ref in await world.git.worktrees() if ref == branch), None)
