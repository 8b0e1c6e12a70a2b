"""The version settings of ``[tool.release-async]``, shared by both doors. Reads no file."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from release_async.errors import ConfigurationError
from release_async.versions.text import quoted

KEYS: Final = frozenset(("tag-format",))
"""The keys of the table that are read here."""

DEFAULT_TAG_FORMAT: Final = "v{version}"

_PLACE: Final = "{version}"
_TAG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+/-]{0,99}")
_REFUSED_BY_GIT: Final = re.compile(r"\.\.|//|/\.|[./]$|\.lock(?:/|$)")


class Config(NamedTuple):
    """The version settings of one project.

    Attributes:
        tag_format: The name of a release's tag, with ``{version}`` where the version goes.
    """

    tag_format: str = DEFAULT_TAG_FORMAT

    def tag(self, version: str) -> str:
        """The tag of a version; see ``tag``."""
        return tag(self.tag_format, version)


def read(table: Mapping[str, object]) -> Config:
    """Read the settings.

    Args:
        table: The table ``[tool.release-async]``; keys that are not in ``KEYS`` belong to others.

    Returns:
        The settings, the default where a key is missing.

    Raises:
        ConfigurationError: A value cannot be used.
    """
    return Config(tag_format(table.get("tag-format", DEFAULT_TAG_FORMAT)))


def tag_format(value: object) -> str:
    """Check a tag format.

    Raises:
        ConfigurationError: It does not hold ``{version}`` exactly once, or would make tags git refuses.
    """
    if not isinstance(value, str) or value.count(_PLACE) != 1:
        raise ConfigurationError(
            f"tag-format is {quoted(str(value))}: it must hold {_PLACE} exactly once.",
            cure=f'Set it in [tool.release-async], for example: tag-format = "{DEFAULT_TAG_FORMAT}"',
        )
    tag(value, "1.2.3")
    return value


def tag(form: str, version: str) -> str:
    """The tag of a version.

    Args:
        form: A tag format.
        version: A version in its normal form.

    Returns:
        The name of the tag, without ``refs/tags/``.

    Raises:
        ConfigurationError: The name holds what git (``git check-ref-format``) or a forge's address refuses.
    """
    name = form.replace(_PLACE, version)
    if not _TAG.fullmatch(name) or _REFUSED_BY_GIT.search(name):
        raise ConfigurationError(
            f"tag-format {quoted(form)} makes the tag {quoted(name)}, which is no safe name for a tag.",
            cure="Use letters, digits and . _ + / - only, a letter or digit first, at most 100 characters.",
        )
    return name
