"""The project's ``.env``, which may hold the token, is on this machine only and for its owner only."""

import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import anyio

from release_async.base.problems import NotJudged, Problem, Problems, refuse, warn
from release_async.guard import env_files
from release_async.plan.plan import Plan
from release_async.release.ignore_command import ignore_command, not_ignored
from release_async.run.context import Context

TITLE = ".env file"
LONG = False


class _File(NamedTuple):
    """What a path really leads to, links followed; ``inside`` is None where that is not in the repository."""

    inside: str | None
    status: os.stat_result


async def run(plan: Plan, context: Context) -> Problems | NotJudged:  # noqa: ARG001 - as every check
    """Refuse a ``.env`` that git has or would take, or that is not this project's own plain file.

    Where there is none, or a directory of that name, which nothing is read from, there is nothing to judge.

    Raises:
        CommandError: Git could not say what it makes of the file.
    """
    root = context.project.relative_to(context.git.root)
    name = (root / ".env").as_posix()
    top = context.git.root if root.parts else Path()
    if await _is_tracked(context, name):
        return await _tracked(context, name, top)
    found = await anyio.to_thread.run_sync(_look, context.project / ".env", context.git.root)
    if found is None or stat.S_ISDIR(found.status.st_mode):
        return NotJudged("there is no .env")
    if found.inside is None:
        cure = f"rm {_typed(top / name)}, and write the tokens into a file of the project's own"
        return (refuse(f"{name} is a link to what is not in the repository", cure=cure),)
    if found.inside != name and await _is_tracked(context, found.inside):
        return await _tracked(context, found.inside, top)
    would_be_taken = [path for path in {name, found.inside} if not await _is_ignored(context, path)]
    unsafe = (
        *(_not_ignored(path, top, context) for path in sorted(would_be_taken)),
        *_plain(found, top),
    )
    return (*unsafe, *_mistaken(context, name))


def _mistaken(context: Context, name: str) -> Iterator[Problem]:
    """Warn of what has no effect, and was probably meant for a setting; no value is shown."""
    for given, meant in context.settings.mistaken:
        what = f"{given} in {name} is no setting of release-async, and has no effect"
        yield warn(what, cure=f"did you mean {meant}?")


def _typed(path: Path) -> str:
    """As a shell takes it: of a project in a folder the whole path, since nobody knows where it is typed."""
    return shlex.quote(str(path))


def _look(path: Path, root: Path) -> _File | None:
    target, root = path.resolve(), root.resolve()
    inside = target.relative_to(root).as_posix() if target.is_relative_to(root) else None
    try:
        return _File(inside, target.stat())
    except FileNotFoundError:
        return _File(None, path.lstat()) if path.is_symlink() else None


async def _is_tracked(context: Context, name: str) -> bool:
    return bool(await context.git.text("--literal-pathspecs", "ls-files", "-z", "--", name))


async def _is_ignored(context: Context, name: str) -> bool:
    """Whether ``git add`` passes over it; ``git check-ignore`` answers 1 where it would not."""
    answer = await context.git.run("check-ignore", "--quiet", "--", f"./{name}")
    return answer.returncode != 1 and answer.checked().ok


async def _tracked(context: Context, name: str, top: Path) -> Problems:
    """Refuse a file that is in the repository with a secret in it; one that sets options only may be."""
    committed = await context.git.run("cat-file", "blob", f":{name}")
    if committed.ok and not env_files.holds_secret(committed.stdout.encode(errors="surrogateescape")):
        return ()
    out = f"git rm --cached {_typed(top / name)}"
    if await not_ignored(context.git, (name,)):
        out += f" && {_ignoring(name, top, context)}"
    if not await context.git.text("log", "-1", "--format=%H", "--all", "--", f":(top,literal){name}"):
        what = f"{name} is staged: the next commit has what is in it"
        return (refuse(what, cure=out),)
    what = f"{name} is tracked by git: whoever has the repository has what is in it"
    cure = (
        f"{out}, and commit; then revoke its tokens and make new ones, since the old ones stay in the history"
    )
    return (refuse(what, cure=cure),)


def _ignoring(name: str, top: Path, context: Context) -> str:
    there = context.git.root / ".gitignore"
    return ignore_command([name.rpartition("/")[2]], there, _typed(top / ".gitignore"))


def _not_ignored(name: str, top: Path, context: Context) -> Problem:
    what = f"{name} is not ignored by git: the next `git add` takes it along"
    return refuse(what, cure=f"{_ignoring(name, top, context)}, and commit that")


def _plain(found: _File, top: Path) -> Iterator[Problem]:
    name, word = found.inside, _typed(top / str(found.inside))
    if not stat.S_ISREG(found.status.st_mode):
        yield refuse(f"{name} is no plain file, and nothing is read from it", cure=f"rm {word}")
        return
    if found.status.st_nlink > 1:
        what = f"{name} is a hard link: the same file has another name elsewhere"
        yield refuse(what, cure=f"cp -p {word} {word}.new && mv {word}.new {word}")
    others = found.status.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    if others and os.name == "posix":  # elsewhere the mode says nothing of who may read
        yield warn(f"{name} can be read or written by other users", cure=f"chmod 600 {word}")
