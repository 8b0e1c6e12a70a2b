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
    from release_async import cli  # noqa: PLC0415 - as above

    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
