"""Settings: flag over environment over .env over pyproject.toml over default, and where each came from."""

import json
import os
import subprocess
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from release_async.base.errors import ConfigurationError
from release_async.base.secret import Credentials, Secret
from release_async.plan.settings import KEYS, VARIABLES, Flags, Settings, Sources, load
from support import canary, secrets

NO_FLAGS = Flags()


def of(pyproject: str = "", dotenv: str = "", flags: Flags = NO_FLAGS, **environ: str) -> Settings:
    """The settings that these sources say."""
    return load(Sources(flags=flags, environ=environ, dotenv=dotenv, pyproject=pyproject))


@pytest.mark.parametrize(
    ("line", "value"),
    [("'a$b'", "a$b"), ('"a\\"$b"', 'a"$b'), ("a$b # said", "a$b"), ("a#b", "a#b"), ("ab ", "ab")],
)
def test_quotes_and_comments_in_dotenv_are_as_the_page_says(line: str, value: str) -> None:
    """Nothing else is changed there; in the environment quotes are part of the value."""
    assert of(dotenv=f"PYPI_USERNAME={line}\n").username == value
    assert of(PYPI_USERNAME=line).username == line.strip()


def test_defaults_are_those_of_the_tables() -> None:
    """With no source at all every name has its default, and says so."""
    settings = of()
    assert (settings.branch, settings.remote, settings.tag_format) == ("main", "origin", "v{version}")
    assert (settings.auto_git_tag, settings.run_tests, settings.clean_build_artifacts) == (True, True, True)
    assert (settings.token, settings.repository_url, settings.username) == (None, "", "__token__")
    assert set(settings.sources) == {key.name for key in KEYS} | {one.name for one in VARIABLES}
    assert set(settings.sources.values()) == {"default"}


def test_the_environment_is_stronger_than_dotenv() -> None:
    """And an empty variable is none."""
    dotenv = "PYPI_USERNAME=dotenv\nAUTO_GIT_TAG=false\n"
    settings = of(dotenv=dotenv, PYPI_USERNAME="environment", AUTO_GIT_TAG=" ")
    assert (settings.username, settings.auto_git_tag) == ("environment", False)
    assert settings.sources["PYPI_USERNAME"] == "environment"
    assert settings.sources["AUTO_GIT_TAG"] == ".env"


def test_flags_are_strongest() -> None:
    """--skip-tests and --verbose overrule what the environment says."""
    environ = {"RUN_TESTS_BEFORE_UPLOAD": "true", "VERBOSE_OUTPUT": "false"}
    settings = of(flags=Flags(skip_tests=True, verbose=True), **environ)
    assert (settings.run_tests, settings.verbose) == (False, True)
    assert settings.sources["RUN_TESTS_BEFORE_UPLOAD"] == settings.sources["VERBOSE_OUTPUT"] == "flag"


def test_each_index_has_its_own_token_and_address() -> None:
    """The other token is never used, but known as a secret: children's environments are freed of both."""
    first, second = secrets.characters(12), secrets.characters(12)
    environ = {
        "PYPI_API_TOKEN": first,
        "PYPI_TEST_TOKEN": second,
        "PYPI_REPOSITORY_URL": "https://one.example.com/",
        "TEST_PYPI_REPOSITORY_URL": "https://two.example.com/",
    }
    real, test = (load(Sources(flags=Flags(test=chosen), environ=environ)) for chosen in (False, True))
    assert real.token
    assert test.token
    assert (real.token.reveal(), real.repository_url) == (first, "https://one.example.com/")
    assert (test.token.reveal(), test.repository_url) == (second, "https://two.example.com/")
    assert {one.reveal() for one in real.secrets} == {one.reveal() for one in test.secrets} == {first, second}
    assert not canary.shows(repr((real, test)))


