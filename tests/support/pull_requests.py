"""The pull requests of the GitHub on a socket: opened by anybody, merged by real git in the bare repository.

Modelled on GitHub's manual of its REST API. Before a merge ``merge_commit_sha`` names a commit that was only
tried, as there; after it, it may be late.
"""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

_Json = dict[str, object]
_Answer = tuple[int, object]
_WHO = {"GIT_AUTHOR_NAME": "GitHub", "GIT_AUTHOR_EMAIL": "hub@example.com"}
_WHO |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in _WHO.items()}
OPENED = "2026-01-02T03:04:05Z"
"""When every request was opened: 2026-01-02 03:04 UTC."""


@dataclass
class PullRequests:
    """What GitHub knows of the pull requests of one repository.

    Attributes:
        repository: The bare repository.
        name: The full name of the repository.
        shown: Every request, as GitHub shows it, in the order of their numbers.
        comments: The comments of each, by its number.
        labels: The labels of each, by its number.
        reviews: The reviews of each, by its number.
        late: How many answers after a merge do not name its commit yet.
        refuses: Whether the token may not open requests.
        edits: Every change of a request that came over the wire, as its number and the fields.
    """

    repository: Path
    name: str
    shown: list[_Json] = field(default_factory=list)
    comments: dict[int, list[str]] = field(default_factory=dict)
    labels: dict[int, list[str]] = field(default_factory=dict)
    reviews: dict[int, list[_Json]] = field(default_factory=dict)
    late: int = 0
    refuses: bool = False
    edits: list[tuple[int, _Json]] = field(default_factory=list)

    def git(self, *words: str) -> str:
        """Run git in the bare repository."""
        command = ("git", "-C", str(self.repository), *words)
        return subprocess.run(command, check=True, capture_output=True, text=True, env=_WHO).stdout.strip()

    def has(self, ref: str) -> bool:
        """Whether the bare repository has a ref."""
        command = ("git", "-C", str(self.repository), "show-ref", "--verify", "--quiet", ref)
        return subprocess.run(command, check=False).returncode == 0

    @property
    def last(self) -> _Json:
        """The newest request."""
        return self.shown[-1]

    def open(self, body: _Json, repository: str = "") -> _Json:
        """Open a request by what is sent for it; from a fork, where one is named."""
        source, target = body["head"], body["base"]
        head = self.git("rev-parse", f"refs/heads/{source}")
        number = len(self.shown) + 1
        made: _Json = {
            "number": number,
            "html_url": f"https://github.com/{self.name}/pull/{number}",
            "state": "open",
            "title": body["title"],
            "body": body["body"],
            "draft": False,
            "created_at": OPENED,
            "merged_at": None,
            "merge_commit_sha": head,  # of a merge that was only tried
            "mergeable_state": "blocked",
            "auto_merge": None,
            "requested_reviewers": [],
            "requested_teams": [],
            "head": {"ref": source, "sha": head, "repo": {"full_name": repository or self.name}},
            "base": {"ref": target, "repo": {"full_name": self.name}},
        }
        self.shown.append(made)
        return made

    def land(self, path: str, content: str, branch: str = "main") -> str:
        """Have somebody commit a file to a branch."""
        blob = subprocess.run(
            ("git", "-C", str(self.repository), "hash-object", "-w", "--stdin"),
            input=content, check=True, capture_output=True, text=True,
        ).stdout.strip()  # fmt: skip
        tip = self.git("rev-parse", f"refs/heads/{branch}")
        index = self.repository / "landing.index"
        env = {**_WHO, "GIT_INDEX_FILE": str(index)}

        def inside(*words: str) -> str:
            command = ("git", "-C", str(self.repository), *words)
            return subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout.strip()

        inside("read-tree", tip)
        inside("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
        commit = inside("commit-tree", "-p", tip, "-m", f"change {path}", inside("write-tree"))
        self.git("update-ref", f"refs/heads/{branch}", commit)
        for each in self.shown:
            if each["state"] == "open" and each["head"]["ref"] == branch:  # type: ignore[index]  # JSON
                each["head"]["sha"] = commit  # type: ignore[index]  # as above
        return commit

    def merge(self, how: str = "merge", *, number: int = 0, keeps_branch: bool = False) -> str:
        """Merge a request, the newest by default.

        Args:
            how: ``merge``, ``squash``, ``rebase``, or ``queue``, in which another commit lands first.
            number: Its number.
            keeps_branch: Whether the branch that it comes from stays.

        Returns:
            The commit that it was merged as.
        """
        request = next((each for each in self.shown if each["number"] == number), self.last)
        target, source = (f"refs/heads/{request[side]['ref']}" for side in ("base", "head"))  # type: ignore[index]  # JSON
        if how == "queue":
            self.land("queued.txt", "before it in the queue\n")
        tip, head = self.git("rev-parse", target), self.git("rev-parse", source)
        if how == "rebase":
            commit = tip
            for each in self.git("rev-list", "--reverse", f"{tip}..{head}").split():
                tree = self.git("merge-tree", "--write-tree", commit, each)
                commit = self.git("commit-tree", "-p", commit, "-m", self._title(each), tree)
        else:
            tree = self.git("merge-tree", "--write-tree", tip, head)
            parents = ("-p", tip) if how == "squash" else ("-p", tip, "-p", head)
            commit = self.git(
                "commit-tree", *parents, "-m", f"{request['title']} (#{request['number']})", tree
            )
        self.git("update-ref", target, commit, tip)
        request |= {"state": "closed", "merged_at": OPENED, "merge_commit_sha": commit}
        if not keeps_branch:
            self.git("update-ref", "-d", source)
        return commit

    def _title(self, commit: str) -> str:
        return self.git("show", "--no-patch", "--format=%s", commit)

    def answer(
        self, method: str, words: list[str], query: dict[str, list[str]], body: _Json
    ) -> _Answer | None:
        """The answer to a request below ``pulls`` or ``issues``; None where there is no such thing."""
        match method, words:
            case "POST", ["pulls"]:
                return self._opened(body)
            case "GET", ["pulls"]:
                return 200, [self._told(each) for each in reversed(self.shown) if _matches(each, query)]
            case _, [_, number, *rest]:
                found = next((each for each in self.shown if str(each["number"]) == number), None)
                return self._of_one(method, found, rest, body) if found else None
        return None

    def _of_one(self, method: str, found: _Json, rest: list[str], body: _Json) -> _Answer | None:
        number = found["number"]
        assert isinstance(number, int)
        match method, rest:
            case "GET", []:
                return 200, self._told(found)
            case "GET", ["reviews"]:
                return 200, self.reviews.get(number, [])
            case "POST", ["comments"]:
                self.comments.setdefault(number, []).append(str(body["body"]))
                return 201, {"id": 1}
            case "POST", ["labels"]:
                labels = body["labels"]
                assert isinstance(labels, list)
                self.labels[number] = labels
                return 200, []
            case "PATCH", []:
                self.edits.append((number, body))
                found |= body
                return 200, found
        return None

    def _told(self, request: _Json) -> _Json:
        if request["merged_at"] and self.late:
            self.late -= 1
            return {**request, "merge_commit_sha": None}
        return request

    def _opened(self, body: _Json) -> _Answer:
        source, target = str(body["head"]), str(body["base"])
        if self.refuses:
            return 403, {"message": "Resource not accessible by personal access token"}
        if not self.has(f"refs/heads/{source}"):
            return 422, {"message": "Validation Failed", "errors": [{"field": "head", "code": "invalid"}]}
        same = {"head": [f"{self.name.partition('/')[0]}:{source}"], "base": [target], "state": ["open"]}
        if any(_matches(each, same) for each in self.shown):
            exists = f"A pull request already exists for {source}."
            return 422, {"message": "Validation Failed", "errors": [{"message": exists}]}
        return 201, self.open(body)


def _matches(request: _Json, query: dict[str, list[str]]) -> bool:
    head, base = request["head"], request["base"]
    assert isinstance(head, dict)
    assert isinstance(base, dict)
    label = f"{head['repo']['full_name'].partition('/')[0]}:{head['ref']}"
    target, state = query.get("base", [""])[0], query.get("state", ["open"])[0]
    is_from = query.get("head", [label])[0] == label
    return is_from and target in {"", base["ref"]} and state in {"all", request["state"]}
