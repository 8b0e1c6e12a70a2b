"""A GitHub on a Unix socket, for the real gh to be pointed to: a bare repository and its releases.

Modelled on GitHub's manual of its REST API, and on what people report of its bad days.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from itertools import count
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from support import nobody, run_artifacts, secrets
from support.dispatches import Dispatches
from support.pull_requests import PullRequests
from support.run_artifacts import Artifacts

GH = Path(sys.prefix) / "bin" / "gh"
NAME = "person/demo"
URL = f"git@github.com:{NAME}.git"
LOGS = "results.example"
"""The host that keeps the logs of jobs."""
FORMER_NAME = "person/former"
LONGEST_BODY = 125_000
_LISTED = {"id", "name", "target", "enforcement"}

_Json = dict[str, object]
_Answer = tuple[int, object]
_ABSENT: _Answer = (404, {"message": "Not Found"})
_UNAUTHORIZED: _Answer = (401, {"message": "Bad credentials"})
_IMMUTABLE: _Answer = (422, {"message": "Cannot change an immutable release."})


def all_gh() -> dict[str, Path | None]:
    """Every gh to try, by a name: that of the environment, and one of the system or of ``OTHER_GH``.

    Debian 12 has 2.23 of 2023, the oldest one that is worth a try.
    """
    places = (folder for folder in os.environ.get("PATH", "").split(os.pathsep) if Path(folder) != GH.parent)
    other = os.environ.get("OTHER_GH") or shutil.which("gh", path=os.pathsep.join(places))
    return {"gh": GH, "other gh": Path(other) if other else None}


def named(name: str) -> Path:
    """One of `all_gh`; a test that wants another one than there is is skipped."""
    found = all_gh()[name]
    if found is None:
        pytest.skip("there is no other gh: install the system's, or name one in OTHER_GH")
    return found


class Fault(NamedTuple):
    """One answer that goes wrong.

    Attributes:
        status: What is answered instead; 0 is silence.
        message: What the answer says.
        done: Whether the request is carried out all the same.
        half: Whether of a file only the half arrives.
        headers: What stands in the answer's head.
    """

    status: int
    message: str = "Server Error"
    done: bool = False
    half: bool = False
    headers: Mapping[str, str] = {}


class Sent(NamedTuple):
    """One request.

    Attributes:
        method: Its method.
        path: Its path, decoded by nobody.
        query: What stands behind the question mark.
        content: Its body.
        half: Whether only the half of it arrives.
    """

    method: str
    path: str
    query: dict[str, list[str]]
    content: bytes
    half: bool = False

    @property
    def body(self) -> _Json:
        """Its body, where that is JSON."""
        body = json.loads(self.content or "{}")
        assert isinstance(body, dict)
        return body


@dataclass
class GitHub:
    """What GitHub knows of one repository, and what it was asked.

    Attributes:
        home: The directory of gh's configuration.
        repository: The bare repository, whose tags are GitHub's tags.
        push: Whether the account may write.
        app: Whether the token is an installation token.
        token: The only token that is taken.
        gh: The gh that is pointed here.
        releases: The releases, drafts among them, as GitHub shows them.
        burned: The tags of immutable releases, which never are those of another one.
        immutable: Whether releases are immutable once they are published.
        digests: Whether the digests of files are stated.
        generated: What GitHub says of the changes by itself.
        statuses: What was said of every commit in the older way.
        runs: The check runs of every commit.
        rulesets: The rulesets, each as GitHub shows it by its id; a branch's covers the branch "main".
        protection: The branch's protection in the older way; None where it has none, or who asks may not see.
        requests: Method and path of every request.
        faults: What goes wrong: the next answers to a method and path.
        pulls: The pull requests.
        workflow_runs: The runs of workflows, each with its jobs.
        artifacts: What the runs have kept.
        job_logs: What a job has said, by its id; a log that is not there has expired.
        pending: The environments that hold a run back, by the run's id.
        checks: The check runs of one commit, by its object id, in the place of those of every commit.
        hears: Told the number of each request before it is carried out, and after (True); where it says
            False, the connection breaks at that moment.
    """

    home: Path
    repository: Path
    push: bool = True
    app: bool = False
    token: str = field(default_factory=secrets.github)
    gh: Path = GH
    releases: list[_Json] = field(default_factory=list)
    burned: set[str] = field(default_factory=set)
    immutable: bool = False
    digests: bool = True
    generated: str = ""
    statuses: list[_Json] = field(default_factory=list)
    runs: list[_Json] = field(default_factory=list)
    rulesets: list[_Json] = field(default_factory=list)
    protection: _Json | None = None
    requests: list[tuple[str, str]] = field(default_factory=list)
    faults: dict[tuple[str, str], list[Fault]] = field(default_factory=dict)
    workflow_runs: list[_Json] = field(default_factory=list)
    job_logs: dict[int, str] = field(default_factory=dict)
    pending: dict[int, list[_Json]] = field(default_factory=dict)
    checks: dict[str, list[_Json]] = field(default_factory=dict)
    hears: Callable[[int, bool], bool] = lambda number, done: True  # noqa: ARG005 - nothing breaks
    artifacts: Artifacts = field(default_factory=Artifacts)
    closing: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        """Begin without a pull request, and without a run."""
        self.pulls = PullRequests(self.repository, NAME)
        self.dispatches = Dispatches(self.repository, lambda: self.workflow_runs)

    def environ(self, *, login: bool = True) -> dict[str, str]:
        """What points the real gh here."""
        token = {"GH_TOKEN": self.token} if login else {}
        return {
            "PATH": f"{self.gh.parent}:/usr/bin:/bin",
            "HOME": str(self.home),
            "GH_CONFIG_DIR": str(self.home),
            **nobody.SHORT_LIVED,
        } | token

    def leads(self) -> dict[str, str]:
        """What makes a release take this for GitHub: for gh, and for a git that goes there by ssh."""
        ssh = self.home / "ssh"
        ssh.write_text(f'#!/bin/sh\nfor word; do :; done\nexec ${{word%% *}} "{self.repository}"\n')
        ssh.chmod(0o755)
        home = {"GH_CONFIG_DIR": str(self.home), "GH_TOKEN": self.token}
        return {"GIT_SSH_COMMAND": str(ssh), "GIT_SSH_VARIANT": "ssh"} | home

    def posted(self) -> list[str]:
        """The paths of the requests that would have changed something, mere questions left out."""
        asks = ("/graphql", f"/repos/{NAME}/releases/generate-notes")
        return [path for method, path in self.requests if method != "GET" and path not in asks]

    def published(self, tag: str) -> _Json | None:
        """The published release of a tag."""
        found = [each for each in self.releases if each["tag_name"] == tag and not each["draft"]]
        assert len(found) < 2
        return found[0] if found else None

    def drafts(self, tag: str) -> list[_Json]:
        """The drafts of a tag."""
        return [each for each in self.releases if each["tag_name"] == tag and each["draft"]]

    def release(self, tag: str, *files: tuple[str, bytes], **fields: object) -> _Json:
        """Have somebody make a release, with files attached; published unless ``draft`` is given."""
        made: _Json = {
            "id": next(self._numbers),
            "tag_name": tag,
            "name": tag,
            "body": "",
            "draft": False,
            "prerelease": False,
            "immutable": False,
            "html_url": f"https://github.com/{NAME}/releases/tag/{tag}",
            **fields,
            "assets": [],
        }
        made["url"] = f"https://api.github.com/repos/{NAME}/releases/{made['id']}"
        made["upload_url"] = (
            f"https://uploads.github.com/repos/{NAME}/releases/{made['id']}/assets{{?name,label}}"
        )
        self.releases.append(made)
        for name, content in files:
            self.attach(made, name, content)
        return made

    def take_over(self, releases: list[_Json]) -> None:
        """Have these releases, and know what was numbered."""
        self.releases[:] = deepcopy(releases)
        numbered = [each["id"] for made in releases for each in (made, *_assets(made))]
        self._numbers = count(1 + max(number for number in [0, *numbered] if isinstance(number, int)))

    def files(self, release: _Json) -> dict[str, str]:
        """State and digest of each file of a release, by its name."""
        return {str(each["name"]): f"{each['state']} {each['sha256']}" for each in _assets(release)}

    def attach(self, release: _Json, name: str, content: bytes, *, whole: bool = True) -> _Json:
        """Have somebody attach a file, or the beginning of one."""
        digest = hashlib.sha256(content).hexdigest()
        asset: _Json = {
            "id": next(self._numbers),
            "name": _spelled(name),
            "label": "",
            "state": "uploaded" if whole else "starter",
            "size": len(content),
            "digest": f"sha256:{digest}" if self.digests and whole else None,
            "sha256": digest,
        }
        _assets(release).append(asset)
        return asset

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

    def hear(self, sent: Sent) -> tuple[_Answer, Mapping[str, str]] | None:
        """Answer one request, one after another; None where the connection breaks."""
        with self.lock:
            number = len(self.requests) + 1
            if not self.hears(number, False):  # noqa: FBT003 - it is not carried out yet
                return None
            said = self._answer(sent)
            return said if self.hears(number, True) else None  # noqa: FBT003 - it is carried out

    def _answer(self, sent: Sent) -> tuple[_Answer, Mapping[str, str]]:
        """Carry out one request, unless it is to go wrong; what is answered, and what stands in its head."""
        self.requests.append((sent.method, sent.path))
        scripted = self.faults.get((sent.method, sent.path))
        fault = scripted.pop(0) if scripted else None
        answer = _ABSENT
        if fault is None or fault.done or fault.half:
            sent = sent._replace(half=bool(fault and fault.half))
            asked = self._asked(sent.path, sent.query) if sent.method == "GET" else None
            answer = asked or self._carry_out(sent)
        if fault:
            return (fault.status, {"message": fault.message}), fault.headers
        return answer, self._head(sent)

    def _head(self, sent: Sent) -> Mapping[str, str]:
        """Where the rest is of what is shown in pages."""
        if sent.method != "GET" or not sent.path.endswith("/releases"):
            return {}
        size, page = _paging(sent.query)
        if size * page >= len(self.releases):
            return {}
        return {"Link": f'<https://api.github.com{sent.path}?per_page={size}&page={page + 1}>; rel="next"'}

    def _asked(self, path: str, query: dict[str, list[str]]) -> _Answer | None:
        """The answer to a question about checks and rules; None where it is another one."""
        answer: _Answer | None = None
        match path.removeprefix(f"/repos/{NAME}").split("/")[1:]:
            case ["commits", oid, *_] if not self._has(oid):
                answer = 422, {"message": f"No commit found for SHA: {oid}"}
            case ["commits", _, "status"]:
                count = len(self.statuses)
                answer = 200, {"state": "pending", "total_count": count, "statuses": self.statuses}
            case ["commits", oid, "check-runs"]:
                size, page = _paging(query)
                runs = self.checks.get(oid, self.runs)
                shown = runs[size * (page - 1) : size * page]
                answer = 200, {"total_count": len(runs), "check_runs": shown}
            case ["actions", *rest]:
                answer = self._of_actions(rest, query)
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

    def _of_actions(self, rest: list[str], query: dict[str, list[str]]) -> _Answer | None:
        """The answer to a question about workflows and their runs."""
        answer: _Answer | None = None
        match rest:
            case ["runs"]:
                shown = self.dispatches.listed(query.get("head_sha", [""])[0])
                answer = 200, {"total_count": len(shown), "workflow_runs": _page(shown, query)}
            case ["workflows", name]:
                answer = self.dispatches.workflow(name)
            case ["runs", number]:
                found = [run for run in self.workflow_runs if str(run["id"]) == number]
                answer = (200, found[0]) if found else _ABSENT
            case ["runs", number, "artifacts"]:
                answer = self._artifacts(int(number), query)
            case ["artifacts", number, "zip"]:
                sent_on = self.artifacts.address(int(number))
                answer = (
                    (302, {"location": sent_on}) if sent_on else (410, {"message": "Artifact has expired"})
                )
            case ["runs", number, "jobs"]:
                (run,) = (run for run in self.workflow_runs if str(run["id"]) == number)
                assert isinstance(run["jobs"], list)
                answer = 200, {"total_count": len(run["jobs"]), "jobs": _page(run["jobs"], query)}
            case ["runs", number, "pending_deployments"]:
                answer = 200, self.pending.get(int(number), [])
            case ["jobs", number, "logs"]:
                known, location = int(number) in self.job_logs, {"location": f"https://{LOGS}/{number}"}
                answer = (302, location) if known else (410, {"message": "Gone"})
        return answer

    def _artifacts(self, number: int, query: dict[str, list[str]]) -> _Answer:
        run = next((run for run in self.workflow_runs if run["id"] == number), None)
        if run is None:
            return _ABSENT
        listed = self.artifacts.of(number, run["head_sha"])
        size, page = _paging(query)
        return 200, {"total_count": len(listed), "artifacts": listed[size * (page - 1) : size * page]}

    def _has(self, oid: str) -> bool:
        command = ("git", "-C", str(self.repository), "cat-file", "-e", f"{oid}^{{commit}}")
        return subprocess.run(command, check=False, capture_output=True).returncode == 0

    def _rules_of_the_branch(self) -> Iterator[_Json]:
        for each in self.rulesets:
            rules = each["rules"]
            if each["target"] == "branch" and each["enforcement"] == "active" and isinstance(rules, list):
                yield from ({**rule, "ruleset_id": each["id"]} for rule in rules)

    def _carry_out(self, sent: Sent) -> _Answer:
        path = sent.path.removeprefix(f"/repos/{NAME}").removeprefix("/repositories/1")
        answer = _ABSENT
        match sent.method, path.split("/")[1:]:
            case "GET", []:
                answer = 200, {"full_name": NAME, "permissions": {"push": self.push}}
            case "GET", ["repos", *_] if path == f"/repos/{FORMER_NAME}":
                answer = 301, {"message": "Moved Permanently"}
            case "GET", ["installation", "repositories"]:
                answer = (200, {"total_count": 1}) if self.app else (403, {"message": "no installation"})
            case "GET", ["git", "ref", "tags", *tag] if sha := self.tag_object("/".join(tag)):
                answer = 200, {"object": {"type": "tag", "sha": sha}}
            case "POST", ["actions", *rest]:
                answer = self.dispatches.answer(rest, sent.body)
            case "POST", ["graphql"]:
                answer = 200, {"data": self._queried(sent.body)}
            case _, ["releases", *rest]:
                answer = self._of_releases(sent, rest)
            case _, [("pulls" | "issues"), *_] as words:
                answer = self.pulls.answer(sent.method, words, sent.query, sent.body) or _ABSENT
        return answer

    def _of_releases(self, sent: Sent, rest: list[str]) -> _Answer:
        answer = _ABSENT
        match sent.method, rest:
            case "GET", []:
                size, page = _paging(sent.query)
                answer = 200, self.releases[::-1][size * (page - 1) : size * page]
            case "GET", ["tags", tag] if found := self.published(unquote(tag)):
                answer = 200, found
            case "POST", []:
                answer = self._make(sent.body)
            case "POST", ["generate-notes"]:
                since = sent.body.get("previous_tag_name", "the beginning")
                text = f"{self.generated}\n\n**Full Changelog** since {since}" if self.generated else ""
                answer = 200, {"name": "", "body": text}
            case "DELETE", ["assets", number]:
                answer = self._detach(int(number))
            case _, [number, *more] if found := self._numbered(number):
                answer = self._of_one(sent, found, more)
        return answer

    def _numbered(self, number: str) -> _Json | None:
        return next((each for each in self.releases if str(each["id"]) == number), None)

    def _of_one(self, sent: Sent, release: _Json, more: list[str]) -> _Answer:
        answer = _IMMUTABLE if release["immutable"] else _ABSENT
        match sent.method, more:
            case "GET", []:
                answer = 200, release
            case "DELETE", []:
                self.releases.remove(release)
                answer = 204, {}
            case "PATCH", [] if not release["immutable"]:
                answer = self._change(release, sent.body)
            case "POST", ["assets"] if not release["immutable"]:
                answer = self._upload(release, sent)
        return answer

    def _make(self, body: _Json) -> _Answer:
        if refused := self._refused(body):
            return refused
        known = ("name", "body", "draft", "prerelease", "make_latest")
        made = self.release(str(body["tag_name"]), **{key: body[key] for key in known if key in body})
        if not made["draft"]:
            self._publish(made)
        return 201, made

    def _change(self, release: _Json, body: _Json) -> _Answer:
        publishing = release["draft"] and body.get("draft") is False
        if publishing and (refused := self._refused({**release, **body})):
            return refused
        release.update(body)
        if publishing:
            self._publish(release)
        return 200, release

    def _refused(self, fields: _Json) -> _Answer | None:
        """Why a release cannot be made so: drafts may share a tag, what is published may not."""
        tag, codes = str(fields["tag_name"]), []
        if not fields.get("draft") and self.published(tag):
            codes.append({"code": "already_exists", "field": "tag_name"})
        if len(str(fields.get("body", ""))) > LONGEST_BODY:
            codes.append({"code": "custom", "message": "body is too long (maximum is 125000 characters)"})
        if not fields.get("draft") and tag in self.burned:
            codes.append({"code": "custom", "message": "tag_name was used by an immutable release"})
        return (422, {"message": "Validation Failed", "errors": codes}) if codes else None

    def _publish(self, release: _Json) -> None:
        tag = str(release["tag_name"])
        if not self.tag_object(tag):  # as GitHub does
            subprocess.run(("git", "-C", str(self.repository), "tag", tag, "main"), check=True)
        if self.immutable:
            release["immutable"] = True
            self.burned.add(tag)

    def _upload(self, release: _Json, sent: Sent) -> _Answer:
        name, content = sent.query["name"][0], sent.content
        if _spelled(name) in self.files(release):
            return 422, {"message": "Validation Failed", "errors": [{"code": "already_exists"}]}
        content = content[: len(content) // 2] if sent.half else content
        asset = self.attach(release, name, content, whole=not sent.half)
        asset["label"] = sent.query.get("label", [""])[0]
        return 201, asset

    def _detach(self, number: int) -> _Answer:
        for release in self.releases:
            for asset in _assets(release):
                if asset["id"] == number and release["immutable"]:
                    return _IMMUTABLE
                if asset["id"] == number:
                    _assets(release).remove(asset)
                    return 204, {}
        return _ABSENT

    def _queried(self, body: _Json) -> _Json:
        """What ``gh release create --verify-tag`` asks in GraphQL: whether there is such a ref."""
        variables = body["variables"]
        assert isinstance(variables, dict)
        tag = str(variables["tagName"]).removeprefix("refs/tags/")
        return {"repository": {"ref": {"id": "1"} if self.tag_object(tag) else None}}


def _spelled(name: str) -> str:
    """How GitHub writes the name of a file that is attached."""
    return re.sub(r"[^\w.+-]", ".", name)


def _assets(release: _Json) -> list[_Json]:
    assets = release["assets"]
    assert isinstance(assets, list)
    return assets


def _page(entries: list[_Json], query: dict[str, list[str]]) -> list[_Json]:
    size, page = _paging(query)
    return entries[size * (page - 1) : size * page]


def _paging(query: dict[str, list[str]]) -> tuple[int, int]:
    return int(query.get("per_page", ["30"])[0]), int(query.get("page", ["1"])[0])


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

    def do_HEAD(self) -> None:
        """Answer a question, but for the answer's body."""
        self._answer()

    def do_POST(self) -> None:
        """Carry out a change."""
        self._answer()

    def do_PATCH(self) -> None:
        """Carry out a change."""
        self._answer()

    def do_DELETE(self) -> None:
        """Carry out a change."""
        self._answer()

    def _answer(self) -> None:
        github = self.server.github
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        sent = Sent(
            self.command.replace("HEAD", "GET"),
            path,
            query,
            self.rfile.read(int(self.headers.get("Content-Length") or 0)),
        )
        said: tuple[_Answer, Mapping[str, str]] | None = (_UNAUTHORIZED, {})
        if self.headers["Host"] == run_artifacts.HOST:
            assert self.headers["Authorization"] is None  # no token is its due
            self._give(*github.artifacts.download(int(path.removeprefix("/"))))
            return
        if self.headers["Host"] == LOGS:
            assert self.headers["Authorization"] is None
            self._say(200, github.job_logs[int(path.removeprefix("/"))], {})
            return
        if self.headers["Authorization"] == f"token {github.token}":
            assert self.headers["Host"] == _host(sent), self.headers["Host"]
            said = github.hear(sent)
        if said is None:
            self.close_connection = True
        elif said[0][0] == 0:
            github.closing.wait()
        else:
            self._say(*said[0], said[1])

    def _give(self, content: bytes, announced: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/zip")
        self.send_header("Content-Length", str(announced))
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = len(content) < announced

    def _say(self, status: int, said: object, head: Mapping[str, str]) -> None:
        text = said if isinstance(said, str) else json.dumps(said)
        content = b"" if status == 204 else text.encode()
        self.send_response(status)
        if status == 301:
            self.send_header("Location", "https://api.github.com/repositories/1")
        if status == 302 and isinstance(said, dict):
            self.send_header("Location", said["location"])
        for name, value in head.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the base class
        """Keep quiet."""


def _host(sent: Sent) -> str:
    """The host that takes such a request: files have one of their own."""
    files = sent.method == "POST" and sent.path.endswith("/assets")
    return "uploads.github.com" if files else "api.github.com"


@contextmanager
def serving(repository: Path, gh: Path = GH) -> Iterator[GitHub]:
    """Serve a GitHub whose repository ``person/demo`` is the bare one at ``repository``."""
    with tempfile.TemporaryDirectory(prefix="gh-") as name:  # a socket's path has to be short
        home = Path(name)
        (home / "config.yml").write_text(
            f'version: "1"\nhttp_unix_socket: {home / "socket"}\n', encoding="utf-8"
        )
        github = GitHub(home, repository, gh=gh)
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
