"""The working tree is clean: what is released is what is committed."""

import os
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import anyio

from release_async.base.errors import ReleaseAsyncError
from release_async.base.problems import Level, Problem, Problems, refuse, warn
from release_async.external.git import checkout_state
from release_async.external.git.checkout_state import IndexEntry
from release_async.guard import env_files
from release_async.plan.plan import Plan
from release_async.release.ignore_command import ignore_command, not_ignored
from release_async.repository import snapshot
from release_async.run.context import Context
from release_async.versions import compare_places, find_distributions

TITLE = "Working tree"
LONG = False
SHOWN = 5

_UNTRACKED = "?? "
_ADDED = "A"
_OF_ENVIRONMENT = "pyvenv.cfg"
"""The file at the top of every virtual environment (Python, venv)."""
_ASIDE = "or put aside until it is out: git stash --include-untracked, afterwards git stash pop"


class _Told(NamedTuple):
    """What is told beside files that git does not know.

    Attributes:
        changes: Whether changes are, whose cure puts all of it aside.
        secrets: Whether files for secrets are.
    """

    changes: bool
    secrets: bool = False


async def run(plan: Plan, context: Context) -> Problems:  # noqa: ARG001 - the same for every plan
    """Refuse where anything differs from HEAD, submodules included; warn of what git was told to overlook."""
    changed = await context.git.status()
    entries = await checkout_state.special_entries(context.git)
    submodules = {entry.path for entry in entries if entry.submodule}
    dirty = [path for path in map(_path, changed) if path in submodules]
    files = [entry for entry in changed if _path(entry) not in submodules]
    changes = [entry for entry in files if not entry.startswith(_UNTRACKED)]
    added = [_path(entry) for entry in changes if entry.startswith(_ADDED) and _is_secret(_path(entry))]
    edited = [path for path in map(_path, changes) if path not in added]
    strays = [_path(entry) for entry in files if entry.startswith(_UNTRACKED)]
    return (
        *_uncommitted(edited, disagrees=await _disagrees(edited, context)),
        *await _staged_secrets(added, context),
        *await _strays(strays, context, _Told(changes=bool(edited))),
        *[await _changed_submodule(path, context) for path in dirty],
        *await _empty_submodules(submodules.difference(dirty), context),
        *_overlooked(entries),
    )


def _path(entry: str) -> str:
    return entry[3:]


async def _disagrees(edited: Iterable[str], context: Context) -> bool:
    """Whether places of the version differ on the disk: one was raised, and another forgotten.

    Nothing is read where none is edited. What cannot be read says nothing here.
    """
    places = {site.path for one in context.distributions for site in one.sites if site.counts}
    if places.isdisjoint(edited):
        return False
    try:
        return await anyio.to_thread.run_sync(_differ, context.git.root, context.git.env)
    except ReleaseAsyncError:
        return False


def _differ(root: Path, environ: Mapping[str, str]) -> bool:
    with snapshot.disk(root, environ) as tree:
        found = chain.from_iterable(map(compare_places.compare, find_distributions.distributions(tree)))
        return any(problem.level is Level.REFUSE for problem in found)


def _uncommitted(paths: Sequence[str], *, disagrees: bool) -> Problems:
    if not paths:
        return ()
    what = f"{len(paths)} uncommitted {'change' if len(paths) == 1 else 'changes'}: {_listed(paths)}"
    first = "let the version agree everywhere, see: release-async versions; then " if disagrees else ""
    return (refuse(what, cure=f"{first}commit them: git commit --all; {_ASIDE}"),)


def _environments(paths: Sequence[str], root: Path) -> Problems:
    """Virtual environments that git does not ignore: before Python 3.13 venv leaves that to the project."""
    if not paths:
        return ()
    patterns = dict.fromkeys(f"{Path(path).name}/" for path in paths)
    cure = f"add {' and '.join(patterns)} to .gitignore: {_ignoring(patterns, root, 'virtual environments')}"
    what = _are(paths, "a virtual environment", "virtual environments")
    return (refuse(f"{what} that git does not ignore", cure=cure),)


def _are(paths: Sequence[str], one: str, many: str) -> str:
    """Which paths are what."""
    return f"{_listed(paths)} is {one}" if len(paths) == 1 else f"{_listed(paths)} are {many}"


def _ignoring(patterns: Iterable[str], root: Path, what: str) -> str:
    """The command that has git ignore these patterns, and commits that."""
    there = shlex.quote(_from_here(".gitignore", root))
    committed = f"git add {there} && git commit -m 'Ignore {what}' -- {there}"
    return f"{ignore_command(patterns, root / '.gitignore', there)} && {committed}"


async def _strays(untracked: Sequence[str], context: Context, told: _Told) -> Problems:
    """What git neither has nor ignores; which of that is to be ignored is not told to be committed."""
    root = context.git.root
    environments = [path for path in untracked if (root / path / _OF_ENVIRONMENT).is_file()]
    within = {path: await _files(path, context) for path in untracked if path not in environments}
    secrets = await anyio.to_thread.run_sync(_secrets, root, list(chain(*within.values())))
    others = [path for path, files in within.items() if not secrets.issuperset(files)]
    return (
        *_environments(environments, root),
        *_ignorable_secrets(sorted(secrets), root),
        *_untracked(others, root, told._replace(secrets=bool(secrets))),
    )


