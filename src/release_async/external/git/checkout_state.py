"""What state a checkout is in: operations under way, its depth, submodules, what git is told to overlook.

It only asks, and decides nothing.
"""

import os
import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import anyio

from release_async.external.git.client import Git


class Operation(StrEnum):
    """Something that git has begun and a person has not ended."""

    REBASE = "rebase"
    PATCHES = "series of patches (git am)"
    MERGE = "merge"
    CHERRY_PICK = "cherry-pick"
    REVERT = "revert"
    BISECT = "bisect"


# What git leaves below the working tree's own git directory meanwhile, as its own prompt reads it
# (contrib/completion/git-prompt.sh).
_TRACES = (
    ("rebase-merge", Operation.REBASE),
    ("rebase-apply/applying", Operation.PATCHES),
    ("rebase-apply", Operation.REBASE),
    ("MERGE_HEAD", Operation.MERGE),
)
_SEQUENCED = {"pick": Operation.CHERRY_PICK, "p": Operation.CHERRY_PICK, "revert": Operation.REVERT}


async def operation(git: Git) -> Operation | None:
    """What is under way in this working tree; of several, the one that has to be ended first."""
    private = Path(await git.text("rev-parse", "--absolute-git-dir"))
    for trace, found in _TRACES:
        if await _exists(private / trace):
            return found
    # These two are refs, which need not be files (git-refs, reftable).
    for ref, found in (("CHERRY_PICK_HEAD", Operation.CHERRY_PICK), ("REVERT_HEAD", Operation.REVERT)):
        if await git.oid(ref):
            return found
    if sequenced := _SEQUENCED.get(await _first_word(private / "sequencer/todo")):
        return sequenced
    return Operation.BISECT if await _exists(private / "BISECT_LOG") else None


async def _exists(path: Path) -> bool:
    return await anyio.Path(path).exists()


async def _first_word(path: Path) -> str:
    if not await _exists(path):
        return ""
    return (await anyio.Path(path).read_text(errors="replace")).partition(" ")[0]


async def is_shallow(git: Git) -> bool:
    """Whether the history ends where a clone of limited depth has cut it."""
    return await git.text("rev-parse", "--is-shallow-repository") == "true"


class Entry(NamedTuple):
    """A file or submodule of the index that ``git status`` does not tell the whole truth about.

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


async def entries(git: Git) -> tuple[Entry, ...]:
    """The submodules, and the files whose changes git is told to overlook.

    What a sparse checkout has left out is not among them: there is no file whose changes could be missed.
    """
    raw = await git.text("-c", "core.fsmonitor=false", "ls-files", "-v", "--stage", "-z")
    noted = [entry for entry in _noted(raw.split("\0")) if entry.flag or entry.submodule]
    if not await _is_sparse(git):
        return tuple(noted)
    return await anyio.to_thread.run_sync(_present, git.root, noted)


def _noted(lines: Iterable[str]) -> Iterable[Entry]:
    for line in lines:
        if found := _ENTRY.fullmatch(line):
            letter, mode, path = found.groups()
            skipped = "skip-worktree" if letter.upper() == "S" else ""
            yield Entry(path, "assume-unchanged" if letter.islower() else skipped, mode == _SUBMODULE)


async def _is_sparse(git: Git) -> bool:
    return (await git.run("config", "--type=bool", "core.sparseCheckout")).stdout.strip() == "true"


def _present(root: Path, noted: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(
        entry for entry in noted if entry.flag != "skip-worktree" or os.path.lexists(root / entry.path)
    )


async def is_filled(git: Git, submodule: str) -> bool:
    """Whether the submodule at ``submodule`` has been cloned, rather than left an empty directory."""
    return await _exists(git.root / submodule / ".git")
