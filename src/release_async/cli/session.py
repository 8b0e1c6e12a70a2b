"""Runs one command: picks it, gives it a renderer, and turns every result or error into an exit code."""

import os
from collections.abc import Awaitable, Callable
from contextlib import closing, nullcontext
from functools import partial
from signal import Signals
from typing import Never

from release_async import __version__, render
from release_async.base.errors import ExitCode, ReleaseAsyncError, ReleaseProgress, bug
from release_async.base.signals import SignalListener
from release_async.cli.command_line import Options
from release_async.plan.events import Failed
from release_async.render.redact import RedactingRenderer

_RELEASING = ("release", "check", "rehearse")
_UNCHANGED = "nothing is public, and nothing of yours has changed"


def run(options: Options, signal_listener: SignalListener | None = None) -> int:
    """Run one command.

    Args:
        options: What was typed.
        signal_listener: Has been catching signals since the process began.

    Returns:
        The exit code of the process.

    Raises:
        ModuleNotFoundError: A dependency is not installed.
    """
    with closing(RedactingRenderer(render.choose(options.output, verbose=options.verbose))) as renderer:
        try:
            return _run(options, renderer, signal_listener)
        except ReleaseAsyncError as error:
            renderer.show(_failed(error, options))
            return error.code
        except ModuleNotFoundError:
            raise  # reported by the console script, which needs no dependency
        except Exception as error:  # noqa: BLE001 - a person needs more than a traceback
            renderer.show(_bug(error, options))
            return ExitCode.BUG


def _failed(error: ReleaseAsyncError, options: Options) -> Failed:
    """The end of a failed run; for a new release it always says what is public, even if nothing is."""
    is_new_release = options.command in _RELEASING and not (options.resume or options.abandon)
    unchanged = error.progress is None and is_new_release and error.code != ExitCode.USAGE
    what = f"{error.what}; {_UNCHANGED}" if unchanged else error.what
    public, owed, manual, deadline = error.progress or ReleaseProgress()
    cause = error.__cause__
    if options.verbose and isinstance(cause, Exception) and not isinstance(cause, ReleaseAsyncError):
        error.add_detail(_traceback(cause))
    return Failed(what, error.cure, error.detail, public, owed, manual, int(error.code), deadline)


def _bug(error: Exception, options: Options) -> Failed:
    """What to report of an unexpected exception, before anything was public."""
    what = f"{bug(error)}; {_UNCHANGED}" if options.command in _RELEASING else bug(error)
    cure = f"report it with what you typed, the lines below and release-async {__version__}"
    lines = _traceback(error).splitlines()
    where = [line for line in lines if line.startswith("  File ")][-1:]
    if not options.verbose:
        cure += "; --verbose shows the whole traceback"
    return Failed(what, cure, "\n".join(lines if options.verbose else where), (), (), (), int(ExitCode.BUG))


def _traceback(error: Exception) -> str:
    import traceback  # noqa: PLC0415 - nearly every run ends without one

    return "".join(traceback.format_exception(error)).rstrip()


def _run(options: Options, renderer: RedactingRenderer, signal_listener: SignalListener | None) -> int:
    """Run the command; import only what it needs."""
    if options.command in {"versions", "bump"}:
        from release_async.cli.commands import versions  # noqa: PLC0415 - as above

        command = {"versions": versions.versions, "bump": versions.bump}[options.command]
        with signal_listener.raising() if signal_listener else nullcontext():
            return command(options, renderer)
    import anyio  # noqa: PLC0415 - as above

    from release_async.base import interrupt  # noqa: PLC0415 - as above
    from release_async.process import process, process_tree  # noqa: PLC0415 - as above

    escalation = interrupt.Escalation(
        second=process_tree.hurry, third=partial(_leave_at_once, options, renderer)
    )
    with process.guarded():
        return anyio.run(
            interrupt.interruptible,
            partial(_command_function(options), options, renderer),
            signal_listener,
            escalation,
            backend=options.backend,
        )


def _command_function(options: Options) -> Callable[[Options, RedactingRenderer], Awaitable[int]]:
    """The function of the command."""
    if options.command == "init":
        from release_async.cli.commands import init  # noqa: PLC0415 - as above

        return init.init
    if options.command == "hooks":
        from release_async.cli.commands import hooks  # noqa: PLC0415 - as above

        return hooks.hooks
    from release_async.cli.commands import release, resume  # noqa: PLC0415 - as above

    if options.resume or options.abandon:
        return resume.resume if options.resume else resume.abandon
    return {
        "release": release.release,
        "status": resume.status,
        "check": release.check,
        "rehearse": release.rehearse,
    }[options.command]


def _leave_at_once(options: Options, renderer: RedactingRenderer, number: Signals) -> Never:
    """End the process for a person who will not wait for the clean-up; the watchdog ends what still runs."""
    code = 128 + number
    left_over = "its temporary files were not removed; the next run does that"
    what = f"interrupted by {number.name}, and again: {left_over}"
    if options.command in _RELEASING:
        what = f"{what}; {_UNCHANGED}"
    try:
        renderer.show(Failed(what, "", "", (), (), (), code))
        renderer.close()
    finally:
        os._exit(code)
