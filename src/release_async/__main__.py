"""The console script: opens one of the two doors and imports only that one."""

import os
import sys


def main() -> int:
    """Run git's door for ``release-async hook ...``, a person's door for everything else.

    Returns:
        The exit code of the process.
    """
    _open_closed_streams()
    if sys.argv[1:2] == ["hook"]:
        from release_async import hook  # noqa: PLC0415 - a commit must not pay for the other door's imports

        return hook.main(sys.argv[2:])
    from release_async.base import signal_listener as signals  # noqa: PLC0415 - as above

    # Before all other imports and to the very end: there is no moment in which Ctrl-C is a traceback.
    signal_listener = signals.SignalListener()
    signal_listener.listen()
    try:
        from release_async.cli import main as cli  # noqa: PLC0415 - as above

        code = cli.main(sys.argv[1:], signal_listener)
    except ModuleNotFoundError as error:
        return _incomplete(error)
    signal_listener.ignore_from_now_on()
    return code


def _open_closed_streams() -> None:
    """Give what is written somewhere to go where a service or cron has closed the stream."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - open to the very end
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - as above


def _incomplete(error: ModuleNotFoundError) -> int:
    """Say what is not installed beside us; that a part of our own is missing is a bug, and stays one."""
    if (error.name or "").partition(".")[0] == __package__:
        raise error
    sys.stderr.write(
        f"release-async: the package {error.name} is missing in {sys.prefix}\n"
        "  install release-async again, with all that it needs: pipx reinstall release-async, or "
        "uv tool upgrade --reinstall release-async; in a clone of it: ./run rehearse\n"
    )
    from release_async.base.exit_codes import ExitCode  # noqa: PLC0415 - as above

    return ExitCode.USAGE


if __name__ == "__main__":
    raise SystemExit(main())
