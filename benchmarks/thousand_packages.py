"""What judging a commit costs where a repository holds a thousand packages, and where it holds one.

PYTHONPATH=tests python benchmarks/thousand_packages.py [--rounds 15] [--packages 1000]

The thousand are judged by `release-async hook version-consistency` and, in turn, read by a bare Python that
lists the index once and asks `git cat-file --batch` once for the same files, which are loose objects.
The ordinary project is the subject of hook.py, which commits in this one too.
"""

import argparse
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from support.repositories import Repository

TARGET = 2.2
"""How many times the bare reading the judging may take."""

READER = """\
import subprocess
listing = subprocess.run(("git", "ls-files", "-s", "-z"), stdout=subprocess.PIPE, check=True).stdout
wanted = b"".join(record.split(b" ", 2)[1] + b"\\n" for record in listing.split(b"\\0") if record)
batch = subprocess.Popen(("git", "cat-file", "--batch"), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
content, _ = batch.communicate(wanted)
assert content.count(b"version") >= wanted.count(b"\\n")
"""


def main(rounds: int, packages: int) -> int:
    """Measure in turn, print medians and their ratio; 1 where it is above the target."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "many"
        stage(Repository.init(root), packages)
        hook = Path(sysconfig.get_path("scripts")) / "release-async"
        commands: dict[str, tuple[str | Path, ...]] = {
            "one ls-files, one cat-file": (sys.executable, "-I", "-S", "-c", READER),
            "version-consistency": (hook, "hook", "version-consistency"),
        }
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(rounds + 1):
            for name, command in commands.items():
                spent = seconds(command, root)
                if number:  # the first round only warms caches
                    taken[name].append(spent)
    bare, judging = (statistics.median(values) for values in taken.values())
    for name, values in taken.items():
        print(f"{name:28}{statistics.median(values) * 1000:9.1f} ms  (least {min(values) * 1000:.1f} ms)")
    ratio = statistics.median(ours / its for its, ours in zip(*taken.values(), strict=True))
    print(f"{packages} packages: {judging / bare:.2f} times, by round {ratio:.2f}; the target is {TARGET}")
    return int(judging / bare > TARGET)


def stage(repository: Repository, packages: int) -> None:
    """Stage packages that each state their version twice, no two alike."""
    for number in range(packages):
        name, version = f"package-{number:04}", f"1.{number}.0"
        repository.write(
            f"packages/{name}/pyproject.toml", f'[project]\nname = "{name}"\nversion = "{version}"\n'
        )
        module = f'"""Package {number}."""\n\n__version__ = "{version}"\n'
        repository.write(f"packages/{name}/src/package_{number:04}/__init__.py", module)
    repository.git("add", "--all")


def seconds(command: Sequence[str | Path], root: Path) -> float:
    """What one run takes; it must find nothing wrong."""
    started = time.perf_counter()
    subprocess.run(command, cwd=root, check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--packages", type=int, default=1000)
    arguments = parser.parse_args()
    sys.exit(main(arguments.rounds, arguments.packages))
