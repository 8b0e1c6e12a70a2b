"""Files that hold secrets by their very name: ``.env`` and its kin. Their content is none of its business."""

import re
from typing import Final

_SECRET: Final = re.compile(r"\.env|\.env\.[^.].*|.+\.env|\.pypirc|[._]netrc", re.DOTALL | re.IGNORECASE)
_SAMPLES: Final = frozenset(
    ("example", "examples", "sample", "template", "tmpl", "dist", "defaults", "test", "ci")
)


def is_secret(path: str) -> bool:
    """Whether a file of this name is made to hold secrets, in any folder.

    Args:
        path: A path as git has it, with slashes.

    Returns:
        True for ``.env``, ``.env.local``, ``production.env``, ``.pypirc``, ``.netrc``; False where the name
        says that it is an example, such as ``.env.example``, ``.env.test`` or ``sample.env``.
    """
    name = path.rpartition("/")[2]
    if not _SECRET.fullmatch(name):
        return False
    words = name.lower().split(".")
    known_by = words[-2] if words[-1] == "env" else words[-1]
    return known_by not in _SAMPLES
