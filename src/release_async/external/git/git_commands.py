"""The git commands a release needs, one a method: queries, and the few changes it makes. It decides nothing.

Refs are always full names, paths follow ``--``, lists are NUL-separated, and git never prompts
(`process/child_environments.py`). Methods that only query leave the repository as it was.
"""

import math
import os
import re
import shlex
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import anyio

from release_async.base.errors import ConfigurationError
from release_async.external.git import noninteractive_ssh, remote_errors
from release_async.external.git.remote_errors import Request
from release_async.process.child_output import LineSink
from release_async.process.run_process import OWN_UMASK, Command, Completed, run

NOWHERE = os.devnull
"""The address of a remote that nobody asks: that of a rehearsal whose sandbox is not made yet."""
# What `git update-ref` takes for "must not exist yet", whatever the repository's hash.
ABSENT = ""
_COMMON = ("--path-format=absolute", "--git-common-dir")
HOOK_TIMEOUT = 3600.0
"""Seconds for a command that runs the person's hooks or signs as they do."""
PUSH_TIMEOUT = 1800.0
"""Seconds for a whole push."""
PUSH_SILENCE_TIMEOUT = 600.0
"""Seconds for which a push may say nothing, its hooks here and there included."""
LOCK_WAITS = (0.5, 2.0)
"""Seconds to wait before a push to a locked remote is tried again: hooks here and there run each time."""
_SIGPIPE = int(getattr(signal, "SIGPIPE", 13))
_SHORT_TIMEOUT = 10.0
"""Seconds for a query that we can do without."""
_SEE = "see what git says in this repository: git status"
_IDENTITY = ("user.", "author.", "committer.", "gpg.", "tag.", "commit.", "core.commentchar")


class Remote(NamedTuple):
    """A remote, with its addresses as git resolves them (``insteadOf``, ``pushInsteadOf``).

    Attributes:
        name: Its name.
        fetch_url: Where it is fetched from; empty where there is no such remote.
        push_urls: Every place that one ``git push`` goes to, one after another.
    """

    name: str
    fetch_url: str = ""
    push_urls: tuple[str, ...] = ()

    @property
    def push_url(self) -> str:
        """The first place that is pushed to; empty where there is no such remote."""
        return next(iter(self.push_urls), "")

    @property
    def pushed_place(self) -> str:
        """What to name to git so that it asks the place that is pushed to, which may not be fetched from."""
        return self.name if self.push_url in {"", self.fetch_url} else _ALIAS

    @property
    def pushed_place_config(self) -> tuple[tuple[str, str], ...]:
        """The configuration under which ``pushed_place`` is that place.

        The address is one that git has rewritten already. To name it would have it rewritten once more, to
        where is fetched from perhaps; what stands for it is rewritten once (git-config, url.insteadOf).
        """
        return () if self.pushed_place == self.name else ((f"url.{self.push_url}.insteadOf", _ALIAS),)


class RepositoryFacts(NamedTuple):
    """What a repository is (git-rev-parse).

    Attributes:
        is_shallow: Whether it lacks a part of its history.
        object_format: The hash of its objects, ``sha1`` or ``sha256``.
        directory: The git directory of this working tree.
    """

    is_shallow: bool
    object_format: str
    directory: Path


_ALIAS = "release-async-pushed-place:"
_ADDRESS = re.compile(r"(.*) \((fetch|push)\)(?: \[.*\])?")


