"""Installs our git hooks, removes them, and reports their state; does not judge commits.

A hook that is already there is kept and runs first. Hooks of husky or lefthook, and hooks shared by all
repositories of a person, are left alone.
"""

import hashlib
import os
import re
import shlex
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from release_async.base.errors import ConfigurationError, FailedError, RefusedError
from release_async.base.printable_text import printable
from release_async.cli import lefthook, pre_commit_config
from release_async.external.git.git_commands import Git
from release_async.hook import pass_cache
from release_async.process import child_environments
from release_async.process.run_process import Command, run

EVENTS: Final = ("pre-commit", "pre-merge-commit", "pre-applypatch", "pre-push")
"""The hooks that are installed (githooks): for commits, clean merges, patches of ``git am``, pushes."""

KEPT: Final = ".before-release-async"
"""The suffix of a hook that was there before ours."""

_UNHOOKED: Final = (
    "Git runs no hook for: a clean cherry-pick, revert or rebase; rebase --continue; a fast-forward; "
    "commit --no-verify and merge --no-verify; commit-tree and update-ref; any commit of a clone "
    "without hooks; what is merged or edited on a server."
)
_PUSHED: Final = "What comes in that way is judged when it is pushed, at the tip of each ref."
_PUSHED_BY_MANAGER: Final = (
    "What comes in that way is judged when it is pushed, at the tip of the first ref of a push: a hook "
    "manager tells its hooks no other, and calls none for a tag of a commit that the remote has. To have "
    "every ref and tag judged: release-async hooks install"
)
"""What pre-commit and prek do with the lines that git gives a pre-push hook."""
_NOT_PUSHED: Final = (
    "What comes in that way is not judged here at all: no hook of ours looks at what is pushed."
)
_BY_CI: Final = (
    "What is not pushed from here, or with push --no-verify, is judged by CI, with: "
    "release-async hook ci origin/main..HEAD"
)
_PRINT_LIBRARY: Final = (
    "import os, release_async.hook, release_async.hook.pass_cache as v; os.write(1, os.fsencode(v.library()))"
)
_CHECKSUM: Final = b"# sha256 of the lines above: "
_PUSH: Final = "pre-push"
_VERSIONS: Final = "version-consistency"
_MANAGER_MARKER: Final = b"hook-impl"
_SHARED_SCOPES: Final = ("global", "system")


@dataclass(frozen=True, slots=True)
class HookState:
    """The state of one hook.

    Attributes:
        event: Git's name of the hook.
        works: Whether git runs ours, and ours works.
        text: The same in words.
        exists: Whether there is any hook, ours or another.
        managed: Whether that is a hook manager's.
        python: The path of the interpreter that runs ours; empty where there is none of ours.
    """

    event: str
    works: bool
    text: str
    exists: bool = True
    managed: bool = False
    python: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where git looks for one hook, and where ours is: a hook manager may have moved it since."""

    event: str
    front: Path

    @property
    def path(self) -> Path:
        """Our file, or where it will be."""
        moved = self.front.with_name(f"{self.event}.legacy")
        return moved if _is_ours(_read(moved)) else self.front

    @property
    def kept(self) -> Path:
        """The hook that was there before."""
        return self.front.with_name(f"{self.event}{KEPT}")


@dataclass(frozen=True, slots=True)
class _Interpreter:
    """What runs the hooks: its path, and the folder that release-async is installed in, if any."""

    path: str
    library: str


async def install(git: Git, python: str, *, guards: bool) -> tuple[HookState, ...]:
    """Install or update our hooks; all of them or none.

    Args:
        git: The repository, at the top of a working tree.
        python: The absolute path of the interpreter that runs the hooks.
        guards: Whether tokens and files for secrets are refused too.

    Returns:
        The new state of each hook.

    Raises:
        ConfigurationError: The hooks belong to another tool, or are shared with other repositories.
        RefusedError: A file is in the way that only a person can judge.
        FailedError: The interpreter cannot run the hooks, or a file could not be written; nothing changed.
    """
    check = "release-guard" if guards else _VERSIONS
    await _check_owner(git, check)
    places = await _places(git)
    for place in places:
        _check_file(place, check, tracked=await _is_tracked(git, place))
    interpreter = await _check_interpreter(git, python)
    done: list[_Place] = []
    try:
        for place in places:
            if not _is_ours(_read(place.path)):
                done.append(place)
            _write(
                place,
                _content(
                    place.event, f"{_VERSIONS}-push" if place.event == "pre-push" else check, interpreter
                ),
            )
    except OSError as error:
        for place in done:
            with suppress(OSError):
                _remove(place)
        raise FailedError(
            f"{error.filename} could not be written: {error.strerror}",
            cure=f"look at it: ls -ld {shlex.quote(str(places[0].front.parent))}",
        ) from error
    return tuple(_state(place) for place in places)


async def uninstall(git: Git) -> tuple[HookState, ...]:
    """Remove our hooks and restore the earlier ones, byte for byte.

    Raises:
        RefusedError: One of ours was changed by hand.
        FailedError: A file could not be removed.
    """
    places = [place for place in await _places(git) if _is_ours(_read(place.path))]
    for place in places:
        _check_unchanged(place)
    try:
        for place in places:
            _remove(place)
    except OSError as error:
        raise FailedError(
            f"{error.filename} could not be removed: {error.strerror}", cure="look at it, then try again"
        ) from error
    await _forget(git)
    return await status(git)


async def _forget(git: Git) -> None:
    """Remove the caches of the hooks in each working tree's git directory; they only save milliseconds."""
    common = await git.common_directory()
    for directory in (common, *common.glob("worktrees/*")):
        home = directory / "release-async"
        with suppress(OSError):
            (home / pass_cache.FILE).unlink(missing_ok=True)
            home.rmdir()  # fails if anything else is in it