def test_every_token_of_every_source_is_a_secret() -> None:
    """Also the one in .env that the environment overrules; each once, and as HTTP sends it."""
    first, second, third = (secrets.characters(12) for _ in range(3))
    dotenv = f"PYPI_API_TOKEN={second}\nPYPI_TEST_TOKEN={third}\nPYPI_USERNAME=me\n"
    settings = of(dotenv=dotenv, PYPI_API_TOKEN=first, PYPI_TEST_TOKEN=third)
    assert [one.reveal() for one in settings.secrets] == [first, third, second]
    assert Credentials("me", Secret(third)).basic in settings.hidden


@pytest.mark.parametrize(
    "line",
    [
        "LD_PRELOAD=/tmp/evil.so",
        "PATH=/tmp",
        "GIT_SSH_COMMAND=evil",
        "GIT_CONFIG_COUNT=1",
        "SSLKEYLOGFILE=/tmp/keys",
        "TWINE_REPOSITORY_URL=https://evil.example.com/",
        "HTTPS_PROXY=http://evil.example.com/",
        "PYTHONPATH=/tmp",
        "export LD_PRELOAD=/tmp/evil.so",
        "PYPI_API_TOKEN",
        "= nothing",
        "\0",
        "'unclosed",
    ],
)
def test_dotenv_sets_nothing_but_our_own_names(line: str) -> None:
    """What would redirect git, the loader or an upload is not read; neither we nor a child come to see it."""
    before = dict(os.environ)
    assert replace(of(dotenv=f"{line}\n"), sources={}, mistaken=()) == replace(of(), sources={})
    assert dict(os.environ) == before


def test_dotenv_is_data_and_not_a_script() -> None:
    """Nothing is interpolated, and names that are not ours are not read."""
    settings = of(dotenv="PYPI_API_TOKEN='a${HOME}b'\nBRANCH=evil\n", HOME="/home/person")
    assert settings.token
    assert settings.token.reveal() == "a${HOME}b"
    assert settings.branch == "main"


@pytest.mark.parametrize("word", ["true", "1", "yes", "on", "TRUE"])
def test_switches_know_the_usual_words(word: str) -> None:
    """In any case; the words for No likewise."""
    assert of(VERBOSE_OUTPUT=word).verbose
    no = {"true": "false", "1": "0", "yes": "no", "on": "off", "TRUE": "FALSE"}[word]
    assert not of(AUTO_GIT_TAG=no).auto_git_tag


def test_a_switch_that_is_neither_is_an_error() -> None:
    """Guessing could push a tag that nobody wanted."""
    with pytest.raises(ConfigurationError, match="AUTO_GIT_TAG is 'maybe'"):
        of(AUTO_GIT_TAG="maybe")


def test_the_table_of_the_project_is_read() -> None:
    """Every kind of value, with the command as a line or as words."""
    text = (
        '[tool.release-async]\nbranch = "trunk"\nremote = "upstream"\ntest-command = "tox -e \'a b\'"\n'
        'test-timeout = 5\ncommit-message = "Version {version}"\ntag-format = "demo-{version}"\n'
    )
    settings = of(text)
    assert (settings.branch, settings.remote, settings.test_timeout) == ("trunk", "upstream", 5.0)
    assert settings.test_command == ("tox", "-e", "a b")
    assert (settings.commit_message, settings.tag_format) == ("Version {version}", "demo-{version}")
    assert settings.sources["branch"] == "pyproject.toml"
    assert of('[tool.release-async]\ntest-command = ["a", "b c"]\n').test_command == ("a", "b c")