@dataclass(frozen=True, slots=True)
class Git:
    """Git in one directory.

    Attributes:
        root: The directory that commands run in, usually the top of a working tree.
        env: The whole environment of the commands.
        config: Configuration for every command, as pairs of key and value; it is not written to a file.
        timeout: Seconds that one command may take.
        silence: Seconds for which one command may write nothing.
        lock: The descriptor of a lock that is held while a command runs, see `Command`.
        brief: Whether a command that has begun is left to end by itself, see `Command`.
        umask: What files of git's are not allowed to everybody; by default as the person has it.
        on_line: Told every line that git writes, for ``--verbose``.
        common: The directory that all working trees of the repository share, where that is known already.
    """

    root: Path
    env: Mapping[str, str]
    config: tuple[tuple[str, str], ...] = ()
    timeout: float = 60.0
    silence: float = math.inf
    lock: int | None = None
    brief: bool = False
    umask: int = OWN_UMASK
    on_line: LineSink | None = field(default=None, compare=False)
    common: Path | None = field(default=None, compare=False)
    _answers: dict[object, "_Answer"] = field(default_factory=dict, repr=False, compare=False)

    @property
    def patient(self) -> "Git":
        """The same for what runs the person's own hooks and programs, locally: no network sets its time."""
        return replace(self, timeout=max(self.timeout, HOOK_TIMEOUT))

    @property
    def pushing(self) -> "Git":
        """The same for a push: hooks here and there may test what is pushed, and say nothing meanwhile."""
        limits = (max(self.timeout, PUSH_TIMEOUT), max(self.timeout, PUSH_SILENCE_TIMEOUT))
        return replace(self, timeout=limits[0], silence=limits[1])

    @property
    def _unbroken(self) -> "Git":
        """The same for a change of refs: git would leave ``packed-refs.lock`` in the person's repository."""
        return replace(self, brief=True)

    async def run(self, *arguments: str) -> Completed:
        """Run ``git`` with ``arguments`` and return the result, whatever its exit code."""
        command = Command(
            argv=("git", "-C", str(self.root), *arguments),
            cwd=self.root,
            env={**self.env, **config_environment(self.env, self.config)},
            timeout=self.timeout,
            silence=self.silence,
            lock=self.lock,
            umask=self.umask,
            brief=self.brief,
        )
        return await run(command, on_line=self.on_line)

    async def once(self, *arguments: str) -> Completed:
        """As ``run``, of a question whose answer does not change: git is asked once, however many ask."""
        known = self._answers.setdefault((self.root, self.config, arguments), _Answer())
        async with known.lock:
            if known.completed is None:
                known.completed = await self.run(*arguments)
        return known.completed

    async def configured(self, key: str, kind: str = "") -> str:
        """The value of a key in git's configuration; empty where it has none.

        Git lists all keys once, however many are asked for.

        Args:
            key: Its name; git's own spelling, as ``commit.gpgSign``.
            kind: As what git reads the value: ``bool`` or ``path`` (git-config, ``--type``).
        """
        found = dict(await self.configuration())
        name = _canonical(key)
        if not kind or name not in found:
            return found.get(name, "").strip()
        answer = await self.once("config", f"--type={kind}", key)
        return answer.stdout.strip() if answer.ok else ""

    async def configuration(self) -> list[tuple[str, str]]:
        """The keys and values of all files, the last of a key being the one that counts (git-config).

        Git lists them once, however many ask.
        """
        raw = (await self.once("config", "--list", "-z", "--includes")).checked(_SEE).stdout
        return [
            (name, value) for name, _, value in (each.partition("\n") for each in raw.split("\0") if each)
        ]

    async def text(self, *arguments: str) -> str:
        """Run ``git`` and return its output, without the last newline.

        Raises:
            CommandError: Git failed.
        """
        return (await self.run(*arguments)).checked(_SEE).stdout.removesuffix("\n")

    async def oid(self, revision: str) -> str:
        """The object id of ``revision``; empty where there is no such object."""
        answer = await self.run("rev-parse", "--verify", "--quiet", "--end-of-options", revision)
        return answer.stdout.strip() if answer.ok else ""

    async def branch(self) -> str:
        """The branch that is checked out; empty where HEAD is detached."""
        answer = await self.run("symbolic-ref", "--quiet", "--short", "HEAD")
        return answer.stdout.strip() if answer.ok else ""

    async def common_directory(self) -> Path:
        """The directory that all working trees of the repository share (git-rev-parse, --git-common-dir)."""
        return self.common or Path(await self.text("rev-parse", *_COMMON))

    async def facts(self) -> "RepositoryFacts":
        """What does not change while the repository is there; git is asked once."""
        asked = ("--is-shallow-repository", "--show-object-format", "--absolute-git-dir")
        told = (await self.once("rev-parse", *asked)).checked(_SEE).stdout.removesuffix("\n")
        shallow, object_format, directory = told.split("\n", 2)
        return RepositoryFacts(shallow == "true", object_format, Path(directory))

    async def status(self, *paths: str) -> tuple[str, ...]:
        """The changes since HEAD, as lines of ``git status --porcelain``; for a rename, with the new path.

        Configuration that would hide files or submodules is overridden.

        Args:
            paths: What to look at, literally; everything where none is given.
        """
        whole = ("--untracked-files=normal", "--ignore-submodules=none")
        only = ("--", *map(_literal, paths))
        raw = await self.text("-c", "core.fsmonitor=false", "status", "--porcelain", "-z", *whole, *only)
        lines, fields = [], iter(raw.split("\0"))
        for entry in fields:
            if entry[:1] in {"R", "C"}:
                next(fields, None)
            if entry:
                lines.append(entry)
        return tuple(lines)

    async def untracked(self, *paths: str) -> tuple[str, ...]:
        """Those of some files that are there and that git does not follow, also the ignored ones.

        Args:
            paths: The files, literally, from the top of the working tree.
        """
        found = await self.text("ls-files", "-z", "--others", "--full-name", "--", *map(_literal, paths))
        return tuple(filter(None, found.split("\0")))

    async def remotes(self) -> dict[str, Remote]:
        """All remotes, by name."""
        found: dict[str, Remote] = {}
        for line in (await self.text("remote", "--verbose")).splitlines():
            name, _, address = line.partition("\t")
            remote = found.setdefault(name, Remote(name))
            if match := _ADDRESS.fullmatch(address):
                url, kind = match.groups()
                more = {"fetch_url": url} if kind == "fetch" else {"push_urls": (*remote.push_urls, url)}
                found[name] = remote._replace(**more)
        return found

    async def remote(self, name: str) -> Remote:
        """One remote; without any address where there is none of that name."""
        return (await self.remotes()).get(name, Remote(name))

    async def default_branch(self, remote: str) -> str:
        """The default branch of ``remote``; empty where it is not known.

        The remote is asked; if it does not answer in time, what it said when it was cloned counts.
        """
        hurried = replace(self, timeout=min(self.timeout, _SHORT_TIMEOUT))
        answer = await hurried.run("ls-remote", "--symref", "--", remote, "HEAD")
        found = re.search(r"(?m)^ref: refs/heads/(\S+)\tHEAD$", answer.stdout) if answer.ok else None
        if found:
            return found[1]
        cached = await self.run("symbolic-ref", "--quiet", f"refs/remotes/{remote}/HEAD")
        return cached.stdout.strip().removeprefix(f"refs/remotes/{remote}/") if cached.ok else ""

    async def remote_refs(self, remote: Remote, *refs: str) -> dict[str, str]:
        """The object ids that ``refs`` have now where ``remote`` is pushed to; a ref not there is left out.

        Raises:
            CommandError: The remote did not answer, which is never taken for absence.
        """
        asking = self.at(self.root, *remote.pushed_place_config)
        answer = await asking.run("ls-remote", "--", remote.pushed_place, *refs)
        if not answer.ok:
            raise remote_errors.failure(answer, _read_from(remote))
        pairs = (line.split("\t", 1) for line in answer.stdout.splitlines() if "\t" in line)
        return {name: oid for oid, name in pairs if name in refs}

    async def remote_tags(self, remote: Remote, *, again: bool = True) -> dict[str, str]:
        """The tags where ``remote`` is pushed to: by its name, the object id of the commit each leads to.

        Args:
            remote: The remote.
            again: Whether it is asked although it has been asked before.

        Raises:
            CommandError: The remote did not answer, which is never taken for absence.
        """
        asking = self.at(self.root, *remote.pushed_place_config)
        ask = asking.run if again else asking.once
        answer = await ask("ls-remote", "--tags", "--", remote.pushed_place)
        if not answer.ok:
            raise remote_errors.failure(answer, _read_from(remote))
        pairs = (line.split("\t", 1) for line in answer.stdout.splitlines() if "\t" in line)
        # The line of what an annotated tag leads to follows its own, and ends with ^{} (git-ls-remote).
        return {name.removeprefix("refs/tags/").removesuffix("^{}"): oid for oid, name in pairs}

    async def fetch_private(self, remote: Remote, branch: str, ref: str) -> Completed:
        """Fetch ``branch``, as it is where ``remote`` is pushed to, into the private ``ref``; empty for none.

        FETCH_HEAD, refs/remotes and tags stay as they are.
        """
        quiet = (
            "--quiet",
            "--no-write-fetch-head",
            "--no-tags",
            "--no-auto-maintenance",
            "--no-recurse-submodules",
        )
        refspec = f"+refs/heads/{branch}:{ref}"
        asking = self.at(self.root, *remote.pushed_place_config)
        return await asking.run("fetch", *quiet, "--refmap=", "--", remote.pushed_place, refspec)

    async def try_push(self, *arguments: str) -> Completed:
        """Push nothing: see whether the remote would take what ``arguments`` name (git-push, --dry-run).

        To a remote on this machine git sends push options even then. `git receive-pack` expects none where
        nothing is pushed: it may have left before it has read them, and git dies of SIGPIPE without a word
        (git 2.39.5). The remote takes options, or git would have said so: it is asked again without them.
        """
        tried = await self.run("push", "--dry-run", *arguments)
        if tried.returncode != -_SIGPIPE:
            return tried
        return await self.at(self.root, ("push.pushOption", "")).run("push", "--dry-run", *arguments)

    async def push(self, *arguments: str) -> Completed:
        """Push, and say for every ref how it ended (git-push, --porcelain).

        Where another git process changes refs of the remote at that moment, it is tried again.
        """
        words = ("push", "--porcelain", *arguments)
        pushed = await self.run(*words)
        for seconds in LOCK_WAITS:
            if pushed.ok or not remote_errors.is_locked(pushed):
                break
            await anyio.sleep(seconds)
            pushed = await self.run(*words)
        return pushed

    async def count_commits(self, one: str, other: str) -> tuple[int, int]:
        """The numbers of commits that are only in ``one``, and only in ``other``."""
        ours, theirs = (await self.text("rev-list", "--left-right", "--count", f"{one}...{other}")).split()
        return int(ours), int(theirs)

    async def contains(self, tip: str, oid: str) -> bool:
        """Whether ``oid`` is ``tip`` or an ancestor of it."""
        return (await self.run("merge-base", "--is-ancestor", oid, tip)).ok

    async def set_ref(self, ref: str, new: str, old: str) -> None:
        """Move ``ref`` from ``old`` to ``new``; with ``ABSENT`` as ``old``, create it.

        Raises:
            CommandError: The ref is not at ``old``.
        """
        moved = await self._unbroken.run("update-ref", "--create-reflog", ref, new, old)
        moved.checked(f"see what is there: git rev-parse {shlex.quote(ref)}")

    async def delete_ref(self, ref: str) -> None:
        """Delete ``ref`` if it exists."""
        await self._unbroken.run("update-ref", "-d", ref)

    async def refs(self, *prefixes: str) -> tuple[str, ...]:
        """The full names of the refs that are one of ``prefixes`` or below it."""
        return tuple((await self.text("for-each-ref", "--format=%(refname)", *prefixes)).split())

    async def worktrees(self) -> tuple[tuple[Path, str], ...]:
        """Every working tree with the full ref name of its branch, empty where HEAD is detached."""
        found: list[tuple[Path, str]] = []
        for line in (await self.text("worktree", "list", "--porcelain", "-z")).split("\0"):
            key, _, value = line.partition(" ")
            if key == "worktree":
                found.append((Path(value), ""))
            elif key == "branch":
                found[-1] = (found[-1][0], value)
        return tuple(found)

    async def identity_config(self) -> tuple[tuple[str, str], ...]:
        """The configuration, effective in this working tree, of who commits and how commits are signed.

        Elsewhere, conditional includes would resolve differently (git-config, includeIf), so a worktree gets
        these values passed to it.
        """
        return tuple(
            (key, self._with_absolute_path(key, value))
            for key, value in await self.configuration()
            if key.startswith(_IDENTITY) and key != "commit.template"
        )

    def _with_absolute_path(self, key: str, value: str) -> str:
        """The value; a signing key that is a path relative to the top is made absolute."""
        here = self.root / value
        return str(here) if key == "user.signingkey" and value and here.is_file() else value

    async def isolated_repository(self, store: Path, **environ: str) -> "Git":
        """Git in a new, empty repository at ``store``, committing and signing as the person does.

        It shares nothing with the user's repository but that identity (git, ENVIRONMENT VARIABLES: GIT_DIR).

        Raises:
            CommandError: It cannot be made.
        """
        kind = f"--object-format={(await self.facts()).object_format}"
        await self.text("init", "--quiet", "--bare", "--template=", kind, "--", str(store))
        return self.at(self.root, *await self.identity_config(), GIT_DIR=str(store), **environ)

    async def hooks_path(self) -> str:
        """The configured ``core.hooksPath``, absolute; empty where hooks live in the git directory."""
        path = await self.configured("core.hooksPath", "path")
        return str(self.root / path) if path else ""

    def at(self, root: Path, *config: tuple[str, str], **environ: str) -> "Git":
        """The same git in another directory, with more configuration and environment."""
        common = self.common if root == self.root and not environ else None
        return replace(
            self, root=root, config=(*self.config, *config), env={**self.env, **environ}, common=common
        )


