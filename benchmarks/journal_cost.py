"""What the journal and the look before each effect add to a release: with them, and without, in turn.

    PYTHONPATH=tests python benchmarks/journal_cost.py [--rounds 5] [--test-seconds 3]

The reference release: the sample project with three seconds of tests, built by setuptools, a real pypiserver
and a bare remote on this machine. Without them means that this driver stands between the parts of the tool:
the product has no switch for it. The time spent in them is also measured directly, inside the same releases,
for whole releases differ by more than what is looked for here.
"""

import argparse
import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from release_async.cli import main as cli
from release_async.plan.effect import NOT_DONE, Effect, Probed, State
from release_async.release import step_runner as release
from release_async.run import retry_policy
from release_async.run.journal import Journal
from support import nobody, releasing
from support.releasing import Stage
from support.repositories import Repository
from support.sample import write_sample

BAR = 1.05
ARGUMENTS = ("--version", "patch", "--yes", "--output", "json")
WITH, WITHOUT = "with", "without"
WRITES = ("begin", "intend", "end", "finish")

settled = retry_policy.settled


def without() -> None:
    """Let the journal write nothing, and nobody look before a deed."""

    def begin(self: Journal, *_: object) -> None:
        self._end = 1

    for name, nothing in ((name, begin if name == "begin" else _nothing) for name in WRITES):
        setattr(Journal, name, nothing)

    async def looked(effect: Effect, waiting_for: set[State]) -> Probed:
        return NOT_DONE if waiting_for == {State.UNKNOWN} else await settled(effect, waiting_for)

    setattr(release, settled.__name__, looked)  # the one place that looks, before and after


def _nothing(*_: object) -> None:
    """What is written where nothing is."""


def timed(spent: dict[str, float]) -> None:
    """Add up what the journal and the looks before a deed take."""
    for name in WRITES:
        setattr(Journal, name, _timed(getattr(Journal, name), spent))

    async def looked(effect: Effect, waiting_for: set[State]) -> Probed:
        started = time.perf_counter()
        seen = await settled(effect, waiting_for)
        if waiting_for == {State.UNKNOWN}:
            spent["looks"] += time.perf_counter() - started
        return seen

    setattr(release, settled.__name__, looked)  # the one place that looks, before and after


def _timed(write: Callable[..., None], spent: dict[str, float]) -> Callable[..., None]:
    @functools.wraps(write)
    def writing(*given: Any) -> None:  # noqa: ANN401 - whatever the journal is given
        started = time.perf_counter()
        write(*given)
        spent["journal"] += time.perf_counter() - started

    return writing


def released(mode: str, told: Path) -> int:
    """One release in this process, as the driver's child; what was spent is written to a file."""
    spent = {"journal": 0.0, "looks": 0.0}
    if mode == WITHOUT:
        without()
    else:
        timed(spent)
    started = time.perf_counter()
    code = cli.main(ARGUMENTS)
    told.write_text(json.dumps({"whole": time.perf_counter() - started, **spent}))
    return code


@contextmanager
def stage(directory: Path, test_seconds: float) -> Iterator[Stage]:
    """The reference project, committed, and the remote and the index that it is released to."""
    write_sample(directory / "project", test_seconds=test_seconds)
    repository = Repository.init(directory / "project")
    repository.commit()
    with releasing.staged(directory, repository) as made:
        yield made


def measured(made: Stage, mode: str, directory: Path) -> dict[str, float]:
    """Seconds of one release by the driver's child: whole, in the journal, in the looks before a deed."""
    told = directory / "told"
    done = subprocess.run(
        (sys.executable, __file__, "--child", mode, str(told)),
        cwd=made.repository.path,
        env=made.environment(PYTHONPATH=os.pathsep.join(sys.path[1:])),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"a release {mode} them ends with {done.returncode}:\n{done.stdout}{done.stderr}")
    seconds: dict[str, float] = json.loads(told.read_text())
    return seconds


def main(rounds: int, test_seconds: float) -> bool:
    """Release in turn, the first of a round by turns; whether the bar is held."""
    taken: dict[str, list[dict[str, float]]] = {WITH: [], WITHOUT: []}
    with tempfile.TemporaryDirectory() as made:
        directory = Path(made)
        with nobody.in_charge(directory / "home"), stage(directory, test_seconds) as place:
            for number in range(rounds + 1):
                for mode in (WITH, WITHOUT) if number % 2 else (WITHOUT, WITH):
                    seconds = measured(place, mode, directory)
                    if number:  # the first round only warms caches
                        taken[mode].append(seconds)
                print(f"round {number} of {rounds}", file=sys.stderr)
    return report(taken)


def report(taken: dict[str, list[dict[str, float]]]) -> bool:
    """Print the table; ratios are medians of those within a round."""
    whole = {mode: [one["whole"] for one in several] for mode, several in taken.items()}
    print(f"{'':36}{'median':>10}{'least':>10}{'most':>10}")
    for mode, values in whole.items():
        cells = "".join(f"{cell:8.2f} s" for cell in (statistics.median(values), min(values), max(values)))
        print(f"{f'a release {mode} them':36}{cells}")
    for part, title in (("journal", "in the journal"), ("looks", "in the looks before a deed")):
        values = [one[part] * 1000 for one in taken[WITH]]
        cells = "".join(f"{cell:7.1f} ms" for cell in (statistics.median(values), min(values), max(values)))
        print(f"{title:36}{cells}")
    ratios = [ours / bare for ours, bare in zip(whole[WITH], whole[WITHOUT], strict=True)]
    inside = [1 / (1 - (one["journal"] + one["looks"]) / one["whole"]) for one in taken[WITH]]
    by_round, by_clock = statistics.median(ratios), statistics.median(inside)
    print(f"with against without, by round: {by_round:.3f}x ({min(ratios):.3f} to {max(ratios):.3f})")
    print(
        f"with against without, by the clock inside: {by_clock:.3f}x ({min(inside):.3f} to {max(inside):.3f})"
    )
    held = max(by_round, by_clock) <= BAR
    print(f"at most {BAR:.2f}x: {'yes' if held else 'no'}")
    return held


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        raise SystemExit(released(sys.argv[2], Path(sys.argv[3])))
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--test-seconds", type=float, default=3.0)
    options = parser.parse_args()
    raise SystemExit(not main(options.rounds, options.test_seconds))
