"""Matrices of which every test run tries a part, and ``./run test -m exhaustive`` the rest.

One of them is every rule that is tried with whole runs of the tool, on both event loops: each case takes its
turn on one of the two.
"""

import inspect
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, TypeVar
from zlib import crc32

import pytest

Case = TypeVar("Case")

BACKENDS = ("asyncio", "trio")


def sampled(whole: Iterable[Case], always: Collection[Case]) -> list[Any]:
    """The cases of a matrix as parameters; those that are not always tried are marked exhaustive.

    Args:
        whole: Every case, in order.
        always: Those that each run tries.
    """
    return [case if case in always else pytest.param(case, marks=pytest.mark.exhaustive) for case in whole]


def out_of_turn(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """The tests whose case is tried on the other event loop.

    Meant are tests that start the tool as a program, in modules that have the mark ``by_turns``. The cases of
    one test go by turns; with which loop it begins depends on its name alone. What was chosen without its
    counterpart has its turn.
    """
    tests: dict[str, dict[str, dict[str, pytest.Item]]] = defaultdict(lambda: defaultdict(dict))
    for item in items:
        if backend := _backend(item):
            case = item.name.replace(backend, "", 1)
            tests[item.nodeid.partition("[")[0]][case][backend] = item
    return [
        pair[BACKENDS[(turn + 1) % 2]]
        for test, cases in tests.items()
        for turn, pair in enumerate(cases.values(), crc32(test.encode()))
        if len(pair) == len(BACKENDS)
    ]


def _backend(item: pytest.Item) -> str:
    """The event loop of a case that goes by turns; empty where it does not."""
    if item.get_closest_marker("by_turns") is None or not isinstance(item, pytest.Function):
        return ""
    if inspect.iscoroutinefunction(item.function) or not hasattr(item, "callspec"):
        return ""
    return str(item.callspec.params.get("anyio_backend", ""))
