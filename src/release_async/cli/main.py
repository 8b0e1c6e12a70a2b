"""The entry of the command line: parses it, and answers errors and ``--version`` at once.

What runs a command is imported only when there is one, so that help and usage errors are fast.
"""

import sys
from collections.abc import Sequence

from release_async import __version__
from release_async.base.errors import UsageError
from release_async.base.exit_codes import ExitCode
from release_async.base.printable_text import printable
from release_async.base.signal_listener import SignalListener
from release_async.cli import command_line


def main(argv: Sequence[str], signal_listener: SignalListener | None = None) -> int:
    """Run one command.

    Args:
        argv: The command line, without the program's name.
        signal_listener: Has been catching signals since the process began.

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
    if options.command in {"completion", "man"}:
        return _print_about_itself(options)
    from release_async.cli import run_command  # noqa: PLC0415 - see above

    return run_command.run(options, signal_listener)


def _print_about_itself(options: command_line.Options) -> int:
    """Print what other programs read about this command line; a reader that is gone is no error."""
    from release_async.render.output_stream import Stream  # noqa: PLC0415 - see above

    if options.command == "completion":
        from release_async.cli import completion  # noqa: PLC0415 - see above

        text = completion.script(options.shell)
    else:
        from release_async.cli import manual_page  # noqa: PLC0415 - see above

        text = manual_page.page()
    stream = Stream(sys.stdout)
    stream.write(text)
    stream.flush()
    return ExitCode.DONE
