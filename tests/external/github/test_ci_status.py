"""What CI said of a commit is counted from every run and status, on every page."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from release_async.base.errors import FailedError
from release_async.external.github import ci_status
from release_async.external.github.ci_status import CiStatus
from release_async.external.github.gh_api import Forge, ForgeConnection
from release_async.process import child_environments
from support import github
from support.github import Fault, GitHub
from support.repositories import Repository
from support.worlds import prepared


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[GitHub]:
    """A GitHub that has one commit."""
    prepared(tmp_path)
    with github.serving(tmp_path / "remote.git") as hub:
        yield hub


async def entered(hub: GitHub) -> tuple[Forge, str]:
    """The forge, through the real gh, and the commit."""
    found = await ForgeConnection(
        f"git@github.com:{github.NAME}.git", child_environments.for_forge(hub.environ()), 30.0
    ).connect()
    assert isinstance(found, Forge)
    return found, Repository(hub.repository).git("rev-parse", "main")


async def test_runs_and_statuses_are_sorted_into_red_pending_and_green(hub: GitHub) -> None:
    """A conclusion that is not known to be good is red; a run without one is pending."""
    forge, commit = await entered(hub)
    assert await ci_status.ci_status(forge, commit) == CiStatus()
    hub.statuses = [{"context": word, "state": word} for word in ("success", "pending", "failure", "error")]
    ended = ("success", "neutral", "skipped", "failure", "cancelled", "action_required", "stale", "invented")
    hub.runs = [{"name": word, "status": "completed", "conclusion": word} for word in ended]
    hub.runs.append({"name": "queue", "status": "queued", "conclusion": None})
    verdict = await ci_status.ci_status(forge, commit)
    bad = ("failure", "error", "failure", "cancelled", "action_required", "stale", "invented")
    assert verdict.failed == tuple(f"{word} ({word})" for word in bad)
    assert (verdict.pending, verdict.passed) == (("pending", "queue"), 4)


async def test_every_page_is_read_and_no_more(hub: GitHub) -> None:
    """A hundred runs are one page and a look behind it."""
    forge, commit = await entered(hub)
    for count, pages in ((99, 1), (100, 2), (150, 2)):
        hub.runs = [{"name": str(n), "status": "completed", "conclusion": "success"} for n in range(count)]
        hub.requests.clear()
        assert (await ci_status.ci_status(forge, commit)).passed == count
        assert sum(path.endswith("/check-runs") for _, path in hub.requests) == pages


async def test_a_commit_that_github_does_not_have_has_no_verdict_and_silence_is_an_error(hub: GitHub) -> None:
    """Only the former is an answer."""
    forge, commit = await entered(hub)
    assert await ci_status.ci_status(forge, "0" * 40) == CiStatus(is_known=False)
    hub.faults = {("GET", f"/repos/{github.NAME}/commits/{commit}/status"): [Fault(502)]}
    with pytest.raises(FailedError, match="502"):
        await ci_status.ci_status(forge, commit)
