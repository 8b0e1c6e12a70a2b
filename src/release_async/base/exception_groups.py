"""Unwraps the exception groups of task groups: picks the one error that the user is shown."""

from collections.abc import Iterator
from contextlib import contextmanager

from release_async.base.errors import ReleaseAsyncError


@contextmanager
def unwrap_exception_groups() -> Iterator[None]:
    """Raise a single exception where a task group would raise a group.

    Of several, the most important one is raised: a keyboard interrupt or exit, then the ``ReleaseAsyncError``
    with the highest exit code, then any other error, and a cancellation last; among equals the first. The
    others are added to it as notes.
    """
    try:
        yield
    except BaseExceptionGroup as group:
        first, *others = sorted(_leaves(group), key=_weight, reverse=True)
        for other in others:
            if isinstance(other, Exception):
                first.add_note(f"also: {type(other).__name__}: {other}")
        context = first.__context__
        try:
            raise first
        finally:
            first.__context__ = context  # not the group that contains it
            del first, others, context


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def _weight(error: BaseException) -> tuple[int, int]:
    if isinstance(error, KeyboardInterrupt | SystemExit):
        return (3, 0)
    if isinstance(error, ReleaseAsyncError):
        return (2, error.code)
    return (int(isinstance(error, Exception)), 0)
