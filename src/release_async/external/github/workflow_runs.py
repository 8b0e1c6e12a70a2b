"""The run of a workflow that a pushed tag has started, and its jobs. It starts and repeats none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from release_async.external.github.gh_api import Forge

_GREEN = frozenset(("success", "neutral", "skipped"))
_PAGE = 100
_PAGES = 10
_ENDED = {"failure": "failed", "timed_out": "timed out", "startup_failure": "could not be started"}
"""How GitHub's conclusions are said; the others are words already."""
_FAILED = frozenset(("failure", "timed_out"))


@dataclass(frozen=True, slots=True)
class Job:
    """One job of a run.

    Attributes:
        name: Its name.
        is_over: Whether it has ended.
        ended: How it has ended badly, in words; empty where it has not.
        step: The step that failed; empty where none did.
        span: When that step began and ended, as GitHub writes it; empty where that is not known.
        waits: Whether somebody has to approve it.
        skipped: Whether it ended without having run.
        number: Its id.
    """

    name: str
    is_over: bool
    ended: str = ""
    step: str = ""
    span: tuple[str, str] = ("", "")
    waits: bool = False
    skipped: bool = False
    number: int = 0

    @property
    def failed_at(self) -> str:
        """The step that failed, or how the job ended; empty where nothing did."""
        return f"at the step {self.step}" if self.step else self.ended


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """One run.

    Attributes:
        number: Its id.
        address: Its web page.
        is_over: Whether it has ended.
        is_green: Whether it has ended well.
        jobs: Its jobs, by its latest attempt.
        attempt: Which attempt that is, from 1.
        ended: How it has ended, in words; empty where it has not.
        event: What has started it: ``push``, ``workflow_dispatch``.
        commit: The object id of the commit that it runs for.
        path: The file of its workflow.
    """

    number: int
    address: str
    is_over: bool
    is_green: bool
    jobs: tuple[Job, ...]
    attempt: int = 1
    ended: str = ""
    event: str = ""
    commit: str = ""
    path: str = ""

    @property
    def name(self) -> str:
        """What a person calls it."""
        return f"run {self.number}, attempt {self.attempt}" if self.attempt > 1 else f"run {self.number}"

    @property
    def rerun(self) -> str:
        """The command that runs it again: what failed of it, or where nothing failed by itself, all of it."""
        failed = any(job.step or job.ended in {_ENDED[each] for each in _FAILED} for job in self.jobs)
        return f"gh run rerun {self.number}{' --failed' if failed else ''}"


@dataclass(frozen=True, slots=True)
class PendingApproval:
    """An environment whose protection holds jobs of a run back.

    Attributes:
        environment: Its name.
        reviewers: Who may approve: accounts and teams, each in words.
        minutes: How long its wait timer is; 0 without one.
        is_ours: Whether the account of gh may approve.
    """

    environment: str
    reviewers: tuple[str, ...]
    minutes: int = 0
    is_ours: bool = False


async def run_of_tag(forge: Forge, commit: str, tag: str, paths: Iterable[str]) -> WorkflowRun | None:
    """The run that the push of a tag has started, never simply the latest one.

    Of two runs of one workflow the one that goes on counts, then the one that ended well: which of them has
    published cannot be seen here. Of two workflows the one that is worse off counts.

    Args:
        forge: The repository.
        commit: The commit that the tag marks.
        tag: Its name.
        paths: The files of the workflows that are meant.

    Returns:
        The run of exactly these; None where there is none yet.

    Raises:
        FailedError: GitHub did not answer, or not usably.
    """
    by_path: dict[str, list[Mapping[str, object]]] = {path: [] for path in paths}
    for run in await _all(forge, f"actions/runs?head_sha={commit}", "workflow_runs"):
        path = str(run.get("path", "")).partition("@")[0]
        if run.get("head_sha") == commit and run.get("head_branch") == tag and path in by_path:
            by_path[path].append(run)
    chosen = [max(runs, key=_counts) for runs in by_path.values() if runs]
    return await with_jobs(forge, max(chosen, key=_worse)) if chosen else None


def _counts(run: Mapping[str, object]) -> tuple[bool, bool, int]:
    """Of two runs of one workflow the greater one counts."""
    return not _is_over(run), _is_green(run), _number(run.get("id"))


