"""Uploads files in a child of its own, and says in one word what the index answered.

The secret goes over the pipe to that child and nowhere else. A child that is not done in time is ended, so
that nothing is sent any more when an outcome is told. It never decides whether to try again.
"""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from release_async.base.errors import CommandError, FailedError
from release_async.base.secret import Credentials
from release_async.base.secret_masking import redact
from release_async.external.index import repository_url as address
from release_async.external.index.upload_responses import Answer, Outcome, of_response, of_silence
from release_async.process import worker
from release_async.process.worker import Answer as Said, Limits, RestartableWorker, WorkerOptions

CHILD = Path(__file__).with_name("uploader_child.py")

REASON_CHARACTERS = 300
"""How much of an index's words is kept."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where files go, and in whose name."""

    repository_url: str
    credentials: Credentials


@dataclass(frozen=True, slots=True)
class Inspected:
    """One file by twine's rules.

    Attributes:
        path: The file.
        name: The project, as its metadata spells it; empty where that cannot be read.
        version: As ``name``.
        sha256: As ``name``, in hexadecimal.
        errors: Why an index would refuse the file, or not render its description.
        warnings: What ``twine check --strict`` would refuse besides.
    """

    path: Path
    name: str
    version: str
    sha256: str
    errors: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Seconds that orders may take in all, and for which nothing may happen.

    Attributes:
        inspect: To read files.
        upload: To upload one file.
        connect: For which a connection may not come about, or take no byte.
        read: For which an index may not say a word.
        silence: For which an upload may make no progress, be it that an index talks for ever.
    """

    inspect: float = 120.0
    upload: float = 600.0
    connect: float = 30.0
    read: float = 120.0
    silence: float = 150.0


Progress = Callable[[int, int], None]
"""Told the bytes sent and the bytes to send."""


@asynccontextmanager
async def opened(
    scratch: Path, around: WorkerOptions, deadlines: Deadlines | None = None
) -> AsyncIterator["Uploader"]:
    """Keep an uploader for as long as the context lasts; its imports are done before it is needed.

    Args:
        scratch: A directory that is absent or empty; gone afterwards.
        around: The environment is for proxies and certificates; what would redirect a secret is taken out.
        deadlines: How long orders may take.

    Raises:
        CommandError: The child cannot be started.
    """
    async with worker.renewable(CHILD, scratch, replace(around, env=_harmless(around.env))) as children:
        yield Uploader(children, deadlines or Deadlines())


_HARMFUL = re.compile(r"^(TWINE_.*|PYPI_.*|TEST_PYPI_.*|PYTHON.*|NETRC|SSLKEYLOGFILE)$", re.IGNORECASE)


def _harmless(env: Mapping[str, str]) -> dict[str, str]:
    """The environment without other sources of credentials, and without the log of TLS keys."""
    return {name: value for name, value in env.items() if not _HARMFUL.match(name)}


class Uploader:
    """A child that uploads, one for all files; a new one only where it had to be ended."""

    def __init__(self, children: RestartableWorker, deadlines: Deadlines) -> None:
        self._children = children
        self._deadlines = deadlines

    async def inspect(self, *files: Path) -> tuple[Inspected, ...]:
        """Read files as they will be read for the upload, and render their descriptions.

        Raises:
            CommandError: The child died or was not done in time.
        """
        order = {"order": "inspect", "files": [str(file) for file in files]}
        talk = await self._children.current()
        try:
            said = await talk.ask(order, Limits(self._deadlines.inspect))
        except CommandError:
            await self._children.end()
            raise
        return tuple(_inspected(facts) for facts in said["files"])

    async def upload(
        self, file: Path, sha256: str, to: Destination, on_progress: Progress | None = None
    ) -> Outcome:
        """Send one file once.

        When there is an outcome, nothing is being sent any more: a child that had not answered is gone.

        Args:
            file: What to upload.
            sha256: The hash it must have, in hexadecimal; the bytes that are hashed are those that are sent.
            to: Where to, and in whose name.
            on_progress: Told how far it is.

        Raises:
            ConfigurationError: The address is not one to send credentials to.
            FailedError: The file is gone, has other bytes or cannot be read, or the child cannot be started;
                nothing was sent.
        """
        order = self._order(file, sha256, to)
        progress = on_progress or (lambda _sent, _total: None)
        talk = await self._children.current()
        try:
            limits = Limits(self._deadlines.upload, self._deadlines.silence)
            said = await talk.ask(order, limits, lambda answer: progress(answer["sent"], answer["total"]))
        except CommandError as error:
            await self._children.end()
            return Outcome(Answer.UNKNOWN, None, error.what)
        return _without(to.credentials, _outcome(file, said))

    def _order(self, file: Path, sha256: str, to: Destination) -> dict[str, object]:
        url = address.checked(to.repository_url)
        return {
            "order": "upload",
            "file": str(file),
            "sha256": sha256,
            "url": url,
            "user": to.credentials.user,
            "secret": to.credentials.secret.reveal(),
            "trust_env": not address.is_loopback(url),
            "timeouts": [self._deadlines.connect, self._deadlines.read],
        }


def _without(credentials: Credentials, outcome: Outcome) -> Outcome:
    """The same, in words that hold no secret, even one that came with control characters inside."""
    reason = redact(outcome.reason, (credentials.secret, credentials.basic))
    return replace(outcome, reason=reason[:REASON_CHARACTERS])


def _inspected(facts: Said) -> Inspected:
    return Inspected(
        path=Path(facts["file"]),
        name=facts["name"],
        version=facts["version"],
        sha256=facts["sha256"],
        errors=tuple(facts["errors"]),
        warnings=tuple(facts["warnings"]),
    )


def _outcome(file: Path, said: Said) -> Outcome:
    match said["answer"]:
        case "response":
            elsewhere = f"it points to {said['location']}" if said["location"] else ""
            texts = (said["reason"], elsewhere, said["text"])
            return of_response(said["status"], texts, said["retry_after"])
        case "unanswered":
            return of_silence(said["sent"], said["reason"])
        case _:
            raise FailedError(
                f"{file.name} was not uploaded: {said['reason']}",
                cure="look for what wrote into it or took it away",
            )
