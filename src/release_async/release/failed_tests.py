"""Which tests failed, by the words of pytest or unittest, however they were started. It only reads text."""

import re
from collections.abc import Iterator

MOST = 3
"""Names that are told; who has more failed tests looks at the output."""
LONGEST = 60
"""Characters of a name; one that pytest has made of parameters may have thousands."""

_BY_PYTEST = re.compile(r"(?m)^(?:FAILED|ERROR) (?P<name>\S+?\.py(?:::.+?)?)(?: - .*)?$")
"""A line of pytest's short summary (pytest, "Producing a detailed summary report")."""
_BY_UNITTEST = re.compile(r"(?m)^(?:FAIL|ERROR): (?P<name>\S+) \((?P<where>[\w.<>]+)\)")
"""The head of a failure as unittest writes it; since Python 3.11 the name is in both halves."""


def named(output: str) -> str:
    """The names of the tests that failed: ``tests/test_a.py::test_b and 2 more``.

    Args:
        output: What the test command wrote, on both streams.

    Returns:
        The first names, and how many more there are; empty where none can be read.
    """
    names = list(dict.fromkeys(_names(output)))
    shown = ", ".join(names[:MOST])
    return f"{shown} and {len(names) - MOST} more" if len(names) > MOST else shown


def _names(output: str) -> Iterator[str]:
    for found in _BY_PYTEST.finditer(output):
        yield _cut(found["name"])
    for found in _BY_UNITTEST.finditer(output):
        where = found["where"].removesuffix(f".{found['name']}")
        yield _cut(f"{where}.{found['name']}")


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 3]}..."
