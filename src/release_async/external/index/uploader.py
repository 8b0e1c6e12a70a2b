"""Uploads files in a worker, and returns the classified answer of the index.

The secret is passed to that worker through the pipe and nowhere else. A worker that takes too long is ended
before a result is returned, so nothing is sent after that. It never decides whether to try again.
"""

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from release_async.base import ci_identity
from release_async.base.ci_identity import Identity
from release_async.base.errors import CommandError, FailedError
from release_async.base.printable_text import printable
from release_async.base.secret import Credentials, Secret
from release_async.base.secret_masking import redact
from release_async.external.index import repository_url as address
from release_async.external.index.attestation_rules import ExpectedPublisher
from release_async.external.index.upload_responses import (
    IndexAnswer,
    UploadResult,
    from_minting,
    from_no_response,
    from_response,
)
from release_async.plan.given_files import ATTESTATIONS
from release_async.process import worker
from release_async.process.worker import Answer as WorkerAnswer, Limits, RestartableWorker, WorkerOptions

CHILD = Path(__file__).with_name("uploader_child.py")

REASON_CHARACTERS = 300
"""How much of the answer's text is kept."""


@dataclass(frozen=True, slots=True)
class Destination:
    """The index, and what to upload with.

    Attributes:
        repository_url: The index.
        credentials: The account; None where a token is minted for the identity of this job.
        identity: That identity; None where there is an account.
    """

    repository_url: str
    credentials: Credentials | None
    identity: Identity | None = None

    @property
    def hidden(self) -> tuple[Secret, ...]:
        """What of it may not be shown."""
        if self.credentials:
            return (self.credentials.secret, self.credentials.basic)
        return ci_identity.secrets_in(_revealed(self.identity))


def attestations_of(file: Path) -> tuple[Path, ...]:
    """The attestations that lie beside a file."""
    beside = (file.with_name(f"{file.name}{ending}") for ending in ATTESTATIONS)
    return tuple(path for path in beside if path.is_file())


def _revealed(identity: Identity | None) -> dict[str, str]:
    """The variables of an identity, for the pipe to the child."""
    return {name: value.reveal() for name, value in identity.variables.items()} if identity else {}


@dataclass(frozen=True, slots=True)
class Claims:
    """What a forge says of a job of CI, by the names of its claims."""

    values: Mapping[str, str]

    def get(self, *names: str) -> str:
        """The first of some claims that there is; empty where there is none."""
        return next((self.values[name] for name in names if self.values.get(name)), "")


class Provenance(NamedTuple):
    """What an index says of who has made a file.

    Attributes:
        name: The file's name.
        sha256: Its digest, in hexadecimal.
        text: The provenance object (PEP 740).
    """

    name: str
    sha256: str
    text: str


@dataclass(frozen=True, slots=True)
class FileInspection:
    """What twine finds about one file.

    Attributes:
        path: The file.
        name: The project, as its metadata spells it; empty where that cannot be read.
        version: As ``name``.
        errors: Why an index would refuse the file, or not render its description.
        warnings: What ``twine check --strict`` would refuse in addition.
    """

    path: Path
    name: str
    version: str
    errors: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """How long orders may take, in seconds.

    Attributes:
        inspect: To read files.
        upload: To upload one file.
        connect: To connect, or to send the next bytes.
        read: Without a byte of the index's answer.
        silence: Without progress of an upload, even if the index keeps answering.
    """

    inspect: float = 120.0
    upload: float = 600.0
    connect: float = 30.0
    read: float = 120.0
    silence: float = 150.0


Progress = Callable[[int, int], None]
"""Called with the bytes sent and the bytes in all."""


@asynccontextmanager
async def open_uploader(
    scratch: Path, options: WorkerOptions, deadlines: Deadlines | None = None
) -> AsyncIterator["Uploader"]:
    """Run an uploader while the context lasts; its imports are done before it is needed.

    Args:
        scratch: A directory that is absent or empty; removed afterwards.
        options: How the worker runs. Proxies and certificates in its environment are used; variables that
            would redirect a secret are removed.
        deadlines: How long orders may take.

    Raises:
        CommandError: The worker cannot be started.
    """
    async with worker.open_restartable_worker(
        CHILD, scratch, replace(options, env=_safe_environment(options.env))
    ) as workers:
        yield Uploader(workers, deadlines or Deadlines())


