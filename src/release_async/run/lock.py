"""The lock that keeps a second release out of a repository, and who holds it. It never waits.

The kernel frees it when its owner dies (flock(2)); a child that was given it, and still uploads or pushes, is
an owner too.
"""

import contextlib
import fcntl
import json
import os
import shlex
import time
from collections.abc import Iterator
from pathlib import Path

from release_async.base.errors import FailedError, RefusedError

_FILE = "lock"
_WIDTH = 200
"""Characters that are always written, so that a shorter word leaves nothing of a longer one behind."""


class Lock:
    """The lock while it is held.

    Attributes:
        handle: Its file descriptor; a child that inherits it holds the lock as well.
    """

    def __init__(self, handle: int) -> None:
        self.handle = handle
        self._since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime())

    def tell(self, step: str) -> None:
        """Write down for others at which step the owner is; for display only."""
        facts = {"process": os.getpid(), "since": self._since, "step": step}
        with contextlib.suppress(OSError):  # a full disk must not end a release for the sake of a display
            os.pwrite(self.handle, json.dumps(facts).ljust(_WIDTH).encode(), 0)


@contextlib.contextmanager
def held(home: Path) -> Iterator[Lock]:
    """Hold the lock of all releases of one repository.

    Args:
        home: Where all runs of the repository live; made where it does not exist.

    Raises:
        RefusedError: Another release holds it; says who, since when, and at which step.
        FailedError: The directory cannot be written.
    """
    try:
        home.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(home / _FILE, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise FailedError(
            f"{home} cannot be written: {error.strerror}",
            cure=f"see whose it is: ls -ld {shlex.quote(str(home))}",
        ) from error
    try:
        if not _taken(handle):
            raise refused(_owner(handle))
        lock = Lock(handle)
        lock.tell("checks")
        yield lock
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def refused(owner: str) -> RefusedError:
    """The error for a release that comes while another one holds the lock.

    Args:
        owner: Who holds it, in the words of ``owner``.
    """
    return RefusedError(
        f"another release is running in this repository: {owner}",
        cure="wait until it has ended; to see how far it is: release-async status",
    )


def owner(home: Path) -> str:
    """Who is releasing in the repository at this moment, in words; empty where nobody is."""
    try:
        handle = os.open(home / _FILE, os.O_RDWR)
    except OSError:
        return ""
    try:
        return "" if _taken(handle) else _owner(handle)
    finally:
        os.close(handle)


def _owner(handle: int) -> str:
    try:
        facts = json.loads(os.pread(handle, 1000, 0))
        number, told = int(facts["process"]), f"since {facts['since']}, at the step {facts['step']}"
    except (ValueError, KeyError, TypeError):
        return "an unknown process"
    if _lives(number):
        return f"process {number}, {told}"
    return f"process {number} is gone ({told}), but a child process of it still runs"


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
