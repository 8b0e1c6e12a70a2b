"""The forge that a remote lives on, reached by ``gh api`` alone: gh's token never enters this process.

Host and path are always written out, since gh's own guess picks another remote's repository in a fork.
"""

import json
import math
import re
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import anyio

from release_async.base.errors import CommandError, FailedError, UncertainError
from release_async.external.github.responses import HOST, Answer, parsed
from release_async.process.process import Command, Completed, run

# What git takes for an address: a URL, or scp's short form (git-clone manual, "GIT URLS").
_URL = re.compile(r"(?:https|ssh|git\+ssh)://(?:[^@/]+@)?(?P<host>[^/:@]+)(?::\d+)?/(?P<path>.+)")
_SCP = re.compile(r"(?:[^@/:]+@)?(?P<host>[^/:@]+):(?P<path>.+)")
_PATH = re.compile(r"/?(?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?/?")
_HOSTS = {"github.com", "www.github.com", "ssh.github.com"}
_SSH_SECONDS = 5.0
_NO_TOKEN = 4
"""The exit code of a gh that has no token for the host."""


class Repository(NamedTuple):
    """One repository on GitHub, by its address."""

    owner: str
    name: str

    def __str__(self) -> str:
        """The name that people and gh know it by."""
        return f"{self.owner}/{self.name}"

    @property
    def url(self) -> str:
        """Where people look at it."""
        return f"https://{HOST}/{self}"

    def file_url(self, tag: str, path: str) -> str:
        """Where people read ``path`` as of ``tag``."""
        return f"https://{HOST}/{self}/blob/{quote(tag)}/{quote(path)}"

    def release_url(self, tag: str) -> str:
        """Where people read the release page of ``tag``."""
        return f"https://{HOST}/{self}/releases/tag/{quote(tag)}"

    def commits_url(self, tag: str) -> str:
        """Where people read the history up to ``tag``."""
        return f"https://{HOST}/{self}/commits/{quote(tag)}"

    def comparison_url(self, old: str, new: str) -> str:
        """Where people read what changed between two tags."""
        return f"https://{HOST}/{self}/compare/{quote(old)}...{quote(new)}"

    def pull_request(self, branch: str, base: str, title: str) -> str:
        """What a person would type to have ``branch`` merged into ``base``."""
        fields = (f"head={branch}", f"base={base}", f"title={title}")
        given = (word for each in fields for word in ("-f", each))
        return shlex.join(("gh", "api", "--hostname", HOST, f"repos/{self}/pulls", *given))


class Obstacle(NamedTuple):
    """Why no release page can be made.

    Attributes:
        what: What stands in the way, in one sentence.
        cure: What to type about it; empty where nothing helps.
        repository: The repository, where the remote is on GitHub at all.
    """

    what: str
    cure: str
    repository: Repository | None = None


@dataclass(slots=True)
class _Limit:
    """Until when GitHub wants to be left alone, and the answer that said so."""

    until: float = 0.0
    answer: Answer | None = None

    def note(self, answer: Answer) -> None:
        if answer.limited:
            self.until, self.answer = anyio.current_time() + (answer.wait or 0.0), answer

    def kept(self) -> Answer | None:
        """The answer that another request would get now: to ask all the same makes a limit longer."""
        left = self.until - anyio.current_time()
        if self.answer is None or left <= 0:
            return None
        return self.answer._replace(headers={"retry-after": str(math.ceil(left))})


