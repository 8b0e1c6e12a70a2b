"""The workflows of the GitHub on a socket that are started by hand, and what becomes of their runs.

Modelled on GitHub's manual of its REST API: a run is of the commit that the branch is at in that moment; its
id is told to who asks for it since 2026, and servers of before refuse a field that they do not know.
"""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

_Json = dict[str, object]
_Answer = tuple[int, object]
_ABSENT: _Answer = (404, {"message": "Not Found"})


@dataclass
class Dispatches:
    """What GitHub knows of the workflows of one repository.

    Attributes:
        repository: The bare repository.
        shown: Gives the runs of all workflows.
        tells: Whether it tells the id of a run that it starts; else it refuses who asks for it.
        late: How many of the next lists do not show the runs that were started by hand.
        states: The state of a workflow by the name of its file, where it is another one than active.
        moves_to: The commit that somebody moves the branch to right before the next run begins.
        cancelled: The ids of the runs that were ended.
    """

    repository: Path
    shown: Callable[[], list[_Json]]
    tells: bool = True
    late: int = 0
    states: dict[str, str] = field(default_factory=dict)
    moves_to: str = ""
    cancelled: list[int] = field(default_factory=list)
    _numbers: int = 500

    @property
    def runs(self) -> list[_Json]:
        """The runs of all workflows."""
        return self.shown()

    def answer(self, words: list[str], body: _Json) -> _Answer:
        """The answer to a change below ``actions``."""
        match words:
            case ["workflows", name, "dispatches"]:
                return self._start(name, body)
            case ["runs", number, "cancel"]:
                return self._cancel(int(number))
        return _ABSENT

    def workflow(self, name: str) -> _Answer:
        """What is shown of a workflow: that of the default branch."""
        path = f".github/workflows/{name}"
        if not self._git("ls-tree", "--name-only", "main", path):
            return _ABSENT
        return 200, {"id": 1, "path": path, "state": self.states.get(name, "active")}

    def listed(self, commit: str) -> list[_Json]:
        """The runs of a commit that are shown."""
        if self.late:
            self.late -= 1
            return [run for run in self.runs if run.get("event") != "workflow_dispatch"]
        return [run for run in self.runs if run["head_sha"] == commit]

    def start(self, name: str, branch: str, **changes: object) -> _Json:
        """Have somebody start a workflow on a branch."""
        self._numbers += 1
        run: _Json = {
            "id": self._numbers,
            "event": "workflow_dispatch",
            "head_branch": branch,
            "head_sha": self.moves_to or self._git("rev-parse", f"refs/heads/{branch}"),
            "path": f".github/workflows/{name}",
            "html_url": f"https://example.com/runs/{self._numbers}",
            "run_attempt": 1,
            "status": "queued",
            "conclusion": None,
            "jobs": [],
            **changes,
        }
        self.runs.append(run)
        return run

    def _start(self, name: str, body: _Json) -> _Answer:
        if set(body) - {"ref", "inputs"} and not self.tells:
            message = 'Invalid request. "return_run_details" is not a permitted key.'
            return 422, {"message": message}
        known, branch = self.workflow(name), str(body["ref"])
        if known[0] != 200:
            return known
        if not self._git("for-each-ref", f"refs/heads/{branch}"):
            return 422, {"message": f"No ref found for: {branch}"}
        run = self.start(name, branch)
        if body.get("return_run_details") is not True:
            return 204, {}
        return 200, {"workflow_run_id": run["id"], "html_url": run["html_url"]}

    def _cancel(self, number: int) -> _Answer:
        run = next((run for run in self.runs if run["id"] == number), None)
        if run is None:
            return _ABSENT
        if run["status"] == "completed":
            return 409, {"message": "Cannot cancel a workflow run that is completed."}
        self.cancelled.append(number)
        run |= {"status": "completed", "conclusion": "cancelled"}
        return 202, {}

    def _git(self, *words: str) -> str:
        command = ("git", "-C", str(self.repository), *words)
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