_REMOVED = re.compile(r"^(TWINE_.*|PYPI_.*|TEST_PYPI_.*|PYTHON.*|NETRC|SSLKEYLOGFILE)$", re.IGNORECASE)


def _safe_environment(env: Mapping[str, str]) -> dict[str, str]:
    """The environment without other sources of credentials, and without the log of TLS keys."""
    return {name: value for name, value in env.items() if not _REMOVED.match(name)}


class Uploader:
    """A worker that uploads all files; it is replaced only if it had to be ended."""

    def __init__(self, workers: RestartableWorker, deadlines: Deadlines) -> None:
        self._workers = workers
        self._deadlines = deadlines

    async def inspect(self, *files: Path) -> tuple[FileInspection, ...]:
        """Read files as they will be read for the upload, and render their descriptions.

        Raises:
            CommandError: The worker died or took too long.
        """
        order = {"order": "inspect", "files": [str(file) for file in files]}
        answer = await self._asked(order, self._to_read(len(files)))
        return tuple(_inspected(facts) for facts in answer["files"])

    async def upload(
        self, file: Path, sha256: str, to: Destination, on_progress: Progress | None = None
    ) -> UploadResult:
        """Send one file once.

        When this returns, nothing is being sent any more: a worker that has not answered is gone, and with it
        what it sent for others at the same time, whose fate is unknown then.

        Args:
            file: What to upload.
            sha256: The hash it must have, in hexadecimal; the bytes that are hashed are those that are sent.
            to: The index and the account.
            on_progress: Called with the progress.

        Raises:
            ConfigurationError: The URL is not one to send credentials to.
            FailedError: The file is gone, has other bytes or cannot be read, or the worker cannot be started;
                nothing was sent.
        """
        order = self._order(file, sha256, to)
        progress = on_progress or (lambda _sent, _total: None)
        child = await self._workers.current()
        try:
            limits = Limits(self._deadlines.upload, self._deadlines.silence)
            answer = await child.ask(order, limits, lambda answer: progress(answer["sent"], answer["total"]))
        except CommandError as error:
            await self._workers.end(child)
            return UploadResult(IndexAnswer.UNKNOWN, None, error.what)
        return _masked(to.hidden, _result(file, answer))

    async def attested(self, files: Sequence[Path], expected: ExpectedPublisher) -> dict[Path, str]:
        """What is wrong with the attestations of some files; nobody is asked.

        Args:
            files: The files; their attestations lie beside them.
            expected: Who has to have made them.

        Returns:
            What is wrong with each attestation, by its path; empty where nothing is.

        Raises:
            CommandError: The worker died or took too long.
        """
        pairs = [(str(file), str(each)) for file in files for each in attestations_of(file)]
        order = {"order": "attested", "pairs": pairs, **expected._asdict()}
        answer = await self._asked(order, self._to_read(len(pairs)))
        return {Path(each): error for (_, each), error in zip(pairs, answer["errors"], strict=True)}

    async def attest(self, files: Sequence[Path], identity: Identity) -> tuple[str, ...]:
        """Sign files as this job of CI; its identity is asked for by the worker.

        Args:
            files: Sdists and wheels.
            identity: What the environment has for that.

        Returns:
            The attestation of each (PEP 740), in JSON.

        Raises:
            CommandError: The worker died or took too long.
            FailedError: It could not be signed.
        """
        order = {"order": "attest", "files": list(map(str, files)), "variables": _revealed(identity)}
        answer = await self._asked(order, Limits(self._deadlines.upload))
        if answer["answer"] != "signed":
            reason = redact(answer["reason"], ci_identity.secrets_in(_revealed(identity)))
            raise FailedError(
                f"the files could not be attested: {printable(reason)[:REASON_CHARACTERS]}",
                cure="see that the job may ask for its identity (id-token: write) and reaches Sigstore; or "
                "publish without attestations: attest = false in [tool.release-async]",
            )
        return tuple(answer["attestations"])

    async def provenance(self, files: Sequence[Provenance], expected: ExpectedPublisher) -> dict[str, str]:
        """What is wrong with what an index says of who has made some files; nobody is asked.

        Args:
            files: The files, and what the index says of each.
            expected: Who has to have made them.

        Returns:
            The words behind "its provenance", by the name of each file with which something is wrong.

        Raises:
            CommandError: The worker died or took too long.
        """
        order = {"order": "provenance", "files": [list(each) for each in files], **expected._asdict()}
        answer = await self._asked(order, self._to_read(len(files)))
        errors = zip(files, answer["errors"], strict=True)
        return {each.name: error for each, error in errors if error}

    async def identify(self, repository_url: str, identity: Identity) -> Claims | UploadResult:
        """Ask the forge who this job is, for an index; no token is made.

        Args:
            repository_url: The index, which names the audience.
            identity: What the environment has for it.

        Returns:
            What the forge says; or why nobody could be asked.

        Raises:
            ConfigurationError: The URL is malformed.
            CommandError: The worker died or took too long.
        """
        destination = Destination(repository_url, None, identity)
        order = {"order": "identify", **self._target(destination)}
        answer = await self._asked(order, Limits(self._deadlines.inspect))
        if answer["answer"] == "identified":
            return Claims(answer["claims"])
        return _masked(destination.hidden, _unminted(answer))

    async def _asked(self, order: Mapping[str, object], limits: Limits) -> WorkerAnswer:
        """The answer to an order that sends no file; a worker that gives none is ended.

        Raises:
            CommandError: The worker died or took too long.
        """
        child = await self._workers.current()
        try:
            return await child.ask(order, limits)
        except CommandError:
            await self._workers.end(child)
            raise

    def _to_read(self, count: int) -> Limits:
        """As long as a wheel and an sdist may take, and for a whole matrix as much more."""
        return Limits(self._deadlines.inspect * max(1, count / 2))

    def _order(self, file: Path, sha256: str, to: Destination) -> dict[str, object]:
        account = to.credentials
        return {
            "order": "upload",
            "file": str(file),
            "sha256": sha256,
            "user": account.user if account else "",
            "secret": account.secret.reveal() if account else "",
            "needed": self._deadlines.upload,
            "attestations": [str(each) for each in attestations_of(file)],
            **self._target(to),
        }

    def _target(self, to: Destination) -> dict[str, object]:
        url = address.validated(to.repository_url)
        return {
            "url": url,
            "variables": _revealed(to.identity),
            "trust_env": not address.is_loopback(url),
            "timeouts": [self._deadlines.connect, self._deadlines.read],
        }


