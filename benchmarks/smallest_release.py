"""The smallest release: one module, hatchling, no tests; ours beside the commands of uv that do the same.

    PYTHONPATH=tests python benchmarks/smallest_release.py [--rounds 15] [--wheel NAME=FILE]...

The remote and the index are a bare repository and a real pypiserver on this machine. All rows take turns, in
an order that rotates; the first round only warms caches. Measured of each release: the time by the clock, the
processor time of all its processes, orphans too, and, in rounds of their own, the largest sum of their memory
(proportional set size, proc(5)). After each it is looked whether it is out, and whether each check of ours
ran. A wheel of another state of this project is a row of its own. The exit code is 1 where a bar is missed.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from full_release import Index
from hook import TOP, command, environment, inherited
from release_async.release.checks import CHECKS
from support import indexes
from support.repositories import Repository

NAME, OLD, NEW = "smallest", "1.0.0", "1.0.1"
UV, OURS = "uv's own commands", "release-async"
PROCESSOR, CLOCK = 1.0, 0.95
"""What ours may take, in what uv's own commands take."""
MEMORY_ROUNDS = 3

_PYPROJECT = f"""\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{NAME}"
version = "{OLD}"
description = "The smallest project that there is."
readme = "README.md"
requires-python = ">=3.9"
"""

METER = """\
import ctypes, json, os, resource, subprocess, sys, threading, time
order = json.load(sys.stdin)
libc = ctypes.CDLL(None)
libc.prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: orphans are waited for and counted here
most, over = 0, threading.Event()
KCMP = {"x86_64": 312, "aarch64": 272}.get(os.uname().machine, -1)

def is_its_parent(pid, parent):  # vfork(2): until it is another program it has no memory of its own
    return libc.syscall(KCMP, int(pid), int(parent), 1, 0, 0) == 0  # kcmp(2), KCMP_VM

def below(pid):
    for task in os.listdir(f"/proc/{pid}/task"):
        for child in open(f"/proc/{pid}/task/{task}/children").read().split():
            if not is_its_parent(child, pid):
                yield child
                yield from below(child)

def memory(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0

def sample():
    global most
    while not over.wait(0.002):
        try:
            most = max(most, sum(map(memory, set(below(os.getpid())))))
        except OSError:
            continue

if order["memory"]:
    threading.Thread(target=sample, daemon=True).start()
started, said, code = time.perf_counter(), [], 0
for words in order["commands"]:
    done = subprocess.run(words, cwd=order["cwd"], env=order["env"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said.append(done.stdout)
    if done.returncode:
        code = done.returncode
        break
clock = time.perf_counter() - started
over.set()
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
spent = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"code": code, "said": said, "clock": clock, "processor": spent.ru_utime + spent.ru_stime,
                  "memory": most / 1024}))
"""
"""Runs commands one after another, and counts what they and all their offspring took."""


class Spent(NamedTuple):
    """What one release took.

    Attributes:
        clock: Seconds until its last command ended.
        processor: Seconds of all its processes together.
        memory: MiB, where it was asked for.
    """

    clock: float
    processor: float
    memory: float


