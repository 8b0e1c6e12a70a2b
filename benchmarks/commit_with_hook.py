"""What the version hook adds to a commit, against git alone and against a hook that does nothing.

PYTHONPATH=tests python benchmarks/commit_with_hook.py [--rounds 30]
"""

import argparse
import statistics
import subprocess
import sysconfig
import tempfile
import time
from pathlib import Path

from support.repositories import Repository
from support.sample import write_sample

HOOKS = {
    "git alone": None,
    "a hook that does nothing": "exit 0",
    "version-consistency": 'exec "{program}" hook version-consistency',
}


def main(rounds: int) -> None:
    """Commit in turn under each hook; print medians and what each adds within a round."""
    taken: dict[str, list[float]] = {name: [] for name in HOOKS}
    with tempfile.TemporaryDirectory() as directory:
        repository = project(Path(directory))
        folders = {name: hooks(Path(directory), name) for name in HOOKS}
        for number in range(rounds + 1):
            for name, folder in folders.items():
                spent = commit(repository, folder, f"{number} {name}")
                if number:  # the first round only warms caches
                    taken[name].append(spent)
    report(taken)


def project(directory: Path) -> Repository:
    """The sample project, committed."""
    write_sample(directory / "sample")
    repository = Repository.init(directory / "sample")
    for key, value in (("user.name", "A Person"), ("user.email", "person@example.com")):
        repository.git("config", key, value)
    repository.commit()
    return repository


def hooks(directory: Path, name: str) -> Path:
    """A folder of hooks that holds what is measured."""
    folder = directory / name.replace(" ", "-")
    folder.mkdir()
    if script := HOOKS[name]:
        program = Path(sysconfig.get_path("scripts")) / "release-async"
        hook = folder / "pre-commit"
        hook.write_text(f"#!/bin/sh\n{script.format(program=program)}\n", encoding="utf-8")
        hook.chmod(0o755)
    return folder


def commit(repository: Repository, folder: Path, text: str) -> float:
    """Seconds that one commit of one changed file takes."""
    repository.write("NOTES", text)
    repository.git("add", "NOTES")
    command = ("git", "-c", f"core.hooksPath={folder}", "commit", "--quiet", "--message", text)
    started = time.perf_counter()
    subprocess.run(command, cwd=repository.path, check=True)
    return time.perf_counter() - started


def report(taken: dict[str, list[float]]) -> None:
    """Print the table, in milliseconds."""
    base = next(iter(taken.values()))
    print(f"{'':28}{'median':>12}{'least':>12}{'added':>12}")
    for name, values in taken.items():
        added = statistics.median(its - bare for its, bare in zip(values, base, strict=True))
        cells = "".join(f"{cell * 1000:9.1f} ms" for cell in (statistics.median(values), min(values), added))
        print(f"{name:28}{cells}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=30)
    main(parser.parse_args().rounds)
