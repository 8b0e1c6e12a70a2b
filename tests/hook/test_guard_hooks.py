"""What the guards say of a commit, through git's door, and that they never say a secret."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from release_async import hook
from release_async.repository import changed_files
from support import secrets
from support.repositories import Repository

PASSED, REFUSED, COULD_NOT_CHECK = hook.PASSED, hook.REFUSED, hook.COULD_NOT_CHECK
Said = pytest.CaptureFixture[str]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A repository with one commit; the test runs in it."""
    made = Repository.init(tmp_path / "project")
    made.write("README.md", "read me\n")
    made.commit()
    monkeypatch.chdir(made.path)
    return made


def staged(repository: Repository, **contents: str) -> None:
    """Stage files; ``__`` in a name stands for a dot."""
    for name, content in contents.items():
        repository.write(name.replace("__", "."), content)
        repository.git("add", "--force", name.replace("__", "."))


def test_a_token_is_refused_in_words_that_help(repository: Repository, capfd: Said) -> None:
    """A line that an editor opens, then what to do: take it out, revoke it, or say that it may stay."""
    token = secrets.pypi(180)
    staged(repository, deploy__sh=f"#!/bin/sh\n\nupload {token}\n")
    assert hook.main(["no-publish-tokens"]) == REFUSED
    out, err = capfd.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "deploy.sh:3: PyPI API token (pypi-AgEI..., 200 characters)",
        (
            "  Remove it, then: git add deploy.sh. If it ever left this machine, revoke it at PyPI: "
            "Account settings, API tokens."
        ),
        "  If it may stay, mark its line: release-async: allow-secret",
        f"  or list its hash in .release-async-secrets, staged: {sha256(token.encode()).hexdigest()}",
    ]


@pytest.mark.parametrize("make", [secrets.pypi, secrets.github, secrets.aws, secrets.private_key])
def test_the_hash_that_is_told_lets_the_secret_stay(
    repository: Repository, capfd: Said, make: Callable[[], str]
) -> None:
    """Listed and staged, that secret passes wherever it stands, and no other does; the disk is not asked."""
    secret = make()
    staged(repository, a__txt=f"key: {secret}\n")
    assert hook.main(["no-publish-tokens"]) == REFUSED
    listing = capfd.readouterr().err.splitlines()[-1]
    told = re.fullmatch(r"  or list its hash in (\S+), staged: ([0-9a-f]{64})", listing)
    assert told
    repository.write(told[1], f"# harmless\n{told[2]}\n")
    assert hook.main(["no-publish-tokens"]) == REFUSED, "the list is not staged"
    repository.git("add", told[1])
    assert hook.main(["no-publish-tokens"]) == PASSED
    (repository.path / told[1]).unlink()
    staged(repository, b__bin=secret.replace("\n", "\r\n"))
    assert hook.main(["release-guard"]) == PASSED
    capfd.readouterr()
    staged(repository, c__txt=make())
    assert hook.main(["no-publish-tokens"]) == REFUSED
    assert re.findall(r"^\S+:", capfd.readouterr().err, flags=re.MULTILINE) == ["c.txt:1:"]


def test_a_line_of_the_list_that_is_no_hash_is_told_and_not_shown(
    repository: Repository, capfd: Said
) -> None:
    """Who pastes the token itself is stopped, and nobody reads it in a log."""
    token, password = secrets.pypi(), secrets.characters(20)
    repository.write(".release-async-secrets", f"# why\n{token}\n{password}\n")
    repository.git("add", ".release-async-secrets")
    assert hook.main(["no-publish-tokens"]) == REFUSED
    said = capfd.readouterr().err
    assert said.count(".release-async-secrets:2: no SHA-256 hash") == 1
    assert said.count(".release-async-secrets:3: no SHA-256 hash") == 1
    assert ".release-async-secrets:2: PyPI API token" in said
    assert token[20:] not in said
    assert password not in said


def test_a_password_cannot_be_listed(repository: Repository, capfd: Said) -> None:
    """Its hash would let anyone try words against it, so it is neither told nor taken."""
    password = secrets.characters(20)
    digest = sha256(password.encode()).hexdigest()
    repository.write(".release-async-secrets", f"{digest}\n")
    repository.git("add", ".release-async-secrets")
    staged(repository, ci__yml=f"TWINE_PASSWORD: {password}\n")
    assert hook.main(["no-publish-tokens"]) == REFUSED
    said = capfd.readouterr().err
    assert "release-async: allow-secret" in said
    assert "hash" not in said
    assert digest not in said


def test_only_what_the_commit_adds_is_judged(repository: Repository, capfd: Said) -> None:
    """What stands in HEAD blocks nothing; nor does what lies on the disk alone."""
    token = secrets.pypi()
    staged(repository, a__txt=f"x = {token}\n")
    repository.git("commit", "--quiet", "--no-verify", "--message=bad")
    staged(repository, a__txt=f"a correction\nx = {token}\n")
    repository.write("b.txt", secrets.pypi())
    assert hook.main(["no-publish-tokens"]) == PASSED
    repository.git("rm", "--quiet", "--force", "a.txt")
    assert hook.main(["no-publish-tokens"]) == PASSED
    assert capfd.readouterr() == ("", "")


