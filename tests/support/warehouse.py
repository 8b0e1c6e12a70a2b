"""A package index that answers as PyPI does: its rules for uploads, its simple API, and its bad days.

Modelled on PyPI's source: identical bytes are taken again, other bytes under a name never, and a lost answer
says nothing of what was stored. Where it has a key it takes tokens that were made with it, and all that
restricts them must hold. A script gives single files other answers than the rules do.
"""

import hashlib
import json
import re
import socket
import ssl
import struct
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import pypitoken  # type: ignore[import-untyped]  # it has no type hints
from packaging.utils import canonicalize_name

from release_async.base.secret import Credentials
from support.publishers import Publishers
from support.tls import HOST


class Mishap(Enum):
    """What happens to one upload, beside the rules."""

    NONE = "nothing"
    UNHEARD = "it is stored, and the answer is lost"
    UNSTORED = "the connection breaks before it is stored"
    DOWN = "the index answers 503"
    READ_ONLY = "the index takes nothing for hours"


class Manner(Enum):
    """How a scripted answer is given."""

    WHOLE = "as answers are"
    NEVER = "the file is taken, and nothing is ever said"
    DRIP = "a byte at a time, for ever"
    RESET = "the connection breaks when the file has arrived"
    EARLY = "the connection breaks while the file arrives"


class Reply(NamedTuple):
    """What one upload meets in place of the rules.

    Attributes:
        status: The status of the answer.
        reason: Its reason phrase.
        body: Its body.
        headers: Its headers, but for the length.
        mode: How it is given.
        stores: Whether the file is stored, whatever is answered.
    """

    status: int = 200
    reason: str = "OK"
    body: str = ""
    headers: Mapping[str, str] = {}
    mode: Manner = Manner.WHOLE
    stores: bool = False


class Upload(NamedTuple):
    """One upload that arrived: the file's name, its digest, and what was answered (0: nothing, stored)."""

    name: str
    sha256: str
    status: int


@dataclass
class State:
    """What the index holds and has seen.

    Attributes:
        account: Who may upload.
        files: Digest, size and time of each stored file, by its name.
        contents: The bytes of each stored file.
        uploads: Every upload that arrived, in order.
        mishaps: What happens to the next uploads, one each.
        script: Answers to the uploads of files whose names end so; where it has none, the rules hold.
        revoked: Whether the account's token is one no longer.
        arriving: Told the name of each file that is sent, before anything is done with it.
        blind: How many of the next questions are answered from before the last upload.
        closed: Whether its pages are not to be had.
        key: What its tokens are proven with; empty where only the account's very secret is taken.
        ahead: Seconds that its clock is ahead of this machine's.
        tokens: The secret that came with each upload.
        attestations: What came with a file to say who has built it, by its name.
        provenance: What it says of who has made a file, by its name (PEP 740).
        publishers: What it knows of trusted publishers; None where it makes tokens by hand only.
    """

    account: Credentials
    files: dict[str, tuple[str, int, float]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)
    mishaps: list[Mishap] = field(default_factory=list)
    script: dict[str, Iterator[Reply]] = field(default_factory=dict)
    blind: int = 0
    closed: bool = False
    revoked: bool = False
    key: str = ""
    ahead: float = 0.0
    tokens: list[str] = field(default_factory=list)
    attestations: dict[str, str] = field(default_factory=dict)
    provenance: dict[str, str] = field(default_factory=dict)
    publishers: Publishers | None = None
    arriving: Callable[[str], None] = lambda _: None

    def digests(self) -> dict[str, str]:
        """The SHA-256 of every stored file, by name."""
        return {name: digest for name, (digest, _, _) in sorted(self.files.items())}

    def stored(self) -> list[str]:
        """The name of each file as often as it was newly stored."""
        return [upload.name for upload in self.uploads if upload.status in {0, 200}]

    def posts(self) -> list[str]:
        """The name of each file as often as it was sent, with or without success."""
        return [upload.name for upload in self.uploads]

    def store(self, name: str, digest: str, content: bytes) -> None:
        """Keep a file, unless there is one of that name."""
        self.files.setdefault(name, (digest, len(content), time.time()))
        self.contents.setdefault(name, content)

    def scripted(self, name: str) -> Reply | None:
        """The next answer of the script to an upload of a file."""
        for ending, replies in self.script.items():
            if name.endswith(ending):
                return next(replies, None)
        return None

    def judge(self, name: str, digest: str, given: str) -> tuple[int, str]:
        """PyPI's answer to an upload."""
        self.tokens.append(given)
        if refusal := self.refusal(given, canonicalize_name(name.partition("-")[0])):
            return 403, refusal
        if name not in self.files:
            return 200, "OK"
        if self.files[name][0] == digest:
            return 200, "OK"
        return 400, f"File already exists ('{name}', with blake2_256 hash 'x')."

    def refusal(self, given: str, project: str) -> str:
        """Why a secret does not let in for an upload to a project; empty where it does.

        A token that names projects is for projects that are there: PyPI makes no other ones.
        """
        if self.publishers:
            return (
                ""
                if self.publishers.is_good(given)
                else "Invalid or non-existent authentication information."
            )
        if not self.key:
            known = not self.revoked and given == self.account.secret.reveal()
            return "" if known else "Invalid or non-existent authentication information."
        there = any(canonicalize_name(name.partition("-")[0]) == project for name in self.files)
        try:
            token = pypitoken.Token.load(given)
            token.check(self.key, project_name=project if there else None, now=int(self.now()))
        except (pypitoken.PyPITokenException, ValueError) as error:  # the latter where several caveats fail
            return f"Invalid API Token: {type(error).__name__}"
        return "Invalid or non-existent authentication information." if self.revoked else ""

    def now(self) -> float:
        """This moment by the index's clock."""
        return time.time() + self.ahead


