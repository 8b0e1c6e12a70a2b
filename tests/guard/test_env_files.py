"""Which names are made to hold secrets, and which say that they are examples."""

import pytest

from release_async.guard.env_files import is_secret


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
