"""Runs one command and keeps a lock as long as it runs: neither the command nor what it starts inherits it.

Started as a script with the command as its arguments; the descriptor of the lock is inherited. It reads and
writes nothing.
"""

import os
import signal
import sys

_NOT_STARTED = 127  # as a shell says it


def main() -> int:
    """Run the command of our arguments.

    Returns:
        Its exit code; if a signal ended it, 128 more than the number, as a shell says it.
    """
    # Whoever ends our group means the command: the lock is kept until that has ended. A handler is not
    # inherited, as an ignored signal would be (exec, signal(7)).
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    child = os.fork()  # by hand: to import subprocess takes longer than everything else here
    if child == 0:
        _become(sys.argv[1:])
    returncode = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return returncode if returncode >= 0 else 128 - returncode


def _become(command: list[str]) -> None:
    """Run the command in the place of this process, with its three streams and nothing else of ours."""
    try:
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        for number in (signal.SIGPIPE, signal.SIGXFSZ):  # which Python ignores
            signal.signal(number, signal.SIG_DFL)
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(_NOT_STARTED)


if __name__ == "__main__":
    os._exit(main())  # nothing of ours is to be cleared away