@pytest.mark.parametrize(
    "line",
    [
        "branch = 1",
        'branch = ""',
        'branch = "--force"',
        'branch = "a b"',
        'branch = "-f"',
        'branch = "+main"',
        'branch = "main:other"',
        'branch = ":main"',
        'branch = "refs/../../x"',
        'branch = "a..b"',
        'branch = "a@{1}"',
        'branch = "@"',
        'branch = "main~1"',
        'branch = "main^"',
        'branch = "a*"',
        'branch = "a[b"',
        'branch = "a\\\\b"',
        'branch = "/main"',
        'branch = "main/"',
        'branch = "a//b"',
        'branch = ".a"',
        'branch = "a/.b"',
        'branch = "a.lock"',
        'branch = "a."',
        'branch = "a\\u001b[31m"',
        'branch = "a\\nb"',
        'branch = "a\\u202eb"',
        'remote = "--upload-pack=evil"',
        'remote = "-oProxyCommand=evil"',
        'remote = "ext::evil"',
        'remote = "ext::sh -c evil"',
        'remote = "https://example.com/x.git"',
        'remote = "file:///tmp/x"',
        'remote = "git@example.com:x"',
        'remote = "/tmp/x"',
        'remote = "../x"',
        'remote = "a/../x"',
        'remote = "."',
        'remote = "a b"',
        'remote = "origin\\n"',
        'commit-message = "{version} \\u001b[31m"',
        'commit-message = "{version} \\u0000"',
        'test-command = ["a", "b\\u0000c"]',
        "test-command = ['']",
        'commit-message = "no placeholder"',
        'tag-format = "no placeholder"',
        'test-command = "unclosed \'quote"',
        "test-command = []",
        "test-command = [1]",
        'ci = "sometimes"',
        'build = "there"',
        'build-workflow = "../build.yml"',
        'build-workflow = "build"',
        'build-workflow = "a b.yml"',
        'build-workflow = "-x.yml"',
        "ci = true",
        "ci = []",
        "test-timeout = 0",
        "test-timeout = true",
        'build-timeout = "long"',
        "upload-timeout = 1000000",
    ],
)
def test_a_value_that_cannot_be_meant_is_named(line: str) -> None:
    """The message holds the key; the cure says where to correct it."""
    with pytest.raises(ConfigurationError, match=line.partition(" ")[0]) as caught:
        of(f"[tool.release-async]\n{line}\n")
    assert caught.value.cure


def test_an_unknown_key_names_the_nearest() -> None:
    """A typing error must not silently mean the default."""
    with pytest.raises(ConfigurationError) as caught:
        of('[tool.release-async]\nbrnach = "trunk"\n')
    assert "did you mean branch?" in caught.value.cure


@pytest.mark.parametrize("key", ["repository-url", "pypi-token"])
def test_a_project_cannot_choose_where_a_token_goes(key: str) -> None:
    """A cloned project with an address of its own would be sent the token."""
    with pytest.raises(ConfigurationError) as caught:
        of(f'[tool.release-async]\n{key} = "x"\n')
    assert "environment or .env only" in caught.value.cure


@pytest.mark.parametrize("text", ["[tool", "tool = 1", "[tool]\nrelease-async = 1", "x = " + "[" * 5000])
def test_a_file_that_is_no_toml_is_told_in_words(text: str) -> None:
    """Also one that would exhaust the reader; ``tool = 1`` is no table of ours."""
    if text == "tool = 1":
        assert of(text).branch == "main"
        return
    with pytest.raises(ConfigurationError):
        of(text)


@pytest.mark.parametrize("name", ["main", "release/1.x", "feature-2", "größer", "a+b", "v1.0", "x@y", "a{b}"])
def test_the_names_that_people_give_are_taken(name: str) -> None:
    """Of branches all that git takes but a sign in front; of remotes what people call them."""
    assert of(f'[tool.release-async]\nbranch = "{name}"\n').branch == name
    for remote in ("origin", "up-stream", "me/fork", "a.b", "a_b"):
        assert of(f'[tool.release-async]\nremote = "{remote}"\n').remote == remote


@given(st.text(max_size=12))
def test_no_branch_is_taken_that_git_would_not_take(name: str) -> None:
    """Of what the setting takes git makes exactly one ref, below ``refs/heads/``."""
    try:
        branch = of(f"[tool.release-async]\nbranch = {json.dumps(name)}\n").branch
    except ConfigurationError:
        return
    checked = subprocess.run(("git", "check-ref-format", f"refs/heads/{branch}"), check=False)
    assert checked.returncode == 0
