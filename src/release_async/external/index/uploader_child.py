"""The uploader's child: twine's library and one pipe, over which alone the secret comes.

It runs alone (``python -I``), keeps nothing, and says what the index answered without judging it.
"""

import hashlib
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from twine.commands.check import check
from twine.package import PackageFile
from twine.repository import Repository

from release_async.base.secret import Credentials, Secret
from release_async.base.secret_masking import redact
from release_async.process import priority
from release_async.process.connection_errors import innermost
from release_async.process.worker_pipe import Order, Parent, connected, own_directory

TEXT_BYTES = 4000
"""How much of an answer's body is looked at."""

PROGRESS_STEPS = 100
"""How many times the progress of one file is told, where it takes less than as many seconds."""

PROGRESS_SECONDS = 1.0
"""After how long it is told in any case, so that a slow upload is none that stands still."""

Report = Callable[[int, int], None]


def main() -> None:
    """Serve orders until the parent is gone."""
    priority.give_way()
    _leave_no_core_dump()
    scratch = own_directory()
    parent = connected(lambda: shutil.rmtree(scratch, ignore_errors=True))
    for order in parent.orders():
        if order["order"] == "inspect":
            parent.answer({"answer": "inspected", "files": [inspected(path) for path in order["files"]]})
        else:
            parent.answer(_uploaded(order, parent))


def _leave_no_core_dump() -> None:
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - not on Windows

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def inspected(path: str) -> dict[str, object]:
    """What twine makes of a file: its metadata, and all that keeps an index from taking or showing it."""
    findings = Findings()
    facts = {"file": path, "name": "", "version": "", "sha256": ""}
    try:
        package = PackageFile.from_filename(path, None)
        facts |= {
            "name": package.metadata["name"],
            "version": package.version,
            "sha256": package.sha2_digest or "",
        }
        with findings:
            check([path])
    except Exception as error:  # noqa: BLE001 - whatever twine cannot read it cannot upload, for any reason
        findings.errors.append(f"{type(error).__name__}: {error}")
    return {**facts, "errors": findings.errors, "warnings": findings.warnings}


class Findings(logging.Handler):
    """What ``twine check`` reports, which it does by logging."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[str] = []
        self.warnings: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Sort one report: an error means that the page would not be rendered."""
        (self.errors if record.levelno >= logging.ERROR else self.warnings).append(record.getMessage())

    def __enter__(self) -> None:
        """Listen to twine."""
        logging.getLogger("twine.commands.check").addHandler(self)

    def __exit__(self, *_: object) -> None:
        """Listen no more."""
        logging.getLogger("twine.commands.check").removeHandler(self)


def _uploaded(order: Order, parent: Parent) -> dict[str, object]:
    """Upload one file once, from a copy whose hash is proven."""

    def report(sent: int, total: int) -> None:
        parent.answer({"answer": "progress", "sent": sent, "total": total})

    with tempfile.TemporaryDirectory(dir=Path.cwd()) as directory:
        copy = Path(directory) / Path(order["file"]).name
        try:
            digest = _copied(Path(order["file"]), copy)
            if digest != order["sha256"]:
                return {
                    "answer": "unfit",
                    "reason": f"its SHA-256 is {digest}, not that of the inspected file",
                }
            package = PackageFile.from_filename(str(copy), None)
        except Exception as error:  # noqa: BLE001 - as in inspected()
            return {"answer": "unfit", "reason": innermost(error)}
        return _sent(order, package, report)


def _copied(source: Path, target: Path) -> str:
    """Copy a file to where nobody else writes, and hash exactly the bytes that were copied."""
    digest = hashlib.sha256()
    with source.open("rb") as original, target.open("xb") as copy:
        while chunk := original.read(1 << 20):
            digest.update(chunk)
            copy.write(chunk)
    return digest.hexdigest()


def _sent(order: Order, package: PackageFile, report: Report) -> dict[str, object]:
    who = Credentials(order["user"], Secret(order["secret"]))
    adapter = Adapter(tuple(order["timeouts"]), report)
    repository = Repository(order["url"], who.user, who.secret.reveal(), disable_progress_bar=True)
    repository.session.auth = _signed_by(who)
    repository.session.trust_env = order["trust_env"]
    for scheme in ("http://", "https://"):
        repository.session.mount(scheme, adapter)
    try:
        # Its name notwithstanding, max_redirects is how often a file is sent while the answer is 5xx.
        facts = _answered(repository.upload(package, max_redirects=1))
    except Exception as error:  # noqa: BLE001 - a child that died would not tell whether anything was sent
        facts = {"answer": "unanswered", "sent": adapter.sent, "reason": innermost(error)}
    finally:
        repository.close()
    hidden = (who.secret, who.basic)
    return {key: redact(value, hidden) if isinstance(value, str) else value for key, value in facts.items()}


def _signed_by(who: Credentials) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    """As twine's own, but in UTF-8: requests knows passwords in Latin-1 only."""

    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Basic {who.basic.reveal()}"
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
    """Sends once, with timeouts, which twine has none of, and tells how far it is."""

    def __init__(self, timeouts: tuple[float, float], report: Report) -> None:
        super().__init__(max_retries=0)
        self._timeouts = timeouts
        self._report = report
        self._told = 0
        self._told_at = time.monotonic()
        self.sent = 0

    def send(self, request: requests.PreparedRequest, *_: Any, **options: Any) -> requests.Response:  # noqa: ANN401 - passed through as requests has it
        """Send one request; a stalled body is bounded by the first timeout, a silent index by the second."""
        body: Any = request.body
        if hasattr(body, "callback"):  # requests_toolbelt's monitor of a multipart body
            body.callback = self._progress
        return super().send(request, **{**options, "timeout": self._timeouts})

    def _progress(self, monitor: Any) -> None:  # noqa: ANN401 - requests_toolbelt has no types
        self.sent, total, now = monitor.bytes_read, monitor.len, time.monotonic()
        far = self.sent - self._told > total // PROGRESS_STEPS or (self.sent == total > self._told)
        if far or now - self._told_at > PROGRESS_SECONDS:
            self._told, self._told_at = self.sent, now
            self._report(self.sent, total)


if __name__ == "__main__":
    main()
