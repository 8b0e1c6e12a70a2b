"""What a person types to have their branch follow the release, as the branch stands now. It only looks."""

import shlex
from pathlib import Path
from typing import NamedTuple

from release_async.external.git.git_commands import Git
from release_async.plan.plan import Plan


def usual(plan: Plan, commit: str) -> str:
    """The command where nothing is in the way, and nobody has looked.

    On the branch itself, and by the object id: what others have pushed on top meanwhile stays theirs.
    """
    return f"git switch {shlex.quote(plan.branch)} && git merge --ff-only {commit}"


class Way(NamedTuple):
    """How the branch gets to the release commit.

    Attributes:
        command: The command that works in this state.
        in_the_way: What it goes past: commits of the person or edits; empty where nothing is seen.
    """

    command: str
    in_the_way: str = ""


async def way(plan: Plan, git: Git, commit: str) -> Way:
    """The way in this state: wherever the branch is checked out, and whatever is edited.

    Args:
        plan: The release.
        git: Git at the top of the working tree that the person is in.
        commit: The object id of what the branch shall follow.

    Raises:
        CommandError: Git failed.
    """
    branch = f"refs/heads/{plan.branch}"
    if not await git.oid(branch):
        return Way(f"git branch {shlex.quote(plan.branch)} {commit}")
    place = next((path for path, ref in await git.worktrees() if ref == branch), None)
    elsewhere = f" -C {shlex.quote(str(place))}" if place and place != git.root else ""
    if not await git.contains(commit, branch):
        name = "" if elsewhere else f" {shlex.quote(plan.branch)}"
        return Way(f"git{elsewhere} rebase --autostash {commit}{name}", COMMITS)
    if place is None:
        return Way(f"git fetch . {commit}:{shlex.quote(branch)}")
    aside, stash = await _past_edits(git.at(place), branch, commit)
    if not (elsewhere or aside or stash):
        return Way(usual(plan, commit))
    merge = f"git{elsewhere} merge --ff-only{stash} {commit}"
    return Way(" && ".join((*aside, merge)), EDITS if aside or stash else "")


COMMITS, EDITS = "commits", "edits"


async def _past_edits(git: Git, branch: str, commit: str) -> tuple[tuple[str, ...], str]:
    """How files go away that the commit would write: a command for each new one, and an option for edits.

    What git does not follow yet it neither overwrites nor puts aside by itself.
    """
    written = (await git.text("diff", "--name-only", "-z", branch, commit)).split("\0")
    paths = tuple(filter(None, written))
    if not paths:
        return (), ""
    away = tuple(_away(git.root / path) for path in await git.untracked(*paths))
    is_edited = any(not entry.startswith("??") for entry in await git.status(*paths))
    return away, " --autostash" if is_edited else ""


def _away(path: Path) -> str:
    return shlex.join(("mv", str(path), f"{path}.mine"))
