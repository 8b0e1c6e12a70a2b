"""One exception for each cause that ends a run, with its exit code and its cure; nothing here prints."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import NamedTuple


class ExitCode(IntEnum):
    """What the process answers; the numbers are a contract with scripts (128 + signal where interrupted)."""

    DONE = 0
    BUG = 1
    USAGE = 2
    REFUSED = 3
    FAILED = 4
    UNFINISHED = 5
    CONFLICT = 6


class Standing(NamedTuple):
    """How far a release has come that ended after its point of no return.

    Attributes:
        public: What others can see already.
        owed: What is not done yet.
        manual: The commands that a person would type for what is owed.
        deadline: The day after which the index takes no more files, in words; empty where there is none.
    """

    public: tuple[str, ...] = ()
    owed: tuple[str, ...] = ()
    manual: tuple[str, ...] = ()
    deadline: str = ""


class ReleaseAsyncError(Exception):
    """The root of all errors that a person is meant to read.

    Attributes:
        code: The exit code of a run that this error ends.
        what: What happened, in one sentence.
        cure: What to type or do next.
        detail: Lines that help to find the cause, such as the last output of a command.
        standing: What of the release is public and what is owed, once anything is public.
    """

    code: int = ExitCode.BUG
    standing: "Standing | None" = None

    def __init__(self, what: str, *, cure: str = "", detail: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.cure = cure
        self.detail = detail


class UsageError(ReleaseAsyncError):
    """The command line asks for something that does not exist or does not fit together."""

    code = ExitCode.USAGE


class ConfigurationError(ReleaseAsyncError):
    """A setting, or the project itself, cannot be understood."""

    code = ExitCode.USAGE


class RefusedError(ReleaseAsyncError):
    """At least one check refused, or the person said No: nothing was begun."""

    code = ExitCode.REFUSED


class FailedError(ReleaseAsyncError):
    """Something outside did not do its part; before the pivot this means that nothing has changed."""

    code = ExitCode.FAILED


class CommandError(FailedError):
    """A command ended with an exit code, a signal or a deadline that means failure."""


class UnfinishedError(ReleaseAsyncError):
    """A step failed after the first upload: part of the release is public, the rest is owed."""

    code = ExitCode.UNFINISHED


class ConflictError(ReleaseAsyncError):
    """The world holds something else under a name of ours: a person must decide."""

    code = ExitCode.CONFLICT


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
