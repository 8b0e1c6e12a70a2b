"""How long the program takes to begin: its help, the table of versions and the hook, against a bare Python.

PYTHONPATH=tests python benchmarks/startup.py [--rounds 25]

Measured is what a user has: a wheel of this clone, installed by pip in a fresh environment with compiled
modules, once through the console script and once as `python -m release_async`. All take turns in an order
that rotates; the first two rounds are dropped. Ratios are medians of those by round, to one `python -c pass`.
"""

import argparse
import functools
import os
import statistics
import sys
import tempfile
from pathlib import Path

from hook import Row, command, committed, environment, measured, ratio, seconds
from support.repositories import Repository
from support.sample import write_sample

TOP = Path(__file__).parents[1]
BARE = "python -c pass"
BARS = {"--help": 3.0, "versions": 6.0, "hook version-consistency": 3.0}
"""How many times as long as a bare Python each may take at most."""


def main(rounds: int) -> int:
    """Measure in turn, print the table and the bars; 1 where one is not kept."""
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        python = installed(folder)
        write_sample(folder / "project")
        project = committed(Repository.init(folder / "project"))
        os.environ.pop("PYTHONPATH", None)  # the support of the tests is no part of what is measured
        taken = measured(rows(python, project.path), rounds)
    return report(taken)


def installed(folder: Path) -> Path:
    """The Python of a fresh environment that pip has installed a wheel of this clone in."""
    command(sys.executable, "-m", "build", "--wheel", "--installer=uv", "--outdir", folder / "dist", TOP)
    [wheel] = (folder / "dist").glob("*.whl")
    python = environment(folder / "environment", wheel, "pip")
    command(python, "-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", wheel)
    return python


def rows(python: Path, project: Path) -> dict[str, Row]:
    """What is measured, by its name."""
    found: dict[str, Row] = {BARE: functools.partial(seconds, (python, "-c", "pass"), project)}
    ways = {
        "release-async": (python.with_name("release-async"),),
        "python -m release_async": (python, "-m", "release_async"),
    }
    for way, words in ways.items():
        for asked in BARS:
            found[f"{way} {asked}"] = functools.partial(seconds, (*words, *asked.split()), project)
    return found


def report(taken: dict[str, list[float]]) -> int:
    """Print what each takes, in bare Pythons too, and whether its bar is kept; 1 where one is not."""
    print(f"{'':52}{'median':>12}{'least':>12}{'bare Pythons':>15}{'at most':>10}")
    broken = 0
    for name, values in taken.items():
        times = ratio(values, taken[BARE])
        most = next((bar for asked, bar in BARS.items() if name.endswith(asked)), None)
        cells = "".join(f"{each * 1000:9.1f} ms" for each in (statistics.median(values), min(values)))
        kept = "" if most is None else f"{most:10.1f}   {'yes' if times <= most else 'no'}"
        print(f"{name:52}{cells}{times:15.2f}{kept}")
        broken |= most is not None and times > most
    return broken


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=25)
    sys.exit(main(parser.parse_args().rounds))