def _canonical(key: str) -> str:
    """A key as git lists it: only a subsection, such as the name of a branch, has capital letters."""
    section, *sub, name = key.split(".")
    return ".".join((section.lower(), *sub, name.lower()))


def _literal(path: str) -> str:
    """A pathspec that is this one path, from the top of the working tree (gitglossary, pathspec)."""
    return f":(top,literal){path}"


def _read_from(remote: Remote) -> Request:
    """What a person types to read from where a remote is pushed to."""
    by_hand = f"git ls-remote {remote.name}"
    if remote.pushed_place != remote.name:
        by_hand = f'git ls-remote "$(git remote get-url --push {remote.name})"'
    return Request(remote.name, "read from", by_hand)


@dataclass(slots=True)
class _Answer:
    """What git said, once it has been asked."""

    lock: anyio.Lock = field(default_factory=anyio.Lock)
    completed: Completed | None = None


async def toplevel(directory: Path, env: Mapping[str, str]) -> Git:
    """Git at the top of the working tree that ``directory`` is in, with an ssh that never prompts.

    Args:
        directory: Any folder of it; it may be relative.
        env: The whole environment of the commands.

    Raises:
        ConfigurationError: ``directory`` is in no working tree.
    """
    git = _at(directory, env)
    answer = await git.run("rev-parse", "--show-toplevel", *_COMMON)
    if not answer.ok:
        raise _outside(directory, answer.stderr.strip())
    root, common = _two_paths(answer.stdout)
    git = replace(git.at(root), common=common)
    own = env.get("GIT_SSH_COMMAND") or await git.configured("core.sshCommand")
    return replace(git, env={**env, **noninteractive_ssh.variables(env, own)})


