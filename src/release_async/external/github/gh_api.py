"""A repository on GitHub, through ``gh api``: gh's token never enters this process.

Host and path are always written out: in a fork, gh's own guess picks another remote's repository.
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
from release_async.external.github.responses import HOST, Response, parse
from release_async.process.child_output import KEPT_BYTES
from release_async.process.run_process import Command, Completed, run

# The forms of a remote: a URL, or scp's short form (git-clone manual, "GIT URLS").
_URL = re.compile(r"(?:https|ssh|git\+ssh)://(?:[^@/]+@)?(?P<host>[^/:@]+)(?::\d+)?/(?P<path>.+)")
_SCP = re.compile(r"(?:[^@/:]+@)?(?P<host>[^/:@]+):(?P<path>.+)")
_PATH = re.compile(r"/?(?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?/?")
_HOSTS = {"github.com", "www.github.com", "ssh.github.com"}
_SSH_SECONDS = 5.0
_STATUS = re.compile(r"^gh: (?P<said>.*?)\(?HTTP (?P<status>\d{3})\)?", re.MULTILINE)
"""How gh says on standard error that a request has failed, where it does not print the head of the answer."""
_NO_TOKEN = 4
"""The exit code of gh without a token for the host."""


class Repository(NamedTuple):
    """A repository on GitHub."""

    owner: str
    name: str

    def __str__(self) -> str:
        """``owner/name``."""
        return f"{self.owner}/{self.name}"

    @property
    def url(self) -> str:
        """Its web page."""
        return f"https://{HOST}/{self}"

    def file_url(self, tag: str, path: str) -> str:
        """The web page of the file ``path`` as of ``tag``."""
        return f"https://{HOST}/{self}/blob/{quote(tag)}/{quote(path)}"

    def release_url(self, tag: str) -> str:
        """The release page of ``tag``."""
        return f"https://{HOST}/{self}/releases/tag/{quote(tag)}"

    def commits_url(self, tag: str) -> str:
        """The web page of the history up to ``tag``."""
        return f"https://{HOST}/{self}/commits/{quote(tag)}"

    def comparison_url(self, old: str, new: str) -> str:
        """The web page of the changes between two tags."""
        return f"https://{HOST}/{self}/compare/{quote(old)}...{quote(new)}"

    def pull_request(self, branch: str, base: str, title: str) -> str:
        """The command that opens a pull request from ``branch`` to ``base``."""
        fields = (f"head={branch}", f"base={base}", f"title={title}")
        given = (word for each in fields for word in ("-f", each))
        return shlex.join(("gh", "api", "--hostname", HOST, f"repos/{self}/pulls", *given))


class Obstacle(NamedTuple):
    """Why no release page can be made.

    Attributes:
        what: The reason, in one sentence.
        cure: What to type about it; empty where nothing helps.
        repository: The repository, where the remote is on GitHub at all.
    """

    what: str
    cure: str
    repository: Repository | None = None


@dataclass(slots=True)
class _RateLimit:
    """The end of GitHub's rate limit, and the answer that announced it."""

    until: float = 0.0
    answer: Response | None = None

    def note(self, answer: Response) -> None:
        if answer.rate_limited:
            self.until, self.answer = anyio.current_time() + (answer.wait or 0.0), answer

    def current_answer(self) -> Response | None:
        """The answer that another request would get now; sending it would prolong the limit."""
        left = self.until - anyio.current_time()
        if self.answer is None or left <= 0:
            return None
        return self.answer._replace(headers={"retry-after": str(math.ceil(left))})


