#!/usr/bin/env -S python3 -I
"""Runs one hook right from this clone: pre-commit and prek install nothing for it.

The first Python 3.11 or later of the PATH is used; this file itself is understood by older ones too.
"""

import os
import sys


def newer():
    """Go on under a newer Python of the PATH; return only where there is none."""
    for minor in range(16, 10, -1):
        name = "python3.{}".format(minor)  # noqa: UP032 - an old Python has to read this
        try:
            os.execvp(name, [name, "-I", __file__, *sys.argv[1:]])  # noqa: S606 - there is nothing for a shell
        except OSError:
            continue


def main():
    """Run the hook that is named, and return its exit code."""
    if sys.version_info < (3, 11):
        newer()
        sys.stderr.write(
            "release-async: this hook needs Python 3.11 or later as python3, and found "
            "{}.{}: install one, or use the hook without -fast in its name\n".format(*sys.version_info)
        )
        return 2
    top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path.insert(0, os.path.join(top, "src"))
    from release_async import hook  # noqa: PLC0415 - it is found only now

    return hook.main(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
