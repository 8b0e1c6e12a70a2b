#!/usr/bin/env -S python3 -I
"""Runs one hook directly from this clone, so that pre-commit and prek have nothing to install.

It uses a Python 3.11 or later of the PATH; this file itself runs on older ones too.
"""

import os
import sys


def newer():
    """Restart this file under a newer Python of the PATH; return only if there is none."""
    for minor in range(16, 10, -1):
        name = "python3.{}".format(minor)  # noqa: UP032 - old Pythons must be able to parse this
        try:
            os.execvp(name, [name, "-I", __file__, *sys.argv[1:]])  # noqa: S606 - no shell is needed
        except OSError:
            continue


def main():
    """Run the named hook and return its exit code."""
    if sys.version_info < (3, 11):
        newer()
        sys.stderr.write(
            "release-async: this hook needs Python 3.11 or later as python3, and found "
            "{}.{}: install one, or use the hook without -fast in its name\n".format(*sys.version_info)
        )
        return 2
    top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path.insert(0, os.path.join(top, "src"))
    from release_async import hook  # noqa: PLC0415 - importable only now

    return hook.main(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
