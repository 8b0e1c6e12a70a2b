"""What a person is told when a run fails: by an error that was foreseen, or by a bug. It prints nothing."""

from release_async import __version__
from release_async.base.errors import RUN_AGAIN, ReleaseAsyncError, ReleaseProgress, WaitingError, bug_message
from release_async.base.exit_codes import ExitCode
from release_async.base.signal_listener import Interrupted
from release_async.cli.command_line import Options
from release_async.plan.events import Failed, Waits

RELEASING = ("release", "check", "rehearse", "publish")
"""The commands that begin a release."""
UNCHANGED = "nothing is public, and nothing of yours has changed"
REFUSED = "this run has uploaded nothing, and changed nothing of yours"
"""Of a release that was refused, perhaps because a version of that number is public."""
NOT_ASKED = "to see what is public: release-async status"


def ending(error: ReleaseAsyncError, options: Options) -> Failed | Waits:
    """How a run ended that did not do all: what it waits for, or what failed."""
    return (
        Waits(*error.awaited, command=error.cure)
        if isinstance(error, WaitingError)
        else failure(error, options)
    )


def failure(error: ReleaseAsyncError, options: Options) -> Failed:
    """How the run ended; of a new release it always says what is public, also where nothing is."""
    unchanged = error.progress is None and begins(options) and error.code != ExitCode.USAGE
    what = f"{error.what}; {unchanged_words(options, error.code)}" if unchanged else error.what
    public, owed, manual, deadline, unknown = error.progress or ReleaseProgress()
    cause = error.__cause__
    if options.verbose and isinstance(cause, Exception) and not isinstance(cause, ReleaseAsyncError):
        error.add_detail(_traceback(cause))
    cure = error.cure or (RUN_AGAIN if unchanged and isinstance(error, Interrupted) else "")
    return Failed(what, cure, error.detail, public, owed, manual, int(error.code), deadline, unknown)


def begins(options: Options) -> bool:
    """Whether the command begins a release, of which nothing is public as long as no error says otherwise."""
    return options.command in RELEASING and not (options.resume or options.abandon)


def unchanged_words(options: Options, code: int = ExitCode.FAILED) -> str:
    """What is said of a run that has made nothing public, by its exit code; an earlier run may have."""
    if options.command == "publish":
        return "nothing was uploaded"
    return REFUSED if code == ExitCode.REFUSED else UNCHANGED


def bug_report(error: Exception, options: Options) -> Failed:
    """What a person is told of an exception that nobody expected, and that no step was under way for."""
    what = bug_message(error)
    if begins(options):
        what = f"{what}; {unchanged_words(options)}"
    elif options.resume:
        what = f"{what}; {NOT_ASKED}"
    cure = f"report it with what you typed, the lines above and release-async {__version__}"
    lines = _traceback(error).splitlines()
    where = [line for line in lines if line.startswith("  File ")][-1:]
    if not options.verbose:
        cure += "; --verbose shows the whole traceback"
    return Failed(what, cure, "\n".join(lines if options.verbose else where), (), (), (), int(ExitCode.BUG))


def _traceback(error: Exception) -> str:
    import traceback  # noqa: PLC0415 - nearly every run ends without one

    return "".join(traceback.format_exception(error)).rstrip()
