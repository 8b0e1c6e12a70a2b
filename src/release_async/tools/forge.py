"""The forge that a remote lives on, reached by ``gh api`` alone: gh's token never enters this process.

Host and path are always written out, since gh's own guess picks another remote's repository in a fork.
"""

import json
import re
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import anyio

from release_async.errors import CommandError
from release_async.tools.process import Command, run

HOST = "github.com"

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

    def command(self, tag: str, title: str, *, prerelease: bool) -> str:
        """What a person would type to publish a release; it refuses where the tag is not on GitHub."""
        words = ("gh", "release", "create", tag, "--verify-tag", "--repo", f"{HOST}/{self}", "--title", title)
        return shlex.join((*words, "--generate-notes", *(["--prerelease"] if prerelease else [])))

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


class Page(NamedTuple):
    """The page of one release.

    Attributes:
        tag: The tag, which is on GitHub already.
        title: Its heading.
        notes: Its text, in Markdown.
        prerelease: Whether GitHub marks it as not ready for production, and never as the latest.
    """

    tag: str
    title: str
    notes: str
    prerelease: bool


class _Answer(NamedTuple):
    """What GitHub said, as JSON has it; a status of 0 means that gh had no token to ask with."""

    status: int
    said: object

    @property
    def body(self) -> Mapping[str, object]:
        """What it said, where that is an object."""
        return self.said if isinstance(self.said, dict) else {}

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 - the class of HTTP statuses that mean success

    def refused(self, asked: str) -> CommandError:
        """The error for an answer that is not the one hoped for."""
        what, cure = _refusal(self.status, str(self.body.get("message", "")))
        errors = self.body.get("errors")
        return CommandError(f"{what} ({asked})", cure=cure, detail=json.dumps(errors) if errors else "")


