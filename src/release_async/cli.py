"""A person's door: finds the command, lends it eyes, and turns every ending into words and an exit code."""

import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import closing, nullcontext
from functools import partial
from signal import Signals
from typing import Never

from release_async import __version__, command_line, render
from release_async.command_line import Options
from release_async.errors import ExitCode, ReleaseAsyncError, Standing, UsageError, bug
from release_async.events import Failed
from release_async.printable import printable
from release_async.render.discreet import Discreet
from release_async.signals import Ears

_RELEASING = ("release", "check", "rehearse")
_UNCHANGED = "nothing is public, and nothing of yours has changed"


def main(argv: Sequence[str], ears: Ears | None = None) -> int:
    """Run one command.

    Args:
        argv: The command line, without the program's name.
        ears: What has been hearing signals since the process began.

    Returns:
        The exit code of the process.
    """
    try:
        options = command_line.parse(argv)
    except UsageError as error:
        sys.stderr.write(f"release-async: {printable(error.what)}\n  {printable(error.cure)}\n")
        return error.code
    if options.version == command_line.TOOL:
        sys.stdout.write(f"release-async {__version__}\n")
        return ExitCode.DONE
    with closing(Discreet(render.choose(options.output, verbose=options.verbose))) as eyes:
        try:
            return _run(options, eyes, ears)
        except ReleaseAsyncError as error:
            eyes.show(_failed(error, options))
            return error.code
        except Exception as error:  # noqa: BLE001 - a traceback is no answer to a person
            eyes.show(_bug(error, options))
            return ExitCode.BUG


def _failed(error: ReleaseAsyncError, options: Options) -> Failed:
    """How the run ended; of a new release it always says what is public, also where nothing is."""
    begins = options.command in _RELEASING and not (options.resume or options.abandon)
    unchanged = error.standing is None and begins and error.code != ExitCode.USAGE
    what = f"{error.what}; {_UNCHANGED}" if unchanged else error.what
    public, owed, manual, deadline = error.standing or Standing()
    cause = error.__cause__
    if options.verbose and isinstance(cause, Exception) and not isinstance(cause, ReleaseAsyncError):
        error.add_detail(_traceback(cause))
    return Failed(what, error.cure, error.detail, public, owed, manual, int(error.code), deadline)


def _bug(error: Exception, options: Options) -> Failed:
    """What a person is told of an exception that nobody expected, before anything was public."""
    what = f"{bug(error)}; {_UNCHANGED}" if options.command in _RELEASING else bug(error)
    cure = f"report it with what you typed, the lines below and release-async {__version__}"
    lines = _traceback(error).splitlines()
    where = [line for line in lines if line.startswith("  File ")][-1:]
    if not options.verbose:
        cure += "; --verbose shows the whole traceback"
    return Failed(what, cure, "\n".join(lines if options.verbose else where), (), (), (), int(ExitCode.BUG))


def _traceback(error: Exception) -> str:
    return "".join(traceback.format_exception(error)).rstrip()


def _run(options: Options, eyes: Discreet, ears: Ears | None) -> int:
    """Run the command; only its own imports are paid for."""
    if options.command in {"versions", "bump"}:
        from release_async.commands import versioning  # noqa: PLC0415 - as above

        command = {"versions": versioning.versions, "bump": versioning.bump}[options.command]
        with ears.raising() if ears else nullcontext():
            return command(options, eyes)
    import anyio  # noqa: PLC0415 - as above

    from release_async import interrupt  # noqa: PLC0415 - as above
    from release_async.commands import adopting, hooks, releasing, resuming  # noqa: PLC0415 - as above
    from release_async.tools import process  # noqa: PLC0415 - as above

    unfinished = resuming.resume if options.resume else resuming.abandon if options.abandon else None
    work = {
        "release": unfinished or releasing.release,
        "status": resuming.status,
        "check": releasing.check,
        "rehearse": releasing.rehearse,
        "init": adopting.init,
        "hooks": hooks.hooks,
    }[options.command]
    insistence = interrupt.Insistence(second=process.hurry, third=partial(_leave_at_once, options, eyes))
    with process.guarded():
        return anyio.run(
            interrupt.interruptible,
            partial(work, options, eyes),
            ears,
            insistence,
            backend=options.backend,
        )


def _leave_at_once(options: Options, eyes: Discreet, number: Signals) -> Never:
    """End the process for a person who will not wait for the cleaning up; the warden ends what still runs."""
    code = 128 + number
    swept = "what it made for itself was not cleared away; the next run does that"
    what = f"interrupted by {number.name}, and again: {swept}"
    if options.command in _RELEASING:
        what = f"{what}; {_UNCHANGED}"
    try:
        eyes.show(Failed(what, "", "", (), (), (), code))
        eyes.close()
    finally:
        os._exit(code)
