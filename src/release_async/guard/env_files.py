"""Recognises files for secrets by name (``.env``, ``.pypirc``, ``.netrc``), and whether they hold any."""

import re
from collections.abc import Collection
from typing import Final

from release_async.base.errors import ConfigurationError
from release_async.guard import token_patterns

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


_KEY: Final = re.compile(
    r"id_(rsa|dsa|ecdsa|ed25519)(_sk)?|.+\.(p12|pfx|jks|keystore|ppk|kdbx)", re.IGNORECASE
)


def is_key(path: str) -> bool:
    """Whether a file of this name is a private key, or a store of keys or passwords, in any folder.

    Args:
        path: A path with slashes. Of ``.pem`` the name does not say it: a certificate may be in it.
    """
    return bool(_KEY.fullmatch(path.rpartition("/")[2]))


_ASSIGNED: Final = re.compile(
    rb"(?m)^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][\w.-]*)[ \t]*[=:][ \t]*"
    rb"""["']?(?P<value>[^"'\s#][^\r\n#]*)"""
)
_SECRET_NAME: Final = re.compile(
    rb"TOKEN(?!IZE)|SECRET|PASSWORD|PASSWD|PASSPHRASE|(^|[_.-])(PASS|PWD)$|CREDENTIAL|(PRIVATE|API|ACCESS)[_.-]?KEY"
    rb"|^(TEST_)?PYPI_|^TWINE_|_AUTH$",
    re.IGNORECASE,
)
_PLACEHOLDER: Final = re.compile(
    rb"(<[^>]*>|\$\{?\w+\}?|x{3,}|\*{3,}|\.{3}|change.?me|your[-_ ].*|none|null|example.*|\d+|true|false"
    rb"|/[\w./-]+)[\"'\s]*",
    re.IGNORECASE,
)
_WITH_PASSWORD: Final = re.compile(rb"://[^/\s:@]*:[^/\s@]+@")
_NETRC: Final = re.compile(
    rb"(?im)^[ \t]*(?:machine[ \t]+\S+|default)\b[^\r\n]*(?:[\r\n]+[ \t]+[^\r\n]*)*"
    rb"\bpassword[ \t]+\S"
)


def holds_secret(content: bytes) -> bool:
    """Whether such a file sets anything that looks like a secret: by its name, or by its value.

    Args:
        content: The bytes of the file. Empty values and placeholders such as ``<token>`` are no secrets; what
            is no text may be one.
    """
    if b"\0" in content or _WITH_PASSWORD.search(content) or _NETRC.search(content):
        return True
    if token_patterns.findings("", content):
        return True
    return any(
        _SECRET_NAME.search(found["name"]) and not _PLACEHOLDER.fullmatch(found["value"].strip())
        for found in _ASSIGNED.finditer(content)
    )


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
