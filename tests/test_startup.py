"""What the program does not import before there is use for it: that is what a person would wait for."""

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

from support.repositories import Repository

PROGRAM = """
import sys
bare = set(sys.modules)
from release_async.__main__ import main
try:
    code = main()
except SystemExit as end:
    code = end.code
sys.stderr.write(f"{code} " + " ".join(set(sys.modules) - bare))
"""
LOOPS = {"anyio", "asyncio", "trio"}
OTHERS = {
    *(
        "build",
        "dotenv",
        "httpx2",
        "packaging",
        "pypiserver",
        "rich",
        "tomlkit",
        "trove_classifiers",
        "twine",
    ),
    *("pyproject_metadata", "yaml"),
}
HEAVY = {
    *(
        "dataclasses",
        "difflib",
        "email",
        "importlib.metadata",
        "inspect",
        "json",
        "logging",
        "ssl",
        "tempfile",
    ),
    *("tomllib", "traceback", "hashlib", "http", "socket", "subprocess", "unittest"),
}
ONLY_FOR_A_RELEASE = {
    f"release_async.{name}"
    for name in (
        "plan.settings",
        "plan.plan",
        "cli.init",
        "base.secret",
        "guard.token_patterns",
        "run.context",
        "release.checks",
        "release.steps",
        "run.project",
    )
}
ONLY_FOR_SOME_TABLES = {
    *("typing", "release_async.cli.commands.tagged_version", "release_async.versions.tag_rules"),
    *("release_async.versions.version_edits", "release_async.versions.unwatched_lines"),
}
"""For a version in the git tag, for ``bump``, and for ``--explain``."""
FOR_A_RUN = {
    "release_async.cli.run_command",
    "release_async.plan.events",
    "release_async.render",
    "release_async.repository.snapshot",
}


def imported(repository: Repository, *words: str, code: int = 0, **environ: str) -> set[str]:
    """What a fresh interpreter has loaded when a command line is done, which ends with this code."""
    done = subprocess.run(
        (sys.executable, "-c", PROGRAM, *words),
        cwd=repository.path,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=True,
    )
    ended, *names = done.stderr.splitlines()[-1].split()
    assert ended == str(code), done.stdout + done.stderr
    assert done.stdout
    return set(names)


@pytest.fixture
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A project whose version is a literal, as most have it."""
    repository = Repository.init(tmp_path_factory.mktemp("project"))
    repository.write("pyproject.toml", '[project]\nname = "demo"\nversion = "1.2.3"\n')
    repository.write("demo/__init__.py", '__version__ = "1.2.3"\n')
    repository.commit()
    return repository


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("check", "--help"), ("init", "--help")])
def test_help_needs_nothing_but_the_command_line(repository: Repository, words: tuple[str, ...]) -> None:
    """No library, no event loop, and nothing of ours that runs a command."""
    unwanted = LOOPS | OTHERS | HEAVY | ONLY_FOR_A_RELEASE | FOR_A_RUN | {"pathlib", "shutil", "typing"}
    assert imported(repository, *words) & unwanted == set()


@pytest.mark.parametrize("words", [("completion", "bash"), ("completion", "zsh"), ("completion", "fish")])
def test_a_shell_that_starts_does_not_wait_for_its_completion(
    repository: Repository, words: tuple[str, ...]
) -> None:
    """It is printed at every start of a shell by those who want it so."""
    unwanted = LOOPS | OTHERS | HEAVY | ONLY_FOR_A_RELEASE | {"release_async.cli.run_command"}
    assert imported(repository, *words) & unwanted == set()


def test_versions_needs_nothing_that_makes_releases(repository: Repository) -> None:
    """It runs on the ground that the hook stands on, with a person's words on top."""
    unwanted = LOOPS | OTHERS | HEAVY | ONLY_FOR_A_RELEASE | ONLY_FOR_SOME_TABLES
    assert imported(repository, "versions") & unwanted == set()


def test_a_run_on_asyncio_loads_no_other_loop_and_no_uploader(repository: Repository) -> None:
    """All checks, those that ask the index too: trio is for who asks for it, and twine for the uploader."""
    environ = {"PYPI_REPOSITORY_URL": "http://127.0.0.1:9/", "PYPI_API_TOKEN": "nothing"}
    words = ("check", "--backend", "asyncio", "--keep-going", "--skip-tests")
    names = imported(repository, *words, code=3, **environ)
    assert names >= {"anyio", "httpcore2"}
    loaded = {name for name in names if name.partition(".")[0] in {"trio", "requests", "rfc3986"}}
    assert loaded == {"trio"}, "trio counts as not installed, which is an entry of its own"


@pytest.mark.parametrize(
    "name", sorted(LOOPS | OTHERS | HEAVY | ONLY_FOR_A_RELEASE | ONLY_FOR_SOME_TABLES | FOR_A_RUN)
)
def test_what_is_watched_for_exists(name: str) -> None:
    """A name that nothing bears any more would be missed by nobody."""
    assert find_spec(name)