async def status(git: Git) -> tuple[HookState, ...]:
    """The state of each of our hooks, and of those of a hook manager whose configuration names ours."""
    states = tuple(_state(place) for place in await _places(git))
    config = await _manager_config(git)
    if not pre_commit_config.names_hook(config) or _is_native(states[0]):
        return states
    return tuple(_by_manager(state, config) for state in states)


def unhooked(states: Iterable[HookState]) -> tuple[str, ...]:
    """What git asks no hook about, and what judges that, where the hooks are in these states."""
    pushed = next((state for state in states if state.event == _PUSH and state.works), None)
    if pushed is None:
        return (_UNHOOKED, _NOT_PUSHED, _BY_CI)
    return (_UNHOOKED, _PUSHED if pushed.python else _PUSHED_BY_MANAGER, _BY_CI)


async def manager_command(git: Git, states: Iterable[HookState]) -> str:
    """The command that has the manager of the project's other hooks called by git; empty where it is already.

    Args:
        git: The repository, at the top of a working tree.
        states: The states of the hooks, for which the manager may be wanted too.
    """
    config = await _manager_config(git)
    if not config or _is_manager_called((await _places(git))[0]):
        return ""
    judged = pre_commit_config.judged_events(config)
    missing = [state.event for state in states if state.event in judged and not state.python]
    wanted = missing or [event for event in EVENTS if event in judged]  # ours are in front of it by now
    return pre_commit_config.install_command(config, wanted or EVENTS[:1])


def _is_manager_called(place: _Place) -> bool:
    """Whether a manager's hook is in front, or kept behind ours, which calls it."""
    found = (_read(path) or b"" for path in (place.front, place.kept))
    return any(_MANAGER_MARKER in data and not _is_ours(data) for data in found)


async def missing_of_manager(git: Git) -> str:
    """The command that installs the manager's hooks which judge commits with ours; empty where none lacks."""
    states, config = await status(git), await _manager_config(git)
    judged = pre_commit_config.judged_events(config) or {EVENTS[0]}
    missing = [state.event for state in states if state.event in judged and not state.exists]
    return pre_commit_config.install_command(config, missing) if missing else ""


async def is_push_judged(git: Git) -> bool:
    """Whether what is pushed is judged, by our hook or by the manager's once that is installed."""
    is_ours = any(state.works for state in await status(git) if state.event == _PUSH)
    return is_ours or _PUSH in pre_commit_config.judged_events(await _manager_config(git))


