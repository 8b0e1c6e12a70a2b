"""Tells stories of releases, each in another order, until the time is over or a promise is broken.

    PYTHONPATH=tests python benchmarks/soak_stories.py [--seconds 600] [--seed 1]

A story is a release that dies somewhere, and then starts, resumes, further deaths, edits, pushes of other
people, revoked tokens and an index with bad days, in any order; see `support.stories` for the promises. A
broken one ends the run with the story, and a seed to tell it again.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import hypothesis
from hypothesis.stateful import run_state_machine_as_test

from support import nobody
from support.stories import Stories


def main(seconds: float, seed: int) -> None:
    """Tell stories, one seed after another; print what has happened in them."""
    deadline, told = time.monotonic() + seconds, 0
    settings = hypothesis.settings(
        max_examples=5,
        stateful_step_count=12,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],  # to shorten a story takes minutes, and it is short
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    while time.monotonic() < deadline:
        print(f"seed {seed + told}", file=sys.stderr, flush=True)
        machine = hypothesis.seed(seed + told)(type("Told", (Stories,), {}))
        run_state_machine_as_test(machine, settings=settings)
        told += 1
        report(Stories.happened, told * settings.max_examples)


def report(happened: Counter[str], stories: int) -> None:
    """Print how often each thing has happened; whoever reads it sees what was never tried."""
    print(f"{stories} stories, no promise broken")
    for what, times in sorted(happened.items()):
        print(f"  {times:6} {what}")


def in_a_home_of_nobody(seconds: float, seed: int) -> None:
    """Run where no person's configuration decides."""
    with tempfile.TemporaryDirectory() as directory, nobody.in_charge(Path(directory, "home")):
        main(seconds, seed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    in_a_home_of_nobody(options.seconds, options.seed)
