"""What the version hook adds to a commit: alone, beside other readers of a version, and below hook managers.

PYTHONPATH=tests python benchmarks/hook.py [--rounds 15] [--packages 1000]

Measured is what a user has: a wheel of this clone, in a fresh environment with compiled modules. All commit
in turn, in an order that rotates; the first two rounds are dropped. Ratios are medians of those by round, to
one start of `python -I -c pass`. `warm` changes no version site since the last pass; `cold` has no last pass.
"""

import argparse
import functools
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from support.repositories import Repository
from support.sample import VERSION, write_sample
from thousand_packages import READER, TARGET, stage

TOP = Path(__file__).parents[1]
UV = Path(sys.executable).with_name("uv")
WARM_UP = 2
BARE, GIT, MANY_READER, MANY_GIT = (
    "python -I -c pass",
    "git alone",
    "bare reading of the packages",
    "git alone, packages",
)
WARMEST, COLDEST, BELOW_A_MANAGER = 1.0, 3.0, 2.5
"""How many times a bare Python a commit may take longer; below a manager, than there with nothing to do."""

PEERS = {
    "uv": ("uv version --short", ""),
    "bump-my-version": (
        "bump-my-version show current_version",
        f'\n[tool.bumpversion]\ncurrent_version = "{VERSION}"\n',
    ),
    "commitizen": ("cz version --project", '\n[tool.commitizen]\nversion_provider = "pep621"\n'),
}
NOTHINGS = {
    "nothing": "language: system, entry: 'true'",
    "nothing-in-python": "language: python, entry: python -I -c pass",
}
"""What does nothing below a manager, which spends a good deal more on a hook in Python than on another."""
OURS_BELOW = {"version-consistency": "nothing-in-python", "version-consistency-fast": "nothing"}
"""Ours, and which of the nothings each is of a kind with."""
Row = Callable[[], float]


@dataclass
class Bench:
    """Where it is measured, and what takes its turn.

    Attributes:
        folder: A temporary one.
        python: The interpreter of the fresh environment.
        rows: What is measured, by its name.
        missing: What could not be measured, and why.
    """

    folder: Path
    python: Path
    rows: dict[str, Row] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def repository(self, name: str) -> Repository:
        """The sample project, committed, in a repository of its own."""
        path = self.folder / "projects" / name.replace(" ", "-")
        write_sample(path)
        return committed(Repository.init(path))

    def commits(self, name: str, repository: Repository, before: Callable[[], None] = lambda: None) -> None:
        """Let a commit of one changed file take its turn."""
        self.rows[name] = functools.partial(commit, repository, before)


def main(rounds: int, packages: int) -> int:
    """Measure in turn, print the table and the bars; 1 where one is not kept."""
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(Path(directory), installed(Path(directory)))
        os.environ["PATH"] = os.pathsep.join((str(bench.python.parent), os.environ["PATH"]))
        bench.rows[BARE] = lambda: seconds((bench.python, "-I", "-c", "pass"), bench.folder)
        natively(bench)
        for peer in PEERS:
            with_peer(bench, peer)
        for manager in ("prek", "pre-commit"):
            below(bench, manager)
        with_packages(bench, packages)
        taken = measured(bench.rows, rounds)
    report(taken, bench.missing)
    return judged(taken, packages)


def installed(folder: Path) -> Path:
    """The Python of a fresh environment that a wheel of this clone is installed in."""
    command(sys.executable, "-m", "build", "--wheel", "--installer=uv", "--outdir", folder / "dist", TOP)
    [wheel] = (folder / "dist").glob("*.whl")
    return environment(folder / "environment", wheel)


def environment(folder: Path, *wanted: str | Path) -> Path:
    """The Python of a fresh environment with these requirements, compiled."""
    command(UV, "venv", "--quiet", "--python", sys.executable, folder)
    command(UV, "pip", "install", "--quiet", "--compile-bytecode", "--python", folder / "bin/python", *wanted)
    return folder / "bin/python"


