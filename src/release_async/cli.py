"""A person's door: finds the command, lends it eyes, and turns every ending into words and an exit code."""

import sys
from collections.abc import Sequence
from contextlib import closing
from functools import partial

from release_async import __version__, command_line, render
from release_async.command_line import Options
from release_async.errors import ExitCode, ReleaseAsyncError, Standing, UsageError
from release_async.events import Failed
from release_async.render import Renderer

_RELEASING = ("release", "check", "rehearse")
_UNCHANGED = "nothing is public, and nothing of yours has changed"


def main(argv: Sequence[str]) -> int:
    """Run one command.

    Args:
        argv: The command line, without the program's name.

    Returns:
        The exit code of the process.
    """
    try:
        options = command_line.parse(argv)
    except UsageError as error:
        sys.stderr.write(f"release-async: {error.what}\n  {error.cure}\n")
        return error.code
    if options.version == command_line.TOOL:
        sys.stdout.write(f"release-async {__version__}\n")
        return ExitCode.DONE
    with closing(render.choose(options.output, verbose=options.verbose)) as eyes:
        try:
            return _run(options, eyes)
        except ReleaseAsyncError as error:
            eyes.show(_failed(error, options))
            return error.code


def _failed(error: ReleaseAsyncError, options: Options) -> Failed:
    """How the run ended; of a new release it always says what is public, also where nothing is."""
    begins = options.command in _RELEASING and not (options.resume or options.abandon)
    unchanged = error.standing is None and begins and error.code != ExitCode.USAGE
    what = f"{error.what}; {_UNCHANGED}" if unchanged else error.what
    public, owed, manual, deadline = error.standing or Standing()
    return Failed(what, error.cure, error.detail, public, owed, manual, int(error.code), deadline)


def _run(options: Options, eyes: Renderer) -> int:
    """Run the command; only its own imports are paid for."""
    if options.command in {"versions", "bump"}:
        from release_async.commands import versioning  # noqa: PLC0415 - as above

        return {"versions": versioning.versions, "bump": versioning.bump}[options.command](options, eyes)
    import anyio  # noqa: PLC0415 - as above

    from release_async import interrupt  # noqa: PLC0415 - as above
    from release_async.commands import hooks, releasing, resuming  # noqa: PLC0415 - as above

    command = {
        "release": resuming.resume
        if options.resume
        else resuming.abandon
        if options.abandon
        else releasing.release,
        "status": resuming.status,
        "check": releasing.check,
        "rehearse": releasing.rehearse,
        "hooks": hooks.hooks,
    }[options.command]
    return anyio.run(interrupt.interruptible, partial(command, options, eyes), backend=options.backend)