def _at(directory: Path, env: Mapping[str, str]) -> Git:
    """Git in a folder, by its whole path: started there and told to go there, a relative one counts twice."""
    return Git(directory.absolute(), env)


def _two_paths(output: str) -> tuple[Path, Path]:
    """Two directories, a line each; the path of a directory may hold a line end itself."""
    lines = output.removesuffix("\n").split("\n")
    pairs = (("\n".join(lines[:at]), "\n".join(lines[at:])) for at in range(1, len(lines)))
    found = [(Path(root), Path(common)) for root, common in pairs]
    return next((pair for pair in found if all(path.is_dir() for path in pair)), found[0])


def _outside(directory: Path, said: str) -> ConfigurationError:
    return ConfigurationError(
        f"{directory.absolute()} is not in the working tree of a git repository",
        cure="run it inside the project, or name the project with -C DIR",
        detail=said,
    )


def config_environment(env: Mapping[str, str], config: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Configuration as GIT_CONFIG_COUNT variables (git-config), after what the person passed.

    Args:
        env: The environment that they will be added to.
        config: Keys and values.
    """
    start = int(env.get("GIT_CONFIG_COUNT", "0") or 0)
    variables = {"GIT_CONFIG_COUNT": str(start + len(config))}
    for number, (key, value) in enumerate(config, start):
        variables[f"GIT_CONFIG_KEY_{number}"] = key
        variables[f"GIT_CONFIG_VALUE_{number}"] = value
    return variables if config else {}
