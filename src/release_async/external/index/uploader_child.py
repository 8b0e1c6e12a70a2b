"""The uploader's worker: runs twine's library, and receives the secret only through its pipe.

It runs isolated (``python -I``), keeps nothing, and reports the index's answer without judging it.
"""

import logging
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO

from release_async.base import pypi_token
from release_async.base.secret import Credentials, Secret
from release_async.base.secret_masking import redact
from release_async.external.index import attestation_rules, attestation_signing, token_minting
from release_async.external.index.attestation_rules import ExpectedPublisher
from release_async.external.index.attestation_signing import SigningError
from release_async.external.index.lean_requests import HTTPAdapter, requests
from release_async.external.index.token_minting import Index, MintedToken, MintingError
from release_async.external.index.twine_library import (
    NOT_ASKED,
    Hexdigest,
    PackageFile,
    Repository,
    check,
    digests,
    known,
)
from release_async.process.connection_errors import root_cause_message
from release_async.process.worker_child_pipe import Order, Parent, connect, scratch_directory

TEXT_BYTES = 4000
"""How much of an answer's body is read."""

BLOCK_BYTES = 1 << 16
"""How much of a file is sent at a time; by 16 KiB, which is the default, it takes twice the time."""

PROGRESS_STEPS = 25
"""How many times the progress of one file is reported, unless that takes longer than a second each.

Each report is worked on by two processes: a hundred for every file took a tenth of what all of it took here.
"""

PROGRESS_SECONDS = 1.0
"""The longest time between two reports, so that a slow upload is not taken for a stalled one."""

Report = Callable[[int, int], None]


def main() -> None:
    """Serve orders until the parent is gone."""
    _disable_core_dumps()
    scratch = scratch_directory()
    parent = connect(lambda: shutil.rmtree(scratch, ignore_errors=True))
    for order in parent.orders():
        if order["order"] == "inspect":
            parent.answer({"answer": "inspected", "files": [inspected(path) for path in order["files"]]})
        elif order["order"] == "attested":
            parent.answer({"answer": "attested", "errors": _attested(order)})
        elif order["order"] == "attest":
            parent.answer(_attest(order))
        elif order["order"] == "provenance":
            parent.answer({"answer": "provenance", "errors": _provenance(order)})
        elif order["order"] == "identify":
            parent.answer(_identified(order))
        else:
            parent.in_thread(partial(_answer_upload, order, parent))


def _answer_upload(order: Order, parent: Parent) -> None:
    parent.answer(_upload(order, parent))


def _attested(order: Order) -> list[str]:
    """What is wrong with each attestation, in their order; empty texts where nothing is."""
    expected = _expected(order)
    return [attestation_rules.error(Path(file), Path(each), expected) for file, each in order["pairs"]]


def _attest(order: Order) -> dict[str, object]:
    """The attestation of each file, made by this job; or why there are none."""
    try:
        identity = token_minting.identity_for(attestation_signing.AUDIENCE, order["variables"])
        made = attestation_signing.signed([Path(file) for file in order["files"]], identity)
    except MintingError as error:
        return {"answer": "unsigned", "reason": f"{error.code}: {error.text}"}
    except SigningError as error:
        return {"answer": "unsigned", "reason": str(error)}
    return {"answer": "signed", "attestations": made}


def _provenance(order: Order) -> list[str]:
    """What is wrong with what an index says of each file, in their order; empty texts where nothing is."""
    expected = _expected(order)
    return [
        attestation_rules.provenance_error((name, sha256), text, expected)
        for name, sha256, text in order["files"]
    ]


def _expected(order: Order) -> ExpectedPublisher:
    return ExpectedPublisher(order["repository"], order["workflow"], order["commit"])


def _identified(order: Order) -> dict[str, object]:
    """What the forge says of this job: the claims that an index would see."""
    try:
        with _index(order) as index:
            return {"answer": "identified", "claims": token_minting.claims(index)}
    except MintingError as error:
        return _unminted(error)


