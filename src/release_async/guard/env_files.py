"""Files that hold secrets by their very name: ``.env`` and its kin. Their content is none of its business."""

import re
from collections.abc import Collection
from typing import Final

from release_async.base.errors import ConfigurationError

_SECRET: Final = re.compile(r"\.env|\.env\.[^.].*|.+\.env|\.pypirc|[._]netrc", re.DOTALL | re.IGNORECASE)
_WORD: Final = re.compile(r"[A-Za-z0-9_-]+")
_SAMPLES: Final = frozenset(
    ("example", "examples", "sample", "template", "tmpl", "dist", "defaults", "test", "ci")
)


def is_secret(path: str, examples: Collection[str] = ()) -> bool:
    """Whether a file of this name is made to hold secrets, in any folder.

    Args:
        path: A path as git has it, with slashes.
        examples: Further words that say of a name that it is an example, in small letters.

    Returns:
        True for ``.env``, ``.env.local``, ``production.env``, ``.pypirc``, ``.netrc``; False where the name
        says that it is an example, such as ``.env.example``, ``.env.test`` or ``sample.env``.
    """
    name = path.rpartition("/")[2]
    if not _SECRET.fullmatch(name):
        return False
    words = name.lower().split(".")
    known_by = words[-2] if words[-1] == "env" else words[-1]
    return known_by not in _SAMPLES and known_by not in examples


def examples(value: object) -> tuple[str, ...]:
    """Check the setting ``env-examples``: words such as ``fixture`` for ``.env.fixture``.

    Returns:
        The words in small letters.

    Raises:
        ConfigurationError: It is no list of words.
    """
    if not isinstance(value, list) or not all(
        isinstance(word, str) and _WORD.fullmatch(word) for word in value
    ):
        raise ConfigurationError(
            "[tool.release-async] env-examples is not a list of words such as fixture.",
            cure='Correct it in pyproject.toml, for example: env-examples = ["fixture"]',
        )
    return tuple(word.lower() for word in value)
