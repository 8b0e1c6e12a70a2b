"""The last look before the point of no return: everything that the rest of the release needs is still so."""

import os
import shlex
from functools import partial

import anyio

from release_async.base.errors import ConflictError, FailedError, PermanentError
from release_async.base.exception_groups import unwrap_exception_groups
from release_async.external.git import fast_forward, lock_files, remote_errors
from release_async.external.git.remote_errors import Cause, Request
from release_async.external.github.gh_api import Forge
from release_async.external.index.simple_api import files_of_version
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed
from release_async.plan.plan import Plan
from release_async.process.run_process import Completed
from release_async.release.published_files import Wanted, other_than_ours
from release_async.release.steps.push import is_where_it_was, refspecs, words
from release_async.run.context import Context
from release_async.run.step_results import BuiltFiles, Confirmed, Inspected, ReleaseCommit, Results

TITLE = "Confirm"
NEEDS = (ReleaseCommit, BuiltFiles, Inspected)
GIVES = (Confirmed,)


def skipped(plan: Plan, context: Context, made: Results) -> str:  # noqa: ARG001 - as every step
    """Never skipped: tests take minutes, and the world moves meanwhile."""
    return ""


def effects(plan: Plan, context: Context, made: Results) -> tuple[Effect, ...]:
    """One look at the index and, where something is going to be pushed, at the branch and the remote."""
    branch = f", {plan.branch}" if plan.touches_branch else ""
    where = plan.target.name if plan.upload_only else f"{plan.target.name}{branch} and {plan.remote}"
    return (
        Effect(
            name=f"a last look at {where}",
            probe=partial(_confirmed, made),
            perform=partial(_confirm, plan, context, made),
        ),
    )


async def _confirmed(made: Results) -> Probed:
    return DONE if made.find(Confirmed) else NOT_DONE


async def _confirm(plan: Plan, context: Context, made: Results) -> Confirmed:
    with unwrap_exception_groups():
        await _look(plan, context, made)
    return Confirmed(page=bool(plan.tags) and isinstance(context.forge.found, Forge))


async def _look(plan: Plan, context: Context, made: Results) -> None:
    async with anyio.create_task_group() as looks:
        looks.start_soon(_index_is_free, plan, context, made)
        # The tree is not needed any more, and to remove it takes no time of its own here.
        looks.start_soon(context.workspace.put_tree_away)
        if not plan.upload_only and plan.pushed:
            looks.start_soon(_nothing_is_in_the_way, plan, context, made)


async def _nothing_is_in_the_way(plan: Plan, context: Context, made: Results) -> None:
    """Try the push, then look: a pre-push hook that the trial runs may set tags and move branches."""
    await _push_would_work(plan, context, made)
    async with anyio.create_task_group() as looks:
        if plan.touches_branch:
            looks.start_soon(_branch_is_where_it_was, plan, context)
        looks.start_soon(is_where_it_was, plan, context)
        looks.start_soon(_tags_are_free, plan, context, made)
        if "land" in plan.route.steps:
            looks.start_soon(_branch_can_land, plan, context)


async def _index_is_free(plan: Plan, context: Context, made: Results) -> None:
    """See that nobody has begun this version; of files that are given, ours may be there from before.

    Raises:
        ConflictError: Somebody has. Of many files not one is sent if another one cannot be.
    """
    taken: list[str] = []
    for package in plan.packages:
        if package.given:
            found = await other_than_ours(plan, context, Wanted({package.name: made.files_of(package.name)}))
            if found is not None:
                raise ConflictError(found.why, cure=_OTHER_FILES)
        else:
            taken += files_of_version(await context.index.files(package.name), package.version)
    if taken:
        raise ConflictError(
            f"{plan.target.name} has got {', '.join(sorted(taken))} since the checks",
            cure=(_PERHAPS_US if plan.by_request else "") + _OTHERS,
        )