@dataclass(frozen=True, slots=True)
class Forge:
    """One repository on GitHub that may be written to, and the gh that reaches it.

    Attributes:
        repository: The repository.
        gh: The path of gh.
        env: Its whole environment.
        timeout: Seconds that one request may take; gh itself would wait for ever.
    """

    repository: Repository
    gh: str
    env: Mapping[str, str]
    timeout: float = 60.0
    _limit: _Limit = field(default_factory=_Limit, compare=False)

    async def read(self, path: str) -> object:
        """What GitHub has of the repository under ``path``; None where there is no such thing.

        Raises:
            FailedError: GitHub did not answer, or not to this question.
        """
        answer = await self.api(path)
        # What a plan does not include is not in force either, and GitHub says so instead of showing none.
        unpaid = answer.message.startswith("Upgrade to GitHub")
        if answer.absent or answer.status == 422 or unpaid:  # noqa: PLR2004 - what a commit that is not there gets
            return None
        if not answer.ok:
            raise answer.refused(f"asked for {path.partition('?')[0]}")
        return answer.said

    async def tag_object(self, tag: str) -> str:
        """The object id that GitHub has ``tag`` at, or an empty string where it has no such tag.

        Raises:
            FailedError: GitHub did not answer, or not to this question.
        """
        answer = await self.api(f"git/ref/tags/{quote(tag)}")
        if answer.absent:
            return ""
        target = answer.body.get("object")
        if not answer.ok or not isinstance(target, dict):
            raise answer.refused(f"asked for the tag {tag}")
        return str(target.get("sha"))

    async def send(self, method: str, path: str, fields: Mapping[str, object]) -> Answer:
        """Ask for a change below the repository, with ``fields`` as JSON.

        Raises:
            FailedError: GitHub did not answer: the change may be made all the same.
        """
        async with anyio.TemporaryDirectory(prefix="release-async-") as folder:
            # A file, since the notes of a release may be longer than an argument can be.
            request = anyio.Path(folder) / "request.json"
            await request.write_text(json.dumps(fields), encoding="utf-8")
            return await self.api(path, "--method", method, "--input", str(request))

    async def api(self, path: str = "", *arguments: str) -> Answer:
        """Ask ``gh api`` for a path below the repository.

        Raises:
            FailedError: GitHub did not answer.
        """
        return await self.request(f"repos/{self.repository}/{path}".rstrip("/"), *arguments)

    async def request(self, path: str, *arguments: str) -> Answer:
        """Ask ``gh api`` for a path, or an address on one of GitHub's hosts.

        Where GitHub has said how long it wants to be left alone, that is kept to: until then its answer is
        given again without asking.

        Raises:
            FailedError: GitHub did not answer.
        """
        if kept := self._limit.kept():
            return kept
        argv = (self.gh, "api", "--hostname", HOST, "--include", path, *arguments)
        # gh would colour JSON also in a pipe where a person forces colours upon all programs.
        env = {**self.env, "CLICOLOR_FORCE": "0"}
        completed = await run(Command(argv=argv, cwd=Path("/"), env=env, timeout=self.timeout))
        if completed.returncode == _NO_TOKEN:
            return Answer(0, {})
        answer = parsed(completed.stdout)
        if answer is None:
            raise _unanswered(completed)
        self._limit.note(answer)
        return answer

    async def access(self) -> "Forge | Obstacle":
        """Prove token, host, repository and right by one request.

        Returns:
            This forge under the repository's present name, since an old one is redirected, and a redirected
            request changes nothing; or what stands in the way.
        """
        try:
            answer = await self.api()
            if not answer.ok:
                return Obstacle(*answer.meaning(), self.repository)
            rights, name = answer.body.get("permissions"), str(answer.body.get("full_name"))
            may_push = isinstance(rights, dict) and rights.get("push") is True
            if not may_push and not await self._is_installation():
                cure = f"gh auth login --hostname {HOST}, with an account that may"
                return Obstacle(f"gh's account may not write to {self.repository}", cure, self.repository)
        except FailedError as error:
            return Obstacle(error.what, error.cure, self.repository)
        return replace(self, repository=_repository(name) or self.repository)

    async def _is_installation(self) -> bool:
        """Whether the token is that of an app, as in GitHub Actions: no account, so no account's rights."""
        return (await self.request("installation/repositories?per_page=1")).ok


def _unanswered(completed: Completed) -> FailedError:
    """The error for a gh that shows no answer: the network, as a rule, and worth asking again."""
    try:
        failed = completed.checked(f"see that {HOST} can be reached: gh api rate_limit")
    except CommandError as error:
        return UncertainError(error.what, cure=error.cure, detail=error.detail)
    return CommandError(f"`{failed.command}` said nothing that can be read", cure="gh --version")


@dataclass(slots=True)
class ForgeConnection:
    """The way to the forge behind a push URL: closed until somebody has looked.

    Attributes:
        push_url: Where git pushes to.
        env: The whole environment of gh, and of ssh.
        timeout: Seconds that one request may take.
        found: The forge, or why no page can be made there.
    """

    push_url: str
    env: Mapping[str, str]
    timeout: float = 60.0
    found: Forge | Obstacle = field(default=Obstacle("the check release-page did not run", ""))
    _reached: Forge | Obstacle | None = field(default=None, init=False)
    _lock: anyio.Lock = field(default_factory=anyio.Lock, init=False)

    async def look(self) -> Forge | Obstacle:
        """Find out whether a release page can be made, and remember it."""
        self.found = await self.reach()
        return self.found

    async def reach(self) -> Forge | Obstacle:
        """The forge, or why it cannot be asked; found out once, however many ask at the same time."""
        async with self._lock:
            if self._reached is None:
                self._reached = await self._look()
        return self._reached

    async def _look(self) -> Forge | Obstacle:
        repository = await self.repository()
        if repository is None:
            return Obstacle(f"the remote is not on {HOST}", "")
        gh = shutil.which("gh", path=self.env.get("PATH"))
        if gh is None:
            return Obstacle("gh is not installed", "install it from cli.github.com", repository)
        return await Forge(repository, gh, self.env, self.timeout).access()

    async def repository(self) -> Repository | None:
        """The repository that the push URL names, or None where it is not on GitHub; no network is asked."""
        url = _URL.fullmatch(self.push_url)
        match = url or _SCP.fullmatch(self.push_url)
        if match is None:
            return None
        host = match["host"].lower()
        if host not in _HOSTS and not self.push_url.startswith("https:"):
            host = await self._host_behind(match["host"])
        return _repository(match["path"]) if host in _HOSTS else None

    async def _host_behind(self, alias: str) -> str:
        """The host that ssh would go to: people name one for each of their accounts (ssh_config(5))."""
        command = Command(argv=("ssh", "-G", "--", alias), cwd=Path("/"), env=self.env, timeout=_SSH_SECONDS)
        try:
            answer = await run(command)
        except CommandError:
            return ""
        settings = dict(line.split(" ", 1) for line in answer.stdout.splitlines() if " " in line)
        return settings.get("hostname", "").lower()


def _repository(path: str) -> Repository | None:
    match = _PATH.fullmatch(path)
    return Repository(match["owner"], match["name"]) if match else None
