"""What a build needs, made again where a run that goes on finds it gone: a checkout and an environment."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import anyio

from release_async.base import files
from release_async.external.git import worktree
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed
from release_async.plan.plan import Plan
from release_async.release.checks import build_environment
from release_async.run.context import Context

Commit = Callable[[], str]
"""The object id of the commit that is built, when it is known."""


def effects(plan: Plan, context: Context, what: str, commit: Commit) -> tuple[Effect, ...]:
    """The commit on a private worktree, and the environment where it is built here.

    Both are there already in the run that made them.

    Args:
        plan: The release.
        context: What a step may touch.
        what: What the commit is called: "the merged commit".
        commit: Its object id.
    """
    checkout = Effect(
        name=f"{what} on a worktree of its own",
        probe=partial(_checked_out, plan, context, commit),
        perform=partial(_check_out, context, commit),
    )
    environment = Effect(
        name="environment to build it in",
        probe=partial(_provisioned, context),
        perform=partial(_provision, plan, context, commit),
    )
    return (checkout,) if plan.collects else (checkout, environment)


async def _checked_out(plan: Plan, context: Context, commit: Commit) -> Probed:
    tree = context.workspace.tree
    if plan.version_tags:  # then a clone is built that has the tag
        return DONE
    inside = context.git.at(tree, GIT_CEILING_DIRECTORIES=str(tree.parent))
    is_there = await anyio.to_thread.run_sync(tree.is_dir)
    return DONE if is_there and await inside.oid("HEAD") == commit() else NOT_DONE


async def _check_out(context: Context, commit: Commit) -> None:
    """In the place of what was there before, with whatever a person's hooks left in it."""
    await context.workspace.put_tree_away()
    await worktree.add(context.git, context.workspace.tree, commit())


async def _provisioned(context: Context) -> Probed:
    children = context.workspace.children
    return DONE if children is None or context.workspace.builder.is_provisioned else NOT_DONE


async def _provision(plan: Plan, context: Context, commit: Commit) -> None:
    copy: Path = context.workspace.directory / "copy"
    await anyio.to_thread.run_sync(files.remove_tree, copy)
    await build_environment.provision(plan, context, commit())
