"""Commits that no hook has seen, judged in CI."""

import re
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from release_async import hook
from release_async.base.problems import refuse
from release_async.hook import ci_commit_range
from support import secrets
from support.repositories import Repository

Said = pytest.CaptureFixture[str]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A project with one good commit; the test runs in it."""
    made = Repository.init(tmp_path / "project")
    made.write("pyproject.toml", '[project]\nname = "demo"\nversion = "1.0"\n')
    made.write("demo.py", '__version__ = "1.0"\n')
    made.commit()
    monkeypatch.chdir(made.path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return made


def test_a_secret_in_any_commit_is_refused(repository: Repository, capfd: Said) -> None:
    """Also where a later one takes it out again: history keeps it."""
    token = secrets.pypi()
    repository.write("a.txt", f"x\n{token}\n")
    bad = repository.commit()
    repository.write("a.txt", "x\n")
    repository.commit()
    assert hook.main(["ci", "HEAD~2..HEAD"]) == hook.REFUSED
    said = capfd.readouterr().err
    assert f"{bad[:12]}: a.txt:2: PyPI API token" in said
    assert token[9:] not in said
    assert hook.main(["ci"]) == hook.PASSED


def test_an_env_file_in_a_first_commit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no parent: everything is new."""
    fresh = Repository.init(tmp_path / "fresh")
    fresh.write(".env", "A=1\n")
    fresh.commit()
    monkeypatch.chdir(fresh.path)
    assert hook.main(["ci"]) == hook.REFUSED
    assert hook.main(["ci", "HEAD"]) == hook.REFUSED


def test_versions_count_at_the_end_of_the_range(repository: Repository, capfd: Said) -> None:
    """A correction on the way is welcome; what is still wrong at the end is refused, and told once."""
    repository.write("demo.py", '__version__ = "2.0"\n')
    repository.commit()
    repository.write("other.txt", "x\n")
    last = repository.commit()
    assert hook.main(["ci", "HEAD~2..HEAD"]) == hook.REFUSED
    said = capfd.readouterr().err
    assert said.count("__version__ is 2.0") == 1
    assert f"{last[:12]}: demo.py:1: " in said
    repository.write("demo.py", '__version__ = "1.0"\n')
    repository.commit()
    assert hook.main(["ci", "HEAD~3..HEAD"]) == hook.PASSED
    assert "__version__ is 2.0" in capfd.readouterr().err


def test_a_merge_is_not_blamed_for_its_sides(repository: Repository, capfd: Said) -> None:
    """It adds what neither side had; the side's own commit is named."""
    repository.git("switch", "--quiet", "--create", "side")
    repository.write("a.txt", secrets.pypi())
    side = repository.commit()
    repository.git("switch", "--quiet", "main")
    repository.write("b.txt", "x\n")
    base = repository.commit()
    repository.git("merge", "--quiet", "--no-edit", "side")
    assert hook.main(["ci", f"{base}..HEAD"]) == hook.REFUSED
    said = capfd.readouterr().err
    assert said.count("PyPI API token") == 1
    assert f"{side[:12]}: a.txt:1: " in said


def test_every_commit_has_its_own_list(repository: Repository, capfd: Said) -> None:
    """A hash that was listed with its secret stays good; one that comes later mends no published commit."""
    secret = secrets.github()
    repository.write("a.txt", secret)
    repository.write(".release-async-secrets", f"{sha256(secret.encode()).hexdigest()}\n")
    listed = repository.commit()
    repository.write("b.txt", secrets.github())
    late = repository.commit()
    assert hook.main(["ci", f"{listed}^!"]) == hook.PASSED
    assert hook.main(["ci", f"{listed}..HEAD"]) == hook.REFUSED
    digest = re.search("staged: ([0-9a-f]{64})", capfd.readouterr().err)
    assert digest
    repository.write(".release-async-secrets", f"{digest[1]}\n")
    repository.commit()
    assert hook.main(["ci", f"{listed}..HEAD"]) == hook.REFUSED
    assert f"{late[:12]}: b.txt:1: " in capfd.readouterr().err


def test_github_marks_the_line(repository: Repository, monkeypatch: pytest.MonkeyPatch, capfd: Said) -> None:
    """One workflow command for each problem, in which no name ends the command early."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    repository.write("odd,a:b%.txt", f"\n{secrets.pypi()}\n")
    bad = repository.commit()
    assert hook.main(["ci"]) == hook.REFUSED
    [line] = capfd.readouterr().out.splitlines()
    start = "::error file=odd%2Ca%3Ab%25.txt,line=2,title=release-async::"
    assert line.startswith(
        f"{start}{bad[:12]}: odd,a:b%25.txt:2: PyPI API token (pypi-AgEI..., 200 characters). Remove"
    )
    assert "%0A" in line


def test_what_the_clone_does_not_hold_cannot_be_judged(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Said
) -> None:
    """A shallow clone would blame its first commit for everything; an unknown range is no empty one."""
    repository.write("a.txt", "x\n")
    repository.commit()
    subprocess.run(
        ("git", "clone", "--quiet", "--depth=1", f"file://{repository.path}", str(tmp_path / "shallow")),
        check=True,
    )
    monkeypatch.chdir(tmp_path / "shallow")
    for words in ([], ["HEAD"], ["nowhere..HEAD"], ["--all"]):
        assert hook.main(["ci", *words]) == hook.COULD_NOT_CHECK, words
    assert "fetch-depth: 0" in capfd.readouterr().err


def test_an_annotation_is_one_command_and_no_escape() -> None:
    """What a path or a message holds ends no line, begins no other command, and moves no cursor."""
    odd = refuse("50% \x1b]0;owned\x07\n::add-mask::x", cure="so", where="a\x1b[31m,b:c:7")
    (line,) = ci_commit_range.annotations([ci_commit_range.LocatedProblem(odd, "a\x1b[31m,b:c\r", "7")])
    assert line.isprintable()
    assert line.startswith("::error file=a")
    assert "%0A::add-mask" in line
    assert "50%25" in line
    assert ",b" not in line.partition(",line=7")[0]
