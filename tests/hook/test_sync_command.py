"""``version-sync`` in real repositories: the mirrors follow the source, on the disk only and all or none."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from release_async import hook
from support.repositories import Repository

PYPROJECT = '[project]\nname = "demo"\nversion = "1.3.0"  # the source\n'
LOCK = '[[package]]\nname = "demo"\nversion = "{}"\nsource = {{ editable = "." }}\n\n'
OTHER = '[[package]]\nname = "other"\nversion = "1.2.3"\n'
STALE = {
    "demo/__init__.py": '# for 1.2.3\r\n__version__ = "1.2.3"\r\nAPI = "1.2.3"\r\n',
    "uv.lock": LOCK.format("1.2.3") + OTHER,
    "package.json": '{"name": "demo", "version": "1.2.3", "engines": {"node": "1.2.3"}}',
    "Cargo.toml": '[package]\nname = "demo"\nversion = "1.2.3"\n\n[dependencies]\nserde = "1.2.3"\n',
}
Said = pytest.CaptureFixture[str]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A committed project whose source was raised and whose mirrors were forgotten; the test runs in it."""
    made = Repository.init(tmp_path / "a project")
    made.write("pyproject.toml", PYPROJECT)
    for path, content in STALE.items():
        made.write(path, content)
    made.commit()
    monkeypatch.chdir(made.path)
    return made


def contents(repository: Repository) -> dict[str, bytes]:
    """Every file of the work tree."""
    listed = repository.git("ls-files", "-co", "-z").split("\0")
    return {
        path: (repository.path / path).read_bytes() for path in listed if (repository.path / path).is_file()
    }


def test_every_mirror_follows_the_source_and_each_is_told(repository: Repository, capfd: Said) -> None:
    """One token of each file changes, no look-alike; then the agreement holds, and a second run is silent."""
    assert hook.main(["version-sync"]) == hook.REFUSED
    assert capfd.readouterr() == (
        "",
        (
            "Cargo.toml:3: 1.2.3 -> 1.3.0\n"
            "demo/__init__.py:2: 1.2.3 -> 1.3.0\n"
            "package.json:1: 1.2.3 -> 1.3.0\n"
            "uv.lock:3: 1.2.3 -> 1.3.0\n"
            "  git add Cargo.toml demo/__init__.py package.json uv.lock\n"
        ),
    )
    first = {path: content.replace("1.2.3", "1.3.0", 1).encode() for path, content in STALE.items()}
    first["demo/__init__.py"] = b'# for 1.2.3\r\n__version__ = "1.3.0"\r\nAPI = "1.2.3"\r\n'
    assert contents(repository) == {"pyproject.toml": PYPROJECT.encode(), **first}
    assert hook.main(["version-sync"]) == hook.PASSED
    repository.git("add", "--all")
    assert hook.main(["version-consistency"]) == hook.PASSED
    assert capfd.readouterr() == ("", "")


def test_nothing_is_staged_and_the_line_that_is_told_stages_it(repository: Repository, capfd: Said) -> None:
    """From a folder below too, whose paths are others."""
    before = repository.git("write-tree")
    os.chdir(repository.path / "demo")
    assert hook.main(["version-sync"]) == hook.REFUSED
    assert repository.git("write-tree") == before
    command = capfd.readouterr().err.splitlines()[-1].strip()
    assert command.startswith("git add :/Cargo.toml ")
    subprocess.run(("sh", "-c", command), check=True)
    assert repository.git("diff", "--name-only") == ""
    assert len(repository.git("diff", "--cached", "--name-only").split()) == len(STALE)


def test_the_disk_decides_and_not_the_index(repository: Repository) -> None:
    """A source that is not staged yet is the one that is meant."""
    repository.write("pyproject.toml", PYPROJECT.replace("1.3.0", "2.0"))
    assert hook.main(["version-sync"]) == hook.REFUSED
    assert '__version__ = "2.0"' in (repository.path / "demo/__init__.py").read_text()
    assert '"version": "2.0.0"' in (repository.path / "package.json").read_text()


