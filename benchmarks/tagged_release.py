"""One project released twice in turn: with its version in a file, and with its version from a git tag.

    PYTHONPATH=tests python benchmarks/tagged_release.py [--rounds 5] [--backend hatchling]

Each round makes both anew, in an order that alternates, with a bare remote and a real index on this machine,
and compares the time from the command to its end, and the processor time of all its processes: on a machine
that does other work too, only the latter says something. No test suite is run: it would take as long in both.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from support import indexes, nobody
from support.releasing import Stage
from support.repositories import Repository

BAR = 0.95
_PROJECT = '[project]\nname = "demo-project"\n{version}\nreadme = "README.md"\n'
_STATIC = 'version = "1.2.0"'
_DYNAMIC = 'dynamic = ["version"]'
BACKENDS: Mapping[str, tuple[str, str, str, str]] = {
    "hatchling": (
        "hatchling.build",
        '"hatchling"',
        '"hatchling", "hatch-vcs"',
        '[tool.hatch.version]\nsource = "vcs"',
    ),
    "pdm-backend": ("pdm.backend", '"pdm-backend"', '"pdm-backend"', '[tool.pdm.version]\nsource = "scm"'),
    "setuptools": (
        "setuptools.build_meta",
        '"setuptools>=77"',
        '"setuptools>=77", "setuptools-scm"',
        "[tool.setuptools_scm]",
    ),
}
"""For each backend its module, what it requires without and with a tag, and the table for that."""


_OF_TESTS = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
"""What a person has not: with it no hook may be a fork, and each build compiles its backend anew."""


class Took(NamedTuple):
    """What one release took, in seconds by the clock and of processors."""

    clock: float
    processor: float


def main() -> int:
    """Release both in turn and print each ratio; 1 where the median of processor time is above the bar."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--backend", choices=BACKENDS, default="hatchling")
    options = parser.parse_args()
    ratios: list[Took] = []
    with (
        tempfile.TemporaryDirectory(prefix="tagged-") as directory,
        nobody.in_charge(Path(directory, "home")),
    ):
        for number in range(options.rounds):
            kinds = ("tag", "file") if number % 2 else ("file", "tag")
            took = {
                kind: _released(Path(directory, f"{number}-{kind}"), options.backend, kind) for kind in kinds
            }
            ratios.append(Took(*(tag / file for tag, file in zip(took["tag"], took["file"], strict=True))))
            print(f"round {number}: {_told(took['file'], took['tag'], ratios[-1])}", flush=True)
    clock, processor = (statistics.median(each) for each in zip(*ratios, strict=True))
    told = f"median {processor:.3f} of at most {BAR} in processor time, {clock:.3f} by the clock"
    print(f"{options.backend}: {told}")
    return int(processor > BAR)


def _told(file: Took, tag: Took, ratio: Took) -> str:
    clock = f"by the clock file {file.clock:.2f} s, tag {tag.clock:.2f} s, {ratio.clock:.3f}"
    processor = f"file {file.processor:.2f} s, tag {tag.processor:.2f} s, {ratio.processor:.3f}"
    return f"{clock}; of processors {processor}"


def _processors() -> float:
    """The processor time of all processes that this one has waited for, and of theirs, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _released(directory: Path, backend: str, kind: str) -> Took:
    """Release one of the two, and return what that took."""
    project = _project(directory / "project", backend, kind)
    project.with_remote(directory / "remote.git")
    account = indexes.credentials()
    with indexes.pypiserver(directory / "packages", account) as url:
        stage = Stage(project, Repository(directory / "remote.git"), directory / "packages", url, account)
        words = (sys.executable, "-m", "release_async", "--version", "minor", "--yes", "--skip-tests")
        environ = {name: value for name, value in stage.environment().items() if name not in _OF_TESTS}
        started, before = time.perf_counter(), _processors()
        done = subprocess.run(
            words, cwd=project.path, env=environ, capture_output=True, text=True, check=False
        )
        took = Took(time.perf_counter() - started, _processors() - before)
        if done.returncode or "v1.3.0" not in stage.remote.git("tag", "--list"):
            raise OSError(done.stdout + done.stderr)
    return took


def _project(root: Path, backend: str, kind: str) -> Repository:
    entry, static, tagged, table = BACKENDS[backend]
    requires = tagged if kind == "tag" else static
    build = f'[build-system]\nrequires = [{requires}]\nbuild-backend = "{entry}"\n'
    text = build + _PROJECT.format(version=_DYNAMIC if kind == "tag" else _STATIC)
    repository = Repository.init(root)
    repository.write("pyproject.toml", f"{text}\n{table if kind == 'tag' else ''}\n")
    repository.write("README.md", "# Demo\n")
    repository.write(".gitignore", "dist/\nbuild/\n*.egg-info/\n")
    for number in range(30):
        repository.write(f"src/demo_project/part_{number}.py", f'"""Part {number}."""\n')
    repository.write("src/demo_project/__init__.py", '"""Demo."""\n')
    repository.commit("begin")
    repository.git("tag", "--annotate", "-m", "Release 1.2.0", "v1.2.0")
    repository.commit("go on")
    return repository


if __name__ == "__main__":
    raise SystemExit(main())