class Warehouse(ThreadingHTTPServer):
    """The index as a server on loopback."""

    daemon_threads = True

    def __init__(self, account: Credentials, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.state = State(account)
        self.turn = threading.Lock()
        self.closing = threading.Event()
        where = f"https://{HOST}" if tls else "http://127.0.0.1"
        self.url = f"{where}:{self.server_port}/legacy/"


class Abrupt(BaseHTTPRequestHandler):
    """Answers without a word on the terminal, and can break off a connection as networks do."""

    def hang_up(self) -> None:
        """Close with a reset instead of a farewell."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def finish(self) -> None:
        """Say no farewell where the connection was reset."""
        try:
            super().finish()
        except (OSError, ValueError):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Keep quiet."""


class _Handler(Abrupt):
    server: Warehouse
    protocol_version = "HTTP/1.1"

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The date that an answer has, by the index's clock."""
        return super().date_time_string(self.server.state.now() if timestamp is None else timestamp)

    def do_GET(self) -> None:
        """The simple API's page of one project (PEP 691, PEP 700), or a file that it leads to."""
        state = self.server.state
        if "/_/oidc/" in self.path:
            self._exchange(b"")
            return
        if state.closed:
            self._answer(503, b"", "text/plain")
            return
        if self.path.endswith("/provenance"):
            said = state.provenance.get(self.path.split("/")[-2])
            self._answer(200 if said else 404, (said or "").encode(), "application/json")
            return
        name = self.path.strip("/").split("/")[-1]
        if name in state.contents:
            self._answer(200, state.contents[name], "application/octet-stream")
            return
        with self.server.turn:
            shown = dict(state.files) if self.path.endswith("/") else {}
            if state.blind and state.files:
                state.blind -= 1
                shown.popitem()
        if not shown:
            self._answer(404, b"not found", "text/plain")
            return
        files = [_file(*item) for item in shown.items()]
        for file in files:
            if file["filename"] in {*state.attestations, *state.provenance}:
                file["provenance"] = f"/integrity/{file['filename']}/provenance"
        page = {"meta": {"api-version": "1.1"}, "name": name, "files": files}
        self._answer(200, json.dumps(page).encode(), "application/vnd.pypi.simple.v1+json")

    def do_POST(self) -> None:
        """One upload (the legacy API), or an identity for a token."""
        if "/_/oidc/" in self.path:
            self._exchange(self.rfile.read(int(self.headers["Content-Length"])))
            return
        body = b""
        while (found := _NAME.search(body)) is None:  # it stands before the content
            body += self.rfile.readline()
        name = found[1].decode()
        if reply := self.server.state.scripted(name):
            self._play(name, body, reply)
            return
        body += self.rfile.read(int(self.headers["Content-Length"]) - len(body))
        with self.server.turn:
            mishap = self.server.state.mishaps.pop(0) if self.server.state.mishaps else Mishap.NONE
            status, reason = self._taken(body, mishap)
        if mishap in {Mishap.UNHEARD, Mishap.UNSTORED}:
            self.hang_up()
        else:
            self.send_response(status, reason)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _exchange(self, body: bytes) -> None:
        """What publishers are asked and told."""
        publishers = self.server.state.publishers
        if publishers is None:
            self._answer(404, b"not found", "text/plain")
            return
        answer = publishers.answer(self.path, body)
        data = json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _play(self, name: str, body: bytes, reply: Reply) -> None:
        """Answer by the script."""
        state = self.server.state
        state.arriving(name)
        if reply.mode is Manner.EARLY:
            state.uploads.append(Upload(name, "", -1))
            self.hang_up()
            return
        body += self.rfile.read(int(self.headers["Content-Length"]) - len(body))
        content = sent_file(self.headers["Content-Type"], body)[1]
        digest, silent = hashlib.sha256(content).hexdigest(), reply.mode is not Manner.WHOLE
        with self.server.turn:
            if reply.stores:
                state.store(name, digest, content)
            answered = (0 if reply.stores else -1) if silent else reply.status
            state.uploads.append(Upload(name, digest, answered))
        self._say(reply)

    def _say(self, reply: Reply) -> None:
        match reply.mode:
            case Manner.WHOLE:
                data = reply.body.encode()
                self.send_response(reply.status, reply.reason)
                for name, value in {**reply.headers, "Content-Length": str(len(data))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)
            case Manner.DRIP:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
                while not self.server.closing.wait(0.05):
                    self.wfile.write(b"x")
            case Manner.NEVER:
                self.server.closing.wait()
            case _:
                self.hang_up()

    def _taken(self, body: bytes, mishap: Mishap) -> tuple[int, str]:
        state = self.server.state
        name, content = sent_file(self.headers["Content-Type"], body)
        digest = hashlib.sha256(content).hexdigest()
        state.arriving(name)
        if mishap is Mishap.READ_ONLY:
            state.uploads.append(Upload(name, digest, 403))
            return 403, "Read-only mode: uploads are temporarily disabled"
        if mishap is Mishap.DOWN:
            state.uploads.append(Upload(name, digest, 503))
            return 503, "Service Unavailable"
        if mishap is Mishap.UNSTORED:
            state.uploads.append(Upload(name, digest, -1))
            return 0, ""
        word = b64decode(self.headers.get("Authorization", " ").split(" ")[1]).decode().partition(":")[2]
        if attestations := _field(self.headers["Content-Type"], body, "attestations"):
            state.attestations[name] = attestations
        status, reason = state.judge(name, digest, word)
        if status == 200:
            state.store(name, digest, content)
        state.uploads.append(
            Upload(name, digest, 0 if mishap is Mishap.UNHEARD and status == 200 else status)
        )
        return status, reason

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


_NAME = re.compile(rb'filename="([^"]+)"')


def sent_file(kind: str, body: bytes) -> tuple[str, bytes]:
    """The name and the bytes of the file in a form (multipart/form-data, RFC 7578)."""
    message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=policy.HTTP)
    for part in message.iter_parts():
        if name := part.get_filename():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            return name, content
    raise ValueError("the form holds no file")


def _field(kind: str, body: bytes, wanted: str) -> str:
    """The text of a field in a form; empty where it has none of that name."""
    message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=policy.HTTP)
    for part in message.iter_parts():
        if part.get_param("name", header="content-disposition") == wanted:
            content = part.get_payload(decode=True)
            return content.decode() if isinstance(content, bytes) else ""
    return ""


def _file(name: str, known: tuple[str, int, float]) -> dict[str, object]:
    digest, size, moment = known
    uploaded = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(moment))
    return {
        "filename": name,
        "url": name,
        "hashes": {"sha256": digest},
        "size": size,
        "upload-time": uploaded,
    }


@contextmanager
def warehouse(account: Credentials, tls: ssl.SSLContext | None = None) -> Iterator[Warehouse]:
    """Serve an empty index, over TLS where there is something to show."""
    with Warehouse(account, tls) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()
