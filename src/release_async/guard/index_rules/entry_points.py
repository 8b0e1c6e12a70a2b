"""Judges the form of ``entry_points.txt`` in a wheel, and names its modules. Imports none of them."""

import configparser
import re
from collections.abc import Iterator
from typing import Final

_VALUE: Final = re.compile(
    r"(?P<module>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*(?::\s*[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)?\s*(?:\[[^\]]*\])?"
)
_GROUP: Final = re.compile(r"\w+(?:\.\w+)*")
_SCRIPTS: Final = ("console_scripts", "gui_scripts")
_SCRIPT: Final = re.compile(r"[\w.-]+")


def malformed(content: bytes) -> Iterator[str]:
    """What an index refuses: a file that cannot be read, and names of scripts that no system could have.

    Args:
        content: The bytes of ``entry_points.txt``.
    """
    groups = _groups(content)
    if groups is None:
        yield "is no file of sections and options"
        return
    for group in _SCRIPTS:
        for name in groups.get(group, {}):
            if not _SCRIPT.fullmatch(name):
                yield f"has an entry point of the name {name!r}"


def unusual(content: bytes) -> Iterator[str]:
    """What the specification has otherwise, and indexes take all the same: groups and values.

    Args:
        content: The bytes of ``entry_points.txt``.
    """
    for group, options in (_groups(content) or {}).items():
        if not _GROUP.fullmatch(group):
            yield f"has the group {group!r}"
        for name, value in options.items():
            if not _VALUE.fullmatch(value.strip()):
                yield f"has the entry point {name} = {value!r}"


def modules(content: bytes) -> dict[str, str]:
    """The modules that its scripts are in, by the name of the script; of a malformed file none."""
    groups = _groups(content) or {}
    found = {name: value for group in _SCRIPTS for name, value in groups.get(group, {}).items()}
    matches = ((name, _VALUE.fullmatch(value.strip())) for name, value in found.items())
    return {name: match["module"] for name, match in matches if match}


def _groups(content: bytes) -> dict[str, dict[str, str]] | None:
    parser = configparser.RawConfigParser(delimiters=("=",), strict=True)
    parser.optionxform = str  # type: ignore[assignment, method-assign] # names keep their case: the manual's own way
    try:
        parser.read_string(content.decode("utf-8"))
    except (configparser.Error, UnicodeDecodeError):
        return None
    return {group: dict(parser[group]) for group in parser.sections()}