async def _manager_config(git: Git) -> str:
    return (_read(git.root / pre_commit_config.FILE) or b"").decode(errors="replace")


def _is_native(state: HookState) -> bool:
    """Whether git itself runs a hook of ours or of somebody else, and no manager."""
    return bool(state.python) or (state.exists and not state.managed)


def _by_manager(state: HookState, config: str) -> HookState:
    """The state of a hook where the configuration of the hook manager names ours: what is really there."""
    if _is_native(state):
        return state
    if state.event not in pre_commit_config.judged_events(config):
        if state.event == "pre-applypatch":
            text = "not installed: no hook manager has it; if you use git am: release-async hooks install"
            return replace(state, works=True, text=text)
        text = f"not installed, and not in {pre_commit_config.FILE}; beside it: release-async hooks install"
        return replace(state, works=False, text=text)
    if state.managed:
        return replace(state, works=True, text=f"run by the hook manager, as {pre_commit_config.FILE} says")
    return replace(state, text=f"not installed: {pre_commit_config.install_command(config, (state.event,))}")


async def _places(git: Git) -> tuple[_Place, ...]:
    """Where git looks for hooks; respects ``core.hooksPath`` and worktrees (git-rev-parse, --git-path)."""
    directory = Path(await git.text("rev-parse", "--path-format=absolute", "--git-path", "hooks"))
    return tuple(_Place(event, directory / event) for event in EVENTS)


async def _check_owner(git: Git, check: str) -> None:
    """Raise if the hooks belong to husky or lefthook, or are shared with other repositories."""
    answer = await git.run("config", "--show-scope", "--type=path", "--get", "core.hooksPath")
    scope, _, directory = answer.stdout.strip().partition("\t")
    if ".husky" in Path(directory).parts:
        raise _belongs_to("husky", f"to .husky/pre-commit: release-async hook {check}")
    if found := lefthook.find(git.root):
        where, lines = lefthook.addition(git.root, found, f"release-async hook {check}")
        place = f"to {found}{', ' if where else ''}{where}"
        raise _belongs_to("lefthook", f"{place}, the lines above, then run: lefthook install", lines)
    if scope in _SHARED_SCOPES:
        raise ConfigurationError(
            f"core.hooksPath is {printable(directory)} for every repository of yours ({scope} configuration)",
            cure="give this one hooks of its own: git config core.hooksPath "
            '"$(git rev-parse --path-format=absolute --git-common-dir)/hooks"',
        )


def _belongs_to(owner: str, cure: str, detail: str = "") -> ConfigurationError:
    return ConfigurationError(
        f"the hooks of this repository belong to {owner}", cure=f"add {cure}", detail=detail
    )


async def _is_tracked(git: Git, place: _Place) -> bool:
    return bool((await git.run("ls-files", "--", str(place.front))).stdout)


def _check_file(place: _Place, check: str, *, tracked: bool) -> None:
    """Raise if a file is in the way of one hook."""
    directory, data = place.front.parent, _read(place.path)
    if directory.exists() and not directory.is_dir():
        raise ConfigurationError(
            f"core.hooksPath is {printable(str(directory))}, which is no folder: git runs no hooks here",
            cure="git config --unset core.hooksPath",
        )
    if _is_ours(data):
        _check_unchanged(place)
    elif data is not None and tracked:
        raise ConfigurationError(
            f"{printable(str(place.front))} is a file of the project, and ours names a path of this machine",
            cure=f"add this line to it: release-async hook {check} || exit",
        )
    elif data is not None and os.path.lexists(place.kept) and data != _read(place.kept):
        raise RefusedError(
            f"there is a hook {place.front.name}, and one that was kept as {place.kept.name}",
            cure=f"look at both in {shlex.quote(str(directory))}, and delete one",
        )


def _check_unchanged(place: _Place) -> None:
    data = _read(place.path) or b""
    if data != _with_checksum(data.partition(_CHECKSUM)[0]):
        raise RefusedError(
            f"{printable(str(place.path))} was changed by hand",
            cure=f"save what you need of it, then: rm {shlex.quote(str(place.path))}",
        )