def inherited() -> dict[str, str]:
    """Our environment as a person has it, without what only the Python of the benchmark is told.

    With PYTHONPATH set, no hook of a build backend may be a fork: the longest part of a small release.
    """
    ours = {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
    return {name: value for name, value in os.environ.items() if name not in ours}


def command(*words: str | Path, cwd: Path = TOP) -> None:
    """Run what prepares the measurement; what it says is only shown where it fails."""
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{' '.join(map(str, words))}: {(done.stderr or done.stdout).strip()}")


def committed(repository: Repository) -> Repository:
    """A repository of a person, with all that lies in it committed."""
    for key, value in (("user.name", "A Person"), ("user.email", "person@example.com"), ("gc.auto", "0")):
        repository.git("config", key, value)
    repository.commit()
    return repository


def natively(bench: Bench) -> None:
    """Git alone, hooks that do nothing, and ours."""
    bench.commits(GIT, bench.repository(GIT))
    nothings = {"sh: exit 0": "exit 0", "sh: exec python -I -c pass": f"exec '{bench.python}' -I -c pass"}
    for name, text in nothings.items():
        repository = bench.repository(name.partition(":")[2].strip(" :"))
        script(repository, text)
        bench.commits(name, repository)
    ours(bench, "ours", bench.repository("ours"))


def script(repository: Repository, text: str) -> None:
    """Put a hook there."""
    hook = repository.path / ".git/hooks/pre-commit"
    hook.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    hook.chmod(0o755)


def ours(bench: Bench, name: str, repository: Repository) -> None:
    """Ours warm and cold, each as ``hooks install`` leaves it."""
    cold = Repository(repository.path.with_name(f"{repository.path.name}-cold"))
    shutil.copytree(repository.path, cold.path)
    for each in (repository, cold):
        command(bench.python.with_name("release-async"), "hooks", "install", "-C", each.path)
    bench.commits(f"{name}, warm", repository)
    forget = functools.partial(shutil.rmtree, cold.path / ".git/release-async", ignore_errors=True)
    bench.commits(f"{name}, cold", cold, forget)


def with_peer(bench: Bench, peer: str) -> None:
    """Another tool that reads the version, as a hook."""
    try:
        tools = environment(bench.folder / peer, peer).parent
    except OSError as error:
        bench.missing[peer] = str(error)
        return
    words, table = PEERS[peer]
    repository = bench.repository(peer)
    manifest = repository.path / "pyproject.toml"
    manifest.write_text(manifest.read_text(encoding="utf-8") + table, encoding="utf-8")
    repository.commit()
    script(repository, f"exec '{tools}'/{words} >/dev/null")
    bench.commits(words, repository)


def below(bench: Bench, manager: str) -> None:
    """A hook manager with a hook that does nothing, and with ours."""
    try:
        tool = environment(bench.folder / manager, manager).with_name(manager)
        os.environ |= {
            "PRE_COMMIT_HOME": str(bench.folder / "cache"),
            "PREK_HOME": str(bench.folder / "prek-cache"),
        }
        for name, does in NOTHINGS.items():
            hook = f"{{id: {name}, name: {name}, {does}, always_run: true, pass_filenames: false}}"
            managed(bench, tool, "repo: local", hook)
        revision = Repository(TOP).git("rev-parse", "HEAD")
        for hook in OURS_BELOW:
            managed(bench, tool, f"repo: {TOP}\n    rev: {revision}", f"{{id: {hook}}}")
    except (OSError, AssertionError) as error:
        bench.missing[manager] = str(error)


def managed(bench: Bench, tool: Path, source: str, hook: str) -> None:
    """One hook below one manager, installed and run once."""
    name = f"{tool.name}: {hook.strip('{}').split(',')[0].removeprefix('id: ')}"
    repository = bench.repository(name.replace(": ", "-"))
    repository.write(".pre-commit-config.yaml", f"repos:\n  - {source}\n    hooks:\n      - {hook}\n")
    repository.git("add", "--all")
    command(tool, "install", cwd=repository.path)
    command(tool, "run", "--all-files", cwd=repository.path)
    repository.commit()
    bench.commits(name, repository)


def with_packages(bench: Bench, packages: int) -> None:
    """Ours where a repository holds very many packages, beside a bare reading of the same files."""
    repository = Repository.init(bench.folder / "projects/many")
    stage(repository, packages)
    committed(repository)
    bench.rows[MANY_READER] = lambda: seconds((bench.python, "-I", "-S", "-c", READER), repository.path)
    alone, hooked = (Repository(repository.path.with_name(f"many-{use}")) for use in ("alone", "ours"))
    for each in (alone, hooked):
        shutil.copytree(repository.path, each.path)
    bench.commits(MANY_GIT, alone)
    ours(bench, "ours, packages", hooked)


def commit(repository: Repository, before: Callable[[], None]) -> float:
    """Seconds that one commit of one changed file takes."""
    repository.write("NOTES", str(time.perf_counter_ns()))
    repository.git("add", "NOTES")
    before()
    return seconds(("git", "commit", "--quiet", "--message=a change"), repository.path)


def seconds(words: Sequence[str | Path], folder: Path) -> float:
    """What one run takes; it must end well."""
    started = time.perf_counter()
    subprocess.run(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def measured(rows: dict[str, Row], rounds: int) -> dict[str, list[float]]:
    """The seconds of every row, by round."""
    taken: dict[str, list[float]] = {name: [] for name in rows}
    names = list(rows)
    for number in range(WARM_UP + rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            spent = rows[name]()
            if number >= WARM_UP:
                taken[name].append(spent)
    return taken


def report(taken: dict[str, list[float]], missing: dict[str, str]) -> None:
    """Print the table: what a row takes, and what it adds to git alone, also counted in bare Pythons."""
    print(f"{'':40}{'median':>12}{'least':>12}{'added':>12}{'bare Pythons':>15}")
    for name, values in taken.items():
        base = taken[MANY_GIT if "packages" in name else GIT]
        alone = name in (BARE, MANY_READER)
        added = values if alone else [its - git for its, git in zip(values, base, strict=True)]
        times = (statistics.median(values), min(values), statistics.median(added))
        cells = "".join(f"{each * 1000:9.1f} ms" for each in times)
        print(f"{name:40}{cells}{ratio(added, taken[BARE]):15.2f}")
    for name, reason in missing.items():
        print(f"{name:40} is missing: {reason.splitlines()[0] if reason else 'unknown'}")


def ratio(values: list[float], bare: list[float]) -> float:
    """The median of the ratios by round."""
    return statistics.median(its / one for its, one in zip(values, bare, strict=True))


def judged(taken: dict[str, list[float]], packages: int) -> int:
    """Print each bar, and whether it is kept; 1 where one is not."""

    def over(name: str, base: str, unit: str) -> float:
        return ratio([its - one for its, one in zip(taken[name], taken[base], strict=True)], taken[unit])

    bars = [
        (f"{name} adds, in bare Pythons", over(name, GIT, BARE), most)
        for name, most in (("ours, warm", WARMEST), ("ours, cold", COLDEST))
    ]
    for manager in ("prek", "pre-commit"):
        bars += [
            (
                f"{manager}: {hook} over {nothing}, in bare Pythons",
                over(f"{manager}: {hook}", f"{manager}: {nothing}", BARE),
                BELOW_A_MANAGER,
            )
            for hook, nothing in OURS_BELOW.items()
            if f"{manager}: {hook}" in taken
        ]
    bars += [
        (
            f"{packages} packages {state}, in bare readings",
            over(f"ours, packages, {state}", MANY_GIT, MANY_READER),
            TARGET,
        )
        for state in ("warm", "cold")
    ]
    print()
    for what, value, most in bars:
        print(f"{'yes' if value <= most else 'no':5}{what:72}{value:6.2f}   at most {most}")
    return int(any(value > most for _, value, most in bars))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--packages", type=int, default=1000)
    arguments = parser.parse_args()
    sys.exit(main(arguments.rounds, arguments.packages))