def test_a_staged_token_is_found_though_the_disk_is_clean(repository: Repository, capfd: Said) -> None:
    """The index is what is committed."""
    staged(repository, a__txt=secrets.pypi())
    repository.write("a.txt", "clean\n")
    assert hook.main(["no-publish-tokens"]) == REFUSED
    assert "a.txt:1: " in capfd.readouterr().err


def test_an_env_file_is_refused_by_name(repository: Repository, capfd: Said) -> None:
    """With the one command that mends it."""
    staged(repository, __env="HARMLESS=1\n", __env__example="HARMLESS=\n")
    assert hook.main(["no-env-files"]) == REFUSED
    assert capfd.readouterr().err.splitlines() == [
        ".env: a file for secrets",
        "  git rm --cached -- .env, and list it in .gitignore.",
    ]


def test_the_projects_own_words_for_examples_pass(repository: Repository, capfd: Said) -> None:
    """As the commit has them: what is on the disk alone opens nothing, and a wrong setting is told."""
    setting = "[tool.release-async]\nenv-examples = {}\n"
    staged(repository, __env__fixture="A=1\n")
    repository.write("pyproject.toml", setting.format('["fixture"]'))
    assert hook.main(["no-env-files"]) == REFUSED
    repository.git("add", "pyproject.toml")
    (repository.path / "pyproject.toml").unlink()
    assert hook.main(["no-env-files"]) == PASSED
    staged(repository, __env="A=1\n")
    assert hook.main(["no-env-files"]) == REFUSED
    repository.git("rm", "--quiet", "--cached", ".env")
    capfd.readouterr()
    staged(repository, pyproject__toml=setting.format('"fixture"'))
    assert hook.main(["no-env-files"]) == COULD_NOT_CHECK
    assert "env-examples is not a list of words" in capfd.readouterr().err
    staged(repository, pyproject__toml=setting.format("[["))
    assert hook.main(["no-env-files"]) == REFUSED


def test_an_env_file_may_be_deleted_and_left_alone(repository: Repository, capfd: Said) -> None:
    """Only a change of it is refused, and then history is mentioned."""
    staged(repository, __env="A=1\n")
    repository.git("commit", "--quiet", "--message=bad")
    staged(repository, other__txt="x\n")
    assert hook.main(["no-env-files"]) == PASSED
    staged(repository, __env="A=2\n")
    assert hook.main(["no-env-files"]) == REFUSED
    assert "stays in the history" in capfd.readouterr().err
    repository.git("rm", "--quiet", "--cached", ".env")
    assert hook.main(["no-env-files"]) == PASSED


def test_an_example_is_searched_for_tokens(repository: Repository, capfd: Said) -> None:
    """Who fills in the example by mistake is stopped."""
    staged(repository, __env__example=f"PYPI_API_TOKEN={secrets.pypi()}\n")
    assert hook.main(["no-env-files"]) == PASSED
    assert hook.main(["no-publish-tokens"]) == REFUSED
    assert ".env.example:1: PyPI API token" in capfd.readouterr().err


def test_release_guard_is_all_of_them(repository: Repository, capfd: Said) -> None:
    """One process tells everything that is wrong, and the heaviest answer wins."""
    assert hook.main(["release-guard"]) == PASSED
    staged(
        repository,
        __env="A=1\n",
        a__txt=secrets.aws(),
        pyproject__toml='[project]\nname = "demo"\nversion = "1.0"\n',
        demo__py='__version__ = "2.0"\n',
    )
    assert hook.main(["release-guard"]) == REFUSED
    said = capfd.readouterr().err
    assert re.findall(r"^\S+:", said, flags=re.MULTILINE) == [
        ".env:",
        "a.txt:1:",
        "demo.py:1:",
        "release-async:",
    ]


def test_a_merge_brings_what_the_other_side_had(repository: Repository, capfd: Said) -> None:
    """Old findings of another branch block no merge; what the merge itself adds does."""
    repository.git("switch", "--quiet", "--create", "side")
    staged(repository, a__txt=secrets.pypi(), __env="A=1\n")
    repository.git("commit", "--quiet", "--message=bad")
    repository.git("switch", "--quiet", "main")
    repository.git("commit", "--quiet", "--allow-empty", "--message=ours")
    repository.git("merge", "--quiet", "--no-commit", "side")
    assert hook.main(["no-publish-tokens"]) == PASSED
    assert hook.main(["no-env-files"]) == PASSED
    staged(repository, evil__txt=secrets.pypi())
    assert hook.main(["no-publish-tokens"]) == REFUSED
    assert "evil.txt" in capfd.readouterr().err


def test_a_squash_is_judged_as_a_whole(repository: Repository, capfd: Said) -> None:
    """It is a new commit of everything."""
    repository.git("switch", "--quiet", "--create", "side")
    staged(repository, a__txt=secrets.pypi())
    repository.git("commit", "--quiet", "--message=bad")
    repository.git("switch", "--quiet", "main")
    repository.git("merge", "--quiet", "--squash", "side")
    assert hook.main(["no-publish-tokens"]) == REFUSED
    assert "a.txt" in capfd.readouterr().err