@contextmanager
def _index(order: Order) -> Iterator[Index]:
    """The way to the endpoints of an index that know publishers."""
    with requests.Session() as session:
        session.trust_env = order["trust_env"]
        yield Index(order["url"], session, tuple(order["timeouts"]), order["variables"])


def _unminted(error: MintingError) -> dict[str, object]:
    return {
        "answer": "unminted",
        "code": error.code,
        "text": error.text,
        "status": error.status,
        "retry_after": error.retry_after,
    }


_minted: dict[str, MintedToken] = {}
"""The token of each index, for the uploads that follow while it is good."""

_minting = threading.Lock()
"""Held while a token is minted: of several uploads at once the first has it made for all."""


def _disable_core_dumps() -> None:
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - not on Windows

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def inspected(path: str) -> dict[str, object]:
    """What twine finds about a file: its metadata, and what keeps an index from accepting or showing it."""
    findings = Findings()
    facts = {"file": path, "name": "", "version": ""}
    try:
        with known(path, NOT_ASKED), findings:
            package = PackageFile.from_filename(path, None)
            facts |= {"name": package.metadata["name"], "version": package.version}
            check(path)
    except Exception as error:  # noqa: BLE001 - a file that twine cannot read, for any reason, it cannot upload
        findings.errors.append(f"{type(error).__name__}: {error}")
    return {**facts, "errors": findings.errors, "warnings": findings.warnings}


class Findings(logging.Handler):
    """What ``twine check`` reports, which it does by logging."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[str] = []
        self.warnings: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one report; an error means that the description would not be rendered."""
        (self.errors if record.levelno >= logging.ERROR else self.warnings).append(record.getMessage())

    def __enter__(self) -> None:
        """Start to listen to twine."""
        logging.getLogger("twine.commands.check").addHandler(self)

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        logging.getLogger("twine.commands.check").removeHandler(self)


def _upload(order: Order, parent: Parent) -> dict[str, object]:
    """Upload one file once, from a copy whose hash has been checked."""

    def report(sent: int, total: int) -> None:
        parent.answer({"answer": "progress", "sent": sent, "total": total})

    with tempfile.TemporaryDirectory(dir=Path.cwd()) as directory:
        copy = Path(directory) / Path(order["file"]).name
        try:
            found = _copy(Path(order["file"]), copy)
            if found.sha2 != order["sha256"]:
                return {
                    "answer": "unfit",
                    "reason": f"its SHA-256 is {found.sha2}, not that of the inspected file",
                }
            with known(str(copy), found):
                package = PackageFile.from_filename(str(copy), None)
            if order["attestations"]:
                package.add_attestations(order["attestations"])
        except Exception as error:  # noqa: BLE001 - as in inspected()
            return {"answer": "unfit", "reason": root_cause_message(error)}
        return _send(order, package, report)


def _copy(source: Path, target: Path) -> Hexdigest:
    """Copy a file to where nobody else writes, and return the digests of the copied bytes."""
    with source.open("rb") as original, target.open("xb", buffering=0) as copy:
        return digests(_passed_on(original, copy))


def _passed_on(original: BinaryIO, copy: BinaryIO) -> Iterator[bytes]:
    """The bytes of one file, each after it was written to the other."""
    while chunk := original.read(1 << 20):
        rest = memoryview(chunk)
        while rest:
            rest = rest[copy.write(rest) :]
        yield chunk


def _send(order: Order, package: PackageFile, report: Report) -> dict[str, object]:
    """Send one file; with a token of the settings, or with one that is minted at this moment."""
    if order["secret"]:
        return _sent(order, package, report, Credentials(order["user"], Secret(order["secret"])))
    try:
        token, is_new = _token_of(order)
        facts = _sent(order, package, report, Credentials(pypi_token.USER, token.token))
        if facts.get("status") in _REFUSED:
            _forget(order["url"], token)
            if not is_new:  # it may have ended before it said it would
                return _send(order, package, report)
    except MintingError as error:
        return _unminted(error)
    return _masked(facts, (token.hidden,))