@dataclass(frozen=True, slots=True)
class Forge:
    """A repository on GitHub that we may write to, and the gh that reaches it.

    Attributes:
        repository: The repository.
        gh: The path of gh.
        env: Its whole environment.
        timeout: Seconds that one request may take; gh itself has no limit.
    """

    repository: Repository
    gh: str
    env: Mapping[str, str]
    timeout: float = 60.0
    _limit: _RateLimit = field(default_factory=_RateLimit, compare=False)

    async def read(self, path: str) -> object:
        """GET ``path`` below the repository; None where it does not exist.

        Raises:
            FailedError: GitHub did not answer, or not usably.
        """
        answer = await self.api(path)
        # For a feature that the plan does not include, GitHub answers with this instead of an empty list.
        unpaid = answer.message.startswith("Upgrade to GitHub")
        if answer.not_found or answer.status == 422 or unpaid:  # noqa: PLR2004 - the answer for an unknown commit
            return None
        if not answer.ok:
            raise answer.error(f"asked for {path.partition('?')[0]}")
        return answer.json

    async def text(self, path: str, most: int) -> str:
        """GET the plain text at ``path`` below the repository; empty where it is gone.

        Args:
            path: Where it is.
            most: Bytes that are kept of it; of a longer one, its beginning and its end.

        Raises:
            FailedError: GitHub did not answer, or not usably.
        """
        answer = await self._called(f"repos/{self.repository}/{path}", kept_bytes=most)
        if answer.not_found or answer.status == 410:  # noqa: PLR2004 - RFC 9110: Gone
            return ""
        if not answer.ok:
            raise answer.error(f"asked for {path}")
        return answer.text

    async def tag_object(self, tag: str) -> str:
        """The object id of ``tag`` on GitHub; empty where it has no such tag.

        Raises:
            FailedError: GitHub did not answer, or not usably.
        """
        answer = await self.api(f"git/ref/tags/{quote(tag)}")
        if answer.not_found:
            return ""
        target = answer.body.get("object")
        if not answer.ok or not isinstance(target, dict):
            raise answer.error(f"asked for the tag {tag}")
        return str(target.get("sha"))

    async def send(self, method: str, path: str, fields: Mapping[str, object]) -> Response:
        """Request a change below the repository, with ``fields`` as JSON.

        Raises:
            FailedError: GitHub did not answer; the change may have been made.
        """
        async with anyio.TemporaryDirectory(prefix="release-async-") as folder:
            # A file, since release notes may be longer than an argument can be.
            request = anyio.Path(folder) / "request.json"
            await request.write_text(json.dumps(fields), encoding="utf-8")
            return await self.api(path, "--method", method, "--input", str(request))

    async def api(self, path: str = "", *arguments: str) -> Response:
        """Call ``gh api`` for a path below the repository.

        Raises:
            FailedError: GitHub did not answer.
        """
        return await self.request(f"repos/{self.repository}/{path}".rstrip("/"), *arguments)

    async def request(self, path: str, *arguments: str) -> Response:
        """Call ``gh api`` for a path, or a URL on one of GitHub's hosts.

        Until the end of a rate limit that GitHub has announced, its answer is repeated without a request.

        Raises:
            FailedError: GitHub did not answer.
        """
        return await self._called(path, *arguments)

    async def _called(self, path: str, *arguments: str, kept_bytes: int = KEPT_BYTES) -> Response:
        if current_answer := self._limit.current_answer():
            return current_answer
        argv = (self.gh, "api", "--hostname", HOST, "--include", path, *arguments)
        # With CLICOLOR_FORCE set, gh would colour JSON even in a pipe.
        env = {**self.env, "CLICOLOR_FORCE": "0"}
        command = Command(argv=argv, cwd=Path("/"), env=env, timeout=self.timeout, kept_bytes=kept_bytes)
        completed = await run(command)
        if completed.returncode == _NO_TOKEN:
            return Response(0, {})
        answer = parse(completed.stdout)
        if answer is None:
            raise _no_answer(completed)
        self._limit.note(answer)
        return answer

    async def save(self, path: str, target: Path, seconds: float) -> Response:
        """GET ``path`` below the repository, and write what is there to a file, over what that holds.

        Where GitHub sends us on to another host, gh does not show its token there.

        Args:
            path: Where it is.
            target: The file.
            seconds: How long it may take.

        Returns:
            The status; of an answer that is not the file, also what it says.

        Raises:
            FailedError: GitHub did not answer.
        """
        if current_answer := self._limit.current_answer():
            return current_answer
        argv = (self.gh, "api", "--hostname", HOST, f"repos/{self.repository}/{path}")
        command = Command(argv=argv, cwd=Path("/"), env=dict(self.env), timeout=seconds, output=target)
        completed = await run(command)
        if completed.ok:
            return Response(200, {})
        if completed.returncode == _NO_TOKEN:
            return Response(0, {})
        status = _STATUS.search(completed.stderr)
        if status is None:
            raise _no_answer(completed)
        answer = Response(int(status["status"]), {"message": status["said"].strip()})
        self._limit.note(answer)
        return answer

    async def access(self) -> "Forge | Obstacle":
        """Check token, host, repository and permission by one request.

        Returns:
            This forge under the repository's current name, since requests for an old one are redirected, and
            a redirected request changes nothing; or why it cannot be used.
        """
        try:
            answer = await self.api()
            if not answer.ok:
                return Obstacle(*answer.meaning(), self.repository)
            permissions, name = answer.body.get("permissions"), str(answer.body.get("full_name"))
            may_push = isinstance(permissions, dict) and permissions.get("push") is True
            if not may_push and not await self._is_installation():
                cure = f"gh auth login --hostname {HOST}, with an account that may"
                return Obstacle(f"gh's account may not write to {self.repository}", cure, self.repository)
        except FailedError as error:
            return Obstacle(error.what, error.cure, self.repository)
        return replace(self, repository=_repository(name) or self.repository)

    async def _is_installation(self) -> bool:
        """Whether the token is that of an app, as in GitHub Actions: no account, so no permissions."""
        return (await self.request("installation/repositories?per_page=1")).ok