def test_agreement_in_another_spelling_is_left_alone(repository: Repository) -> None:
    """As for the commit hook; where ``exact`` is set, the source's spelling is taken over."""
    for path in ("package.json", "Cargo.toml", "uv.lock"):
        (repository.path / path).unlink()
    repository.write("demo/__init__.py", '__version__ = "1.3"\n')
    assert hook.main(["version-sync"]) == hook.PASSED
    repository.write("pyproject.toml", f"{PYPROJECT}[tool.release-async]\nexact = true\n")
    assert hook.main(["version-sync"]) == hook.REFUSED
    assert (repository.path / "demo/__init__.py").read_text() == '__version__ = "1.3.0"\n'


def test_what_no_edit_can_mend_is_named_and_stays(repository: Repository, capfd: Said) -> None:
    """A form without words for the version, and a file made from a template; the others are set."""
    repository.write("pyproject.toml", PYPROJECT.replace("1.3.0", "1.3.0.post1"))
    repository.write("demo/__init__.py.in", '__version__ = "@VERSION@"\n')
    repository.write("demo/__init__.py", '# from __init__.py.in\n__version__ = "1.2.3"\n')
    before = contents(repository)
    assert hook.main(["version-sync"]) == hook.REFUSED
    said = capfd.readouterr().err
    after = contents(repository)
    assert [path for path in before if after[path] != before[path]] == ["uv.lock"]
    assert "demo/__init__.py:2: demo/__init__.py is generated from demo/__init__.py.in" in said
    assert "package.json:1: " in said
    assert "Cargo.toml:3: " in said
    assert hook.main(["version-sync"]) == hook.COULD_NOT_CHECK, "the rest is still wrong"
    assert contents(repository) == after


def test_a_generated_file_is_named_and_stays(repository: Repository, capfd: Said) -> None:
    """Its generator would undo the edit."""
    generated = '# automatically generated\n__version__ = "1.2.3"\n'
    repository.write("demo/__init__.py", generated)
    assert hook.main(["version-sync"]) == hook.REFUSED
    said = capfd.readouterr().err
    assert (
        "demo/__init__.py:2: __version__ is 1.2.3, but project.version in pyproject.toml:3 is 1.3.0" in said
    )
    assert "demo/__init__.py is generated: generate it again" in said
    assert "git add Cargo.toml package.json uv.lock" in said
    assert (repository.path / "demo/__init__.py").read_text() == generated


def test_what_only_running_code_could_tell_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Said
) -> None:
    """There is no source to set anything from: that is said, and is no failure."""
    made = Repository.init(tmp_path / "computed")
    made.write("setup.py", "from setuptools import setup\nsetup(name='demo', version=computed())\n")
    monkeypatch.chdir(made.path)
    assert hook.main(["version-sync"]) == hook.PASSED
    assert "setup.py:2: not checked, because" in capfd.readouterr().err


def test_a_group_follows_its_first_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Said
) -> None:
    """The sources and exact pins of the others are mirrors of it; projects outside the group are not."""
    made = Repository.init(tmp_path / "group")
    made.write("pyproject.toml", '[tool.release-async]\ngroup = ["packages/*"]\n')
    project = '[project]\nname = "{}"\nversion = "{}"\ndependencies = [{}]\n'
    made.write("packages/a/pyproject.toml", project.format("a", "2.0", '"b == 1.0", "c == 1.0"'))
    made.write("packages/b/pyproject.toml", project.format("b", "1.0", ""))
    made.write("c/pyproject.toml", project.format("c", "1.0", ""))
    monkeypatch.chdir(made.path)
    assert hook.main(["version-sync"]) == hook.REFUSED
    assert capfd.readouterr().err.splitlines() == [
        "packages/a/pyproject.toml:4: 1.0 -> 2.0",
        "packages/b/pyproject.toml:3: 1.0 -> 2.0",
        "  git add packages/a/pyproject.toml packages/b/pyproject.toml",
    ]
    assert hook.main(["version-sync"]) == hook.PASSED


