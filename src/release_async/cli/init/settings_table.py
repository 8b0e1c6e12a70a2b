"""``[tool.release-async]``: adds settings to the text of a ``pyproject.toml``. It decides none of them.

tomlkit renders the lines, and we choose their place: a key added by tomlkit can end up below the comment of
the next table.
"""

import re
import tomllib
from collections.abc import Mapping

import tomlkit

from release_async.base.errors import ConfigurationError
from release_async.plan import line_insertion, settings
from release_async.plan.line_insertion import UnplacedError

_HEADER = re.compile(r"""[ \t]*\[[ \t]*tool[ \t]*\.[ \t]*(["']?)release-async\1[ \t]*\][ \t]*(?:\#.*)?""")


def existing_settings(text: str) -> frozenset[str]:
    """The settings that the file already has.

    Raises:
        ConfigurationError: The file is not valid TOML, or has a setting that is unknown or invalid.
    """
    settings.load(settings.Sources(pyproject=text))
    return frozenset(_ours(tomllib.loads(text)))


def with_settings(text: str, values: Mapping[str, object]) -> str:
    """Add settings that the file does not have yet.

    Args:
        text: The file; empty where there is none.
        values: Settings by their names in the table.

    Returns:
        The new text: they are below the header of the table, or in a new table at the end.

    Raises:
        UnplacedError: The table has another form, such as inline; or a value is invalid.
    """
    if not values:
        return text
    written = tomlkit.dumps(dict(values)).splitlines()
    lines = [line.rstrip("\r\n") for line in line_insertion.split(text)]
    header = next((at for at, line in enumerate(lines) if _HEADER.fullmatch(line)), None)
    if header is None:
        new_text = line_insertion.add(text, ["[tool.release-async]", *written])
    else:
        new_text = line_insertion.put(text, header + 1, written)
    if not _is_equivalent(new_text, text, values):
        raise UnplacedError("has [tool.release-async] in a form that is not edited", written)
    return new_text


def _is_equivalent(new_text: str, text: str, values: Mapping[str, object]) -> bool:
    """Whether the new text says the same as the old one plus the values, and is valid."""
    try:
        new, old = tomllib.loads(new_text), tomllib.loads(text)
        settings.load(settings.Sources(pyproject=new_text))
    except (tomllib.TOMLDecodeError, ConfigurationError):
        return False
    old.setdefault("tool", {})["release-async"] = {**_ours(old), **values}
    return new == old


def _ours(document: dict[str, object]) -> dict[str, object]:
    tool = document.get("tool")
    ours = tool.get("release-async") if isinstance(tool, dict) else None
    return ours if isinstance(ours, dict) else {}
