"""Trusted publishing as a forge and an index do it: a job's identity, and the token that it is exchanged for.

Modelled on GitHub's service for identities and on PyPI's endpoints beside its uploads: an identity is for one
audience, publishers are compared claim by claim, and a token ends by itself.
"""

import json
import threading
import time
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from support import secrets

AUDIENCE = "example"
CLAIMS = {
    "iss": "https://forge.example.com",
    "repository": "someone/demo",
    "workflow_ref": "someone/demo/.github/workflows/publish.yml@refs/tags/v1.3.0",
    "job_workflow_ref": "someone/demo/.github/workflows/publish.yml@refs/tags/v1.3.0",
    "environment": "pypi",
    "event_name": "push",
    "ref": "refs/tags/v1.3.0",
}
"""What the forge says of the job that most tests are in."""


class Answer(NamedTuple):
    """What one question is answered with."""

    status: int
    body: Mapping[str, object]
    headers: Mapping[str, str] = {}


@dataclass
class Publishers:
    """What an index knows of publishers, and has been asked.

    Attributes:
        trusted: The claims that a job has to have; None where the project has no publisher at all.
        pending: Whether that publisher is one that only makes a new project, which is there by now.
        audience: What the index says its identities are for; empty where it knows no trusted publishing.
        lifetime: Seconds that a token is good; what the index says of it is true unless ``vague``.
        vague: Whether it does not say when a token ends.
        limited: How many of the next identities are too many for the moment.
        broken: Whether it fails.
        minted: Every token, and when it ends.
        asked: How often each endpoint was.
        identities: The identities that the forge has given out.
    """

    trusted: Mapping[str, str] | None = field(default_factory=lambda: {"repository": "someone/demo"})
    pending: bool = False
    audience: str = AUDIENCE
    lifetime: float = 900.0
    vague: bool = False
    limited: int = 0
    broken: bool = False
    minted: dict[str, float] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    identities: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def identity(self, claims: Mapping[str, str]) -> str:
        """A new identity, as the forge gives it."""
        payload = {**claims, "jti": secrets.characters(20)}
        parts = [json.dumps(each).encode() for each in ({"alg": "none"}, payload)]
        token = ".".join(
            [*(urlsafe_b64encode(each).decode().rstrip("=") for each in parts), secrets.characters(43)]
        )
        self.identities[token] = payload
        return token

    def is_good(self, token: str) -> bool:
        """Whether a token lets in for an upload, now."""
        return self.minted.get(token, 0.0) > time.time()

    def answer(self, path: str, body: bytes) -> Answer:
        """What the endpoint at a path says."""
        what = path.rpartition("/")[2]
        self.asked[what] += 1
        if self.broken:
            return Answer(503, {})
        if what == "audience":
            return Answer(200, {"audience": self.audience}) if self.audience else Answer(404, {})
        return self._minting(str(json.loads(body)["token"]))

    def _minting(self, identity: str) -> Answer:
        if self.limited:
            self.limited -= 1
            return Answer(429, {"message": "Too many requests"}, {"Retry-After": "7"})
        claims = self.identities.get(identity)
        if claims is None or claims["aud"] != self.audience:
            return _refused("invalid-token", "malformed or invalid token")
        if self.trusted is None or any(claims.get(name) != value for name, value in self.trusted.items()):
            return _refused(
                "invalid-publisher",
                "valid token, but no corresponding publisher (Publisher with matching claims was not found)",
            )
        if self.pending:
            return _refused("invalid-pending-publisher", "valid token, but project already exists")
        token = f"pypi-{secrets.characters(60)}"
        self.minted[token] = time.time() + self.lifetime
        ends = {} if self.vague else {"expires": int(self.minted[token])}
        return Answer(200, {"success": True, "token": token, **ends})


def _refused(code: str, description: str) -> Answer:
    error = {"code": code, "description": description}
    return Answer(422, {"message": "Token request failed", "errors": [error]})


class Forge(ThreadingHTTPServer):
    """The forge's service for identities, on loopback."""

    daemon_threads = True

    def __init__(self, publishers: Publishers) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.publishers = publishers
        self.claims: dict[str, str] = dict(CLAIMS)
        self.word = secrets.characters(40)
        self.status = 200
        self.audience = ""
        """Another audience than the one that is asked for, where the forge gives identities for that."""

    @property
    def environ(self) -> dict[str, str]:
        """What a job of CI finds in its environment."""
        return {
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": self.word,
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"http://127.0.0.1:{self.server_port}/identity?api-version=2.0",
        }


class _Handler(BaseHTTPRequestHandler):
    server: Forge

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Keep quiet."""

    def do_GET(self) -> None:
        """An identity for the audience that is asked for (GitHub, "OpenID Connect")."""
        self.server.publishers.asked["identity"] += 1
        query = parse_qs(urlsplit(self.path).query)
        allowed = self.headers.get("Authorization") == f"bearer {self.server.word}"
        status = self.server.status if allowed else 401
        audience = self.server.audience or query["audience"][0]
        claims = {**self.server.claims, "aud": audience}
        value = self.server.publishers.identity(claims) if status == 200 else ""
        data = json.dumps({"value": value}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def forge(publishers: Publishers) -> Iterator[Forge]:
    """Serve identities."""
    with Forge(publishers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