def broken(repository: Repository) -> str:
    """A file that cannot be read."""
    repository.write("pyproject.toml", PYPROJECT + "[tool\n")
    return "pyproject.toml:4: is not valid TOML"


def no_version(repository: Repository) -> str:
    """A source that states none."""
    repository.write("pyproject.toml", PYPROJECT.replace("1.3.0", "soon"))
    return "pyproject.toml:3: "


def conflict(repository: Repository) -> str:
    """The marks of a merge in a mirror."""
    repository.write(
        "demo/__init__.py", f"<<<<<<< ours\n{STALE['demo/__init__.py']}=======\n>>>>>>> theirs\n"
    )
    return "demo/__init__.py"


def linked(repository: Repository) -> str:
    """A mirror that is a symbolic link to another file."""
    path = repository.path / "demo/__init__.py"
    path.rename(repository.path / "elsewhere.py")
    path.symlink_to("../elsewhere.py")
    return "demo/__init__.py is reached by a link"


def hard_linked(repository: Repository) -> str:
    """A mirror that has another name outside."""
    (repository.path.parent / "outside").hardlink_to(repository.path / "demo/__init__.py")
    return "demo/__init__.py has another name"


def sparse(repository: Repository) -> str:
    """A mirror that a sparse checkout leaves out."""
    repository.git("sparse-checkout", "set", "--cone", "elsewhere")
    assert not (repository.path / "demo").exists()
    return "demo/__init__.py is not on the disk"


def closed(repository: Repository) -> str:
    """A mirror that is read-only, the last of all."""
    (repository.path / "uv.lock").chmod(0o444)
    return "uv.lock is read-only"


@pytest.mark.parametrize(
    "odd", [broken, no_version, conflict, linked, hard_linked, sparse, closed], ids=lambda odd: odd.__name__
)
def test_what_cannot_be_judged_or_written_changes_nothing(
    repository: Repository, odd: Callable[[Repository], str], capfd: Said
) -> None:
    """All files or none, with the reason; and no word of a commit, since none was asked for."""
    expected = odd(repository)
    before = contents(repository)
    assert hook.main(["version-sync"]) == hook.COULD_NOT_CHECK
    said = capfd.readouterr().err
    assert expected in said
    assert "--no-verify" not in said
    assert contents(repository) == before


def test_what_states_no_version_itself_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Said
) -> None:
    """A version from the tag, and a repository without any project: nothing is to do."""
    made = Repository.init(tmp_path / "tagged")
    monkeypatch.chdir(made.path)
    assert hook.main(["version-sync"]) == hook.PASSED
    made.write(
        "pyproject.toml",
        '[build-system]\nrequires = ["setuptools-scm"]\n[project]\nname = "demo"\ndynamic = ["version"]\n'
        "[tool.setuptools_scm]\n",
    )
    assert hook.main(["version-sync"]) == hook.PASSED
    assert capfd.readouterr() == ("", "")


def test_modes_and_neighbours_stay(repository: Repository) -> None:
    """A program stays one, and no file of ours is left behind."""
    path = repository.path / "demo/__init__.py"
    path.chmod(0o755)
    names = sorted(contents(repository))
    assert hook.main(["version-sync"]) == hook.REFUSED
    assert stat.S_IMODE(path.stat().st_mode) == 0o755
    assert sorted(contents(repository)) == names


def test_it_imports_the_standard_library_only(repository: Repository) -> None:
    """It runs in environments that hold nothing else, and as fast as the others."""
    program = (
        "import sys; bare = set(sys.modules); from release_async.hook import main;"
        "code = main(['version-sync']); loaded = sorted(set(sys.modules) - bare);"
        "import json; print(json.dumps([code, loaded]))"
    )
    command = (sys.executable, "-I", "-c", program)
    answer = subprocess.run(command, cwd=repository.path, capture_output=True, text=True, check=True)
    code, loaded = json.loads(answer.stdout)
    assert code == hook.REFUSED
    assert not {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names - {"release_async"}
    assert not {"argparse", "asyncio", "dataclasses", "inspect", "pathlib", "tempfile"}.intersection(loaded)
