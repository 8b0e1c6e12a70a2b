"""How long all checks take at once, against the slowest of them alone and against one after another.

    PYTHONPATH=tests python benchmarks/checks.py [--rounds 5] [--test-seconds 10]

The sample project has a real remote and a real index on this machine. Its tests wait more than they compute,
as tests that talk to databases and servers do. The bar: all checks take at most 1.1 times as long as the
slowest one, plus what it costs to import anyio and rich twice. The exit code is 1 where it is missed.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
from anyio import current_time

from release_async.base.problems import NotJudged
from release_async.plan.plan import Plan
from release_async.plan.settings import Flags
from release_async.release import check_runner
from release_async.release.checks import CHECKS
from release_async.run import opening
from release_async.run.context import Context
from release_async.run.opening import Request
from support import releasing
from support.releasing import Stage
from support.repositories import Repository
from support.sample import write_sample

Measured = Callable[[Plan, Context], Awaitable[None]]


async def alone(plan: Plan, context: Context) -> None:
    """The slowest check and nothing else."""
    await _passes(plan, context, "tests")


async def at_once(plan: Plan, context: Context) -> None:
    """All checks, as a release runs them."""
    await check_runner.check(plan, context, check_runner.CheckOptions())


async def one_after_another(plan: Plan, context: Context) -> None:
    """The same checks without the task group."""
    for name in CHECKS:
        await _passes(plan, context, name)


async def _passes(plan: Plan, context: Context, name: str) -> None:
    problems = await CHECKS[name].run(plan, context)
    if problems and not isinstance(problems, NotJudged):
        raise SystemExit(f"{name} does not pass: {problems[0].what}\n{problems[0].detail}")


FACTOR, IMPORTS = 1.1, 2
IMPORTED = "import anyio, rich.console, rich.live"

MEASURED: dict[str, Measured] = {
    "the slowest check alone (tests)": alone,
    "all checks at once": at_once,
    "all checks, one after another": one_after_another,
}


@contextmanager
def stage(directory: Path, test_seconds: float) -> Iterator[Stage]:
    """The sample project, committed, and the remote and the index that it is released to."""
    write_sample(directory / "project", test_seconds=test_seconds)
    repository = Repository.init(directory / "project")
    for key, value in (("user.name", "A Person"), ("user.email", "person@example.com")):
        repository.git("config", key, value)
    repository.commit()
    with releasing.staged(directory, repository) as made:
        yield made


async def seconds(made: Stage, measured: Measured) -> float:
    """Wall time of one measurement, with a workshop of its own that is opened before the clock starts."""
    request = Request(
        directory=made.repository.path,
        version="patch",
        flags=Flags(),
        environ=made.environment(),
        emit=_ignored,
        hide=_ignored,
    )
    async with opening.open_release(request) as (plan, context):
        started = current_time()
        await measured(plan, context)
        return current_time() - started


def command(made: Stage) -> float:
    """Wall time of ``release-async check`` as a person types it: the start of Python and all imports too."""
    started = time.monotonic()
    run = made.run("check")
    if run.code:
        raise SystemExit(run.said)
    return time.monotonic() - started


def importing() -> float:
    """What it costs to import anyio and rich: the median of several, less the start of Python."""

    def took(code: str) -> float:
        started = time.monotonic()
        subprocess.run((sys.executable, "-c", code), check=True)
        return time.monotonic() - started

    return statistics.median(took(IMPORTED) - took("pass") for _ in range(7))


def _ignored(_: object) -> None:
    """Nobody looks at the events."""


WHOLE = "`release-async check`, from the shell"


def main(rounds: int, test_seconds: float) -> int:
    """Measure in turn, so that what the machine does besides hits all alike; print medians and the bar.

    Returns:
        0 where all checks at once are within the bar, else 1.
    """
    taken: dict[str, list[float]] = {name: [] for name in (*MEASURED, WHOLE)}
    with tempfile.TemporaryDirectory() as directory, stage(Path(directory), test_seconds) as made:
        for number in range(rounds):
            for name, measured in MEASURED.items():
                taken[name].append(anyio.run(seconds, made, measured))
            taken[WHOLE].append(command(made))
            print(f"round {number + 1} of {rounds}", file=sys.stderr)
    report(taken)
    return judge(*(statistics.median(values) for values in taken.values()))


def judge(slowest: float, all_at_once: float, _one_after_another: float, whole: float) -> int:
    """Print the bar, and whether it is kept."""
    imports = importing()
    bar = FACTOR * slowest + IMPORTS * imports
    print(
        f"\nthe bar: {FACTOR} x {slowest:.2f} s + {IMPORTS} x {imports:.2f} s (anyio and rich) = {bar:.2f} s"
    )
    for name, seconds in (("all checks at once", all_at_once), (WHOLE, whole)):
        print(f"{name}: {seconds:.2f} s, within the bar: {'yes' if seconds <= bar else 'no'}")
    return int(all_at_once > bar)


def report(taken: dict[str, list[float]]) -> None:
    """Print the table; ratios are medians of the ratios within a round."""
    base = next(iter(taken.values()))
    print(f"{'':40}{'median':>10}{'least':>10}{'most':>10}{'against the slowest':>22}")
    for name, values in taken.items():
        ratio = statistics.median(ours / its for ours, its in zip(values, base, strict=True))
        cells = "".join(f"{cell:8.2f} s" for cell in (statistics.median(values), min(values), max(values)))
        print(f"{name:40}{cells}{ratio:21.2f}x")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--test-seconds", type=float, default=10.0)
    options = parser.parse_args()
    raise SystemExit(main(options.rounds, options.test_seconds))
