"""The run of a workflow that a pushed tag has started, and its jobs. It starts and repeats none."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from release_async.external.github.gh_api import Forge

_GREEN = frozenset(("success", "neutral", "skipped"))
_PAGE = 100


@dataclass(frozen=True, slots=True)
class Job:
    """One job of a run.

    Attributes:
        name: Its name.
        is_over: Whether it has ended.
        failed_at: The step that failed, or how the job ended; empty where nothing did.
        waits: Whether somebody has to approve it.
    """

    name: str
    is_over: bool
    failed_at: str = ""
    waits: bool = False


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """One run.

    Attributes:
        number: Its id.
        address: Its web page.
        is_over: Whether it has ended.
        is_green: Whether it has ended well.
        jobs: Its jobs, by its latest attempt.
    """

    number: int
    address: str
    is_over: bool
    is_green: bool
    jobs: tuple[Job, ...]


async def run_of_tag(forge: Forge, commit: str, tag: str, paths: Iterable[str]) -> WorkflowRun | None:
    """The run that the push of a tag has started, never simply the latest one.

    Args:
        forge: The repository.
        commit: The commit that the tag marks.
        tag: Its name.
        paths: The files of the workflows that are meant.

    Returns:
        The newest run of exactly these; None where there is none yet.

    Raises:
        FailedError: GitHub did not answer, or not usably.
    """
    wanted = frozenset(paths)
    answer = await forge.read(f"actions/runs?head_sha={commit}&per_page={_PAGE}")
    found = [
        run
        for run in _entries(answer, "workflow_runs")
        if run.get("head_sha") == commit
        and run.get("head_branch") == tag
        and str(run.get("path", "")).partition("@")[0] in wanted
    ]
    if not found:
        return None
    newest = max(found, key=lambda run: _number(run.get("id")))
    number = _number(newest.get("id"))
    jobs = await forge.read(f"actions/runs/{number}/jobs?filter=latest&per_page={_PAGE}")
    is_over = newest.get("status") == "completed"
    return WorkflowRun(
        number=number,
        address=str(newest.get("html_url") or ""),
        is_over=is_over,
        is_green=is_over and newest.get("conclusion") in _GREEN,
        jobs=tuple(map(_job, _entries(jobs, "jobs"))),
    )


def _job(entry: Mapping[str, object]) -> Job:
    is_over, ended = entry.get("status") == "completed", str(entry.get("conclusion") or "")
    steps = (step for step in _entries(entry, "steps") if step.get("conclusion") == "failure")
    at = next((f"at the step {step.get('name')}" for step in steps), ended)
    return Job(
        name=str(entry.get("name")),
        is_over=is_over,
        failed_at=at if is_over and ended not in _GREEN else "",
        waits=entry.get("status") == "waiting",
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _entries(answer: object, key: str) -> Iterator[Mapping[str, object]]:
    listed = answer.get(key) if isinstance(answer, dict) else None
    yield from (each for each in listed if isinstance(each, dict)) if isinstance(listed, list) else ()
