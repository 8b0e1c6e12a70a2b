"""Runs one command: picks it, gives it a renderer, and turns every result or error into an exit code."""

import gc
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from functools import partial
from importlib import import_module
from signal import Signals

from release_async import render
from release_async.base.errors import ReleaseAsyncError
from release_async.base.exit_codes import ExitCode
from release_async.base.lazy_typing import Never, cast
from release_async.base.signal_listener import SignalListener, spoken
from release_async.cli.command_line import Options
from release_async.cli.failure_report import NOT_ASKED, begins, bug_report, ending, unchanged_words
from release_async.plan.events import Failed, Stopping
from release_async.render.redacting_renderer import RedactingRenderer


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
    with closing(
        RedactingRenderer(render.create_renderer(options.output, verbose=options.verbose))
    ) as renderer:
        try:
            return _run(options, renderer, signal_listener)
        except ReleaseAsyncError as error:
            renderer.show(ending(error, options))
            return error.code
        except ModuleNotFoundError:
            raise  # told by the console script, which needs nothing that can be missing
        except Exception as error:  # noqa: BLE001 - a traceback is no answer to a person
            renderer.show(bug_report(error, options))
            return ExitCode.BUG


def _run(options: Options, renderer: RedactingRenderer, signal_listener: SignalListener | None) -> int:
    """Run the command; import only what it needs."""
    if options.command in {"versions", "bump"}:
        command = getattr(import_module(f"release_async.cli.commands.{options.command}"), options.command)
        with signal_listener.raising() if signal_listener else nullcontext():
            return cast("int", command(options, renderer))
    _leave_no_core()
    if options.backend == "asyncio":
        _do_without_trio()
    with _without_garbage_collection():
        import anyio  # noqa: PLC0415 - as above

        _wait_without_threads()

        from release_async.base import cancellation  # noqa: PLC0415 - as above
        from release_async.process import end_process_tree, run_process as process  # noqa: PLC0415 - as above

        work = _command_function(options)
    escalation = cancellation.Escalation(
        first=lambda number, work: renderer.show(Stopping(work, number.name)),
        second=end_process_tree.hurry,
        third=partial(_leave_at_once, options, renderer),
    )
    with process.under_watchdog():
        return anyio.run(
            cancellation.interruptible,
            partial(work, options, renderer),
            signal_listener,
            escalation,
            backend=options.backend,
        )


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Import inside: to look through what lasts for garbage, again and again, takes a twelfth of it.

    What was imported is not looked through later either (gc, freeze).
    """
    was_on, known = gc.isenabled(), len(sys.modules)
    gc.disable()
    try:
        yield
    finally:
        if len(sys.modules) > known:
            gc.freeze()
        if was_on:
            gc.enable()


def _do_without_trio() -> None:
    """Have it count as not installed, unless it is imported already (importlib, sys.modules).

    The HTTP client imports it if it can, whatever the event loop: a fifth of the time of all imports.
    """
    sys.modules.setdefault("trio", None)  # type: ignore[arg-type]  # None is what the import system documents


def _wait_without_threads() -> None:
    """Have asyncio wait for each child by a descriptor, as it does by itself since Python 3.12.

    Before, it starts a thread for each, and a release has ninety (pidfd_open(2), Linux 5.3).
    """
    if sys.version_info >= (3, 12) or not hasattr(os, "pidfd_open"):
        return
    import asyncio  # noqa: PLC0415 - as above

    with suppress(OSError):  # a kernel, or a sandbox, that has no such call
        os.close(os.pidfd_open(os.getpid()))
        asyncio.set_child_watcher(asyncio.PidfdChildWatcher())


def _leave_no_core() -> None:
    """Let no crash, and no SIGQUIT, write our memory into the project: it holds tokens (core(5))."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - Windows lacks it

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def _command_function(options: Options) -> Callable[[Options, RedactingRenderer], Awaitable[int]]:
    """The function of the command, from the module of its name, the only one that is imported."""
    name = "next_version" if options.command == "next" else options.command
    if options.resume or options.abandon:
        name = "resume" if options.resume else "abandon"
    module = import_module(f"release_async.cli.commands.{name}")
    return cast("Callable[[Options, RedactingRenderer], Awaitable[int]]", getattr(module, name))


def _leave_at_once(options: Options, renderer: RedactingRenderer, number: Signals) -> Never:
    """End the process for a person who will not wait for the clean-up; the watchdog ends what still runs."""
    code = int(ExitCode.UNFINISHED) if options.resume else 128 + number
    swept = "its temporary files were not removed; the next run removes them"
    what = f"interrupted by {spoken(number)}, and again: {swept}"
    if begins(options):
        what = f"{what}; {unchanged_words(options)}"
    elif options.resume:
        what = f"{what}; {NOT_ASKED}"
    try:
        renderer.show(Failed(what, "", "", (), (), (), code))
        renderer.close()
    finally:
        os._exit(code)
