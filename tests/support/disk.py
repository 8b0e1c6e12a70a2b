"""Runs ``release-async`` on a disk that fails from a chosen moment on.

    python -m support.disk ORDER -- ARGUMENTS

ORDER is JSON: ``{"fault": "full", "moment": "end", "room": 65536}``. ``full``: no file grows any more, and
none is made. ``broken``: nothing can be synchronised. The moment is the journal's ``begin`` or first ``end``.
"""

import errno
import json
import os
import sys
from typing import Any, NoReturn

from release_async.cli import main as cli
from release_async.run import journal
from release_async.run.journal import Journal


def _full() -> None:
    pwrite, opened = os.pwrite, os.open

    def writing(handle: int, data: bytes, offset: int) -> int:
        if offset + len(data) > os.fstat(handle).st_size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return pwrite(handle, data, offset)

    def opening(path: Any, flags: int, *given: Any, **named: Any) -> int:  # noqa: ANN401 - os.open's own
        if flags & os.O_CREAT and not os.path.lexists(path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        return opened(path, flags, *given, **named)

    os.pwrite, os.open = writing, opening  # type: ignore[assignment]  # it is what a full disk answers


def _broken() -> None:
    def failing(_: int) -> NoReturn:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    os.fsync = failing  # type: ignore[assignment]  # it is what a broken disk answers


def main(order: dict[str, Any], arguments: list[str]) -> int:
    """Run the command on such a disk."""
    journal.ROOM = order["room"]  # type: ignore[misc]  # a smaller one is the fault that the proof must find
    moment = getattr(Journal, order["moment"])

    def come(self: Journal, *given: object) -> object:
        {"full": _full, "broken": _broken}[order["fault"]]()
        return moment(self, *given)

    setattr(Journal, order["moment"], come)
    return cli.main(arguments)


if __name__ == "__main__":
    raise SystemExit(main(json.loads(sys.argv[1]), sys.argv[3:]))
