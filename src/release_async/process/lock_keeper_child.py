"""Runs one command and keeps a lock as long as it runs: neither the command nor what it starts inherits it.

Started as a script with the command as its arguments; the descriptor of the lock is inherited. It reads and
writes nothing.
"""

import os
import signal
import subprocess
import sys


def main() -> int:
    """Run the command of our arguments.

    Returns:
        Its exit code; if a signal ended it, 128 more than the number, as a shell says it.
    """
    # Whoever ends our group means the command: the lock is kept until that has ended. A handler is not
    # inherited, as an ignored signal would be (exec, signal(7)).
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    command = subprocess.Popen(sys.argv[1:], close_fds=True)
    returncode = command.wait()
    return returncode if returncode >= 0 else 128 - returncode


if __name__ == "__main__":
    os._exit(main())  # nothing of ours is to be cleared away
