"""``.gitignore``: adds the lines that keep files out of git. Whether they are needed, git decides."""

from collections.abc import Sequence
from pathlib import Path

from release_async.plan import line_insertion

PATTERN = ".env"
"""Without a slash, so that it applies to every folder below (gitignore, PATTERN FORMAT)."""


def with_patterns(text: str, patterns: Sequence[str]) -> str:
    """Ignore what they match; the last matching line decides, so ours are added at the end.

    Args:
        text: The file; empty where there is none.
        patterns: Such as `PATTERN`.
    """
    return line_insertion.put(text, len(line_insertion.split(text)), patterns)


def environments(directory: Path) -> list[str]:
    """The names of the virtual environments in a project's directory (Python, venv: ``pyvenv.cfg``)."""
    return sorted(path.parent.name for path in directory.glob("*/pyvenv.cfg"))
