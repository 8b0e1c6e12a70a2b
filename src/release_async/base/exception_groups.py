"""Which of the errors that a task group wraps is the one for the person. Decides nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager

from release_async.base.errors import ReleaseAsyncError


@contextmanager
def plain_errors() -> Iterator[None]:
    """Raise the exceptions that task groups wrap as if there had been no task group.

    Of several, the one raised is the one that matters most to the person: a keyboard interrupt or exit, then
    the ``ReleaseAsyncError`` with the highest exit code, then any other error, and a cancellation last;
    among equals the first. The others are added to it as notes.
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
            first.__context__ = context  # what it was raised in, not the group it is itself a part of
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
