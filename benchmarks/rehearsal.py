"""Rehearsals of public projects, unmodified: how long until green, and until a refusal that needs no sandbox.

    PYTHONPATH=tests python benchmarks/rehearsal.py CLONES [--rounds 3] [--only OWNER/NAME ...]

CLONES is as for rehearse_corpus.py. Each project is cloned anew; in turn come `python -m build` of it, with
pip and with uv, a rehearsal without tests, a rehearsal of version 0, which HEAD is ahead of, and `--help`.
The first round only warms caches. The exit code is 1 where a bar is missed.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from hook import inherited
from rehearse_corpus import cloned

NAMES = """
    pallets/flask pallets/itsdangerous Delgan/loguru PyCQA/flake8 lepture/mistune PyCQA/pycodestyle
    pypa/pyproject-hooks executablebooks/markdown-it-py getsentry/responses un33k/python-slugify
"""
BUILD, BUILD_UV, GREEN, REFUSED, HELP = "build", "build, uv", "green", "refused", "--help"
CODES = {BUILD: 0, BUILD_UV: 0, GREEN: 0, REFUSED: 3, HELP: 0}
LONGEST, LATEST = 1.3, 0.3
"""A green rehearsal in what `python -m build` takes; the seconds that a refusal takes more than `--help`."""

Taken = Mapping[str, list[float]]


def rows(out: Path) -> dict[str, tuple[str, ...]]:
    """What takes its turn in a project."""
    tool, build = (str(Path(sys.executable).with_name("release-async")),), (sys.executable, "-m", "build")
    rehearse = (*tool, "rehearse", "--skip-tests", "--output", "plain")
    return {
        BUILD: (*build, "--outdir", str(out)),
        BUILD_UV: (*build, "--installer", "uv", "--outdir", str(out)),
        GREEN: rehearse,
        REFUSED: (*rehearse, "--version", "0"),
        HELP: (*tool, "--help"),
    }


def measured(name: str, clones: Path, rounds: int) -> Taken:
    """The seconds of every row, round by round.

    Raises:
        OSError: One of them ended otherwise than it should.
    """
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as made:
        folder = Path(made)
        project, commands = cloned(name, clones, folder), rows(folder / "dist")
        taken: dict[str, list[float]] = {row: [] for row in commands}
        for number in range(rounds + 1):
            order = [*commands]
            turn = number % len(order)
            for row in order[turn:] + order[:turn]:
                seconds = timed(commands[row], project, folder, CODES[row])
                if number:
                    taken[row].append(seconds)
        return taken


def timed(argv: Sequence[str], project: Path, folder: Path, code: int) -> float:
    """The seconds that a command takes in a project which has nothing but what is committed."""
    subprocess.run(("git", "-C", str(project), "clean", "-qfdx"), check=True)
    environ = inherited() | {"TMPDIR": str(folder), "NO_COLOR": "1"}
    started = time.perf_counter()
    done = subprocess.run(
        argv, cwd=project, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != code:
        raise OSError(f"{' '.join(argv)} ended with {done.returncode}: {(done.stdout + done.stderr)[-500:]}")
    return time.perf_counter() - started


def ratio(taken: Taken, row: str, other: str) -> float:
    """The median of one row in what another takes, round by round."""
    return statistics.median(a / b for a, b in zip(taken[row], taken[other], strict=True))


def later(taken: Taken) -> float:
    """The seconds that a refusal takes more than `--help`, a median."""
    return statistics.median(a - b for a, b in zip(taken[REFUSED], taken[HELP], strict=True))


def main(clones: Path, names: Sequence[str], rounds: int) -> int:
    """Print a line for each project and the bars; 1 where one is missed."""
    print(f"{'':34}{'build':>8}{'green':>8}{'x':>6}{'x uv':>6}{'refused':>9}{'--help':>8}")
    all_taken = []
    for name in names:
        try:
            taken = measured(name, clones, rounds)
        except (OSError, subprocess.SubprocessError) as error:
            print(f"{name:34}  left out: {str(error).splitlines()[0][:150]}")
            continue
        all_taken.append(taken)
        build, green, refused, shown = (
            statistics.median(taken[row]) for row in (BUILD, GREEN, REFUSED, HELP)
        )
        ratios = f"{ratio(taken, GREEN, BUILD):6.2f}{ratio(taken, GREEN, BUILD_UV):6.2f}"
        print(f"{name:34}{build:8.1f}{green:8.1f}{ratios}{refused:9.2f}{shown:8.2f}", flush=True)
    return judged(all_taken)


def judged(all_taken: Sequence[Taken]) -> int:
    """The two bars, over the projects that could be measured."""
    if not all_taken:
        return 1
    longest = statistics.median(ratio(taken, GREEN, BUILD) for taken in all_taken)
    latest = statistics.median(map(later, all_taken))
    print(f"green against python -m build: {longest:.2f}x, at most {LONGEST}x: {longest <= LONGEST}")
    print(f"a refusal after --help: {latest:.2f} s, at most {LATEST} s: {latest <= LATEST}")
    return 0 if longest <= LONGEST and latest <= LATEST else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("clones", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=())
    options = parser.parse_args()
    raise SystemExit(main(options.clones, options.only or NAMES.split(), options.rounds))
