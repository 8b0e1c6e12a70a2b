"""The console script: opens one of the two doors and imports only that one."""

import sys


def main() -> int:
    """Run git's door for ``release-async hook ...``, a person's door for everything else.

    Returns:
        The exit code of the process.
    """
    if sys.argv[1:2] == ["hook"]:
        from release_async import hook  # noqa: PLC0415 - a commit must not pay for the other door's imports

        return hook.main(sys.argv[2:])
    from release_async import signals  # noqa: PLC0415 - as above

    # Before all other imports and to the very end: there is no moment in which Ctrl-C is a traceback.
    ears = signals.Ears()
    ears.listen()
    from release_async import cli  # noqa: PLC0415 - as above

    code = cli.main(sys.argv[1:], ears)
    ears.close_for_good()
    return code


if __name__ == "__main__":
    raise SystemExit(main())
