"""``.gitignore``: the line that keeps ``.env`` out of git. Whether it is needed is git's to say."""

from release_async.plan import line_edits

PATTERN = ".env"
"""Without a slash: it counts in every folder below (gitignore, PATTERN FORMAT)."""


def with_pattern(text: str) -> str:
    """Ignore ``.env``; the last line that fits decides, so ours goes to the end.

    Args:
        text: The file; empty where there is none.
    """
    return line_edits.put(text, len(line_edits.split(text)), [PATTERN])