def _worse(run: Mapping[str, object]) -> tuple[bool, bool, int]:
    """Of the runs of two workflows the greater one is told: what failed, then what goes on."""
    over = _is_over(run)
    return over and not _is_green(run), not over, _number(run.get("id"))


async def with_jobs(forge: Forge, run: Mapping[str, object]) -> WorkflowRun:
    """A run and its jobs, on all pages.

    Args:
        forge: The repository.
        run: The run, as GitHub shows it.

    Raises:
        FailedError: GitHub did not answer, or not usably.
    """
    number, ended = _number(run.get("id")), str(run.get("conclusion") or "")
    jobs = await _all(forge, f"actions/runs/{number}/jobs?filter=latest", "jobs")
    return WorkflowRun(
        number=number,
        address=str(run.get("html_url") or ""),
        is_over=_is_over(run),
        is_green=_is_green(run),
        jobs=tuple(map(_job, jobs)),
        attempt=_number(run.get("run_attempt")) or 1,
        ended=_in_words(ended) if _is_over(run) else "",
        event=str(run.get("event") or ""),
        commit=str(run.get("head_sha") or ""),
        path=str(run.get("path") or "").partition("@")[0],
    )


def _is_over(run: Mapping[str, object]) -> bool:
    return run.get("status") == "completed"


def _is_green(run: Mapping[str, object]) -> bool:
    return _is_over(run) and run.get("conclusion") in _GREEN


def _in_words(conclusion: str) -> str:
    return _ENDED.get(conclusion, conclusion.replace("_", " "))


def _job(entry: Mapping[str, object]) -> Job:
    is_over, ended = _is_over(entry), str(entry.get("conclusion") or "")
    is_bad = is_over and ended not in _GREEN
    steps = (step for step in _entries(entry, "steps") if step.get("conclusion") in _FAILED)
    step = next(steps, {}) if is_bad else {}
    return Job(
        name=str(entry.get("name")),
        is_over=is_over,
        ended=_in_words(ended) if is_bad else "",
        step=str(step.get("name") or ""),
        span=(str(step.get("started_at") or ""), str(step.get("completed_at") or "")),
        waits=entry.get("status") == "waiting",
        skipped=is_over and ended == "skipped",
        number=_number(entry.get("id")),
    )


async def pending_approvals(forge: Forge, run: WorkflowRun) -> tuple[PendingApproval, ...]:
    """The environments that hold jobs of a run back until somebody approves, or a timer has ended.

    Raises:
        FailedError: GitHub did not answer, or not usably.
    """
    listed = await forge.read(f"actions/runs/{run.number}/pending_deployments")
    return tuple(map(_approval, _objects(listed)))


def _approval(entry: Mapping[str, object]) -> PendingApproval:
    environment = entry.get("environment")
    return PendingApproval(
        environment=str(environment.get("name")) if isinstance(environment, dict) else "",
        reviewers=tuple(filter(None, map(_reviewer, _entries(entry, "reviewers")))),
        minutes=_number(entry.get("wait_timer")),
        is_ours=entry.get("current_user_can_approve") is True,
    )


def _reviewer(entry: Mapping[str, object]) -> str:
    who = entry.get("reviewer")
    if not isinstance(who, dict):
        return ""
    name = str(who.get("login") or who.get("slug") or who.get("name") or "")
    return f"the team {name}" if entry.get("type") == "Team" else name


async def _all(forge: Forge, path: str, key: str) -> Sequence[Mapping[str, object]]:
    """The entries of a list on all of its pages."""
    found: list[Mapping[str, object]] = []
    for page in range(1, _PAGES + 1):
        answer = await forge.read(f"{path}&per_page={_PAGE}&page={page}")
        shown = list(_entries(answer, key))
        found += shown
        if len(shown) < _PAGE:
            break
    return found


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _entries(answer: object, key: str) -> Iterator[Mapping[str, object]]:
    return _objects(answer.get(key) if isinstance(answer, dict) else None)


def _objects(listed: object) -> Iterator[Mapping[str, object]]:
    yield from (each for each in listed if isinstance(each, dict)) if isinstance(listed, list) else ()
