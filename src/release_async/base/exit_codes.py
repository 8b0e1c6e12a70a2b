"""The exit codes, which scripts rely on. Which error has which is said in ``errors``."""

from release_async.base.lazy_typing import IntEnum


class ExitCode(IntEnum):
    """How a run ended; a process that was interrupted exits with 128 + signal."""

    DONE = 0
    BUG = 1
    USAGE = 2
    REFUSED = 3
    FAILED = 4
    UNFINISHED = 5
    CONFLICT = 6
    WAITING = 7
    NOTHING = 8