def _no_answer(completed: Completed) -> FailedError:
    """The error for a gh without an answer: usually the network, and worth another attempt."""
    try:
        failed = completed.checked(f"see that {HOST} can be reached: gh api rate_limit")
    except CommandError as error:
        return UncertainError(error.what, cure=error.cure, detail=error.detail)
    return CommandError(f"`{failed.command}` said nothing that can be read", cure="gh --version")


@dataclass(slots=True)
class ForgeConnection:
    """Finds the forge behind a push URL, and remembers it.

    Attributes:
        push_url: Where git pushes to.
        env: The whole environment of gh, and of ssh.
        timeout: Seconds that one request may take.
        found: The forge, or why no release page can be made there.
    """

    push_url: str
    env: Mapping[str, str]
    timeout: float = 60.0
    found: Forge | Obstacle = field(default=Obstacle("the check release-page did not run", ""))
    _connected: Forge | Obstacle | None = field(default=None, init=False)
    _lock: anyio.Lock = field(default_factory=anyio.Lock, init=False)

    async def check_access(self) -> Forge | Obstacle:
        """Find out whether a release page can be made, and remember it in ``found``."""
        self.found = await self.connect()
        return self.found

    async def connect(self) -> Forge | Obstacle:
        """The forge, or why it cannot be used; found out only once, however many callers wait."""
        async with self._lock:
            if self._connected is None:
                self._connected = await self._find()
        return self._connected

    async def _find(self) -> Forge | Obstacle:
        repository = await self.repository()
        if repository is None:
            return Obstacle(f"the remote is not on {HOST}", "")
        gh = shutil.which("gh", path=self.env.get("PATH"))
        if gh is None:
            return Obstacle("gh is not installed", "install it from cli.github.com", repository)
        return await Forge(repository, gh, self.env, self.timeout).access()

    async def repository(self) -> Repository | None:
        """The repository of the push URL; None where it is not on GitHub. No network."""
        url = _URL.fullmatch(self.push_url)
        match = url or _SCP.fullmatch(self.push_url)
        if match is None:
            return None
        host = match["host"].lower()
        if host not in _HOSTS and not self.push_url.startswith("https:"):
            host = await self._resolve_alias(match["host"])
        return _repository(match["path"]) if host in _HOSTS else None

    async def _resolve_alias(self, alias: str) -> str:
        """The host that ssh connects to: people use an alias for each of their accounts (ssh_config(5))."""
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
