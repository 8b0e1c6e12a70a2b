"""A GitHub on a Unix socket, for the real gh to be pointed to: a bare repository and its releases."""

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from support import secrets

GH = Path(sys.prefix) / "bin" / "gh"
NAME = "person/demo"
FORMER_NAME = "person/former"
LONGEST_BODY = 125_000
_LISTED = {"id", "name", "target", "enforcement"}

_Json = dict[str, object]
_Answer = tuple[int, _Json | list[_Json]]
_ABSENT: _Answer = (404, {"message": "Not Found"})
_UNAUTHORIZED: _Answer = (401, {"message": "Bad credentials"})


class Fault(NamedTuple):
    """One answer that goes wrong.

    Attributes:
        status: What is answered instead; 0 is silence.
        message: What the answer says.
        done: Whether the request is carried out all the same.
    """

    status: int
    message: str = "Server Error"
    done: bool = False


@dataclass
class GitHub:
    """What GitHub knows of one repository, and what it was asked.

    Attributes:
        home: The directory of gh's configuration.
        repository: The bare repository, whose tags are GitHub's tags.
        push: Whether the account may write.
        app: Whether the token is an installation token.
        token: The only token that is taken.
        releases: The published releases, by tag.
        statuses: What was said of every commit in the older way.
        runs: The check runs of every commit.
        rulesets: The rulesets, each as GitHub shows it by its id; a branch's covers the branch "main".
        protection: The branch's protection in the older way; None where it has none, or who asks may not see.
        requests: Method and path of every request.
        faults: What goes wrong: the next answers to a method and path.
    """

    home: Path
    repository: Path
    push: bool = True
    app: bool = False
    token: str = field(default_factory=secrets.github)
    releases: dict[str, _Json] = field(default_factory=dict)
    statuses: list[_Json] = field(default_factory=list)
    runs: list[_Json] = field(default_factory=list)
    rulesets: list[_Json] = field(default_factory=list)
    protection: _Json | None = None
    requests: list[tuple[str, str]] = field(default_factory=list)
    faults: dict[tuple[str, str], list[Fault]] = field(default_factory=dict)
    closing: threading.Event = field(default_factory=threading.Event)

    def environ(self, *, login: bool = True) -> dict[str, str]:
        """What points the real gh here."""
        token = {"GH_TOKEN": self.token} if login else {}
        return {
            "PATH": f"{GH.parent}:/usr/bin:/bin",
            "HOME": str(self.home),
            "GH_CONFIG_DIR": str(self.home),
        } | token

    def posted(self) -> list[str]:
        """The paths of the requests that would have changed something, GraphQL's questions left out."""
        return [path for method, path in self.requests if method != "GET" and path != "/graphql"]

    def tag_object(self, tag: str) -> str:
        """The object that the bare repository has a tag at, or an empty string."""
        command = (
            "git",
            "-C",
            str(self.repository),
            "for-each-ref",
            "--format=%(objectname)",
            f"refs/tags/{tag}",
        )
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def ruleset(self, *rules: str, target: str = "branch", **more: object) -> _Json:
        """Add a ruleset that is in force, with rules of these types."""
        made: _Json = {
            "id": len(self.rulesets) + 1,
            "name": "house rules",
            "target": target,
            "enforcement": "active",
            "conditions": {"ref_name": {"include": ["~ALL"], "exclude": []}},
            "rules": [{"type": rule} for rule in rules],
            "current_user_can_bypass": "never",
            **more,
        }
        self.rulesets.append(made)
        return made

    def answer(self, method: str, target: str, body: _Json) -> _Answer:
        """Carry out one request, unless it is to go wrong."""
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        self.requests.append((method, path))
        scripted = self.faults.get((method, path))
        fault = scripted.pop(0) if scripted else None
        if fault is None or fault.done:
            answer = self._asked(path, query) or self._carry_out(method, path, body)
        return (fault.status, {"message": fault.message}) if fault else answer

    def _asked(self, path: str, query: dict[str, list[str]]) -> _Answer | None:
        """The answer to a question about checks and rules; None where it is another one."""
        answer: _Answer | None = None
        match path.removeprefix(f"/repos/{NAME}").split("/")[1:]:
            case ["commits", oid, *_] if not self._has(oid):
                answer = 422, {"message": f"No commit found for SHA: {oid}"}
            case ["commits", _, "status"]:
                count = len(self.statuses)
                answer = 200, {"state": "pending", "total_count": count, "statuses": self.statuses}
            case ["commits", _, "check-runs"]:
                size, page = (int(query[key][0]) for key in ("per_page", "page"))
                shown = self.runs[size * (page - 1) : size * page]
                answer = 200, {"total_count": len(self.runs), "check_runs": shown}
            case ["rules", "branches", "main"]:
                answer = 200, list(self._rules_of_the_branch())
            case ["rulesets"]:
                answer = 200, [{k: v for k, v in each.items() if k in _LISTED} for each in self.rulesets]
            case ["rulesets", number]:
                found = [each for each in self.rulesets if str(each["id"]) == number]
                answer = (200, found[0]) if found else _ABSENT
            case ["branches", "main", "protection"] if self.protection is not None:
                answer = 200, self.protection
        return answer

    def _has(self, oid: str) -> bool:
        command = ("git", "-C", str(self.repository), "cat-file", "-e", f"{oid}^{{commit}}")
        return subprocess.run(command, check=False, capture_output=True).returncode == 0

    def _rules_of_the_branch(self) -> Iterator[_Json]:
        for each in self.rulesets:
            rules = each["rules"]
            if each["target"] == "branch" and each["enforcement"] == "active" and isinstance(rules, list):
                yield from ({**rule, "ruleset_id": each["id"]} for rule in rules)

    def _carry_out(self, method: str, path: str, body: _Json) -> _Answer:
        inside = path.removeprefix(f"/repos/{NAME}").removeprefix("/repositories/1")
        answer = _ABSENT
        match method, inside.split("/")[1:]:
            case "GET", []:
                answer = 200, {"full_name": NAME, "permissions": {"push": self.push}}
            case "GET", ["repos", *_] if path == f"/repos/{FORMER_NAME}":
                answer = 301, {"message": "Moved Permanently"}
            case "GET", ["installation", "repositories"]:
                answer = (200, {"total_count": 1}) if self.app else (403, {"message": "no installation"})
            case "GET", ["releases", "tags", tag] if unquote(tag) in self.releases:
                answer = 200, self.releases[unquote(tag)]
            case "GET", ["git", "ref", "tags", *tag] if sha := self.tag_object("/".join(tag)):
                answer = 200, {"object": {"type": "tag", "sha": sha}}
            case "POST", ["releases"]:
                answer = self._publish(body)
            case "POST", ["graphql"]:
                answer = 200, {"data": self._queried(body)}
        return answer

    def _publish(self, body: _Json) -> _Answer:
        tag, notes = str(body["tag_name"]), str(body.get("body", ""))
        if tag in self.releases or len(notes) > LONGEST_BODY:
            code = "already_exists" if tag in self.releases else "custom"
            return 422, {"message": "Validation Failed", "errors": [{"code": code}]}
        if not self.tag_object(tag):  # as GitHub does
            subprocess.run(("git", "-C", str(self.repository), "tag", tag, "main"), check=True)
        self.releases[tag] = body
        return 201, {"id": len(self.releases), "html_url": f"https://github.com/{NAME}/releases/tag/{tag}"}

    def _queried(self, body: _Json) -> _Json:
        """What ``gh release create --verify-tag`` asks in GraphQL: whether there is such a ref."""
        variables = body["variables"]
        assert isinstance(variables, dict)
        tag = str(variables["tagName"]).removeprefix("refs/tags/")
        return {"repository": {"ref": {"id": "1"} if self.tag_object(tag) else None}}


