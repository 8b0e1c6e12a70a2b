"""Makes the release commit on a private worktree, and the tag object; private refs keep both."""

import shlex
from dataclasses import replace
from functools import partial

from release_async.base.errors import FailedError
from release_async.external.git import worktree
from release_async.external.git.client import ABSENT, Git
from release_async.plan.effect import DONE, NOT_DONE, Effect, Probed
from release_async.plan.plan import Plan
from release_async.repository import atomic_write, snapshot
from release_async.run.context import World
from release_async.versions import edit, selection

TITLE = "Commit"


def skipped(plan: Plan, world: World) -> str:  # noqa: ARG001 - as every step
    """Never skipped: every release is made from its own commit."""
    return ""


def effects(plan: Plan, world: World) -> tuple[Effect, ...]:
    """The release commit, and where the plan has a tag, its annotated tag object."""
    commit = Effect(
        name=f"release commit on {plan.base[:9]}",
        probe=partial(_committed, world),
        perform=partial(_commit, plan, world),
    )
    if plan.tag is None:
        return (commit,)
    tag = Effect(
        name=f"tag object {plan.tag}",
        probe=partial(_tag_made, world),
        perform=partial(_make_tag, plan, world),
    )
    return (commit, tag)


async def _committed(world: World) -> Probed:
    world.workshop.made.commit = await world.git.oid(world.workshop.commit_ref)
    return DONE if world.workshop.made.commit else NOT_DONE


async def _commit(plan: Plan, world: World) -> None:
    shop = world.workshop
    inside = await worktree.add(world.git, shop.tree, plan.base)
    _write_versions(plan, inside)
    message = shop.directory / "message"
    message.write_text(plan.message + "\n", encoding="utf-8")
    await inside.text("add", "--", *[change.path for change in plan.edits])
    committed = await replace(inside, on_line=world.listener("commit")).run(
        "commit", "--quiet", "--cleanup=whitespace", "-F", str(message)
    )
    if not committed.ok:
        raise FailedError(
            "git refused the release commit: a hook of this repository, or the signing of commits, said no",
            cure="mend what it names, commit that, and run the same command again",
            detail=(committed.stdout + committed.stderr).strip(),
        )
    oid = await _proven(plan, inside)
    await world.git.set_ref(shop.commit_ref, oid, ABSENT)


def _write_versions(plan: Plan, inside: Git) -> None:
    """Edit the version sites of the fresh checkout, exactly as planned."""
    with snapshot.disk(inside.root, inside.env) as tree:
        changes = edit.changes(selection.at(tree, plan.root), tree, plan.version, plan.released)
    if sorted(one for change in changes for one in change.edits) != sorted(plan.edits):
        raise FailedError(
            "the version sites of the new worktree are not those of HEAD",
            cure=f"see what a checkout makes of them: git check-attr --all -- {_paths(plan)}; "
            "mend that, commit, and run the same command again",
        )
    try:
        atomic_write.write_all(inside.root, changes)
    except OSError as error:
        raise FailedError(
            f"a version could not be written: {error}",
            cure="see that it is a plain file in HEAD, no link and no folder, and that the disk has room: "
            f"git ls-tree HEAD -- {_paths(plan)}; then run the same command again",
        ) from error


def _paths(plan: Plan) -> str:
    return shlex.join(f":/{path}" for path in dict.fromkeys(change.path for change in plan.edits))


async def _proven(plan: Plan, inside: Git) -> str:
    """The commit's object id, once it is known to change the planned files and nothing else."""
    raw = await inside.text("diff-tree", "-r", "-z", "--no-commit-id", "--name-only", plan.base, "HEAD")
    changed = {path for path in raw.split("\0") if path}
    surplus = changed ^ {change.path for change in plan.edits}
    if surplus or await inside.oid("HEAD^") != plan.base:
        raise FailedError(
            f"the release commit is not what was planned: {', '.join(sorted(surplus)) or 'another parent'}",
            cure="a commit hook changed it: make the hooks leave release commits as they are, or commit "
            "first what they want to change; then run the same command again",
        )
    return await inside.oid("HEAD")


async def _tag_made(world: World) -> Probed:
    world.workshop.made.tag = await world.git.oid(world.workshop.tag_ref)
    return DONE if world.workshop.made.tag else NOT_DONE


async def _make_tag(plan: Plan, world: World) -> None:
    """Make the tag object where no ref of the user's shows it.

    ``git tag`` signs as configured but always writes a ref, so it runs in an empty repository of ours
    that keeps its objects in the user's store (git, ENVIRONMENT VARIABLES: GIT_OBJECT_DIRECTORY).
    """
    shop = world.workshop
    objects = str(await world.git.common_directory() / "objects")
    alone = await world.git.apart(shop.directory / "tag.git", GIT_OBJECT_DIRECTORY=objects)
    made = await alone.run("tag", "--annotate", "-m", plan.title, "--", str(plan.tag), shop.made.commit)
    made.checked(
        "see that tags can be made and signed: "
        "git tag -a -m test release-async-test && git tag -d release-async-test"
    )
    await world.git.set_ref(shop.tag_ref, await alone.oid(f"refs/tags/{plan.tag}"), ABSENT)
