"""What can become of a request to merge a release: who does what, and how the tool has to end each time.

Each scenario is a sequence of acts. An act is something that happens on GitHub, and the run that comes after
it; between two acts the process is gone, as it is for days.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from release_async.plan import merge_request
from support.github import Fault
from support.proposals import SOURCE, TOP, Clock, Proposed

DAY = 86400.0
PULLS, OPEN = ("GET", f"{TOP}/pulls"), ("POST", f"{TOP}/pulls")
_MORE_VERSIONS = '__version__ = "1.4.0"\n'


class Act(NamedTuple):
    """Something that happens, and the run behind it.

    Attributes:
        code: The exit code of the run.
        said: What it says, among the rest.
        asked: How many requests it makes.
        happens: What happens before it.
        meanwhile: What happens while it waits, and after how many seconds.
        stays: The seconds of ``--wait``.
        agrees: Whether its questions are answered with Yes.
        opened: How many requests to merge are open or were, after it.
    """

    code: int
    said: str
    asked: int
    happens: Callable[[Proposed], object] = lambda scene: None  # noqa: ARG005 - nothing
    meanwhile: tuple[tuple[float, Callable[[Proposed], object]], ...] = ()
    stays: float = 0.0
    agrees: bool = False
    opened: int = 1

    def clock(self, scene: Proposed) -> Clock:
        """The time in which it happens."""
        return Clock(happening=[(when, partial(do, scene)) for when, do in self.meanwhile])


def merges(how: str = "squash") -> Callable[[Proposed], object]:
    """Somebody merges it."""
    return lambda scene: scene.pulls.merge(how)


def shows(**fields: object) -> Callable[[Proposed], object]:
    """GitHub shows other fields of it."""
    return lambda scene: scene.pulls.last.update(fields)


def leads_to(branch: str) -> Callable[[Proposed], object]:
    """Somebody leads it to another branch."""

    def happens(scene: Proposed) -> None:
        scene.place.remote.git("branch", "--force", "next", "main")
        base = scene.pulls.last["base"]
        assert isinstance(base, dict)
        base["ref"] = branch

    return happens


def writes(old: str, new: str) -> Callable[[Proposed], object]:
    """Somebody edits title and text."""

    def happens(scene: Proposed) -> None:
        body = str(scene.pulls.last["body"])
        assert old in body
        scene.pulls.last.update(body=body.replace(old, new), title="Ship it")

    return happens


def marks_another_plan(scene: Proposed) -> None:
    """Somebody puts the digest of another plan into it."""
    body = str(scene.pulls.last["body"])
    scene.pulls.last["body"] = body.replace(merge_request.digest(scene.route_alone), "0" * 64)


def pushes(path: str, content: str) -> Callable[[Proposed], object]:
    """Somebody commits to its branch."""
    return lambda scene: scene.pulls.land(path, content, SOURCE)


def reviews(who: str, state: str) -> Callable[[Proposed], object]:
    """Somebody reviews it."""
    return lambda scene: scene.pulls.reviews.setdefault(1, []).append(
        {"user": {"login": who}, "state": state}
    )


def checks(*ended: tuple[str, str]) -> Callable[[Proposed], object]:
    """The checks of its commit are such, by name and conclusion; without one they run."""
    runs: list[dict[str, object]] = [
        {"name": name, "status": "completed" if how else "in_progress", "conclusion": how or None}
        for name, how in ended
    ]
    return lambda scene: scene.hub.checks.update({scene.commit: runs})


def fails(what: tuple[str, str], *faults: Fault) -> Callable[[Proposed], object]:
    """GitHub answers otherwise the next times."""
    return lambda scene: scene.hub.faults.update({what: list(faults)})


def is_late(scene: Proposed) -> None:
    """It is merged, and GitHub does not say as what."""
    scene.pulls.merge("squash")
    scene.pulls.late = 10_000


def is_told(scene: Proposed) -> None:
    """GitHub says as what it was merged."""
    scene.pulls.late = 0


def is_hidden(scene: Proposed) -> None:
    """It is merged, and the branch does not show it yet."""
    before = scene.place.remote.git("rev-parse", "main")
    merged = scene.pulls.merge("squash")
    scene.place.remote.git("update-ref", "refs/heads/hidden", merged)
    scene.place.remote.git("update-ref", "refs/heads/main", before)


def is_shown(scene: Proposed) -> None:
    """The branch shows it."""
    scene.place.remote.git("update-ref", "refs/heads/main", "refs/heads/hidden")
    scene.place.remote.git("update-ref", "-d", "refs/heads/hidden")


def may_open(*, may: bool) -> Callable[[Proposed], object]:
    """The account may open requests, or not."""

    def happens(scene: Proposed) -> None:
        scene.pulls.refuses = not may

    return happens


def opens_another(scene: Proposed) -> None:
    """Somebody closes ours, and opens one of their own from the same branch."""
    scene.pulls.last["state"] = "closed"
    scene.pulls.open({"head": SOURCE, "base": "main", "title": "Mine", "body": "mine"})


def is_logged_in(*, still: bool) -> Callable[[Proposed], object]:
    """The token of gh is good, or was revoked."""

    def happens(scene: Proposed) -> None:
        scene.hub.token = str(scene.hub.token).removesuffix("x") if still else f"{scene.hub.token}x"

    return happens


def _limit(seconds: int, status: int = 403) -> Fault:
    return Fault(status, "You have exceeded a secondary rate limit", headers={"Retry-After": str(seconds)})


_WAITS = Act(7, "waits for the merge of pull request #1 into main", 8)
_LOOKS = Act(7, "waits for the merge of pull request #1 into main", 5)
_OUT = Act(0, "", 1)
_BESIDE = Act(3, "nobody has said Yes to this", 1)

SCENARIOS: dict[str, tuple[Act, ...]] = {
    "merged by a merge": (_WAITS, _OUT._replace(happens=merges("merge"))),
    "merged by a rebase": (_WAITS, _OUT._replace(happens=merges("rebase"))),
    "merged by a squash": (_WAITS, _OUT._replace(happens=merges("squash"))),
    "merged by a queue": (
        _WAITS,
        _BESIDE._replace(happens=merges("queue"), said="came in beside it on main (queued.txt)"),
        _OUT._replace(agrees=True),
    ),
    "closed and reopened": (
        _WAITS,
        Act(6, "pull request #1 was closed and not merged; reopen it", 1, shows(state="closed")),
        _LOOKS._replace(happens=shows(state="open")),
        _OUT._replace(happens=merges()),
    ),
    "closed, and another one opened": (
        _WAITS,
        _LOOKS._replace(happens=opens_another, said="waits for the merge of pull request #2", opened=2),
        _OUT._replace(happens=merges(), opened=2),
    ),
    "retargeted and set back": (
        _WAITS,
        Act(6, "pull request #1 leads to next, and this is a release of main", 1, leads_to("next")),
        _LOOKS._replace(happens=leads_to("main")),
        _OUT._replace(happens=merges()),
    ),
    "retargeted and merged there": (
        _WAITS,
        Act(6, "pull request #1 leads to next", 1, leads_to("next")),
        Act(6, "was merged into next, and this is a release of main; give this release up", 1, merges()),
    ),
    "edited": (
        _WAITS,
        _LOOKS._replace(happens=writes("**demo**", "Please review **demo**")),
        _OUT._replace(happens=merges()),
    ),
    "edited, without its mark": (
        _WAITS,
        _LOOKS._replace(happens=writes("release-async: run", "was")),
        _OUT._replace(happens=merges()),
    ),
    "marked with another plan": (
        _WAITS,
        Act(6, "is marked with another plan than this release", 1, marks_another_plan),
    ),
    "pushed to": (
        _WAITS,
        _LOOKS._replace(happens=pushes("notes.md", "ours too\n")),
        _BESIDE._replace(happens=merges(), said="came in beside it on main (notes.md)"),
        _OUT._replace(agrees=True),
    ),
    "pushed to with another version": (
        _WAITS,
        _LOOKS._replace(happens=pushes("src/demo/__init__.py", _MORE_VERSIONS)),
        Act(6, "other versions than planned: src/demo/__init__.py", 1, merges(), agrees=True),
    ),
    "named a minute late": (
        _WAITS,
        _OUT._replace(happens=is_late, meanwhile=((60.0, is_told),), asked=7),
    ),
    "shown a minute late": (
        _WAITS,
        _OUT._replace(happens=is_hidden, meanwhile=((60.0, is_shown),), asked=1),
    ),
    "named an hour late": (
        _WAITS,
        Act(5, "is merged, and as which commit is not told yet", 8, is_late),
        _OUT._replace(happens=is_told),
    ),
    "approved after days": (
        _WAITS,
        _LOOKS._replace(happens=shows(requested_reviewers=[{"login": "alice"}]), said="a review by alice"),
        _LOOKS._replace(happens=reviews("bob", "CHANGES_REQUESTED"), said="bob, who wants changes"),
        _LOOKS._replace(happens=reviews("bob", "APPROVED"), said="approved by bob"),
        _OUT._replace(happens=merges("merge")),
    ),
    "approved after days of one run": (
        _WAITS._replace(
            code=0,
            said="",
            asked=34,
            stays=math.inf,
            meanwhile=(
                (DAY, shows(requested_reviewers=[{"login": "alice"}])),
                (2 * DAY, shows(requested_reviewers=[])),
                (2 * DAY, reviews("alice", "APPROVED")),
                (3 * DAY, merges()),
            ),
        ),
    ),
    "red and run again": (
        _WAITS,
        _LOOKS._replace(happens=checks(("tests", "failure")), said="the check tests (failure), failed"),
        _LOOKS._replace(happens=checks(("tests", "")), said="the check tests, running"),
        _LOOKS._replace(happens=checks(("tests", "success"))),
        _OUT._replace(happens=merges()),
    ),
    "limited while it is opened": (
        _WAITS._replace(happens=fails(OPEN, _limit(50), _limit(60, 429)), asked=12),
        _OUT._replace(happens=merges()),
    ),
    "limited while it waits": (
        _WAITS,
        _LOOKS._replace(happens=fails(PULLS, _limit(70)), asked=6),
        _OUT._replace(happens=merges()),
    ),
    "limited for an hour": (
        _WAITS,
        Act(5, "secondary rate limit", 1, fails(PULLS, _limit(3600))),
        Act(5, "secondary rate limit", 0),
        _LOOKS._replace(happens=lambda scene: scene.sooner(3600)),
        _OUT._replace(happens=merges()),
    ),
    "without the right to open": (
        Act(5, "Resource not accessible", 4, may_open(may=False), opened=0),
        _WAITS._replace(happens=may_open(may=True), asked=7),
        _OUT._replace(happens=merges()),
    ),
    "with a token that is revoked": (
        _WAITS,
        Act(5, "gh's token is no longer good", 0, is_logged_in(still=False)),
        _LOOKS._replace(happens=is_logged_in(still=True)),
        _OUT._replace(happens=merges()),
    ),
    "opened by an answer that was lost": (
        _WAITS._replace(happens=fails(OPEN, Fault(502, done=True))),
        _OUT._replace(happens=merges()),
    ),
    "met by bad seconds": (
        _WAITS._replace(happens=fails(OPEN, Fault(503), Fault(502)), asked=14),
        _LOOKS._replace(happens=fails(PULLS, Fault(502)), asked=6),
        _OUT._replace(happens=merges()),
    ),
}  # fmt: skip

OF_EACH_KIND = frozenset(
    (
        *("merged by a squash", "merged by a queue", "closed and reopened", "retargeted and set back"),
        *("edited", "pushed to", "named a minute late", "shown a minute late", "approved after days"),
        *("red and run again", "limited while it is opened", "limited while it waits"),
        "without the right to open",
    )
)
"""One scenario of each kind."""
