"""What a person types to have their branch follow the release, as the branch stands now. It only looks."""

import shlex
from pathlib import Path

from release_async.external.git.git_commands import Git
from release_async.plan.plan import Plan


def usual(plan: Plan, commit: str) -> str:
    """The command where nothing is in the way, and nobody has looked.

    On the branch itself, and by the object id: what others have pushed on top meanwhile stays theirs.
    """
    return f"git switch {shlex.quote(plan.branch)} && git merge --ff-only {commit}"


async def command(plan: Plan, git: Git, commit: str) -> str:
    """The command that works in this state: wherever the branch is checked out, and whatever is edited.

    Args:
        plan: The release.
        git: Git at the top of the working tree that the person is in.
        commit: The object id of what the branch shall follow.

    Raises:
        CommandError: Git failed.
    """
    branch = f"refs/heads/{plan.branch}"
    if not await git.oid(branch):
        return f"git branch {shlex.quote(plan.branch)} {commit}"
    place = next((path for path, ref in await git.worktrees() if ref == branch), None)
    elsewhere = f" -C {shlex.quote(str(place))}" if place and place != git.root else ""
    if not await git.contains(commit, branch):
        name = "" if elsewhere else f" {shlex.quote(plan.branch)}"
        return f"git{elsewhere} rebase --autostash {commit}{name}"
    if place is None:
        return f"git fetch . {commit}:{shlex.quote(branch)}"
    aside, stash = await _in_the_way(git.at(place), branch, commit)
    if not (elsewhere or aside or stash):
        return usual(plan, commit)
    return " && ".join((*aside, f"git{elsewhere} merge --ff-only{stash} {commit}"))


async def _in_the_way(git: Git, branch: str, commit: str) -> tuple[tuple[str, ...], str]:
    """How files go away that the commit would write: a command for each new one, and an option for edits.

    What git does not follow yet it neither overwrites nor puts aside by itself.
    """
    written = (await git.text("diff", "--name-only", "-z", branch, commit)).split("\0")
    entries = await git.status(*filter(None, written))
    away = tuple(_away(git.root / entry[3:]) for entry in entries if entry.startswith("??"))
    return away, " --autostash" if len(entries) > len(away) else ""


def _away(path: Path) -> str:
    return shlex.join(("mv", str(path), f"{path}.mine"))
