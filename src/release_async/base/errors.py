"""One exception for each cause that ends a run, with what to do next and its exit code; prints nothing."""

from release_async.base.exit_codes import ExitCode
from release_async.base.lazy_typing import NamedTuple

RUN_AGAIN = "run the same command again"
"""The last words of a cure before anything is public; after that the cure is to resume."""


class ReleaseProgress(NamedTuple):
    """How far a release came that failed after its point of no return.

    Attributes:
        public: What others can see already.
        owed: What is still to be done.
        manual: The commands that do the rest by hand.
        deadline: The day after which the index takes no more files, in words; empty if there is none.
        unknown: What was begun, and has not been seen done or undone since.
    """

    public: tuple[str, ...] = ()
    owed: tuple[str, ...] = ()
    manual: tuple[str, ...] = ()
    deadline: str = ""
    unknown: tuple[str, ...] = ()


class ReleaseAsyncError(Exception):
    """The base class of all errors that are shown to the user.

    Attributes:
        code: The exit code of the process.
        what: What happened, in one sentence.
        cure: What to type or do next.
        detail: Lines that help to find the cause, such as the last output of a command.
        progress: What of the release is public and what is still to be done, once anything is public.
        certain: Whether it is certain that the failed change was not made.
        network: Whether the network kept it from being done, as far as can be told.
    """

    code: int = ExitCode.BUG
    certain: bool = True
    network: bool = False
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
    """The command line asks for something that does not exist, or contradicts itself."""

    code = ExitCode.USAGE


class ConfigurationError(ReleaseAsyncError):
    """A setting, or the project itself, cannot be understood."""

    code = ExitCode.USAGE


class RefusedError(ReleaseAsyncError):
    """At least one check refused, or the user said No: nothing was started."""

    code = ExitCode.REFUSED


class FailedError(ReleaseAsyncError):
    """A service, command or file system failed; before the point of no return nothing has changed."""

    code = ExitCode.FAILED


class TransientError(FailedError):
    """A failure that a retry may get past.

    Attributes:
        wait: The seconds to wait before the next attempt, as the server said; None if it did not say.
    """

    def __init__(self, what: str, *, cure: str = "", detail: str = "", wait: float | None = None) -> None:
        super().__init__(what, cure=cure, detail=detail)
        self.wait = wait


class DamagedUploadError(TransientError):
    """Data was damaged in transit."""


class UncertainError(TransientError):
    """A failed change that may have been made all the same: look at its target before each retry."""

    certain = False


class PermanentError(FailedError):
    """A failure that no retry gets past."""


class CommandError(FailedError):
    """A command ended with an exit code, a signal or a deadline that means failure."""


class UnfinishedError(ReleaseAsyncError):
    """A step failed after the first upload: part of the release is public, the rest is still to be done."""

    code = ExitCode.UNFINISHED
    certain = False


class Awaited(NamedTuple):
    """What a release waits for, for a person to read.

    Attributes:
        name: The packages.
        version: Their versions.
        what: What somebody else has to do: "the merge of pull request #12 into main".
        since: Since when it is waited for, in words; empty where that is not known.
        address: The web page where it is done; empty where there is none.
        who: Whose turn it is, and with what, each in words; empty where that is not known.
        done: What others can see of the release already.
    """

    name: str
    version: str
    what: str
    since: str = ""
    address: str = ""
    who: tuple[str, ...] = ()
    done: tuple[str, ...] = ()


class WaitingError(ReleaseAsyncError):
    """Somebody else has to do something first; nothing is left to do here until then.

    Attributes:
        awaited: What it is.
    """

    code = ExitCode.WAITING

    def __init__(self, awaited: Awaited, *, cure: str) -> None:
        super().__init__(f"{awaited.name} {awaited.version} waits for {awaited.what}", cure=cure)
        self.awaited = awaited


class ConflictError(ReleaseAsyncError):
    """Something else exists under a name that this release needs: a person must decide."""

    code = ExitCode.CONFLICT


def bug_message(error: Exception) -> str:
    """The message for an unexpected exception."""
    said = f"{type(error).__name__}: {error}".rstrip(": ")
    return f"a bug in release-async: {said}"
