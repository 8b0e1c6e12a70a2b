"""Projects with our hooks, installed as a person does it, and what git tells of the hooks that it ran."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from release_async.cli.git_hooks import EVENTS
from support.repositories import Repository

TOP = Path(__file__).parents[2]
PYPROJECT = '[project]\nname = "demo"\nversion = "1.0"\n'
GOOD = '__version__ = "1.0"\n'
BAD = '__version__ = "2.0"\n'
REFUSAL = "demo.py:1: __version__ is 2.0, but project.version in pyproject.toml:3 is 1.0"
"""What is said of ``BAD`` in ``demo.py``."""


def project(path: Path, *options: str) -> Repository:
    """Make a repository with our hooks, a version in two places that agree, and one more file.

    Args:
        path: Where; the folder may be missing.
        options: More words for ``git init``.
    """
    path.mkdir(parents=True)
    made = Repository(path)
    made.git("init", "--quiet", "--initial-branch=main", *options)
    made.write("pyproject.toml", PYPROJECT)
    made.write("demo.py", GOOD)
    made.write("notes.txt", "first\n" + "\n" * 9 + "last\n")
    made.write("below/other.txt", "x\n")
    made.commit("the beginning")
    install(made)
    return made


def install(repository: Repository, *options: str) -> None:
    """``release-async hooks install``."""
    command = (sys.executable, "-m", "release_async", "hooks", "install", *options)
    subprocess.run(command, cwd=repository.path, check=True, capture_output=True)


def copied(template: Repository, path: Path) -> Repository:
    """The same project at another place: the hooks name their interpreter, and no repository."""
    shutil.copytree(template.path, path, symlinks=True)
    return Repository(path)


def unseen(repository: Repository, content: str, notes: str = "") -> str:
    """Commit a content past the hooks, with a change that can conflict where ``notes`` are given."""
    repository.write("demo.py", content)
    if notes:
        repository.write("notes.txt", notes)
    repository.git("commit", "--quiet", "--all", "--no-verify", "--allow-empty", "--message=unseen")
    return repository.git("rev-parse", "HEAD")


def beside(repository: Repository, content: str, notes: str = "") -> None:
    """Commit it on a branch ``side``, and something else on ``main``."""
    repository.git("switch", "--quiet", "--create", "side")
    unseen(repository, content, notes)
    repository.git("switch", "--quiet", "main")
    repository.write("below/other.txt", "ours\n")
    unseen(repository, GOOD, notes and "ours\n")


def stopped(repository: Repository, *command: str) -> None:
    """Run what stops at a conflict in the notes, and settle that."""
    assert repository.tried(*command).returncode != 0
    repository.write("notes.txt", "both\n")
    repository.git("add", "notes.txt")


@contextmanager
def watched(repository: Repository) -> Iterator[list[str]]:
    """Gather the hooks that git runs meanwhile, among those that we install, in their order (api-trace2)."""
    log = repository.path.parent / "trace"
    ran: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_TRACE2_EVENT", str(log))
        try:
            yield ran
        finally:
            events = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
            named = [event.get("hook_name") for event in events if event["event"] == "child_start"]
            ran += [name for name in named if name in EVENTS]
            log.unlink(missing_ok=True)


def state(repository: Repository) -> dict[str, tuple[int, bytes]]:
    """Every file there is with its mode and content: work tree, index, objects, references, configuration.

    What our own cache keeps in the git directory is ours, and not part of it.
    """
    files: dict[str, tuple[int, bytes]] = {}
    for folder, below, names in os.walk(repository.path):
        if os.path.basename(folder) == ".git" and "release-async" in below:  # noqa: PTH119 - os.walk gives text
            below.remove("release-async")
        for name in names:
            path = Path(folder, name)
            content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
            files[str(path)] = path.lstat().st_mode, content
    return files


def as_others_get_it(path: Path) -> Repository:
    """This project with all files that git would take, committed in a repository of its own."""
    listed = subprocess.run(
        ("git", "ls-files", "-co", "--exclude-standard", "-z"),
        cwd=TOP,
        capture_output=True,
        text=True,
        check=True,
    )
    copy = Repository.init(path)
    for name in filter(None, listed.stdout.split("\0")):
        if (TOP / name).is_file():
            (copy.path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, copy.path / name)
    copy.commit()
    return copy
