"""Recognises files for secrets by name: ``.env``, ``.pypirc``, ``.netrc``. Looks at no content."""

import re
from collections.abc import Collection
from typing import Final

from release_async.base.errors import ConfigurationError

_SECRET: Final = re.compile(r"\.env|\.env\.[^.].*|.+\.env|\.pypirc|[._]netrc", re.DOTALL | re.IGNORECASE)
_WORD: Final = re.compile(r"[A-Za-z0-9_-]+")
_EXAMPLE_WORDS: Final = frozenset(
    ("example", "examples", "sample", "template", "tmpl", "dist", "defaults", "test", "ci")
)


def is_secret(path: str, examples: Collection[str] = ()) -> bool:
    """Whether a file of this name is meant for secrets, in any folder.

    Args:
        path: A path in git, with slashes.
        examples: Further words that mark a name as an example, in lower case.

    Returns:
        True for ``.env``, ``.env.local``, ``production.env``, ``.pypirc``, ``.netrc``; False for the names of
        examples, such as ``.env.example``, ``.env.test`` or ``sample.env``.
    """
    name = path.rpartition("/")[2]
    if not _SECRET.fullmatch(name):
        return False
    words = name.lower().split(".")
    marker = words[-2] if words[-1] == "env" else words[-1]
    return marker not in _EXAMPLE_WORDS and marker not in examples


def examples(value: object) -> tuple[str, ...]:
    """Read the setting ``env-examples``: words such as ``fixture`` for ``.env.fixture``.

    Returns:
        The words in lower case.

    Raises:
        ConfigurationError: It is not a list of words.
    """
    if not isinstance(value, list) or not all(
        isinstance(word, str) and _WORD.fullmatch(word) for word in value
    ):
        raise ConfigurationError(
            "[tool.release-async] env-examples is not a list of words such as fixture.",
            cure='Correct it in pyproject.toml, for example: env-examples = ["fixture"]',
        )
    return tuple(word.lower() for word in value)