async def _files(path: str, context: Context) -> Sequence[str]:
    """An untracked file; or the files of an untracked folder, which git lists as one."""
    if not path.endswith("/"):
        return (path,)
    listed = ("ls-files", "-z", "--others", "--exclude-standard")
    return (await context.git.text("--literal-pathspecs", *listed, "--", path)).rstrip("\0").split("\0")


def _secrets(root: Path, paths: Iterable[str]) -> set[str]:
    """Those of the files that hold secrets by their names; of a ``.pem`` or ``.key`` the content says it."""
    return {path for path in paths if _is_secret(path) or (path.endswith(_PEM) and _holds_key(root / path))}


_PEM = (".pem", ".key")
_PRIVATE = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY")


def _holds_key(path: Path) -> bool:
    try:
        return path.is_file() and bool(_PRIVATE.search(path.read_bytes()))
    except OSError:
        return False


def _is_secret(path: str) -> bool:
    return env_files.is_secret(path) or env_files.is_key(path)


def _ignorable_secrets(paths: Sequence[str], root: Path) -> Problems:
    """Files that no commit shall have, so that no cure of ours adds one."""
    if not paths:
        return ()
    what = f"{_are(paths, 'a file for secrets', _SECRETS)} that git does not ignore"
    return (refuse(what, cure=f"do not commit that: {_ignoring_secrets(paths, root)}"),)


async def _staged_secrets(paths: Sequence[str], context: Context) -> Problems:
    """The same where the next commit would have them; without HEAD there is no release."""
    if not paths:
        return ()
    root, open_to_git = context.git.root, await not_ignored(context.git, paths)
    out = shlex.join(_from_here(path, root) for path in paths)
    command = f"git restore --staged {out}"
    command += f" && {_ignoring_secrets(open_to_git, root)}" if open_to_git else ""
    them = "it" if len(paths) == 1 else "them"
    what = f"{_are(paths, 'a file for secrets', _SECRETS)}, and the next commit would have {them}"
    return (refuse(what, cure=f"do not commit that: {command}"),)


def _ignoring_secrets(paths: Iterable[str], root: Path) -> str:
    return _ignoring([Path(path).name for path in paths], root, _SECRETS)


_SECRETS = "files for secrets"


def _untracked(paths: Sequence[str], root: Path, besides: _Told) -> Problems:
    """Other files; where a folder or ``--all`` may have those for secrets in it, these come first."""
    if not paths:
        return ()
    number = "1 file is" if len(paths) == 1 else f"{len(paths)} files are"
    what = f"{number} neither committed nor ignored: {_listed(paths)}"
    first = "once the files for secrets are ignored: " if besides.secrets else ""
    add = f"{first}git add {_typed(paths, root)}"
    aside = "" if besides.changes else f"; {_ASIDE}"
    cure = f"{add} && git commit; or list in .gitignore what is not to be{aside}"
    return (refuse(what, cure=cure),)


async def _changed_submodule(path: str, context: Context) -> Problem:
    """Say which of the two it is: work inside that is not committed, or another commit than HEAD records."""
    word = shlex.quote(path)
    if await context.git.at(context.git.root / path).status():
        what = f"the submodule {path} has uncommitted changes"
        return refuse(
            what, cure=f"commit them there, or put them aside: git -C {word} stash --include-untracked"
        )
    what = f"the submodule {path} is at another commit than the one that HEAD records"
    cure = (
        f"record it: git commit -m {shlex.quote(f'Update {path}')} -- {word}; "
        f"or go back: git submodule update {word}"
    )
    return refuse(what, cure=cure)


async def _empty_submodules(paths: Iterable[str], context: Context) -> Problems:
    """The release commit is built with the submodules that are there; the others would be empty in it too."""
    empty = [path for path in sorted(paths) if not await checkout_state.is_cloned(context.git, path)]
    return tuple(
        warn(
            f"the submodule {path} is empty here, and will be empty in what is built",
            cure=f"git submodule update --init {shlex.quote(path)}",
        )
        for path in empty
    )


def _overlooked(entries: Iterable[IndexEntry]) -> Problems:
    """The release is made from HEAD, so what is overlooked does no harm; it may be missed all the same."""
    flagged: dict[str, list[str]] = {}
    for entry in entries:
        if entry.flag:
            flagged.setdefault(entry.flag, []).append(entry.path)
    return tuple(
        warn(
            f"changes of {len(paths)} {'file' if len(paths) == 1 else 'files'} would not be seen ({flag}): "
            f"{_listed(paths)}; HEAD's content is released",
            cure=f"git update-index --no-{flag} {shlex.join(paths)}, then look at git status",
        )
        for flag, paths in sorted(flagged.items())
    )


def _typed(paths: Sequence[str], root: Path) -> str:
    """As a shell takes them where the person stands; of many all, since nobody types so many names."""
    return shlex.join(_from_here(path, root) for path in paths) if len(paths) <= SHOWN else "--all"


def _from_here(path: str, root: Path) -> str:
    """A path below the top as it is typed in a folder of the repository; elsewhere from the top."""
    here, there = Path.cwd(), root / path
    return os.path.relpath(there, here) if here.is_relative_to(root.resolve()) else path


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
    return ", ".join(paths[:SHOWN]) + more