async def _check_interpreter(git: Git, python: str) -> _Interpreter:
    """The interpreter; raise if it cannot import the hook in isolated mode, as git will start it."""
    env = child_environments.for_project(git.env)
    command = (python, "-I", "-c", _PRINT_LIBRARY)
    answer = await run(Command(argv=command, cwd=git.root, env=env, timeout=git.timeout))
    if not answer.ok:
        raise FailedError(
            f"{python} cannot import release-async by itself",
            cure="install release-async into an environment, such as with pipx, and run it from there",
            detail=answer.stderr.strip(),
        )
    if "\n" in python + answer.stdout:
        raise ConfigurationError(
            f"the path of the interpreter holds a line end: {printable(python)}",
            cure="install release-async into another folder, such as with pipx, and run it from there",
        )
    return _Interpreter(python, answer.stdout)


def _content(event: str, check: str, interpreter: _Interpreter) -> bytes:
    """The content of one hook file."""
    text = _template().read_text(encoding="utf-8")
    paths = {"python": interpreter.path, "library": interpreter.library}
    values = {"event": event, "check": check} | {name: shlex.quote(path) for name, path in paths.items()}
    for name, value in values.items():
        text = re.sub(rf"(?m)^{name}=.*$", f"{name}={value}".replace("\\", r"\\"), text, count=1)
    return _with_checksum(os.fsencode(text))


def _template() -> Path:
    """The hook script: in a wheel it is in the package, in a clone at the top."""
    package = Path(__file__).parents[1]
    candidates = (package / "hook" / "scripts" / "pre-commit", package.parents[1] / "hooks" / "pre-commit")
    return next(path for path in candidates if path.is_file())


def _with_checksum(text: bytes) -> bytes:
    return text + _CHECKSUM + hashlib.sha256(text).hexdigest().encode("ascii") + b"\n"


def _write(place: _Place, content: bytes) -> None:
    """Write our hook, after copying an earlier one; there is a hook at every moment."""
    path, kept = place.path, place.kept
    path.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(path) and not _is_ours(_read(path)) and not os.path.lexists(kept):
        shutil.copy2(path, kept, follow_symlinks=False)
    new = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        new.write_bytes(content)
        new.chmod(0o755)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _remove(place: _Place) -> None:
    """Remove our hook and restore an earlier one, unless that is a manager's script that now calls ours."""
    path, kept = place.path, place.kept
    if path != place.front and _MANAGER_MARKER in (_read(kept) or b""):
        kept.unlink()
    if os.path.lexists(kept):
        kept.replace(path)
    elif _is_ours(_read(path)):
        path.unlink()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return b"" if os.path.lexists(path) else None


def _is_ours(data: bytes | None) -> bool:
    return _CHECKSUM in (data or b"")


def _state(place: _Place) -> HookState:
    path, data = place.path, _read(place.path)
    if data is None:
        return HookState(place.event, works=False, text="not installed", exists=False)
    if not _is_ours(data):
        managed = _MANAGER_MARKER in data
        runs = "a hook manager's hook is there, which runs what its configuration names"
        text = f"not installed: {runs if managed else 'another hook is there'}"
        return HookState(place.event, works=False, text=text, managed=managed)
    values = dict(_settings(data))
    python = Path(values.get("python", ""))
    problems = _problems(path, data, python)
    text = values.get("check", "")
    if os.path.lexists(place.kept):
        text += f", after {place.kept.name}"
    if path != place.front:
        text += f", called by the hook manager as {path.name}"
    return HookState(place.event, works=not problems, text="; ".join((text, *problems)), python=str(python))


def _settings(data: bytes) -> Iterable[tuple[str, str]]:
    for name, value in re.findall(r"(?m)^(check|python)=(.*)$", os.fsdecode(data)):
        yield name, "".join(shlex.split(value))


def _problems(path: Path, data: bytes, python: Path) -> list[str]:
    """What keeps one of our hooks from working."""
    problems = []
    if data != _with_checksum(data.partition(_CHECKSUM)[0]):
        problems.append("it was changed by hand")
    if not os.access(path, os.X_OK):
        problems.append("git ignores it: it is not executable")
    if not os.access(python, os.X_OK):
        problems.append("its Python is gone, so it refuses every commit: release-async hooks install")
    return problems