def test_old_history_that_is_made_anew_is_warned_about(repository: Repository, capfd: Said) -> None:
    """A cherry-pick did not make it worse; what its resolution adds is refused."""
    repository.git("switch", "--quiet", "--create", "side")
    token = secrets.pypi()
    staged(repository, README__md=f"side {token}\n", __env="A=1\n")
    repository.git("commit", "--quiet", "--message=bad")
    repository.git("switch", "--quiet", "main")
    staged(repository, README__md="ours\n")
    repository.git("commit", "--quiet", "--message=ours")
    assert repository.tried("cherry-pick", "side").returncode != 0
    staged(repository, README__md=f"side {token}\n")
    assert hook.main(["no-publish-tokens"]) == PASSED
    assert "as in the commit being replayed" in capfd.readouterr().err
    assert hook.main(["no-env-files"]) == PASSED
    assert "as in the commit being replayed" in capfd.readouterr().err
    staged(repository, README__md=f"side {token}\n{secrets.pypi()}\n")
    assert hook.main(["no-publish-tokens"]) == REFUSED


def test_what_is_too_large_is_told(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, capfd: Said
) -> None:
    """It passes, and nobody believes that it was searched."""
    monkeypatch.setattr(changed_files, "LARGEST", 1000)
    staged(repository, huge__bin=secrets.pypi(2000))
    assert hook.main(["no-publish-tokens"]) == PASSED
    assert "huge.bin: larger than" in capfd.readouterr().err


def test_odd_names_are_printed_harmlessly(repository: Repository, capfd: Said) -> None:
    """No name moves a cursor."""
    name = "\x1b[2J\nodd.sh"
    repository.write(name, secrets.pypi())
    repository.git("add", "--all")
    assert hook.main(["no-publish-tokens"]) == REFUSED
    said = capfd.readouterr().err
    assert "\x1b" not in said
    assert r"\x1b[2J\nodd.sh:1: " in said


def test_the_cure_can_be_typed(repository: Repository, capfd: Said) -> None:
    """A name with a space is quoted as a shell wants it."""
    repository.write("my folder/.env", "A=1\n")
    repository.git("add", "--all")
    assert hook.main(["no-env-files"]) == REFUSED
    assert "git rm --cached -- 'my folder/.env'," in capfd.readouterr().err


def test_garbage_everywhere_is_judged(repository: Repository) -> None:
    """Whatever bytes the files hold."""
    for number in range(40):
        repository.write(f"{number}.npmrc", os.urandom(2000))
    repository.git("add", "--all")
    assert hook.main(["release-guard"]) == PASSED


def test_outside_a_repository_nothing_can_be_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Said
) -> None:
    """Fails closed, with the way round."""
    monkeypatch.chdir(tmp_path)
    for name in ("no-publish-tokens", "no-env-files", "release-guard"):
        assert hook.main([name]) == COULD_NOT_CHECK
        assert "git commit --no-verify" in capfd.readouterr().err


def test_a_secret_is_in_no_output_and_no_new_file(repository: Repository) -> None:
    """Not a tenth of it, on any stream, in any file, also where a traceback could show it."""
    canaries = [secrets.pypi(), secrets.github(), secrets.aws(), secrets.characters(20)]
    staged(
        repository,
        a__txt="\n".join(canaries[:3]) + secrets.private_key(),
        b__yml=f"TWINE_PASSWORD: {canaries[3]}\n",
    )
    before = {path for path in repository.path.rglob("*") if path.is_file()}
    done = subprocess.run(
        (str(Path(sys.executable).with_name("release-async")), "hook", "release-guard"),
        env={**os.environ, "PYTHONVERBOSE": "", "PYTHONDEVMODE": "1", "GIT_TRACE": "2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == REFUSED
    assert done.stderr.count(" characters)") == 4
    for canary in canaries:
        body = canary[len(canary) // 2 :]
        assert not any(body[at : at + 6] in done.stdout + done.stderr for at in range(len(body) - 6))
    assert {path for path in repository.path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", ["no-publish-tokens", "no-env-files", "release-guard"])
def test_the_guards_import_the_standard_library_only(repository: Repository, name: str) -> None:
    """What every commit pays for stays small."""
    program = (
        "import sys; bare = set(sys.modules); from release_async.hook import main;"
        f"code = main(['{name}']); loaded = set(sys.modules) - bare; print(code, *sorted(loaded))"
    )
    command = (sys.executable, "-I", "-c", program)
    answer = subprocess.run(command, cwd=repository.path, capture_output=True, text=True, check=True)
    code, *loaded = answer.stdout.split()
    assert code == "0"
    foreign = {module.partition(".")[0] for module in loaded} - sys.stdlib_module_names - {"release_async"}
    assert not foreign
    assert not {"argparse", "asyncio", "dataclasses", "inspect", "pathlib", "json", "shlex"}.intersection(
        loaded
    )
