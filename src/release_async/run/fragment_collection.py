"""Lets the project's own towncrier or scriv collect its fragments, in a private copy of HEAD.

What the tool changes in the copy becomes part of the plan. It never runs in the user's checkout, nor in the
worktree that is released.
"""

import shlex
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import anyio

from release_async.base.errors import ConfigurationError, FailedError
from release_async.external.git.git_commands import Git
from release_async.external.git.worktree import NO_HOOKS
from release_async.plan import changelog, fragments
from release_async.plan.collected_fragments import Collected, line_changes
from release_async.plan.fragments import FragmentTool
from release_async.plan.plan import Package
from release_async.process.run_process import Command, Completed, run
from release_async.repository import snapshot
from release_async.run import test_command
from release_async.run.project import Project


async def collected(project: Project, package: Package, day: str) -> Collected | None:
    """What the tool that the setting ``changelog`` names makes of the fragments in HEAD.

    Args:
        project: The project.
        package: What is released of it.
        day: The day of the release, as ``2026-01-31``.

    Returns:
        What changes; None where there are no fragments, and where the changelog has this version already: a
        tool would write a section all the same.

    Raises:
        ConfigurationError: The tool is not configured, or not installed where the project's tests run.
        FailedError: It failed, took too long, or changed something else than the changelog and its fragments.
        CommandError: Git failed.
    """
    name, git = str(project.settings.changelog), project.git
    with snapshot.revision(git.root, project.head, git.env) as tree:
        found = fragments.tool(tree, project.distribution.root)
        waiting = fragments.waiting(found, tree.paths()) if found else ()
    if found is None or found.name != name:
        raise ConfigurationError(
            f'changelog = "{name}", and the project does not configure {name}',
            cure=f"configure {name}, commit that, and run the same command again; or leave changelog away",
        )
    if not waiting or changelog.names(project.changelog_text, package.version):
        return None
    with tempfile.TemporaryDirectory(prefix="release-async-", ignore_cleanup_errors=True) as directory:
        copy = await _copy(git, project.head, Path(directory) / "copy")
        await _run(project, found, copy.root / project.distribution.root, (package.version, day))
        return await _made(project, found, copy)


async def _copy(git: Git, commit: str, target: Path) -> Git:
    """A clone of its own with a commit checked out, as it is committed."""
    shared = ("clone", "--quiet", "--shared", "--no-checkout", "--template=")
    await git.text(*NO_HOOKS, *shared, "--", str(git.root), str(target))
    copy = git.at(target, ("core.autocrlf", "false"), GIT_CEILING_DIRECTORIES=str(target.parent))
    await copy.text(*NO_HOOKS, "checkout", "--quiet", "--detach", commit)
    return copy


async def _run(project: Project, tool: FragmentTool, directory: Path, wanted: tuple[str, str]) -> None:
    """Run the tool where the project's tests would find it: by its interpreter, else on their PATH.

    Raises:
        ConfigurationError: It is in neither.
        FailedError: It ends with another code than 0.
    """
    env, words = {**project.test_env, "PYTHONDONTWRITEBYTECODE": "1", "TZ": "UTC0"}, _words(tool, wanted)
    python = test_command.interpreter(project.directory, project.test_env)
    ran = await run(_command((python, "-m", tool.name, *words), directory, env, project))
    if not ran.ok and f"No module named {tool.name}" in ran.stderr:
        program = shutil.which(tool.name, path=env.get("PATH"))
        if program is None:
            raise ConfigurationError(
                f'changelog = "{tool.name}", and {tool.name} is not installed where the project is tested',
                cure=f"{python} -m pip install {tool.name}; then run the same command again",
            )
        ran = await run(_command((program, *words), directory, env, project))
    if not ran.ok:
        raise _failed(tool, wanted, ran)


def _words(tool: FragmentTool, wanted: tuple[str, str]) -> tuple[str, ...]:
    """Version and date are given, and nothing is left to what a configuration of git says unseen."""
    version, day = wanted
    if tool.name == "towncrier":
        return ("build", "--yes", "--version", version, "--date", day)
    return ("collect", "--version", version, "--no-add", "--no-edit")


def _command(argv: tuple[str, ...], cwd: Path, env: Mapping[str, str], project: Project) -> Command:
    return Command(argv=argv, cwd=cwd, env=env, timeout=project.settings.build_timeout)


def _failed(tool: FragmentTool, wanted: tuple[str, str], ran: Completed) -> FailedError:
    said = (ran.stdout + ran.stderr).strip()
    how = f"within {ran.command.timeout:g} s" if ran.timed_out else "of the fragments"
    return FailedError(
        f"{tool.name} made no section {how}",
        cure=f"see what it says, and correct that: {tool.name} {shlex.join(_words(tool, wanted))}",
        detail=said,
    )


class _Status(NamedTuple):
    """What has changed in the copy: paths, relative to its top."""

    written: tuple[str, ...]
    removed: tuple[str, ...]


async def _made(project: Project, tool: FragmentTool, copy: Git) -> Collected:
    """What has changed, if that is one changelog and fragments that are gone.

    Raises:
        FailedError: It is something else.
    """
    status = await _status(copy)
    inside = f"{tool.folder}/"
    strange = [path for path in status.removed if not path.startswith(inside)]
    if len(status.written) != 1 or strange or not status.removed:
        told = ", ".join((*status.written, *strange)) or "no file"
        raise FailedError(
            f"{tool.name} has changed {told}, not just one changelog and the fragments below {inside}",
            cure=f"see which files its configuration names; or run {tool.name} by hand, and commit that",
        )
    (path,) = status.written
    before, after = await _texts(project, copy, path)
    return Collected(path, line_changes(before, after), status.removed)


async def _texts(project: Project, copy: Git, path: str) -> tuple[str, str]:
    """The changelog in HEAD, and as the tool has left it.

    Raises:
        FailedError: It is not UTF-8.
    """
    with snapshot.revision(project.git.root, project.head, project.git.env) as tree:
        before = tree.read(path) or b""
    after = await anyio.Path(copy.root / path).read_bytes()
    try:
        return before.decode(), after.decode()
    except UnicodeDecodeError as error:
        raise FailedError(f"{path} is not UTF-8: {error}", cure="convert it, and commit that") from error


async def _status(copy: Git) -> _Status:
    words = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")
    entries = [entry for entry in (await copy.text(*words)).split("\0") if entry]
    removed = [entry[3:] for entry in entries if "D" in entry[:2]]
    written = [entry[3:] for entry in entries if "D" not in entry[:2]]
    return _Status(tuple(written), tuple(sorted(removed)))