def _forget(url: str, token: MintedToken) -> None:
    """Mint a new token the next time, unless another upload has done so meanwhile."""
    with _minting:
        if _minted.get(url) is token:
            del _minted[url]


_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def _token_of(order: Order) -> tuple[MintedToken, bool]:
    """A token that is good for this upload, and whether it was minted for it.

    Raises:
        MintingError: None could be had.
    """
    with _minting:
        known = _minted.get(order["url"])
        if known and known.expires - time.time() > order["needed"]:
            return known, False
        with _index(order) as index:
            made = _minted[order["url"]] = token_minting.mint(index)
        return made, True


def _sent(order: Order, package: PackageFile, report: Report, account: Credentials) -> dict[str, object]:
    adapter = Adapter(tuple(order["timeouts"]), report)
    repository = Repository(order["url"], account.user, account.secret.reveal(), disable_progress_bar=True)
    repository.session.auth = _basic_auth(account)
    repository.session.trust_env = order["trust_env"]
    for scheme in ("http://", "https://"):
        repository.session.mount(scheme, adapter)
    try:
        # Despite its name, max_redirects is how often twine sends a file while the answer is 5xx.
        facts = _answered(repository.upload(package, max_redirects=1))
    except Exception as error:  # noqa: BLE001 - if this process died, nobody would know whether anything was sent
        facts = {"answer": "unanswered", "sent": adapter.sent, "reason": root_cause_message(error)}
    finally:
        repository.close()
    return _masked(facts, (account.secret, account.basic))


def _masked(facts: dict[str, object], hidden: tuple[Secret, ...]) -> dict[str, object]:
    return {key: redact(value, hidden) if isinstance(value, str) else value for key, value in facts.items()}


def _basic_auth(account: Credentials) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    """Authentication as twine does it, but in UTF-8: requests supports only Latin-1 passwords."""

    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Basic {account.basic.reveal()}"
        return request

    return sign


def _answered(response: requests.Response) -> dict[str, object]:
    return {
        "answer": "response",
        "status": response.status_code,
        "reason": response.reason or "",
        "text": response.content[:TEXT_BYTES].decode(errors="replace"),
        "retry_after": response.headers.get("Retry-After", ""),
        "location": response.headers.get("Location", ""),
    }


class Adapter(HTTPAdapter):
    """Sends once, with timeouts, which twine does not have, and reports the progress."""

    def __init__(self, timeouts: tuple[float, float], report: Report) -> None:
        super().__init__(max_retries=0)
        self.init_poolmanager(1, 1, blocksize=BLOCK_BYTES)  # requests has no parameter for it
        self._timeouts = timeouts
        self._report = report
        self._reported = 0
        self._reported_at = time.monotonic()
        self.sent = 0

    def send(self, request: requests.PreparedRequest, *_: Any, **options: Any) -> requests.Response:  # noqa: ANN401 - passed through as requests has it
        """Send one request; the first timeout limits a stalled body, the second a silent index."""
        body: Any = request.body
        if hasattr(body, "callback"):  # requests_toolbelt's monitor of a multipart body
            body.callback = self._progress
        return super().send(request, **{**options, "timeout": self._timeouts})

    def _progress(self, monitor: Any) -> None:  # noqa: ANN401 - requests_toolbelt has no types
        self.sent, total, now = monitor.bytes_read, monitor.len, time.monotonic()
        due = self.sent - self._reported > total // PROGRESS_STEPS or (self.sent == total > self._reported)
        if due or now - self._reported_at > PROGRESS_SECONDS:
            self._reported, self._reported_at = self.sent, now
            self._report(self.sent, total)


if __name__ == "__main__":
    main()
