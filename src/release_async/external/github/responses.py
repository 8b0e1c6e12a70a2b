"""Parses and explains GitHub's answers, as ``gh api --include`` prints them. Never decides to ask again."""

import json
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from release_async.base.errors import CommandError, FailedError, TransientError, UncertainError

HOST = "github.com"

_DEFAULT_WAIT = 60.0
"""Seconds to wait after a rate limit for which GitHub states no end."""


class Response(NamedTuple):
    """An HTTP response of GitHub.

    Attributes:
        status: The HTTP status; 0 means that gh had no token.
        json: The body, parsed as JSON; an empty object if it is none.
        headers: The headers, their names in lower case.
        text: The body where it is no JSON.
    """

    status: int
    json: object
    headers: Mapping[str, str] = {}
    text: str = ""

    @property
    def body(self) -> Mapping[str, object]:
        """The body if it is an object, else an empty one."""
        return self.json if isinstance(self.json, dict) else {}

    @property
    def ok(self) -> bool:
        """Whether the request succeeded."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the class of HTTP statuses that mean success

    @property
    def not_found(self) -> bool:
        """Whether the thing does not exist: no other status says so."""
        return self.status == 404  # noqa: PLR2004 - RFC 9110: Not Found

    @property
    def message(self) -> str:
        """GitHub's error message."""
        return str(self.body.get("message", ""))

    @property
    def rate_limited(self) -> bool:
        """Whether this is one of GitHub's rate limits; both come as 403 or 429."""
        if self.status not in {403, 429}:
            return False
        stated = self.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in self.headers
        return stated or self.status != 403 or "rate limit" in self.message.lower()  # noqa: PLR2004 - as above

    @property
    def wait(self) -> float | None:
        """Seconds after which GitHub takes requests again; None where this is no rate limit.

        From its headers; a reset time is compared with GitHub's own clock ("Rate limits for the REST API" of
        its manual).
        """
        after = self.headers.get("retry-after", "")
        if after.isdecimal():
            return float(after)
        reset = self.headers.get("x-ratelimit-reset", "")
        if self.rate_limited and reset.isdecimal() and self.headers.get("x-ratelimit-remaining") == "0":
            return max(1.0, float(reset) - _timestamp(self.headers.get("date", "")))
        return _DEFAULT_WAIT if self.rate_limited else None

    def error(self, asked: str) -> FailedError:
        """The error for a request that failed; ``asked`` says what was requested."""
        what, cure = self.meaning()
        errors = self.body.get("errors")
        detail = json.dumps(errors) if errors else ""
        if self.rate_limited:
            return TransientError(f"{what} ({asked})", cure=cure, detail=detail, wait=self.wait)
        if self.status >= 500:  # noqa: PLR2004 - the class of a server's own faults
            return UncertainError(f"{what} ({asked})", cure=cure, detail=detail, wait=self.wait)
        return CommandError(f"{what} ({asked})", cure=cure, detail=detail)

    def meaning(self) -> tuple[str, str]:
        """What a failure means, and what to type about it."""
        said = f"GitHub answered {self.status} {self.message}".rstrip()
        login = f"gh auth login --hostname {HOST}"
        if self.status == 0:
            return f"gh is not logged in to {HOST}", login
        if self.status == 401:  # noqa: PLR2004 - RFC 9110: Unauthorized
            return f"{said}: gh's token is no longer good", f"{login}, or renew GH_TOKEN if it is set"
        if self.rate_limited:
            return said, "wait until GitHub accepts requests again: gh api rate_limit"
        if self.status in {403, 404}:
            return f"{said}: gh's account or token may not do this", f"gh auth status --hostname {HOST}"
        return said, "look at githubstatus.com, then try again"


def _timestamp(date: str) -> float:
    """The time of a header ``Date``, in seconds since the epoch; our own where there is none."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return time.time()


def parse(stdout: str) -> Response | None:
    """Parse the output of ``gh api --include``: status line, headers, an empty line, the body."""
    head, _, body = stdout.replace("\r\n", "\n").partition("\n\n")
    status = re.match(r"HTTP/[\d.]+ (\d{3})", head)
    if status is None:
        return None
    text = ""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said, text = {}, body
    lines = (line.partition(":") for line in head.splitlines()[1:])
    return Response(int(status[1]), said, {name.lower(): value.strip() for name, _, value in lines}, text)
