"""Matrices of which every test run tries a part, and ``./run test -m exhaustive`` the rest."""

from collections.abc import Collection, Iterable
from typing import Any, TypeVar

import pytest

Case = TypeVar("Case")


def sampled(whole: Iterable[Case], always: Collection[Case]) -> list[Any]:
    """The cases of a matrix as parameters; those that are not always tried are marked exhaustive.

    Args:
        whole: Every case, in order.
        always: Those that each run tries.
    """
    return [case if case in always else pytest.param(case, marks=pytest.mark.exhaustive) for case in whole]
