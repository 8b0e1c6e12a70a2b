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
            standing = error.standing or Standing((), (), ())
            eyes.show(Failed(error.what, error.cure, error.detail, *standing, int(error.code)))
            return error.code


def _run(options: Options, eyes: Renderer) -> int:
    """Run the command; only its own imports are paid for."""
    if options.command in {"versions", "bump"}:
        from release_async.commands import versioning  # noqa: PLC0415 - as above

        return {"versions": versioning.versions, "bump": versioning.bump}[options.command](options, eyes)
    import anyio  # noqa: PLC0415 - as above

    from release_async import interrupt  # noqa: PLC0415 - as above
    from release_async.commands import releasing  # noqa: PLC0415 - as above

    command = {"release": releasing.release, "check": releasing.check, "rehearse": releasing.rehearse}[
        options.command
    ]
    return anyio.run(interrupt.interruptible, partial(command, options, eyes), backend=options.backend)
