"""Makes the release commit on a private worktree, and the tag object; private refs keep both."""

import os
import shlex
from dataclasses import replace
from functools import partial

import anyio

from release_async.base.errors import FailedError
from release_async.external.git import worktree
from release_async.external.git.git_commands import ABSENT, Git
from release_async.plan import changelog_roll
from release_async.plan.effect import Effect
from release_async.plan.plan import Package, Plan
from release_async.process.run_process import Completed
from release_async.release import tag_objects
from release_async.repository import atomic_write, git_process, snapshot
from release_async.run.context import Context
from release_async.run.step_results import ReleaseCommit, Results, TagObjects
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
    """The release commit, and where the plan has tags, their annotated tag objects."""
    commit = Effect(
        name=f"release commit on {plan.base[:9]}",
        probe=partial(tag_objects.commit_kept, context),
        perform=partial(_commit, plan, context),
    )
    return (commit, *tag_objects.effects(plan, context, made))


async def _commit(plan: Plan, context: Context) -> None:
    workspace = context.workspace
    inside = await worktree.add(context.git, workspace.tree, plan.base)
    _write_versions(plan, inside)
    await inside.text("add", "--", *plan.edited_paths)
    message = workspace.directory / "message"
    message.write_text(plan.message + "\n", encoding="utf-8")
    told = replace(inside.patient, on_line=context.line_sink("commit"))
    _checked(await told.run("commit", "--quiet", "--cleanup=whitespace", "-F", str(message)))
    oid = await _proven(plan, inside)
    await context.git.set_ref(workspace.commit_ref, oid, ABSENT)


def _checked(committed: Completed) -> None:
    """See that git has committed.

    Raises:
        FailedError: It has not; a hook took too long, or said no.
    """
    if committed.timed_out:
        raise FailedError(
            f"the release commit was not made within {committed.command.timeout:g} s, and was ended",
            cure="see which hook of this repository takes so long, then run the same command again",
            detail=(committed.stdout + committed.stderr).strip(),
        )
    if not committed.ok:
        raise FailedError(
            "git refused the release commit: a hook of this repository, or the signing of commits, said no",
            cure="fix what it names, commit that, and run the same command again",
            detail=(committed.stdout + committed.stderr).strip(),
        )


def _write_versions(plan: Plan, inside: Git) -> None:
    """Edit the places that state the version, and the changelog, in the fresh checkout, as planned."""
    with snapshot.disk(inside.root, inside.env) as tree:
        changes = _all_changes(plan, tree)
    if sorted(one for change in changes for one in change.edits) != sorted(plan.edits):
        raise FailedError(
            "the new worktree does not state the versions in the places where HEAD does",
            cure=f"see what a checkout makes of them: git check-attr --all -- {_paths(plan)}; "
            "fix that, commit, and run the same command again",
        )
    try:
        for change in changes:
            (inside.root / change.path).parent.mkdir(parents=True, exist_ok=True)
        atomic_write.write_all(inside.root, changes)
        for path in plan.removed:
            (inside.root / path).unlink()
    except OSError as error:
        raise FailedError(
            f"a version could not be written: {error}",
            cure="see that it is a plain file in HEAD, no link and no folder, and that the disk has room: "
            f"git ls-tree HEAD -- {_paths(plan)}; then run the same command again",
        ) from error


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


def _paths(plan: Plan) -> str:
    return shlex.join(f":/{path}" for path in plan.edited_paths)


async def _proven(plan: Plan, inside: Git) -> str:
    """The commit's object id, once it is known to be the planned edits of its parent and nothing else."""
    commit = await inside.oid("HEAD")
    strange = await anyio.to_thread.run_sync(_unplanned, plan, commit, inside)
    if strange or await inside.oid("HEAD^") != plan.base:
        raise FailedError(
            f"the release commit is not what was planned: {', '.join(strange) or 'another parent'}",
            cure="a commit hook or a filter changed it: make them leave release commits as they are, or "
            "commit first what they want to change; then run the same command again",
        )
    return commit


def _unplanned(plan: Plan, commit: str, inside: Git) -> list[str]:
    """The paths whose bytes or mode in the commit do not follow from its parent and the plan."""
    environ = git_process.environment(inside.root, inside.env)
    raw = git_process.output(inside.root, environ, *_COMPARED, plan.base, commit, "--")
    fields = iter(os.fsdecode(raw).split("\0"))
    modes = {path: entry[1:].split()[:2] for entry, path in zip(fields, fields, strict=False)}
    planned, removed = set(plan.edited_paths), set(plan.removed)
    strange = {
        path
        for path, (old, new) in modes.items()
        if path not in planned
        or (new == _NO_FILE) != (path in removed)
        or (old != new and _NO_FILE not in {old, new})
    }
    with (
        snapshot.revision(inside.root, plan.base, inside.env) as before,
        snapshot.revision(inside.root, commit, inside.env) as after,
    ):
        for change in _all_changes(plan, before):
            if after.read(change.path) not in {change.after, _with_line_feeds(change.after)}:
                strange.add(change.path)
    return sorted(strange | planned - modes.keys())


_NO_FILE = "000000"
_COMPARED = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-commit-id")


def _with_line_feeds(content: bytes) -> bytes:
    """As git commits a file whose attributes say that it is text (gitattributes, ``text``)."""
    return content.replace(b"\r\n", b"\n")