class _Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True
    github: GitHub

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a gh that was ended while it waited."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """Answer a question."""
        self._answer()

    def do_POST(self) -> None:
        """Carry out a change."""
        self._answer()

    def _answer(self) -> None:
        github = self.server.github
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
        status, said = _UNAUTHORIZED
        if self.headers["Authorization"] == f"token {github.token}":
            status, said = github.answer(self.command, self.path, body)
        if status == 0:
            github.closing.wait()
            return
        content = json.dumps(said).encode()
        self.send_response(status)
        if status == 301:
            self.send_header("Location", "https://api.github.com/repositories/1")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the base class
        """Keep quiet."""


@contextmanager
def serving(repository: Path) -> Iterator[GitHub]:
    """Serve a GitHub whose repository ``person/demo`` is the bare one at ``repository``."""
    with tempfile.TemporaryDirectory(prefix="gh-") as name:  # a socket's path has to be short
        home = Path(name)
        (home / "config.yml").write_text(
            f'version: "1"\nhttp_unix_socket: {home / "socket"}\n', encoding="utf-8"
        )
        github = GitHub(home, repository)
        with _Server(str(home / "socket"), _Handler) as server:
            server.github = github
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                yield github
            finally:
                github.closing.set()
                server.shutdown()
                thread.join()