@dataclass
class Bench:
    """What is released over and over.

    Attributes:
        folder: A temporary one.
        index: What all upload to.
        tools: The console scripts of each row, by its name.
    """

    folder: Path
    index: Index
    tools: dict[str, Path] = field(default_factory=dict)

    @property
    def project(self) -> Path:
        """The clone of one release."""
        return self.folder / "place/project"

    def fresh(self) -> None:
        """The project with a remote that has it, and an empty index."""
        shutil.rmtree(self.folder / "place", ignore_errors=True)
        shutil.copytree(self.folder / "template", self.project, symlinks=True)
        Repository(self.project).with_remote(self.folder / "place/remote.git")
        for old in self.index.packages.iterdir():
            old.unlink()

    def released(self, row: str, *, memory: bool = False) -> Spent:
        """One release of a row.

        Raises:
            OSError: It failed, or is not out, or has left a check out.
        """
        self.fresh()
        os.sync()
        commands = with_uv(self) if row == UV else (ours(),)
        order = {
            "cwd": str(self.project),
            "env": self._environ(row),
            "commands": commands,
            "memory": memory,
        }
        metered = subprocess.run(
            (sys.executable, "-I", "-c", METER),
            input=json.dumps(order),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        told = json.loads(metered.stdout)
        if told["code"]:
            raise OSError(f"{row}: {told['said'][-1][-3000:]}")
        self._look(row, told["said"])
        return Spent(told["clock"], told["processor"], told["memory"])

    def _environ(self, row: str) -> Mapping[str, str]:
        """A person's, with the tools of this row first, and who may upload where each looks for it."""
        return inherited() | {
            "PATH": os.pathsep.join((str(self.tools[row]), os.environ["PATH"])),
            "VIRTUAL_ENV": str(self.tools[row].parent),
            "HOME": str(self.folder),
            "PYPI_REPOSITORY_URL": self.index.url,
            "PYPI_USERNAME": self.index.user,
            "PYPI_API_TOKEN": self.index.password,
            "UV_PUBLISH_URL": self.index.url,
            "UV_PUBLISH_USERNAME": self.index.user,
            "UV_PUBLISH_PASSWORD": self.index.password,
        }

    def _look(self, row: str, said: Sequence[str]) -> None:
        """See two files on the index, and at the remote a tag whose commit states the version and is main."""
        files = sorted(path.name for path in self.index.packages.iterdir())
        if files != [f"{NAME}-{NEW}-py3-none-any.whl", f"{NAME}-{NEW}.tar.gz"]:
            raise OSError(f"{row} has published {files}")
        remote = Repository(self.folder / "place/remote.git")
        tagged = remote.git("rev-parse", f"v{NEW}^0")
        stated = remote.git("show", f"v{NEW}:pyproject.toml")
        if remote.git("rev-parse", "main") != tagged or f'version = "{NEW}"' not in stated:
            raise OSError(f"{row} has pushed something else")
        if row == OURS:
            every_check_ran(row, said[0])


def every_check_ran(row: str, said: str) -> None:
    """See that no check but the tests was left out, of those that there are."""
    events = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    seen = {event["name"] for event in events if event["event"] == "check_finished"}
    if missing := CHECKS.keys() - seen - {"tests"}:
        raise OSError(f"{row} has left out {missing}")


def ours() -> tuple[str, ...]:
    """One command."""
    return "release-async", "--version", "patch", "--yes", "--skip-tests", "--output", "json"


def with_uv(bench: Bench) -> tuple[tuple[str, ...], ...]:
    """What a person types who has nothing but git and uv."""
    files = [f"{bench.project}/dist/{NAME}-{NEW}{end}" for end in ("-py3-none-any.whl", ".tar.gz")]
    return (
        ("git", "fetch", "--quiet", "origin"),
        ("uv", "version", "--bump", "patch", "--frozen"),
        ("git", "commit", "--quiet", "--all", "--message", f"release: v{NEW}"),
        ("git", "tag", "--annotate", "--message", f"v{NEW}", f"v{NEW}"),
        ("uv", "build", "--quiet"),
        ("uv", "publish", "--quiet", *files),
        ("git", "push", "--quiet", "--atomic", "origin", "main", f"v{NEW}"),
    )


def main(rounds: int, wheels: Mapping[str, Path]) -> int:
    """Release in turn; 1 where a bar is missed."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        account = indexes.credentials()
        with indexes.pypiserver(folder / "packages", account) as url:
            bench = Bench(folder, Index(url, account.user, account.secret.reveal(), folder / "packages"))
            template(folder)
            install(bench, wheels)
            taken, memory = in_turn(bench, rounds)
    report(taken, memory)
    return judged(taken)


def template(folder: Path) -> None:
    """The project, committed."""
    path = folder / "template"
    repository = Repository.init(path)
    for name, text in {
        "pyproject.toml": _PYPROJECT,
        "README.md": f"# {NAME}\n",
        ".gitignore": "dist/\n",
        f"{NAME}.py": '"""Nothing."""\n',
    }.items():
        repository.write(name, text)
    config = "[user]\n\tname = A Person\n\temail = person@example.com\n[gc]\n\tauto = 0\n"
    (folder / ".gitconfig").write_text(config, encoding="utf-8")
    for key, value in (("user.name", "A Person"), ("user.email", "person@example.com")):
        repository.git("config", key, value)
    repository.commit("begin")


def install(bench: Bench, wheels: Mapping[str, Path]) -> None:
    """An environment for each row; all have the same uv."""
    out = bench.folder / "dist"
    command(sys.executable, "-m", "build", "--wheel", "--installer=uv", "--outdir", out, TOP)
    [wheel] = out.glob("*.whl")
    bench.tools[UV] = environment(bench.folder / "environment", "uv").parent
    for number, (name, each) in enumerate({OURS: wheel, **wheels}.items()):
        bench.tools[name] = environment(bench.folder / f"environment-{number}", "uv", each).parent


def in_turn(bench: Bench, rounds: int) -> tuple[dict[str, list[Spent]], dict[str, float]]:
    """What every release took, and the most memory of each row."""
    taken: dict[str, list[Spent]] = {name: [] for name in bench.tools}
    for number in range(rounds + 1):
        order = [*bench.tools]
        turn = number % len(order)
        for name in order[turn:] + order[:turn]:
            spent = bench.released(name)
            if number:
                taken[name].append(spent)
        print(f"round {number} of {rounds}", file=sys.stderr)
    memory = {
        name: statistics.median(bench.released(name, memory=True).memory for _ in range(MEMORY_ROUNDS))
        for name in bench.tools
    }
    return taken, memory


def ratio(taken: Mapping[str, list[Spent]], row: str, what: int) -> float:
    """The median of what a row took in what uv's own commands took, round by round."""
    return statistics.median(a[what] / b[what] for a, b in zip(taken[row], taken[UV], strict=True))


def report(taken: Mapping[str, list[Spent]], memory: Mapping[str, float]) -> None:
    """The table: medians."""
    print(f"{'':28}{'clock':>9}{'x uv':>7}{'processor':>11}{'x uv':>7}{'memory':>10}")
    for name, several in taken.items():
        clock, processor = (statistics.median(one[what] for one in several) for what in (0, 1))
        print(
            f"{name:28}{clock:8.2f}s{ratio(taken, name, 0):7.2f}"
            f"{processor:10.2f}s{ratio(taken, name, 1):7.2f}{memory[name]:6.0f} MiB"
        )


def judged(taken: Mapping[str, list[Spent]]) -> int:
    """The two bars."""
    held = True
    for what, name, bar in ((1, "processor time", PROCESSOR), (0, "time by the clock", CLOCK)):
        found = ratio(taken, OURS, what)
        held &= found <= bar
        print(f"{name}: {found:.2f}x, at most {bar:.2f}x: {'yes' if found <= bar else 'no'}")
    return 0 if held else 1


def _wheel(text: str) -> tuple[str, Path]:
    name, _, path = text.partition("=")
    return name, Path(path).resolve()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--wheel", action="append", default=[], type=_wheel, metavar="NAME=FILE")
    options = parser.parse_args()
    raise SystemExit(main(options.rounds, dict(options.wheel)))
