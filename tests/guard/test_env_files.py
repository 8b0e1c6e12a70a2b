"""Which names are made to hold secrets, and which say that they are examples."""

import pytest

from release_async.base.errors import ConfigurationError
from release_async.guard.env_files import examples, holds_secret, is_secret


@pytest.mark.parametrize(
    "path",
    [
        *(
            ".env",
            "deep/er/.env",
            ".env.local",
            ".env.production",
            ".env.test.local",
            "production.env",
            ".ENV",
        ),
        *(".pypirc", "home/.pypirc", ".netrc", "_netrc", "odd\nname/.env", "a\udcff/.env", ".env.bak"),
    ],
)
def test_files_for_secrets_are_known_by_name(path: str) -> None:
    """In any folder, in any case, whatever bytes the folder's name holds."""
    assert is_secret(path)


@pytest.mark.parametrize(
    "path",
    [
        *(
            ".env.example",
            "x/.env.sample",
            ".env.template",
            ".env.dist",
            ".env.defaults",
            ".env.test",
            ".env.ci",
        ),
        *("sample.env", ".env.local.example", ".ENV.EXAMPLE"),
        *(
            ".envrc",
            "env",
            ".env/bin/activate",
            "environment.py",
            "dotenv",
            ".environment",
            "a.env.py",
            ".env..",
        ),
        *(".pypirc.example", "netrc", "pypirc", ".env\n"),
    ],
)
def test_examples_and_other_files_pass(path: str) -> None:
    """An example is meant to be shared; what only sounds alike is left alone."""
    assert not is_secret(path)


@pytest.mark.parametrize("path", [".env.fixture", "deep/.ENV.Fixture", "fixture.env", ".env.local.fixture"])
def test_a_project_has_words_of_its_own_for_examples(path: str) -> None:
    """They count beside the known ones, in any case."""
    assert is_secret(path)
    assert not is_secret(path, examples(["Fixture"]))
    assert not is_secret(".env.example", examples(["fixture"]))


@pytest.mark.parametrize("path", [".env", ".env.local", ".env.fixture.local", "a/.netrc"])
def test_such_words_open_nothing_else(path: str) -> None:
    """Only the last word of a name says what it is."""
    assert is_secret(path, examples(["fixture", "env"]))


@pytest.mark.parametrize("value", ["fixture", [""], [".fixture"], ["a b"], ["*"], [1], {"a": 1}, None])
def test_words_that_are_none_are_refused(value: object) -> None:
    """A pattern, or a forgotten bracket, would not do what its writer believes."""
    with pytest.raises(ConfigurationError, match="env-examples"):
        examples(value)


@pytest.mark.parametrize(
    "line",
    [
        *(b"DB_PASS=hunter22", b"REDIS_URL=redis://:s3cr3t@h:1", b"spring.datasource.password=hunter22"),
        *(b"api-key=abcdef", b"MYSQL_PWD=hunter22", b"KEY_PASSPHRASE=hunter22"),
    ],
)
def test_secrets_have_many_names(line: bytes) -> None:
    """As frameworks and databases spell them."""
    assert holds_secret(line + b"\n")


@pytest.mark.parametrize("line", [b"TOKENIZERS_PARALLELISM=off", b"BYPASS=on", b"COMPASS=north"])
def test_what_only_sounds_like_one_is_none(line: bytes) -> None:
    """A word within a word says nothing."""
    assert not holds_secret(line + b"\n")
