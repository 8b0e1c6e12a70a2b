"""git's door in use: the native hook, pre-commit and prek, each refusing and passing real commits."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support import canary, secrets
from support.hooked import TOP, as_others_get_it
from support.repositories import Repository

TOOLS = Path(sys.executable).parent
GOOD = '__version__ = "1.2.3"\n'
BAD = '__version__ = "1.2.4"\n'
MODULE = "src/demo/__init__.py"

Door = Callable[[Repository], None]


@pytest.fixture(autouse=True)
def tools_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tools of the environment that runs the tests come first."""
    monkeypatch.setenv("PATH", f"{TOOLS}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A project whose first commit agrees."""
    made = Repository.init(tmp_path / "a project")
    made.write("pyproject.toml", '[project]\nname = "demo"\nversion = "1.2.3"\n')
    made.write(MODULE, GOOD)
    made.commit()
    return made


@pytest.fixture(scope="session")
def hook_repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """This project as others get it: all files git would take, committed in a repository of their own."""
    return as_others_get_it(tmp_path_factory.mktemp("hooks") / "release-async")


@pytest.fixture(scope="session")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Where pre-commit and prek keep the installed hook, once for all tests; no secret stays there."""
    cache = tmp_path_factory.mktemp("cache")
    # Of what pip installs next to nothing is imported, so that compiling all of it takes longest.
    homes = {"PRE_COMMIT_HOME": str(cache / "pre-commit"), "PREK_HOME": str(cache / "prek")}
    yield {**homes, "PIP_NO_COMPILE": "1"}
    # While a hook runs, the managers put what is not staged aside, in patches: that is their doing.
    assert [path for path in canary.leaks(cache) if "patch" not in path.name] == []


def native(repository: Repository) -> None:
    """Copy the hook file to where git looks."""
    hook = Path(repository.git("rev-parse", "--git-path", "hooks/pre-commit"))
    shutil.copy2(TOP / "hooks/pre-commit", repository.path / hook)


def in_place(repository: Repository) -> None:
    """Let git run the hook file from the folder that holds it."""
    repository.git("config", "core.hooksPath", str(TOP / "hooks"))


@pytest.fixture(params=["native", "in place", "pre-commit", "prek"])
def door(
    request: pytest.FixtureRequest,
    hook_repository: Repository,
    caches: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Door:
    """One way to install the hook."""
    if request.param in {"native", "in place"}:
        return native if request.param == "native" else in_place
    for name, value in caches.items():
        monkeypatch.setenv(name, value)

    def framework(repository: Repository) -> None:
        source = f"  - repo: {hook_repository.path}\n    rev: {hook_repository.git('rev-parse', 'HEAD')}\n"
        repository.write(
            ".pre-commit-config.yaml", f"repos:\n{source}    hooks: [{{id: version-consistency}}]\n"
        )
        repository.git("add", ".pre-commit-config.yaml")
        subprocess.run((request.param, "install"), cwd=repository.path, check=True, capture_output=True)

    return framework


def test_what_it_says_to_type_can_be_typed_where_the_person_is(repository: Repository, door: Door) -> None:
    """In a folder below the top too: the command that it prints mends the versions and stages them."""
    door(repository)
    below = Repository(repository.path / "src/demo")
    repository.write(MODULE, BAD)
    repository.git("add", MODULE)
    refused = below.tried("commit", "--message=bad")
    assert refused.returncode == 1
    said = (refused.stdout + refused.stderr).splitlines()
    cure = next(line.strip() for line in said if "release-async bump" in line)
    assert cure.startswith("(cd ../.. && ")
    below.git("-c", f"alias.cure=!cd src/demo && {cure}", "cure")
    assert below.tried("commit", "--allow-empty", "--message=good").returncode == 0


def test_the_index_is_judged_and_not_the_disk(repository: Repository, door: Door) -> None:
    """What is staged decides: bad there is refused, good there passes, whatever lies on the disk."""
    door(repository)
    head = repository.git("rev-parse", "HEAD")
    repository.write(MODULE, BAD)
    repository.git("add", MODULE)
    repository.write(MODULE, GOOD)
    refused = repository.tried("commit", "--message=staged bad, disk good")
    said = refused.stdout + refused.stderr
    assert refused.returncode == 1, said
    assert f"{MODULE}:1: __version__ is 1.2.4, but project.version in pyproject.toml:3 is 1.2.3" in said
    assert "release-async bump 1.2.4" in said
    assert repository.git("rev-parse", "HEAD") == head
    repository.git("add", MODULE)
    repository.write("new.txt", "more")
    repository.git("add", "new.txt")
    repository.write(MODULE, BAD)
    passed = repository.tried("commit", "--message=staged good, disk bad")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert repository.git("rev-parse", "HEAD~1") == head
    assert (repository.path / MODULE).read_text() == BAD


@pytest.fixture(params=["pre-commit", "prek"])
def runner(request: pytest.FixtureRequest, caches: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """A hook manager, with a cache of its own."""
    for name, value in caches.items():
        monkeypatch.setenv(name, value)
    return str(request.param)


def test_this_repository_passes_its_own_hook(runner: str, hook_repository: Repository) -> None:
    """Its configuration and what it offers to others are valid, and its own versions agree."""
    commands = (
        (runner, "validate-config", ".pre-commit-config.yaml"),
        (runner, "validate-manifest", ".pre-commit-hooks.yaml"),
        (runner, "run", "--all-files", "version-consistency"),
    )
    for command in commands:
        done = subprocess.run(command, cwd=hook_repository.path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "warn" not in (done.stdout + done.stderr).lower()


@pytest.fixture
def hooked(repository: Repository) -> Repository:
    """The project with the native hook."""
    native(repository)
    return repository


def test_a_commit_of_named_files_is_judged_as_it_would_be(hooked: Repository) -> None:
    """``git commit FILE`` leaves out what else is staged: git points to an index of its own."""
    hooked.write(MODULE, BAD)
    hooked.write("pyproject.toml", '[project]\nname = "demo"\nversion = "1.2.4"\n')
    hooked.git("add", "--all")
    assert hooked.tried("commit", "--message=half", MODULE).returncode == 1
    assert hooked.tried("commit", "--message=whole").returncode == 0


def test_all_and_amend_and_subfolders_are_judged(hooked: Repository) -> None:
    """``-a``, ``--amend`` with nothing staged, and a commit from below the top."""
    hooked.write(MODULE, BAD)
    assert hooked.tried("commit", "--all", "--message=bad").returncode == 1
    assert hooked.tried("-C", "src", "commit", "--all", "--message=bad").returncode == 1
    assert hooked.tried("commit", "--no-verify", "--all", "--message=bad").returncode == 0
    assert hooked.tried("commit", "--amend", "--message=still bad").returncode == 1


def test_a_linked_worktree_is_judged_by_its_own_index(hooked: Repository, tmp_path: Path) -> None:
    """There git names its directory and index in the environment; nothing of the main one changes."""
    before = hooked.git("config", "--list", "--local")
    hooked.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    linked = Repository(tmp_path / "linked")
    linked.write(MODULE, BAD)
    assert linked.tried("commit", "--all", "--message=bad").returncode == 1
    linked.write(MODULE, GOOD + "# more\n")
    assert linked.tried("commit", "--all", "--message=good").returncode == 0
    assert hooked.git("config", "--list", "--local") == before


def test_a_merge_of_two_halves_is_judged(hooked: Repository) -> None:
    """Each side moved one of two places and no file conflicts: the commit that ends the merge is refused."""
    hooked.git("branch", "theirs")
    hooked.write("pyproject.toml", '[project]\nname = "demo"\nversion = "2.0"\n')
    hooked.git("commit", "--no-verify", "--all", "--message=ours")
    hooked.git("switch", "--quiet", "theirs")
    hooked.write(MODULE, '__version__ = "3.0"\n')
    hooked.git("commit", "--no-verify", "--all", "--message=theirs")
    hooked.git("merge", "--quiet", "--no-commit", "main")
    refused = hooked.tried("commit", "--message=merge")
    assert refused.returncode == 1
    assert "3.0" in refused.stderr


def test_a_first_commit_is_judged(tmp_path: Path) -> None:
    """There is no HEAD yet."""
    fresh = Repository.init(tmp_path / "fresh")
    native(fresh)
    fresh.write("pyproject.toml", '[project]\nname = "demo"\nversion = "1"\n')
    fresh.write("demo/__init__.py", BAD)
    fresh.git("add", "--all")
    assert fresh.tried("commit", "--message=first").returncode == 1
    fresh.write("demo/__init__.py", '__version__ = "1.0"\n')
    fresh.git("add", "--all")
    assert fresh.tried("commit", "--message=first").returncode == 0


def test_a_missing_tool_fails_closed_with_the_way_round(
    hooked: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line says what is missing and how to commit all the same."""
    monkeypatch.setenv("PATH", os.defpath)
    refused = hooked.tried("commit", "--allow-empty", "--message=x")
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "--no-verify" in refused.stderr


def test_the_tool_of_the_projects_own_environment_is_found(
    hooked: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the tool on PATH, ``.venv`` of the repository is used, in a linked worktree too."""
    hooked.write(".git/info/exclude", ".venv\n")
    (hooked.path / ".venv/bin").mkdir(parents=True)
    (hooked.path / ".venv/bin/release-async").symlink_to(TOOLS / "release-async")
    monkeypatch.setenv("PATH", os.defpath)
    assert hooked.tried("commit", "--allow-empty", "--message=good").returncode == 0
    hooked.write(MODULE, BAD)
    refused = hooked.tried("commit", "--all", "--message=bad")
    assert refused.returncode == 1
    assert "1.2.4" in refused.stderr
    hooked.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    linked = Repository(tmp_path / "linked")
    assert linked.tried("commit", "--allow-empty", "--message=good").returncode == 0


OFFERED = (
    "version-consistency",
    "version-consistency-fast",
    "version-consistency-push",
    "version-sync",
    "no-publish-tokens",
    "no-env-files",
    "release-guard",
    "release-guard-fast",
)


def test_every_hook_on_offer_passes_and_refuses(
    runner: str, repository: Repository, hook_repository: Repository
) -> None:
    """Through real hook managers: a clean commit passes each, and each tells what it is for."""
    repository.write(
        ".pre-commit-config.yaml",
        f"repos:\n  - repo: {hook_repository.path}\n    rev: {hook_repository.git('rev-parse', 'HEAD')}\n"
        f"    hooks: [{', '.join(f'{{id: {name}}}' for name in OFFERED)}]\n",
    )
    repository.git("add", ".pre-commit-config.yaml")
    subprocess.run((runner, "install"), cwd=repository.path, check=True, capture_output=True)
    passed = repository.tried("commit", "--message=clean")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    token = secrets.pypi()
    repository.write("deploy.sh", token)
    repository.write(".env", "A=1\n")
    repository.write(MODULE, BAD)
    repository.git("add", "--all")
    refused = repository.tried("commit", "--message=bad")
    said = refused.stdout + refused.stderr
    assert refused.returncode == 1
    assert token[20:40] not in said
    for line, times in (
        (f"{MODULE}:1: ", 4),
        ("deploy.sh:1: PyPI API token", 3),
        (".env: a file for secrets", 3),
    ):
        assert said.count(line) == times, said


def test_version_sync_mends_what_the_commit_hook_refuses(
    runner: str, repository: Repository, hook_repository: Repository
) -> None:
    """The refusal names the command, the command edits and fails as fixers do, and then the commit passes."""
    repository.write(
        ".pre-commit-config.yaml",
        f"repos:\n  - repo: {hook_repository.path}\n    rev: {hook_repository.git('rev-parse', 'HEAD')}\n"
        "    hooks: [{id: version-consistency}, {id: version-sync}]\n",
    )
    repository.git("add", ".pre-commit-config.yaml")
    subprocess.run((runner, "install"), cwd=repository.path, check=True, capture_output=True)
    repository.write("pyproject.toml", '[project]\nname = "demo"\nversion = "2.0"\n')
    refused = repository.tried("commit", "--all", "--message=half")
    told = f"{runner} run --hook-stage manual --all-files version-sync"
    assert refused.returncode == 1
    assert f"or, if release-async is not installed: {told}" in refused.stdout + refused.stderr
    mended = subprocess.run(told.split(), cwd=repository.path, capture_output=True, text=True, check=False)
    assert mended.returncode == 1, mended.stdout + mended.stderr
    assert f"{MODULE}:1: 1.2.3 -> 2.0" in mended.stdout
    assert f"git add {MODULE}" in mended.stdout
    assert (repository.path / MODULE).read_text() == GOOD.replace("1.2.3", "2.0")
    assert repository.git("diff", "--cached", "--name-only") == ".pre-commit-config.yaml"
    again = subprocess.run(told.split(), cwd=repository.path, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stdout + again.stderr
    passed = repository.tried("commit", "--all", "--message=whole")
    assert passed.returncode == 0, passed.stdout + passed.stderr


def test_the_offer_is_what_is_tested() -> None:
    """No hook is offered that the test above does not run."""
    lines = (TOP / ".pre-commit-hooks.yaml").read_text(encoding="utf-8").splitlines()
    assert tuple(line.removeprefix("- id: ") for line in lines if line.startswith("- id: ")) == OFFERED


def test_the_fast_hook_goes_on_under_a_newer_python(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where python3 is old, a newer one of the PATH is found; where there is none, it says what to do."""
    old = tmp_path / "old"
    old.mkdir()
    fake = "import sys; sys.version_info = (3, 9, 2, 'final', 0); sys.argv = sys.argv[1:]\n"
    fake += "__file__ = sys.argv[0]; exec(compile(open(__file__).read(), __file__, 'exec'))\n"
    (old / "fake.py").write_text(fake)
    python3 = old / "python3"
    python3.write_text(f'#!/bin/sh\nshift\nexec "{sys.executable}" -I "{old}/fake.py" "$@"\n')
    python3.chmod(0o755)
    command = (str(TOP / "hooks/fast.py"), "version-consistency")
    (old / "git").symlink_to(str(shutil.which("git")))
    monkeypatch.setenv("PATH", str(old))
    alone = subprocess.run(command, cwd=repository.path, capture_output=True, text=True, check=False)
    assert alone.returncode == 2
    assert alone.stderr.count("\n") == 1
    assert "Python 3.11 or later" in alone.stderr
    (old / "python3.12").symlink_to(sys.executable)
    helped = subprocess.run(command, cwd=repository.path, capture_output=True, text=True, check=False)
    assert (helped.returncode, helped.stderr) == (0, "")


def test_in_place_merges_and_pushes_are_judged_too(repository: Repository, tmp_path: Path) -> None:
    """The other files of the folder call the first, each for its own check."""
    repository.with_remote(tmp_path / "remote.git")
    in_place(repository)
    repository.git("switch", "--quiet", "--create", "theirs")
    repository.write(MODULE, BAD)
    repository.git("commit", "--no-verify", "--all", "--message=theirs")
    pushed = repository.tried("push", "origin", "theirs")
    assert pushed.returncode == 1
    assert f"theirs: {MODULE}:1: " in pushed.stderr
    repository.git("format-patch", "--quiet", "--output-directory", str(tmp_path / "mail"), "-1")
    repository.git("switch", "--quiet", "main")
    repository.git("commit", "--quiet", "--allow-empty", "--message=ours")
    for command in (("merge", "--no-edit", "theirs"), ("am", *map(str, (tmp_path / "mail").iterdir()))):
        refused = repository.tried(*command)
        assert refused.returncode != 0, command
        assert f"{MODULE}:1: __version__ is 1.2.4" in refused.stderr + refused.stdout
        repository.git(command[0], "--abort")


def test_a_workspace_of_prek_is_judged_as_a_whole(
    repository: Repository,
    hook_repository: Repository,
    caches: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """For a project below, prek starts the hook in that folder: the index is the same."""
    monkeypatch.setenv("PREK_HOME", caches["PREK_HOME"])
    source = f"  - repo: {hook_repository.path}\n    rev: {hook_repository.git('rev-parse', 'HEAD')}\n"
    repository.write(".pre-commit-config.yaml", "repos: []\n")
    repository.write(
        "below/.pre-commit-config.yaml", f"repos:\n{source}    hooks: [{{id: release-guard-fast}}]\n"
    )
    repository.git("add", "--all")
    subprocess.run(("prek", "install"), cwd=repository.path, check=True, capture_output=True)
    passed = repository.tried("commit", "--message=clean")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    repository.write(MODULE, BAD)
    repository.write("top.txt", secrets.pypi())
    repository.git("add", "--all")
    refused = repository.tried("commit", "--message=bad")
    said = refused.stdout + refused.stderr
    assert refused.returncode == 1
    assert f"{MODULE}:1: __version__ is 1.2.4" in said
    assert "top.txt:1: PyPI API token" in said


def test_a_push_is_judged_through_hook_managers(
    runner: str, repository: Repository, hook_repository: Repository, tmp_path: Path
) -> None:
    """They name one ref in variables: what it leads to is judged, and a new tag on a new commit."""
    repository.with_remote(tmp_path / "remote.git")
    repository.write(
        ".pre-commit-config.yaml",
        f"repos:\n  - repo: {hook_repository.path}\n    rev: {hook_repository.git('rev-parse', 'HEAD')}\n"
        "    hooks: [{id: version-consistency-push}]\n",
    )
    repository.commit()
    install = (runner, "install", "--hook-type", "pre-push")
    subprocess.run(install, cwd=repository.path, check=True, capture_output=True)
    passed = repository.tried("push", "origin", "main")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    repository.write(MODULE, BAD)
    repository.commit()
    refused = repository.tried("push", "origin", "main")
    assert refused.returncode == 1
    assert f"main: {MODULE}:1: __version__ is 1.2.4" in refused.stdout + refused.stderr
    repository.write(MODULE, GOOD)
    repository.commit()
    repository.git("tag", "v9.9")
    refused = repository.tried("push", "origin", "v9.9")
    assert refused.returncode == 1
    assert "refs/tags/v9.9: the tag says 9.9, but demo is 1.2.3 there" in refused.stdout + refused.stderr