def _refusal(status: int, message: str) -> tuple[str, str]:
    """What an answer means, and what to type about it."""
    said = f"GitHub answered {status} {message}".rstrip()
    login = f"gh auth login --hostname {HOST}"
    if status == 0:
        return f"gh is not logged in to {HOST}", login
    if status == 401:  # noqa: PLR2004 - RFC 9110: Unauthorized
        return f"{said}: gh's token is no longer good", f"{login}, or renew GH_TOKEN where it is set"
    if "rate limit" in message.lower() or status == 429:  # noqa: PLR2004 - RFC 6585: Too Many Requests
        return said, "wait until GitHub takes requests again: gh api rate_limit"
    if status in {403, 404}:
        return f"{said}: gh's account or token may not do this", f"gh auth status --hostname {HOST}"
    return said, "look at githubstatus.com, then try again"


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

    async def read(self, path: str) -> object:
        """What GitHub has of the repository under ``path``; None where there is no such thing.

        Raises:
            CommandError: GitHub did not answer, or not to this question.
        """
        answer = await self._api(path)
        # What a plan does not include is not in force either, and GitHub says so instead of showing none.
        unpaid = str(answer.body.get("message", "")).startswith("Upgrade to GitHub")
        if answer.status in {404, 422} or unpaid:
            return None
        if not answer.ok:
            raise answer.refused(f"asked for {path.partition('?')[0]}")
        return answer.said

    async def has_release(self, tag: str) -> bool:
        """Whether there is a published release of ``tag``; drafts do not show here.

        Raises:
            CommandError: GitHub did not answer, or not to this question: only 404 means absent.
        """
        answer = await self._api(f"releases/tags/{quote(tag, safe='')}")
        if not answer.ok and answer.status != 404:  # noqa: PLR2004 - RFC 9110: Not Found
            raise answer.refused(f"asked for the release of {tag}")
        return answer.ok

    async def tag_object(self, tag: str) -> str:
        """The object id that GitHub has ``tag`` at, or an empty string where it has no such tag.

        Raises:
            CommandError: GitHub did not answer, or not to this question.
        """
        answer = await self._api(f"git/ref/tags/{quote(tag)}")
        if answer.status == 404:  # noqa: PLR2004 - RFC 9110: Not Found
            return ""
        target = answer.body.get("object")
        if not answer.ok or not isinstance(target, dict):
            raise answer.refused(f"asked for the tag {tag}")
        return str(target.get("sha"))

    async def publish(self, page: Page) -> None:
        """Publish a release of a tag that GitHub has already: of another it would make one by itself.

        Raises:
            CommandError: GitHub refused, or did not answer, in which case the release may be there.
        """
        fields = {
            "tag_name": page.tag,
            "name": page.title,
            "body": page.notes,
            "prerelease": page.prerelease,
            # By version, as for a release typed into gh: 1.9.4 after 2.0.0 is not the latest.
            **({} if page.prerelease else {"make_latest": "legacy"}),
        }
        async with anyio.TemporaryDirectory(prefix="release-async-") as folder:
            # A file, since the notes may be longer than an argument can be.
            request = anyio.Path(folder) / "release.json"
            await request.write_text(json.dumps(fields), encoding="utf-8")
            answer = await self._api("releases", "--method", "POST", "--input", str(request))
        if not answer.ok:
            raise answer.refused(f"asked to publish the release of {page.tag}")

    async def access(self) -> "Forge | Obstacle":
        """Prove token, host, repository and right by one request.

        Returns:
            This forge under the repository's present name, since an old one is redirected, and a redirected
            request changes nothing; or what stands in the way.
        """
        try:
            answer = await self._api()
            if not answer.ok:
                return Obstacle(
                    *_refusal(answer.status, str(answer.body.get("message", ""))), self.repository
                )
            rights, name = answer.body.get("permissions"), str(answer.body.get("full_name"))
            may_push = isinstance(rights, dict) and rights.get("push") is True
            if not may_push and not await self._is_installation():
                cure = f"gh auth login --hostname {HOST}, with an account that may"
                return Obstacle(f"gh's account may not write to {self.repository}", cure, self.repository)
        except CommandError as error:
            return Obstacle(error.what, error.cure, self.repository)
        return replace(self, repository=_repository(name) or self.repository)

    async def _is_installation(self) -> bool:
        """Whether the token is that of an app, as in GitHub Actions: no account, so no account's rights."""
        return (await self._request("installation/repositories?per_page=1")).ok

    async def _api(self, path: str = "", *arguments: str) -> _Answer:
        return await self._request(f"repos/{self.repository}/{path}".rstrip("/"), *arguments)

    async def _request(self, path: str, *arguments: str) -> _Answer:
        argv = (self.gh, "api", "--hostname", HOST, "--include", path, *arguments)
        # gh would colour JSON also in a pipe where a person forces colours upon all programs.
        env = {**self.env, "CLICOLOR_FORCE": "0"}
        completed = await run(Command(argv=argv, cwd=Path("/"), env=env, timeout=self.timeout))
        if completed.returncode == _NO_TOKEN:
            return _Answer(0, {})
        answer = _parsed(completed.stdout)
        if answer is None:
            failed = completed.checked(f"see that {HOST} can be reached: gh api rate_limit")
            raise CommandError(f"`{failed.command}` said nothing that can be read", cure="gh --version")
        return answer


def _parsed(stdout: str) -> _Answer | None:
    """The answer that ``gh api --include`` shows: status line, headers, an empty line, the body."""
    head, _, body = stdout.replace("\r\n", "\n").partition("\n\n")
    status = re.match(r"HTTP/[\d.]+ (\d{3})", head)
    if status is None:
        return None
    try:
        said = json.loads(body)
    except ValueError:
        said = {}
    return _Answer(int(status[1]), said)


@dataclass(slots=True)
class Door:
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
        repository = await self._repository()
        if repository is None:
            return Obstacle(f"the remote is not on {HOST}", "")
        gh = shutil.which("gh", path=self.env.get("PATH"))
        if gh is None:
            return Obstacle("gh is not installed", "install it from cli.github.com", repository)
        return await Forge(repository, gh, self.env, self.timeout).access()

    async def _repository(self) -> Repository | None:
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
