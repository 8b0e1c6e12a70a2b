"""``.gitignore``: adds the line that keeps ``.env`` out of git. Whether it is needed, git decides."""

from release_async.plan import line_insertion

PATTERN = ".env"
"""Without a slash, so that it applies to every folder below (gitignore, PATTERN FORMAT)."""


def with_pattern(text: str) -> str:
    """Ignore ``.env``; the last matching line decides, so ours is added at the end.

    Args:
        text: The file; empty where there is none.
    """
    return line_insertion.put(text, len(line_insertion.split(text)), [PATTERN])
