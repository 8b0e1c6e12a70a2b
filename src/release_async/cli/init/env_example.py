"""``.env.example``: adds the variables that are read from ``.env`` with their defaults; no other value."""

import re
from collections.abc import Iterator, Sequence
from textwrap import wrap

from release_async.plan import line_insertion
from release_async.plan.settings import VARIABLES, Variable

_HEAD = (
    "# release-async: copy this to .env beside pyproject.toml, fill in what you",
    "# need, and never commit that. The environment overrides it; an empty value",
    "# means the default. Nothing is interpolated; quotes around a value are left",
    "# off, and outside of them a # after a blank begins a comment.",
)
_WIDTH = 77
"""Width of a comment, so that the diff that shows it fits into 80 columns."""


def with_variables(text: str) -> str:
    """Add every variable that the file does not name yet.

    Args:
        text: The file; empty where there is none.

    Returns:
        The new text; unchanged where all are named, even if only in comments.
    """
    missing = [variable for variable in VARIABLES if not _names(text, variable.name)]
    return line_insertion.add(text, [*_HEAD, *_block(missing)]) if missing else text


def _names(text: str, name: str) -> bool:
    return re.search(rf"(?m)^[ \t#]*(?:export[ \t]+)?{name}[ \t]*=", text) is not None


def _block(variables: Sequence[Variable]) -> Iterator[str]:
    for name, default, meaning in variables:
        yield ""
        yield from wrap(meaning, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)
        yield f"{name}={default}"