def _masked(hidden: tuple[Secret, ...], outcome: UploadResult) -> UploadResult:
    """The same with secrets masked in its text, even one broken up by control characters."""
    reason, page = (redact(text, hidden) for text in (outcome.reason, outcome.page))
    return replace(outcome, reason=reason[:REASON_CHARACTERS], page=page)


def _inspected(facts: WorkerAnswer) -> FileInspection:
    return FileInspection(
        path=Path(facts["file"]),
        name=facts["name"],
        version=facts["version"],
        errors=tuple(facts["errors"]),
        warnings=tuple(facts["warnings"]),
    )


def _result(file: Path, answer: WorkerAnswer) -> UploadResult:
    match answer["answer"]:
        case "response":
            elsewhere = f"it points to {answer['location']}" if answer["location"] else ""
            texts = (answer["reason"], elsewhere, answer["text"])
            return from_response(answer["status"], texts, answer["retry_after"])
        case "unanswered":
            return from_no_response(answer["sent"], answer["reason"])
        case "unminted":
            return _unminted(answer)
        case _:
            raise FailedError(
                f"{file.name} was not uploaded: {answer['reason']}",
                cure="find out what changed or removed it",
            )


def _unminted(answer: WorkerAnswer) -> UploadResult:
    return from_minting(answer["code"], answer["status"], answer["text"], answer["retry_after"])
