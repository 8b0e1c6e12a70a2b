"""Each kind of child gets what it needs and nothing that could lead it astray or that is secret."""

import base64
import os
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

from release_async.base.secret import Secret
from release_async.process import child_environments
from support import secrets
from support.repositories import Repository

CANARY = f"{secrets.characters(12)}/1"
FORGE = secrets.github()
EVERYTHING = {
    "PATH": "/bin",
    "HOME": "/home/person",
    "LANG": "de_DE.UTF-8",
    "PIP_INDEX_URL": "https://index.example.com/simple/",
    "PYPI_API_TOKEN": CANARY,
    "PYPI_TEST_TOKEN": secrets.characters(12),
    "TWINE_PASSWORD": secrets.characters(12),
    "UV_PUBLISH_TOKEN": secrets.characters(12),
    "HATCH_INDEX_AUTH": secrets.characters(12),
    "POETRY_HTTP_BASIC_MINE_PASSWORD": secrets.characters(12),
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://example.com/",
    "ACTIONS_RUNTIME_URL": "https://example.com/",
    "HARMLESS": FORGE,
    "DEPLOY_WITH": secrets.pypi(),
    "DATABASE_URL": "postgresql://me:sesame@127.0.0.1/tests",
    "LS_COLORS": "di=1;34",
    "GITHUB_TOKEN": FORGE,
    "GH_TOKEN": FORGE,
    "GH_REPO": "someone/else",
    "AWS_SECRET_ACCESS_KEY": "cloud",
    "npm_config_password": secrets.characters(12),
    "HOLDS_IT": f"x{CANARY}x",
    "GIT_DIR": "/elsewhere/.git",
    "GIT_INDEX_FILE": "/elsewhere/.git/index",
    "GIT_SSH_COMMAND": "ssh -i key",
    "GIT_CONFIG_COUNT": "1",
    "SSH_AUTH_SOCK": "/run/agent",
}
TOKENS = {"PYPI_API_TOKEN", "PYPI_TEST_TOKEN", "HOLDS_IT"}


def test_git_keeps_the_way_to_the_remote_and_loses_other_repositories() -> None:
    """Agents, ssh commands and configuration stay; our tokens and another repository's paths go."""
    seen = child_environments.for_git(EVERYTHING, [Secret(CANARY)])
    assert not (TOKENS | {"GIT_DIR", "GIT_INDEX_FILE"}) & set(seen)
    assert seen["SSH_AUTH_SOCK"] == "/run/agent"
    assert seen["GIT_SSH_COMMAND"] == "ssh -i key"
    assert seen["GIT_CONFIG_COUNT"] == "1"


def test_git_never_asks_and_speaks_english() -> None:
    """Questions fail at once, editors change nothing, words can be read; gpg-agent knows of no terminal."""
    seen = child_environments.for_git(
        {"GIT_EDITOR": "vi", "LC_ALL": "de_DE.UTF-8", "GIT_TERMINAL_PROMPT": "1"}
    )
    assert "GPG_TTY" not in child_environments.for_git({"GPG_TTY": "/dev/pts/1"})
    assert (seen["GIT_TERMINAL_PROMPT"], seen["GIT_EDITOR"], seen["LC_ALL"]) == ("0", "true", "C.UTF-8")


def test_every_variable_that_binds_git_to_a_repository_is_known() -> None:
    """By git's own list; what a person passes with ``-c`` is meant, and stays."""
    listed = subprocess.run(
        ("git", "rev-parse", "--local-env-vars"), check=True, capture_output=True, text=True
    ).stdout.split()
    seen = child_environments.for_git(dict.fromkeys((*listed, "GIT_NAMESPACE"), "x"))
    kept = {name for name, value in seen.items() if value == "x"}
    assert kept == {"GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG"} & set(listed)


