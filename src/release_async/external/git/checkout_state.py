"""The state of a checkout: unfinished operations, shallow history, submodules, files that git overlooks.

It only asks, and decides nothing.
"""

import os
import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import anyio

from release_async.external.git.git_commands import Git


class Operation(StrEnum):
    """A git operation that was started and not finished."""

    REBASE = "rebase"
    PATCHES = "series of patches (git am)"
    MERGE = "merge"
    CHERRY_PICK = "cherry-pick"
    REVERT = "revert"
    BISECT = "bisect"


# The files in the git directory that show an unfinished operation, as git's own prompt reads them
# (contrib/completion/git-prompt.sh).
_MARKER_FILES = (
    ("rebase-merge", Operation.REBASE),
    ("rebase-apply/applying", Operation.PATCHES),
    ("rebase-apply", Operation.REBASE),
    ("MERGE_HEAD", Operation.MERGE),
)
_SEQUENCED = {"pick": Operation.CHERRY_PICK, "p": Operation.CHERRY_PICK, "revert": Operation.REVERT}


async def unfinished_operation(git: Git) -> Operation | None:
    """The unfinished operation in this working tree; of several, the one to be ended first."""
    git_directory = (await git.facts()).directory
    for marker, found in _MARKER_FILES:
        if await _exists(git_directory / marker):
            return found
    for ref, found in (("CHERRY_PICK_HEAD", Operation.CHERRY_PICK), ("REVERT_HEAD", Operation.REVERT)):
        if await _has_ref(git, git_directory, ref):
            return found
    if sequenced := _SEQUENCED.get(await _first_word(git_directory / "sequencer/todo")):
        return sequenced
    return Operation.BISECT if await _exists(git_directory / "BISECT_LOG") else None


async def _has_ref(git: Git, git_directory: Path, name: str) -> bool:
    """Whether there is a ref that is a file, unless refs are stored in another way (git-refs, reftable)."""
    if await git.configured("extensions.refStorage") in {"", "files"}:
        return await _exists(git_directory / name)
    return bool(await git.oid(name))


async def _exists(path: Path) -> bool:
    return await anyio.Path(path).exists()


async def _first_word(path: Path) -> str:
    if not await _exists(path):
        return ""
    return (await anyio.Path(path).read_text(errors="replace")).partition(" ")[0]


async def is_shallow(git: Git) -> bool:
    """Whether this is a shallow clone."""
    return (await git.facts()).is_shallow


class IndexEntry(NamedTuple):
    """A file or submodule of the index for which ``git status`` does not tell everything.

    Attributes:
        path: Relative to the top.
        flag: ``assume-unchanged`` or ``skip-worktree`` where git is told not to look at it, else empty.
        submodule: Whether it is a submodule.
    """

    path: str
    flag: str
    submodule: bool


# One line of `git ls-files -v --stage`: a lower-case letter is assume-unchanged, S is skip-worktree.
_ENTRY = re.compile(r"([A-Za-z]) (\d{6}) [0-9a-f]+ \d\t(.+)", re.DOTALL)
_SUBMODULE = "160000"


async def special_entries(git: Git) -> tuple[IndexEntry, ...]:
    """The submodules, and the files whose changes git is told to ignore.

    Files that a sparse checkout leaves out are not among them: no changes of theirs could be missed.
    """
    raw = await git.text("-c", "core.fsmonitor=false", "ls-files", "-v", "--stage", "-z")
    flagged = [entry for entry in _parsed(raw.split("\0")) if entry.flag or entry.submodule]
    if not await _is_sparse(git):
        return tuple(flagged)
    return await anyio.to_thread.run_sync(_present, git.root, flagged)


def _parsed(lines: Iterable[str]) -> Iterable[IndexEntry]:
    for line in lines:
        if found := _ENTRY.fullmatch(line):
            letter, mode, path = found.groups()
            skipped = "skip-worktree" if letter.upper() == "S" else ""
            yield IndexEntry(path, "assume-unchanged" if letter.islower() else skipped, mode == _SUBMODULE)


async def _is_sparse(git: Git) -> bool:
    return await git.configured("core.sparseCheckout", "bool") == "true"


def _present(root: Path, flagged: Iterable[IndexEntry]) -> tuple[IndexEntry, ...]:
    return tuple(
        entry for entry in flagged if entry.flag != "skip-worktree" or os.path.lexists(root / entry.path)
    )


async def is_cloned(git: Git, submodule: str) -> bool:
    """Whether the submodule has been cloned; otherwise its directory is empty."""
    return await _exists(git.root / submodule / ".git")
