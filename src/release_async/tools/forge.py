"""The forge that a remote lives on, reached by ``gh api`` alone: gh's token never enters this process.

Host and path are always written out, since gh's own guess picks another remote's repository in a fork.
"""

import re
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

from release_async.tools.process import Command, Completed, run

_REMOTE = re.compile(
    r"""(?: (?:https|ssh)://(?:[^@/]+@)? | (?:[^@/:]+@) )   # a URL, or scp's short form
        (?P<host>github\.com) (?: :\d+/ | [:/] )
        (?P<owner>[\w.-]+) / (?P<repo>[\w.-]+?) (?:\.git)? /? $""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Forge:
    """One repository on GitHub, and the gh that reaches it."""

    host: str
    owner: str
    repo: str
    gh: str
    env: Mapping[str, str]

    @classmethod
    def found(cls, remote_url: str, env: Mapping[str, str]) -> Self | None:
        """The forge behind a push URL, or None where it is not GitHub or there is no gh on PATH."""
        match = _REMOTE.match(remote_url)
        gh = shutil.which("gh", path=env.get("PATH"))
        if match is None or gh is None:
            return None
        return cls(match["host"], match["owner"], match["repo"], gh, env)

    async def release_exists(self, tag: str) -> bool:
        """Whether there is a published release of ``tag``.

        Raises:
            CommandError: GitHub did not answer, or not to this question: only 404 means absent.
        """
        answer = await self._api("--silent", f"{self._releases}/tags/{quote(tag, safe='')}")
        if not answer.ok and "(HTTP 404)" in answer.stderr:
            return False
        return bool(answer.checked("see that gh is logged in: gh auth status").ok)

    async def create_release(self, tag: str, title: str, notes: str) -> None:
        """Publish the release of a tag that is on the remote already.

        Raises:
            CommandError: GitHub refused, or did not answer.
        """
        answer = await self._api(*self._create(tag, title, notes))
        answer.checked("see that gh is logged in and may write here: gh auth status")

    def command(self, tag: str, title: str) -> str:
        """What a person would type to publish the release."""
        repository = f"{self.host}/{self.owner}/{self.repo}"
        words = ("gh", "release", "create", tag, "--verify-tag", "--repo", repository, "--title", title)
        return shlex.join((*words, "--generate-notes"))

    def file_url(self, tag: str, path: str) -> str:
        """Where people read ``path`` as of ``tag``."""
        return f"https://{self.host}/{self.owner}/{self.repo}/blob/{quote(tag)}/{quote(path)}"

    def commits_url(self, tag: str) -> str:
        """Where people read the history up to ``tag``."""
        return f"https://{self.host}/{self.owner}/{self.repo}/commits/{quote(tag)}"

    @property
    def _releases(self) -> str:
        return f"repos/{self.owner}/{self.repo}/releases"

    def _create(self, tag: str, title: str, notes: str) -> tuple[str, ...]:
        fields = (f"tag_name={tag}", f"name={title}", f"body={notes}")
        return ("--silent", "-X", "POST", self._releases, *(word for pair in fields for word in ("-f", pair)))

    async def _api(self, *arguments: str) -> Completed:
        argv = (self.gh, "api", "--hostname", self.host, *arguments)
        return await run(Command(argv=argv, cwd=Path("/"), env=self.env, timeout=60.0))
