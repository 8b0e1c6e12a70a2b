"""One exception for each cause that ends a run, with its exit code and its cure; nothing here prints."""

from release_async.base.lazy_typing import IntEnum, NamedTuple


class ExitCode(IntEnum):
    """What the process answers; the numbers are a contract with scripts (128 + signal where interrupted)."""

    DONE = 0
    BUG = 1
    USAGE = 2
    REFUSED = 3
    FAILED = 4
    UNFINISHED = 5
    CONFLICT = 6


AGAIN = "run the same command again"
"""How a cure ends where nothing is public; behind the point of no return to resume takes its place."""


class ReleaseProgress(NamedTuple):
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
        progress: What of the release is public and what is owed, once anything is public.
        certain: Whether the change that failed has not been made, for certain.
    """

    code: int = ExitCode.BUG
    certain: bool = True
    progress: "ReleaseProgress | None" = None

    def __init__(self, what: str, *, cure: str = "", detail: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.cure = cure
        self.detail = detail

    def add_detail(self, line: str) -> None:
        """Add a line that helps to find the cause; an empty one adds nothing."""
        self.detail = "\n".join(part for part in (self.detail, line) if part)


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


class TransientError(FailedError):
    """Something outside did not do its part at this moment; the same is worth asking again after a while.

    Attributes:
        wait: Seconds after which it wants to be asked again; None where it did not say.
        times: How often it is worth being asked again; None as long as there is time.
    """

    times: int | None = None

    def __init__(self, what: str, *, cure: str = "", detail: str = "", wait: float | None = None) -> None:
        super().__init__(what, cure=cure, detail=detail)
        self.wait = wait


class OnceMoreError(TransientError):
    """Something was spoilt on its way, which is worth one more attempt and no further one."""

    times = 1


class UncertainError(TransientError):
    """As above, and what failed may have been done all the same: the world decides before each attempt."""

    certain = False


class PermanentError(FailedError):
    """Something outside will never take this as it is, however often it is asked."""


class CommandError(FailedError):
    """A command ended with an exit code, a signal or a deadline that means failure."""


class UnfinishedError(ReleaseAsyncError):
    """A step failed after the first upload: part of the release is public, the rest is owed."""

    code = ExitCode.UNFINISHED
    certain = False


class ConflictError(ReleaseAsyncError):
    """The world holds something else under a name of ours: a person must decide."""

    code = ExitCode.CONFLICT


def bug(error: Exception) -> str:
    """What a person is told of an exception that nobody expected."""
    said = f"{type(error).__name__}: {error}".rstrip(": ")
    return f"a bug in release-async: {said}"
