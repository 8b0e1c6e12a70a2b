"""CI publishes: each end of its run has its state, its words and its number of requests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from release_async.external.github import workflow_logs
from release_async.plan.effect import State
from support import github, published_runs, secrets
from support.published_runs import FILES, JOBS, PENDING, RUNS, TAG, TOP, Published, job


@pytest.fixture(params=github.all_gh())
def gh(request: pytest.FixtureRequest) -> str:
    """Each gh that there is."""
    return str(request.param)


@pytest.fixture
async def scene(tmp_path: Path, gh: str) -> AsyncIterator[Published]:
    """A release whose tag is pushed; no run has begun."""
    async with published_runs.published(tmp_path, gh) as scene:
        yield scene


def failing(
    name: str, number: int = 70, step: str = "Run pytest", conclusion: str = "failure"
) -> dict[str, object]:
    """A job whose step has failed between two moments."""
    steps = [
        {"name": "Set up job", "conclusion": "success"},
        {
            "name": step,
            "conclusion": "failure",
            "started_at": "2026-01-02T03:04:05Z",
            "completed_at": "2026-01-02T03:04:06Z",
        },
        {"name": "Post checkout", "conclusion": "success"},
    ]
    return job(name, conclusion, id=number, steps=steps)


def log_of(*lines: str, second: int = 5) -> str:
    """What a job has said in one second, as GitHub writes it down."""
    return "".join(f"2026-01-02T03:04:{second:02}.1234567Z {line}\n" for line in lines)


async def test_a_run_that_is_late_is_waited_for_and_one_that_is_not_ours_is_none(scene: Published) -> None:
    """By commit, tag and workflow: the latest run is not ours for being the latest."""
    probed = await scene.looked()
    assert probed.waiting
    assert probed.waiting.who == ("no run has begun that can be seen here",)
    assert scene.requests == [RUNS]
    others = ({"head_branch": "main"}, {"path": ".github/workflows/versions.yml"}, {"head_sha": "0" * 40})
    scene.hub.workflow_runs = [
        scene.run(number=90 + n, conclusion="success", **each) for n, each in enumerate(others)
    ]
    assert (await scene.looked()).state is State.WAITING
    assert scene.requests == [RUNS]
    scene.hub.workflow_runs.append(scene.run(status="queued"))
    probed = await scene.looked()
    assert probed.waiting
    assert probed.waiting.who == ("its run has not begun a job yet",)
    assert probed.waiting.address == "https://example.com/runs/5"
    scene.hub.workflow_runs[-1] = scene.run(job("sdist", "success"), job("publish"))
    probed = await scene.looked()
    assert probed.waiting
    assert probed.waiting.what == f"the workflow that publishes {TAG}"
    assert probed.waiting.who == ("the job publish, running",)
    assert scene.requests == [RUNS, JOBS]


async def test_a_failed_job_ends_with_the_last_lines_of_its_step(tmp_path: Path, gh: str) -> None:
    """Those of the failing step up to its error, as they may be shown: no token, no end of others."""
    token = secrets.github()
    said = [f"line {number}" for number in range(30)]
    text = (
        "\ufeff"
        + log_of("Cloning", second=1)
        + log_of(
            *said,
            f"GH_TOKEN: {token}",
            "\x1b[31mE   assert 1 == 2\x1b[0m",
            "##[error]Process completed with exit code 1.",
            "##[warning]a cache was not saved",
        )
        + log_of("Post job cleanup.", "##[error]of another step", second=20)
    )
    async with published_runs.published(tmp_path, gh) as scene:
        scene.hub.workflow_runs = [
            scene.run(job("sdist", "success"), failing("wheels"), conclusion="failure")
        ]
        scene.hub.job_logs[70] = text
        probed = await scene.looked()
        assert probed.state is State.CONFLICT
        assert probed.why.endswith("has failed: wheels at the step Run pytest")
        assert probed.cure == (
            "see why: https://example.com/runs/5; if it was by chance: gh run rerun 5 --failed"
        )
        assert token not in probed.detail
        assert probed.detail.splitlines() == [
            "wheels, at the step Run pytest:",
            *(f"  line {number}" for number in range(23, 30)),
            "  [a line that holds a secret is left out]",
            "  E   assert 1 == 2",
            "  Process completed with exit code 1.",
        ]
        assert scene.requests == [RUNS, JOBS, f"{TOP}/actions/jobs/70/logs"]


async def test_a_log_is_bounded_and_one_that_is_gone_hides_no_failure(scene: Published) -> None:
    """Of a matrix three jobs are told; a log of any length, one that has expired and a silent server do."""
    jobs = [failing(f"wheels ({n})", 70 + n) for n in range(5)]
    scene.hub.workflow_runs = [scene.run(*jobs, conclusion="failure")]
    scene.hub.job_logs[70] = log_of(*["noise" * 500] * 600, "the very end", "##[error]exit code 1")
    assert len(scene.hub.job_logs[70]) > workflow_logs.MOST_BYTES
    scene.hub.faults["GET", f"{TOP}/actions/jobs/72/logs"] = [github.Fault(500)]
    probed = await scene.looked()
    lines = probed.detail.splitlines()
    assert lines[0] == "wheels (0), at the step Run pytest:"
    assert lines[-3:] == ["  the very end", "  exit code 1", "and 2 more jobs"]
    assert max(map(len, lines)) < 310
    assert len(lines) == 1 + workflow_logs.LINES + 1
    assert len(scene.requests) == 2 + 3


@pytest.mark.parametrize(
    ("conclusion", "jobs", "told"),
    [
        (
            "cancelled",
            (job("publish", "cancelled"),),
            ("has ended as cancelled: publish cancelled", "rerun 5"),
        ),
        (
            "timed_out",
            (job("wheels", "timed_out"),),
            ("has ended as timed out: wheels timed out", "--failed"),
        ),
        ("startup_failure", (), ("has ended as could not be started: see its page", "another version")),
        ("action_required", (job("x", "action_required"),), ("has ended as action required", "rerun 5")),
        ("stale", (job("wheels", "stale"),), ("has ended as stale: wheels stale", "rerun 5")),
    ],
)
async def test_other_bad_ends_are_called_what_they_are(
    scene: Published, conclusion: str, jobs: tuple[dict[str, object], ...], told: tuple[str, str]
) -> None:
    """Each with what runs it again; what did not fail by itself is not run as if it had."""
    scene.hub.workflow_runs = [scene.run(*jobs, conclusion=conclusion)]
    probed = await scene.looked()
    assert probed.state is State.CONFLICT
    assert told[0] in probed.why
    assert told[1] in probed.cure
    assert scene.requests == [RUNS, JOBS]


async def test_a_rerun_counts_by_its_latest_attempt(scene: Published) -> None:
    """Waited for while it runs, and told as what it is where it fails again."""
    scene.hub.workflow_runs = [scene.run(job("publish"), run_attempt=2)]
    assert (await scene.looked()).state is State.WAITING
    scene.hub.workflow_runs = [scene.run(job("publish", "failure"), run_attempt=2, conclusion="failure")]
    probed = await scene.looked()
    assert probed.why.endswith("has failed in its attempt 2: publish failed")
    scene.hub.workflow_runs = [scene.run(job("publish", "success"), run_attempt=3, conclusion="success")]
    scene.shows()
    assert (await scene.looked()).state is State.DONE
    assert scene.requests == [RUNS, JOBS]


async def test_of_two_runs_the_one_that_goes_on_counts_then_the_one_that_ended_well(scene: Published) -> None:
    """The second of two runs fails, for the first one has uploaded: that is no failure of the release."""
    first, second = scene.run(job("publish"), number=5), scene.run(job("publish", "failure"), number=6)
    second |= {"status": "completed", "conclusion": "failure"}
    scene.hub.workflow_runs = [second, first]
    probed = await scene.looked()
    assert probed.waiting
    assert probed.waiting.address == "https://example.com/runs/5"
    first |= {"status": "completed", "conclusion": "success", "jobs": [job("publish", "success")]}
    scene.shows()
    assert (await scene.looked()).state is State.DONE
    first["conclusion"] = "failure"
    assert "gh run rerun 6" in (await scene.looked()).cure
    assert len(scene.requests) == 2


async def test_an_approval_is_waited_for_and_says_whose(scene: Published) -> None:
    """Who may approve, and where; an environment can have a timer instead of people."""
    scene.hub.workflow_runs = [scene.run(job("sdist", "success"), job("publish", status="waiting"))]
    scene.hub.workflow_runs[0]["status"] = "waiting"
    reviewers = [
        {"type": "User", "reviewer": {"login": "alice"}},
        {"type": "Team", "reviewer": {"slug": "releasers", "name": "Releasers"}},
    ]
    pending = {"environment": {"name": "pypi"}, "wait_timer": 0, "reviewers": reviewers}
    for changes, words in (
        ({}, "an approval by alice or the team releasers"),
        ({"current_user_can_approve": True}, "an approval by you (any of: alice, the team releasers)"),
        ({"wait_timer": 30}, "an approval by alice or the team releasers and its timer of 30 minutes"),
        ({"wait_timer": 30, "reviewers": []}, "its timer of 30 minutes"),
        ({"reviewers": []}, "its protection rules"),
    ):
        scene.hub.pending[5] = [{**pending, **changes}]
        probed = await scene.looked()
        assert probed.waiting
        assert probed.waiting.address == "https://example.com/runs/5"
        assert probed.waiting.who == (
            "the job publish, waiting for its environment",
            f"the environment pypi: {words}",
        )
        assert scene.requests == [RUNS, JOBS, PENDING]
    scene.hub.pending.clear()  # it was approved between two requests
    probed = await scene.looked()
    assert probed.waiting
    assert probed.waiting.who == ("the job publish, waiting for an approval",)


async def test_a_green_run_that_has_skipped_its_upload_has_published_nothing(scene: Published) -> None:
    """Its end is good, the index is empty, and the words name the job."""
    scene.hub.workflow_runs = [
        scene.run(job("sdist", "success"), job("publish", "skipped"), conclusion="success")
    ]
    probed = await scene.looked()
    assert probed.state is State.UNKNOWN
    assert probed.why.endswith("lacks of demo 1.3.0: py3-none-any, sdist; it has skipped: publish")
    scene.shows(FILES[0])
    assert "lacks of demo 1.3.0: sdist" in (await scene.looked()).why
    assert scene.requests == [RUNS, JOBS]


async def test_every_page_of_runs_and_jobs_is_read(scene: Published) -> None:
    """A job that fails behind a hundred others is found."""
    jobs = [job(f"wheels {n}", "success") for n in range(100)] + [job("publish", "failure")]
    others = [scene.run(number=1000 + n, head_branch="main") for n in range(100)]
    scene.hub.workflow_runs = [*others, scene.run(*jobs, conclusion="failure")]
    assert (await scene.looked()).why.endswith("has failed: publish failed")
    assert scene.requests == [RUNS, RUNS, JOBS, JOBS]
    scene.hub.faults["GET", RUNS] = [github.Fault(502)]
    assert (await scene.looked()).state is State.UNKNOWN