_OTHERS = "somebody else is releasing: talk to them, then choose the next version"
_PERHAPS_US = "where another clone finishes this release, look again in a minute; else "
_OTHER_FILES = (
    "nothing was uploaded: give the very files that the index has, such as those of the CI run that uploaded "
    "them; if they are lost, release a higher version"
)


async def _branch_is_where_it_was(plan: Plan, context: Context) -> None:
    if await context.git.oid(f"refs/heads/{plan.branch}") != plan.base:
        waited = context.workspace.journal.begun
        again = (
            "release what is there now"
            if waited
            else "run the same command again to release what is there now"
        )
        raise PermanentError(f"{plan.branch} has moved since the plan was made", cure=again)


async def _push_would_work(plan: Plan, context: Context, made: Results) -> None:
    """Prove connection, rights and fast-forward with the true ids; a server's hooks can still refuse."""
    tried = await context.git.pushing.try_push("--quiet", *words(plan, refspecs(plan, made)))
    if tried.ok:
        return
    if context.workspace.journal.begun and any(word in tried.stderr for word in _BEHIND):
        what = f"somebody has pushed to {plan.branch} while this was waited for"
        raise PermanentError(what, cure="release what is there now", detail=tried.stderr.strip())
    raise _not_pushable(plan, tried)


async def _tags_are_free(plan: Plan, context: Context, made: Results) -> None:
    """See that no tag of ours has come into this clone, and that each can be made."""
    for tag in plan.tags:
        ref = f"refs/tags/{tag}"
        if await context.git.oid(ref) not in {"", made.tags[tag]}:
            raise FailedError(
                f"a tag {tag} has appeared in this clone since the checks",
                cure=f"see what makes it, such as a commit hook, and remove it: git tag -d {tag}; "
                "then run the same command again",
            )
        await lock_files.wait(context.git, [ref])


async def _branch_can_land(plan: Plan, context: Context) -> None:
    """See that the branch can be moved forward, also where it is checked out: no lock, no edit in the way."""
    inside = await fast_forward.unlocked_checkout(context.git, f"refs/heads/{plan.branch}")
    if inside is None:
        return
    checkout, paths = inside.root, sorted(plan.edited_paths)
    if paths and (changed := await inside.status(*paths)):
        cure = (
            "put it aside until the release is out: git stash"  # a commit would move the branch
            if context.workspace.journal.begun
            else "see what changes it, such as the test suite (git diff), and commit that or undo it; "
            "then run the same command again"
        )
        what = f"{', '.join(entry[3:] for entry in changed)} has been changed since the checks"
        raise FailedError(what, cure=cure)
    # What a sparse checkout leaves out is not written either.
    there = [path for path in paths if (checkout / path).exists()]
    fixed = [path for path in there if not os.access((checkout / path).parent, os.W_OK)]
    if fixed:
        raise FailedError(
            f"{', '.join(fixed)} cannot be replaced: the folder may not be written",
            cure=f"see whose it is: ls -ld {shlex.quote(str((checkout / fixed[0]).parent))}; "
            "then run the same command again",
        )


_BEHIND = ("fetch first", "non-fast-forward")


def _not_pushable(plan: Plan, tried: Completed) -> FailedError:
    """What has changed since the checks: the remote's branch, the way there, or what only git knows."""
    again, said = shlex.join(("git", "push", "--dry-run", plan.remote, plan.branch)), tried.stderr.strip()
    reading = remote_errors.diagnose(tried, Request(plan.remote, "push to", again))
    what, cure = f"{plan.remote} would refuse the push", f"fix what it says; to see it again: {again}"
    if any(word in said for word in _BEHIND):
        pull = shlex.join(("git", "pull", "--ff-only", plan.remote, plan.branch))
        cure = f"somebody has pushed meanwhile: {pull}, then run the same command again"
    elif reading.cause is not Cause.UNKNOWN:
        what, cure = reading.what, reading.cure
    return FailedError(what, cure=cure, detail=said)
