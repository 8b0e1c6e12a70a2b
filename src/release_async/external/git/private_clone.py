"""A clone of our own that alone has the tag of a version; the user's repository never sees that tag.

It shares the objects of the user's repository, so that it is made in an instant, and has nothing else of it
but the filters: what is checked out there is what everybody gets who clones the project.
"""

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import anyio

from release_async.base import files
from release_async.base.errors import FailedError
from release_async.external.git.git_commands import Git
from release_async.external.git.worktree import FIXED_UMASK, NO_HOOKS

_OURS = (
    ("user.name", "release-async"),
    ("user.email", "release-async@localhost"),
    ("tag.gpgSign", "false"),
)
_SHOWN = 3
_SUBMODULE = "160000"


async def make(git: Git, clone: Path, commit: str) -> Git:
    """Clone the repository and check one commit out, with every file of it.

    Args:
        git: Git at the top of the user's checkout.
        clone: The directory to be made; its parent exists and is ours.
        commit: The object id of the commit.

    Returns:
        Git in the clone.

    Raises:
        CommandError: Git could not make it.
        FailedError: What was checked out is not what is committed.
    """
    options = [word for key, value in await _configuration(git) for word in ("--config", f"{key}={value}")]
    making = replace(git, umask=FIXED_UMASK)
    shared = ("clone", "--quiet", "--shared", "--no-checkout", "--template=", *options)
    await making.text(*NO_HOOKS, *shared, "--", str(git.root), str(clone))
    inside = making.at(clone, GIT_CEILING_DIRECTORIES=str(clone.parent))
    await inside.text(*NO_HOOKS, "checkout", "--quiet", "--detach", commit)
    listed = (await inside.text("ls-files", "--stage", "-z")).split("\0")
    entries = [
        (fields.split(), path) for fields, _, path in (each.partition("\t") for each in listed if each)
    ]
    await _add_submodules(git, inside, {path: oid for (mode, oid, _), path in entries if mode == _SUBMODULE})
    await _see_that_it_is_whole(inside, [path for _, path in entries])
    return inside


async def tag(inside: Git, name: str, oid: str) -> None:
    """Give the clone the tag: the object that was made for the release, or one that lives here alone.

    Args:
        inside: Git in the clone.
        name: The name of the tag.
        oid: The object id of the tag; empty where nobody will ever see it, and HEAD gets one.

    Raises:
        CommandError: Git could not make it.
    """
    if oid:
        await inside.text("update-ref", f"refs/tags/{name}", oid)
    else:
        await inside.at(inside.root, *_OURS).text("tag", "--force", "--annotate", "-m", name, "--", name)


async def _configuration(git: Git) -> tuple[tuple[str, str], ...]:
    """What the clone is configured with: committed bytes, and the filters that the repository has."""
    filters = [each for each in await git.configuration() if each[0].startswith(("filter.", "lfs."))]
    if any(key.startswith("filter.lfs.") for key, _ in filters):
        filters.append(("lfs.storage", str(await git.common_directory() / "lfs")))
    return (("core.autocrlf", "false"), ("maintenance.auto", "false"), ("gc.auto", "0"), *filters)


async def _add_submodules(git: Git, inside: Git, commits: Mapping[str, str]) -> None:
    """Check out the submodules that the user has initialised, from their own objects: offline.

    Args:
        git: Git at the top of the user's checkout.
        inside: Git in the clone.
        commits: The commit of each submodule, by its path.
    """
    for path, oid in commits.items():
        theirs = git.at(git.root / path)
        if (theirs.root / ".git").exists():
            await make(theirs, inside.root / path, oid)


async def _see_that_it_is_whole(inside: Git, paths: Sequence[str]) -> None:
    """See that a fresh checkout has every file.

    Raises:
        FailedError: It has not: git checks out what it has, and says nothing of the rest.
    """
    if missing := await anyio.to_thread.run_sync(_missing, inside.root, paths):
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise FailedError(
            f"a clone of this repository lacks {', '.join(missing[:_SHOWN])}{more}: this one is partial, and "
            "does not have the content of every file",
            cure="clone the project anew without --filter, and release it from there",
        )


def _missing(root: Path, paths: Sequence[str]) -> list[str]:
    return [path for path in paths if not os.path.lexists(root / path)]


def contents(clone: Path) -> dict[str, tuple[int, ...]]:
    """Every path of a clone but git's own, each with what changes when it is written (stat(2))."""
    found: dict[str, tuple[int, ...]] = {}
    for folder, below, names in os.walk(clone):
        if folder == str(clone):
            below.remove(".git")
        for path in (os.path.join(folder, name) for name in (*below, *names)):  # noqa: PTH118 - there may be many
            about = os.lstat(path)
            written = (about.st_size, about.st_mtime_ns, about.st_ctime_ns)
            found[path] = (about.st_mode, *(() if stat.S_ISDIR(about.st_mode) else written))
    return found


async def restored(inside: Git, before: Mapping[str, tuple[int, ...]]) -> bool:
    """Bring the clone back as it was checked out, where hooks of the backend have written into it.

    Args:
        inside: Git in the clone.
        before: Its `contents` before the hooks ran.

    Returns:
        Whether nothing differs any more. What is in a submodule is not brought back, so with one it is False.

    Raises:
        CommandError: Git could not look.
    """
    if (inside.root / ".gitmodules").exists():
        return False
    now = await anyio.to_thread.run_sync(contents, inside.root)
    if before.items() <= now.items():  # as most backends leave it; git would be asked four times
        await anyio.to_thread.run_sync(_remove, now.keys() - before.keys())
        return True
    for words in (("reset", "--quiet", "--hard"), ("clean", "--quiet", "-ffdx")):
        if not (await inside.run(*NO_HOOKS, *words)).ok:
            return False
    return not await _differs(inside)


def _remove(paths: Iterable[str]) -> None:
    for path in sorted(paths):
        files.remove_tree(Path(path))


async def _differs(inside: Git) -> bool:
    """Whether anything is changed, added or ignored."""
    every = ("--porcelain", "--ignored", "--untracked-files=all")
    return bool(await inside.text("-c", "core.fsmonitor=false", "status", *every))


async def changed(inside: Git) -> tuple[str, ...]:
    """The files of the clone that differ from what is committed, every one compared by its content.

    Git itself trusts its notes of sizes and times, and so sees the same file as changed or not.
    """
    await inside.run("read-tree", "HEAD")
    return tuple(entry[3:] for entry in await inside.status() if not entry.startswith("??"))
