"""Makes release commit, tag object and what follows in a private worktree; private refs keep them."""

import shlex
from functools import partial

from release_async.base.errors import FailedError
from release_async.external.git import worktree
from release_async.external.git.git_commands import ABSENT
from release_async.plan import changelog_roll
from release_async.plan.effect import NOT_DONE, Effect, Probed, State
from release_async.plan.following import Following
from release_async.plan.plan import Package, Plan
from release_async.release import planned_commit, tag_objects
from release_async.release.planned_commit import PlannedCommit
from release_async.run.context import Context
from release_async.run.step_results import FollowingCommit, ReleaseCommit, Results, TagObjects
from release_async.versions import select_distribution, tagged_copies, version_edits
from release_async.versions.distribution import Tree
from release_async.versions.version_edits import Change

TITLE = "Commit"
NEEDS = ()
GIVES = (ReleaseCommit, TagObjects)


def skipped(plan: Plan, context: Context, made: Results) -> str:  # noqa: ARG001 - as every step
    """Never skipped: whatever is edited is committed."""
    return ""


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """The release commit, and where the plan has them, the tag objects and the commit that follows."""
    commit = Effect(
        name=f"release commit on {plan.base[:9]}",
        probe=partial(tag_objects.commit_kept, context),
        perform=partial(_commit, plan, context),
    )
    tags = () if plan.by_request else tag_objects.effects(plan, context, made)
    return (commit, *tags, *_following_effects(plan, context, made))


async def _commit(plan: Plan, context: Context) -> None:
    workspace = context.workspace
    inside = await worktree.add(context.git, workspace.tree, plan.base)
    made = await planned_commit.made(planned(plan), context, inside)
    await context.git.set_ref(workspace.commit_ref, made, ABSENT)


def planned(plan: Plan) -> PlannedCommit:
    """What the release commit is going to be."""
    return PlannedCommit(
        name="the release commit",
        parent=plan.base,
        message=plan.message,
        edits=plan.edits,
        paths=plan.edited_paths,
        removed=plan.removed,
        changes=partial(_all_changes, plan),
    )


def _following_effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    following = plan.following
    if following is None:
        return ()
    return (
        Effect(
            name=f"commit that begins {following.version}",
            probe=partial(_following_kept, context),
            perform=partial(_follow, (plan, following), context, made),
        ),
    )


async def _following_kept(context: Context) -> Probed:
    oid = await context.git.oid(context.workspace.following_ref)
    return Probed(State.DONE, gives=(FollowingCommit(oid),)) if oid else NOT_DONE


async def _follow(planned: tuple[Plan, Following], context: Context, made: Results) -> None:
    """Commit on top of the release commit, and check that out again: it is what is built."""
    (plan, following), workspace, release = planned, context.workspace, made.commit
    inside = await worktree.opened(context.git, workspace.tree)
    await worktree.go_to(inside, release)
    commit = PlannedCommit(
        name="the commit that follows the release",
        parent=release,
        message=following.message,
        edits=following.edits,
        paths=tuple(dict.fromkeys(edit.path for edit in following.edits)),
        removed=(),
        changes=partial(_changes_after, plan.packages[0], following.version),
    )
    oid = await planned_commit.made(commit, context, inside)
    await worktree.go_to(inside, release)
    await context.git.set_ref(workspace.following_ref, oid, ABSENT)


def _changes_after(package: Package, version: str, tree: Tree) -> list[Change]:
    found = select_distribution.distribution_at(tree, package.root, package.located)
    return list(version_edits.changes(found, tree, version))


def _all_changes(plan: Plan, tree: Tree) -> list[Change]:
    made = [change for package in plan.packages for change in _changes(package, tree, plan.released)]
    by_path = {change.path: change for change in made}
    for package in plan.packages:
        if package.changelog_changes:
            by_path[package.changelog] = _with_changelog(package, tree, by_path.get(package.changelog))
    return list(by_path.values())


def _with_changelog(package: Package, tree: Tree, edited: Change | None) -> Change:
    """The changelog with its planned lines, on top of the versions that may be edited in it.

    Raises:
        FailedError: It has other lines than at HEAD.
    """
    path = package.changelog
    before = tree.read(path)
    text = (edited.after if edited else before or b"").decode("utf-8", "surrogateescape")
    try:
        after = changelog_roll.applied(text, package.changelog_changes)
    except ValueError as error:
        raise FailedError(
            f"{path} in the new worktree is not what HEAD has: {error}",
            cure=f"see what a checkout makes of it: git check-attr --all -- {shlex.quote(f':/{path}')}; "
            "fix that, commit, and run the same command again",
        ) from error
    edits = edited.edits if edited else ()
    return Change(path, before, after.encode("utf-8", "surrogateescape"), edits)


def _changes(package: Package, tree: Tree, released: str) -> tuple[Change, ...]:
    if not package.edits:
        return ()  # its version comes from the tag, and the changelog alone is edited
    found = select_distribution.distribution_at(tree, package.root, package.located)
    if package.tag_tool:
        found = tagged_copies.with_copies(found, package.current)
    return version_edits.changes(found, tree, package.version, released)
