"""``[tool.release-async]``: settings put into the text of a ``pyproject.toml``. Decides none of them.

The lines are tomlkit's, the place is ours: a key that tomlkit adds can end up below the comment of the next
table.
"""

import re
import tomllib
from collections.abc import Mapping

import tomlkit

from release_async.base.errors import ConfigurationError
from release_async.plan import line_edits, settings
from release_async.plan.line_edits import UnplacedError

_HEADER = re.compile(r"""[ \t]*\[[ \t]*tool[ \t]*\.[ \t]*(["']?)release-async\1[ \t]*\][ \t]*(?:\#.*)?""")


def given(text: str) -> frozenset[str]:
    """The settings that the file makes already.

    Raises:
        ConfigurationError: The file is no TOML, or makes a setting that does not exist or cannot be.
    """
    settings.load(settings.Sources(pyproject=text))
    return frozenset(_ours(tomllib.loads(text)))


def with_settings(text: str, values: Mapping[str, object]) -> str:
    """Make settings that the file does not make yet.

    Args:
        text: The file; empty where there is none.
        values: Settings by their names in the table.

    Returns:
        The file with them: below the header of the table where it stands, else in a new one at the end.

    Raises:
        UnplacedError: The table is written in another way, such as inline; or a value cannot be a setting.
    """
    if not values:
        return text
    written = tomlkit.dumps(dict(values)).splitlines()
    progress = [line.rstrip("\r\n") for line in line_edits.split(text)]
    header = next((at for at, line in enumerate(progress) if _HEADER.fullmatch(line)), None)
    if header is None:
        made = line_edits.add(text, ["[tool.release-async]", *written])
    else:
        made = line_edits.put(text, header + 1, written)
    if not _holds(made, text, values):
        raise UnplacedError("has [tool.release-async] in a form that is not edited", written)
    return made


def _holds(made: str, text: str, values: Mapping[str, object]) -> bool:
    """Whether the new text says what the old one did, and the values, and is accepted as settings."""
    try:
        new, old = tomllib.loads(made), tomllib.loads(text)
        settings.load(settings.Sources(pyproject=made))
    except (tomllib.TOMLDecodeError, ConfigurationError):
        return False
    old.setdefault("tool", {})["release-async"] = {**_ours(old), **values}
    return new == old


def _ours(document: dict[str, object]) -> dict[str, object]:
    tool = document.get("tool")
    ours = tool.get("release-async") if isinstance(tool, dict) else None
    return ours if isinstance(ours, dict) else {}
