"""Makes a commit in the private worktree, and proves that it is the planned edits of its parent, no more."""

import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace

import anyio

from release_async.base.errors import FailedError
from release_async.external.git import commit_hooks
from release_async.external.git.git_commands import Git
from release_async.process.run_process import Completed
from release_async.repository import atomic_write, git_process, snapshot
from release_async.run.context import Context
from release_async.versions.distribution import Tree
from release_async.versions.version_edits import Change, Edit


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCommit:
    """What a commit is going to be.

    Attributes:
        name: What a person calls it.
        parent: The object id of its parent, which is checked out.
        message: Its message.
        edits: The version tokens that change.
        paths: Every file that it changes, adds or removes.
        removed: Those that it removes.
        changes: Gives the files that change, of a tree that is its parent's; those that are removed are not
            among them.
    """

    name: str
    parent: str
    message: str
    edits: tuple[Edit, ...]
    paths: tuple[str, ...]
    removed: tuple[str, ...]
    changes: Callable[[Tree], list[Change]]

    @property
    def typed_paths(self) -> str:
        """Its files as a person types them for git."""
        return shlex.join(f":/{path}" for path in self.paths)


async def made(planned: PlannedCommit, context: Context, inside: Git) -> str:
    """Edit the checkout and commit, through the person's own hooks and signing.

    Args:
        planned: The commit.
        context: The release.
        inside: Git in the worktree, at the parent.

    Returns:
        The object id, once the commit is known to be what was planned.

    Raises:
        FailedError: Git or a hook refused it, or made something else of it.
    """
    _write(planned, inside)
    await inside.text("add", "--", *planned.paths)
    message = context.workspace.directory / "message"
    message.write_text(planned.message + "\n", encoding="utf-8")
    told = replace(inside.patient, on_line=context.line_sink("commit"))
    committed = await told.run("commit", "--quiet", "--cleanup=whitespace", "-F", str(message))
    if not committed.ok:
        raise _refused(committed, planned, await _who(committed, inside))
    return await _proven(planned, inside)


async def strange_paths(planned: PlannedCommit, commit: str, git: Git) -> tuple[str, ...]:
    """The paths whose bytes or mode in a commit do not follow from its parent and the plan."""
    return tuple(await anyio.to_thread.run_sync(_unplanned, planned, commit, git))


async def _who(committed: Completed, inside: Git) -> str:
    """Who has refused a commit, as far as git tells: it ends with 1 where a hook says no, and names none."""
    names = [hook.name for hook in await commit_hooks.found(inside)] if committed.returncode == 1 else []
    if not names:
        return "a hook of this repository, or the signing of commits, said no"
    return (
        f"the hook {names[0]} said no" if len(names) == 1 else f"one of the hooks {', '.join(names)} said no"
    )


def _refused(committed: Completed, planned: PlannedCommit, who: str) -> FailedError:
    """Git has not committed: a hook took too long, or said no."""
    detail = (committed.stdout + committed.stderr).strip()
    if committed.timed_out:
        return FailedError(
            f"{planned.name} was not made within {committed.command.timeout:g} s, and was ended",
            cure="see which hook of this repository takes so long, then run the same command again",
            detail=detail,
        )
    return FailedError(
        f"git refused {planned.name}: {who}",
        cure="fix what it names, commit that, and run the same command again",
        detail=detail,
    )


def _write(planned: PlannedCommit, inside: Git) -> None:
    """Edit the files in the checkout, as planned."""
    with snapshot.disk(inside.root, inside.env) as tree:
        changes = planned.changes(tree)
    if sorted(one for change in changes for one in change.edits) != sorted(planned.edits):
        raise FailedError(
            "the new worktree does not state the versions in the places where HEAD does",
            cure=f"see what a checkout makes of them: git check-attr --all -- {planned.typed_paths}; "
            "fix that, commit, and run the same command again",
        )
    try:
        for change in changes:
            (inside.root / change.path).parent.mkdir(parents=True, exist_ok=True)
        atomic_write.write_all(inside.root, changes)
        for path in planned.removed:
            (inside.root / path).unlink()
    except OSError as error:
        raise FailedError(
            f"a version could not be written: {error}",
            cure="see that it is a plain file in HEAD, no link and no folder, and that the disk has room: "
            f"git ls-tree HEAD -- {planned.typed_paths}; then run the same command again",
        ) from error


async def _proven(planned: PlannedCommit, inside: Git) -> str:
    """The commit's object id, once it is known to be the planned edits of its parent and nothing else."""
    commit, *parents = (await inside.text("rev-list", "--parents", "--max-count=1", "HEAD", "--")).split()
    strange = await anyio.to_thread.run_sync(_unplanned, planned, commit, inside)
    if strange or parents[:1] != [planned.parent]:
        raise FailedError(
            f"{planned.name} is not what was planned: {', '.join(strange) or 'another parent'}",
            cure="a commit hook or a filter changed it: make them leave release commits as they are, or "
            "commit first what they want to change; then run the same command again",
        )
    return commit


def _unplanned(planned: PlannedCommit, commit: str, inside: Git) -> list[str]:
    """The paths whose bytes or mode in the commit do not follow from its parent and the plan."""
    environ = git_process.environment(inside.root, inside.env)
    raw = git_process.output(inside.root, environ, *_COMPARED, planned.parent, commit, "--")
    fields = iter(os.fsdecode(raw).split("\0"))
    modes = {path: entry[1:].split()[:2] for entry, path in zip(fields, fields, strict=False)}
    strange = {path for path, (old, new) in modes.items() if not _is_planned(planned, path, (old, new))}
    with (
        snapshot.revision(inside.root, planned.parent, inside.env) as before,
        snapshot.revision(inside.root, commit, inside.env) as after,
    ):
        for change in planned.changes(before):
            if after.read(change.path) not in {change.after, _with_line_feeds(change.after)}:
                strange.add(change.path)
    return sorted(strange | set(planned.paths) - modes.keys())


def _is_planned(planned: PlannedCommit, path: str, modes: tuple[str, str]) -> bool:
    """Whether a file may have changed, and is still, or is no more, what it was."""
    if path not in planned.paths or (path in planned.removed) != (modes[1] == _NO_FILE):
        return False
    return modes[0] == modes[1] or _NO_FILE in modes


_NO_FILE = "000000"
_COMPARED = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-commit-id")


def _with_line_feeds(content: bytes) -> bytes:
    """As git commits a file whose attributes say that it is text (gitattributes, ``text``)."""
    return content.replace(b"\r\n", b"\n")
