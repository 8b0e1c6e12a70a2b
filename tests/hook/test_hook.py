"""What the hook says and answers, and what it costs to import."""

import gc
import json
import subprocess
import sys
from pathlib import Path

import pytest

from release_async import hook
from release_async.repository import snapshot
from support.repositories import Repository
from support.sample import write_sample

PYPROJECT = '[project]\nname = "demo"\nversion = "1.0"\n'
FORBIDDEN = {
    "argparse", "asyncio", "anyio", "trio", "rich", "tomlkit", "packaging", "importlib.metadata", "json",
    "dataclasses", "inspect", "pathlib", "logging", "dotenv", "tokenize", "shlex", "difflib", "email",
    "tempfile", "urllib", "release_async.cli.main", "release_async.release.step_runner",
    "typing", "subprocess", "tomllib", "ast", "re", "enum", "collections", "functools", "contextlib", "types",
}  # fmt: skip
MOST_MODULES = 40
"""Over a bare interpreter: ours are 29 with the rooms they are in, and a ``setup.py`` needs some more."""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A staged project that agrees; the test runs in it."""
    made = Repository.init(tmp_path / "project")
    made.write("pyproject.toml", PYPROJECT)
    made.write("demo/__init__.py", '__version__ = "1.0"\n')
    made.git("add", "--all")
    monkeypatch.chdir(made.path)
    return made


def test_agreement_is_silent(repository: Repository, capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing to read where nothing is to do, another spelling included."""
    assert hook.main(["version-consistency"]) == hook.PASSED
    repository.write("demo/__init__.py", '__version__ = "1.0.0"\n')
    repository.git("add", "--all")
    assert hook.main(["version-consistency"]) == hook.PASSED
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("repository")
def test_garbage_is_collected_as_before_where_python_goes_on() -> None:
    """The hook looks for none, since its process ends; another process that calls it is left as it was."""
    assert hook.main(["version-consistency"]) == hook.PASSED
    assert gc.isenabled()
    gc.disable()
    try:
        assert hook.main(["nothing of that name"]) == hook.COULD_NOT_CHECK
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_refusal_shows_every_place_and_one_command(
    repository: Repository, capfd: pytest.CaptureFixture[str]
) -> None:
    """Lines that an editor can open, what mends all of them and stages it, and how it goes on from there."""
    repository.write("demo/__init__.py", '__version__ = "1.1"\nVERSION = "1.2"\n')
    repository.git("add", "--all")
    assert hook.main(["version-consistency"]) == hook.REFUSED
    out, err = capfd.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "demo/__init__.py:1: __version__ is 1.1, but project.version in pyproject.toml:3 is 1.0",
        "demo/__init__.py:2: VERSION is 1.2, but project.version in pyproject.toml:3 is 1.0",
        "  release-async bump 1.0 && git add pyproject.toml demo/__init__.py",
        "  If you mean another version, name it instead.",
        "release-async: nothing was committed. Fix the problems above, then commit again.",
    ]


def test_a_broken_file_is_refused_with_its_line(
    repository: Repository, capfd: pytest.CaptureFixture[str]
) -> None:
    """What cannot be read is not taken for agreement."""
    repository.write("pyproject.toml", PYPROJECT + "[tool\n")
    repository.git("add", "--all")
    assert hook.main(["version-consistency"]) == hook.REFUSED
    said = capfd.readouterr().err
    assert said.startswith("pyproject.toml:4: is not valid TOML")
    assert "another version" not in said
    assert said.endswith(
        "\nrelease-async: nothing was committed. Fix the problems above, then commit again.\n"
    )


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "version-consistency"),
        (["version-consistancy"], "Did you mean version-consistency?"),
        (["\x1b[2J"], "'\\x1b[2J'"),
        (["version-consistency", "file"], "one of: version-consistency"),
    ],
)
def test_an_unknown_name_lists_the_hooks(
    argv: list[str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """A typing error in a configuration never passes commits."""
    assert hook.main(argv) == hook.COULD_NOT_CHECK
    assert said in capfd.readouterr().err


def test_what_cannot_be_judged_names_the_way_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Fails closed, says why in git's words, and how to commit all the same."""
    monkeypatch.chdir(tmp_path)
    assert hook.main(["version-consistency"]) == hook.COULD_NOT_CHECK
    said = capfd.readouterr().err
    assert "fatal: not a git repository" in said
    assert "git commit --no-verify" in said


def test_a_conflict_is_left_to_git(repository: Repository, capfd: pytest.CaptureFixture[str]) -> None:
    """Git itself refuses such a commit, so there is nothing to judge; it is said all the same."""
    repository.commit()
    oid = repository.git("rev-parse", "HEAD:pyproject.toml")
    repository.git("update-index", "--force-remove", "pyproject.toml")
    lines = "".join(f"100644 {oid} {stage}\tpyproject.toml\n" for stage in (1, 2, 3))
    subprocess.run(("git", "update-index", "--index-info"), input=lines, text=True, check=True)
    assert hook.main(["version-consistency"]) == hook.PASSED
    assert capfd.readouterr().err.startswith("pyproject.toml: unmerged, so nothing is checked")


def test_our_own_faults_are_no_tracebacks(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Even then the commit does not pass unseen."""

    def broken(root: str, meanwhile: object) -> snapshot.Snapshot:
        raise RuntimeError(f"{root}\x1b[2J {meanwhile}")

    monkeypatch.setattr(snapshot, "index", broken)
    assert hook.main(["version-consistency"]) == hook.COULD_NOT_CHECK
    said = capfd.readouterr().err
    assert "a bug in the hook: RuntimeError" in said
    assert "\x1b" not in said
    assert "Traceback" not in said
    assert repository.path.exists()


@pytest.mark.parametrize("with_setup", [False, True])
def test_the_hook_imports_little(repository: Repository, *, with_setup: bool) -> None:
    """Imports are what a commit pays for: the standard library only, and little of it.

    So it is in the common case: metadata and a module that are plain, with or without a ``setup.py``.
    """
    if with_setup:
        write_sample(repository.path)
        repository.git("add", "--all")
    program = (
        "import sys; bare = set(sys.modules); from release_async.hook import main;"
        "code = main(['version-consistency']); loaded = set(sys.modules) - bare;"
        "import json; print(json.dumps([code, sorted(loaded)]))"
    )
    answered = subprocess.run(
        (sys.executable, "-I", "-c", program), capture_output=True, text=True, check=True
    )
    code, loaded = json.loads(answered.stdout)
    assert code == hook.PASSED
    assert not FORBIDDEN.intersection(loaded)
    foreign = {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names - {"release_async"}
    assert not foreign
    assert with_setup == ("_ast" in loaded)
    assert len(loaded) <= MOST_MODULES, loaded
    assert repository.path.exists()


def test_nothing_of_the_project_is_imported(repository: Repository) -> None:
    """A ``tomllib.py`` or a ``release_async`` in the repository that is judged is never run."""
    repository.write("tomllib.py", "raise SystemExit(77)\n")
    repository.write("release_async/__init__.py", "raise SystemExit(77)\n")
    repository.write("demo/__init__.py", '__version__ = "1.0"\nraise SystemExit(77)\n')
    repository.write("setup.py", "raise SystemExit(77)\n")
    repository.git("add", "--all")
    entry = "from release_async.hook import main; raise SystemExit(main(['version-consistency']))"
    for command in (
        ("-I", "-c", entry),
        (str(Path(sys.executable).with_name("release-async")), "hook", "version-consistency"),
    ):
        assert subprocess.run((sys.executable, *command), check=False, cwd=repository.path).returncode == 0
