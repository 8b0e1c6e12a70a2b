"""What a person adds to lefthook's configuration to run our hook, in its own format. Writes nothing."""

import re
from pathlib import Path
from typing import Final

_ENDINGS: Final = (".yml", ".yaml", ".toml", ".json", ".jsonc")
FILES: Final = tuple(
    f"{place}lefthook{local}{end}"
    for local in ("", "-local")
    for place in ("", ".", ".config/")
    for end in _ENDINGS
)
"""Where lefthook looks for its configuration, the shared files first (its manual, "Config file name")."""


def find(top: Path) -> str:
    """The configuration of a working tree, relative to its top; empty if there is none."""
    return next((name for name in FILES if (top / name).is_file()), "")


def addition(top: Path, name: str, command: str) -> tuple[str, str]:
    """What to add to a configuration.

    Args:
        top: The top of the working tree.
        name: The file, as ``find`` returns it.
        command: What the hook runs.

    Returns:
        The place in the file, in words, and the lines.
    """
    try:
        text = (top / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = ""
    if name.endswith(".toml"):
        return _toml(text, command)
    return _json(text, command) if name.endswith((".json", ".jsonc")) else _yaml(text, command)


def _toml(text: str, command: str) -> tuple[str, str]:
    if re.search(r"(?m)^\s*\[\[pre-commit\.jobs\]\]", text):
        return "at its end", f'[[pre-commit.jobs]]\nname = "release-async"\nrun = "{command}"'
    return "at its end", f'[pre-commit.commands.release-async]\nrun = "{command}"'


def _json(text: str, command: str) -> tuple[str, str]:
    if not re.search(r'"pre-commit"\s*:', text):
        inner = f'{{ "commands": {{ "release-async": {{ "run": "{command}" }} }} }}'
        return "at its top level", f'"pre-commit": {inner}'
    if re.search(r'"jobs"\s*:', text):
        return "under pre-commit, jobs", f'{{ "name": "release-async", "run": "{command}" }}'
    return "under pre-commit, commands", f'"release-async": {{ "run": "{command}" }}'


def _yaml(text: str, command: str) -> tuple[str, str]:
    found = re.search(r"(?m)^[\"']?pre-commit[\"']?:(?P<inside>(?:\s*\n(?:[ \t]+.*|#.*)?)*)", text)
    if found is None:
        return "", f"pre-commit:\n  commands:\n    release-async:\n      run: {command}"
    if re.search(r"(?m)^\s+jobs:", found["inside"]):
        return "under pre-commit, jobs", f"    - name: release-async\n      run: {command}"
    if re.search(r"(?m)^\s+commands:", found["inside"]):
        return "under pre-commit, commands", f"    release-async:\n      run: {command}"
    return "under pre-commit", f"  commands:\n    release-async:\n      run: {command}"
