"""``.gitignore``: the line that keeps ``.env`` out of git. Whether it is needed is git's to say."""

from release_async.adoption import lines

PATTERN = ".env"
"""Without a slash: it counts in every folder below (gitignore, PATTERN FORMAT)."""


def with_pattern(text: str) -> str:
    """Ignore ``.env``; the last line that fits decides, so ours goes to the end.

    Args:
        text: The file; empty where there is none.
    """
    return lines.put(text, len(lines.split(text)), [PATTERN])
