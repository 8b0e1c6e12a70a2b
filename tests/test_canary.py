"""The search for secrets finds them wherever a test could leak one, and leaves in peace what is no leak."""

import ast
import json
import os
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import canary, secrets
from support.publishers import AUDIENCE, Publishers, forge

TESTS = Path(__file__).parent
LEAKING = """
import base64, logging, os, subprocess, sys
from pathlib import Path
from support import canary, secrets
from support.repositories import Repository

def test_prints():
    print(secrets.pypi())

def test_logs():
    logging.warning(secrets.github())

def test_fails_and_prints():
    print(secrets.aws())
    raise AssertionError

def test_takes_what_was_printed(capsys):
    print(secrets.private_key(), file=sys.stderr)
    capsys.readouterr()

def test_has_a_child_that_tells():
    subprocess.run([sys.executable, "-c", f"print({secrets.characters(40)!r})"], capture_output=True)

def test_has_a_hook_that_tells(tmp_path):
    repository = Repository.init(tmp_path)
    repository.write(".git/hooks/pre-commit", f"#!/bin/sh\\necho {secrets.github()}\\n").chmod(0o755)
    canary.plant(tmp_path / ".git/hooks/pre-commit")
    repository.tried("-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "--allow-empty", "-mx")

def test_leaves_a_file(tmp_path):
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "run.log").write_text(f"x{secrets.pypi()}x")

def test_changes_what_it_planted(tmp_path):
    path = Repository(tmp_path).write(".env", secrets.pypi())
    path.write_bytes(path.read_bytes() + b" ")

def test_leaves_a_header(tmp_path):
    (tmp_path / "cache").write_bytes(base64.b64encode(f"someone:{secrets.characters(40)}".encode()))

def test_leaves_a_journal(tmp_path):
    Repository.init(tmp_path).write(".git/release-async/1/journal.jsonl", secrets.pypi())

def test_leaves_a_verdict(tmp_path):
    Repository.init(tmp_path).write(".git/release-async-verdicts", secrets.pypi())
"""
CLEAN = """
def test_plants_and_commits(tmp_path):
    repository = Repository.init(tmp_path / "a")
    repository.write(".env", secrets.pypi())
    repository.git("add", "--all")
    repository.git("-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "--quiet", "-mx")
    repository.git("show")
    repository.git("format-patch", "-1", "--stdout")
    repository.git("worktree", "add", "--quiet", str(tmp_path / "b"))
    assert (tmp_path / "b/.env").is_file()

def test_names_the_file_that_a_server_keeps(tmp_path):
    canary.plant(tmp_path / "passwords")
    (tmp_path / "passwords").write_text(secrets.characters(20))

def test_says_something_else(capsys):
    secrets.pypi()
    print("pypi-AgEI..., 200 characters")
    capsys.readouterr()
"""


def test_every_leak_is_an_error_and_nothing_else_is(tmp_path: Path) -> None:
    """A run of pytest with tests that leak, each in a way of its own, and tests that do not."""
    (tmp_path / "test_inner.py").write_text(LEAKING + CLEAN)
    options = ("-p", "support.watch", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(tmp_path))
    environ = {**os.environ, "PYTHONPATH": str(TESTS), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "CI": ""}
    places = (f"--basetemp={tmp_path / 'inner'}", str(tmp_path))
    done = subprocess.run(
        (sys.executable, "-m", "pytest", "-q", "-rA", *options, *places),
        capture_output=True,
        text=True,
        check=False,
        env=environ,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    reported = re.findall(r"^ERROR .*::(\w+)", done.stdout, flags=re.MULTILINE)
    assert sorted(reported) == sorted(re.findall(r"def (test_\w+)", LEAKING)), done.stdout
    assert done.stdout.count("A secret of this test was given away") == len(reported)
    passed = re.findall(r"^PASSED .*::(\w+)", done.stdout, flags=re.MULTILINE)
    assert set(re.findall(r"def (test_\w+)", CLEAN)) <= set(passed)


@pytest.mark.parametrize("before", range(4))
def test_the_word_is_known_in_every_spelling(before: int) -> None:
    """Whatever stands around it."""
    word = f"{'x' * before}{canary.ROOT}{'y' * before}"
    assert canary.shows(word)
    assert canary.shows(word.encode("utf-16-le"))
    assert canary.shows(word.encode().hex())
    assert canary.shows(b64encode(word.encode()))
    assert canary.shows(b64encode(b"__token__:pypi-" + b64encode(word.encode())))
    assert not canary.shows(canary.ROOT[1:])
    assert not canary.shows(b64encode(b"something else of some length"))


def _minted() -> str:
    """A token that an index makes for a job of CI."""
    known = Publishers(trusted={})
    answer = known.answer("/_/oidc/mint-token", json.dumps({"token": _identity(known)}).encode())
    return str(answer.body["token"])


def _identity(known: Publishers | None = None) -> str:
    """What a job of CI proves itself with."""
    return (known or Publishers()).identity({"aud": AUDIENCE})


def _request_token() -> str:
    """What a job of CI asks for that with."""
    with forge(Publishers()) as server:
        return server.environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]


OF_JOBS = (_minted, _identity, _request_token)
"""The three kinds of secrets that trusted publishing knows."""


def test_every_secret_holds_the_word() -> None:
    """Of every shape and length that the tests ask for."""
    made = (secrets.pypi, secrets.pypi_for_tests, secrets.github, secrets.aws, secrets.private_key, *OF_JOBS)
    assert all(canary.shows(make()) for make in made)
    assert all(canary.shows(secrets.characters(count)) for count in range(len(canary.ROOT), 40))


SHORTEST = 8
"""Characters of a secret; what is shorter is a word that a rule is tried with."""
VARIABLES = {"PYPI_API_TOKEN", "PYPI_TEST_TOKEN", "TWINE_PASSWORD", "GH_TOKEN", "GITHUB_TOKEN"}


def given(node: ast.AST) -> Iterator[ast.expr | None]:
    """What is given out as a secret: to ``Secret``, or as a variable that holds one."""
    match node:
        case ast.Call(func=ast.Name("Secret"), args=[value]):
            yield value
        case ast.Call(keywords=keywords):
            yield from (keyword.value for keyword in keywords if keyword.arg in VARIABLES)
        case ast.Dict(keys=keys, values=values):
            names = (key.value if isinstance(key, ast.Constant) else None for key in keys)
            yield from (value for name, value in zip(names, values, strict=True) if name in VARIABLES)


@pytest.mark.parametrize("path", sorted(TESTS.rglob("*.py")), ids=lambda path: path.name)
def test_no_test_has_a_secret_of_its_own(path: Path) -> None:
    """A literal would not be searched for; what is too short for a secret is none."""
    values = [value for node in ast.walk(ast.parse(path.read_text("utf-8"))) for value in given(node)]
    literals = {str(value.value) for value in values if isinstance(value, ast.Constant)}
    assert [word for word in literals if len(word) >= SHORTEST] == []