def test_objects_are_read_as_they_are(tmp_path: Path) -> None:
    """What a replacement or a graft puts in their place is in this clone alone, and git warns of neither."""
    repository = Repository.init(tmp_path / "here")
    first = repository.commit("first")
    repository.with_remote(tmp_path / "there")
    second = repository.commit("second")
    repository.git("replace", second, first)
    (repository.path / ".git/info/grafts").write_text(f"{second}\n")
    env = child_environments.for_git(os.environ)

    def said(*words: str) -> str:
        git = ("git", "-C", str(repository.path), *words)
        done = subprocess.run(git, env=env, check=True, capture_output=True, text=True)
        return done.stdout + done.stderr

    assert said("log", "--format=%s").split() == ["second", "first"]
    assert "hint" not in said("push", "origin", "HEAD:refs/heads/other")


@pytest.mark.parametrize("kind", ["LITERAL", "GLOB", "NOGLOB", "ICASE"])
def test_how_a_person_has_pathspecs_read_is_not_how_ours_are(kind: str, tmp_path: Path) -> None:
    """Git refuses most of these variables where a command asks for literal pathspecs."""
    repository = Repository.init(tmp_path)
    repository.write("a*", "")
    repository.commit()
    listed = subprocess.run(
        ("git", "--literal-pathspecs", "ls-files", "--", "A*", "a*"),
        cwd=tmp_path, env=child_environments.for_git({**os.environ, f"GIT_{kind}_PATHSPECS": "1"}),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (listed.stdout, listed.stderr) == ("a*\n", "")


def test_the_project_sees_nothing_that_looks_like_a_credential() -> None:
    """By name and by value; the rest of the environment is as the person has it."""
    seen = child_environments.for_project(EVERYTHING, [Secret(CANARY)])
    assert set(seen) == {
        "PATH",
        "HOME",
        "LANG",
        "PIP_INDEX_URL",
        "DATABASE_URL",
        "LS_COLORS",
        "GIT_SSH_COMMAND",
        "GIT_CONFIG_COUNT",
        "SSH_AUTH_SOCK",
    }


def test_the_forge_keeps_its_own_token_and_guesses_no_repository() -> None:
    """The token of gh stays with gh, and nothing else decides which repository is meant."""
    seen = child_environments.for_forge(EVERYTHING, [Secret(CANARY)])
    asked_for = ("GH_TOKEN", "GH_PROMPT_DISABLED", "GH_TELEMETRY")
    assert tuple(seen[name] for name in asked_for) == (FORGE, "1", "false")
    assert not (TOKENS | {"GH_REPO"}) & set(seen)


def test_gh_seldom_collects_garbage() -> None:
    """It is started for each request, and would do so each time; where a person has set it, that counts."""
    assert child_environments.for_forge({})["GOGC"] == "400"
    assert child_environments.for_forge({"GOGC": "50"})["GOGC"] == "50"


def test_nothing_is_changed_in_the_original() -> None:
    """The person's environment is read, never written."""
    original = dict(EVERYTHING)
    for make in (child_environments.for_git, child_environments.for_project, child_environments.for_forge):
        make(original)
    assert original == EVERYTHING


def test_a_password_like_a_word_takes_no_path_away() -> None:
    """A short one is only dropped where it is the whole value: PATH holds every short word."""
    seen = child_environments.for_project(
        {"PATH": "/usr/bin", "MINE": "bin", "X": "ok"}, [Secret("bin"), Secret("")]
    )
    assert seen == {"PATH": "/usr/bin", "X": "ok"}


def test_a_secret_is_dropped_in_any_spelling() -> None:
    """In an address it is percent-encoded, in a header it stands in base64 behind a name."""
    word = f"p@s/+{secrets.characters(20)}"
    secret, header = Secret(word), base64.b64encode(f"__token__:{word}".encode()).decode()
    environ = {"A": f"https://me:{quote(word, safe='')}@host/", "B": f"Basic {header}", "C": "kept"}
    for made in (child_environments.for_git, child_environments.for_project, child_environments.for_forge):
        assert not {"A", "B"} & set(made(environ, [secret]))
        assert made(environ, [secret])["C"] == "kept"
