"""Reads the project's own ``.env`` from the disk; what stands in it is for the settings to understand."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

from release_async.base.errors import ConfigurationError

LONGEST = 1024 * 1024
"""Bytes in the largest ``.env`` that is read."""


def read(project: Path) -> str:
    """The text of ``.env`` in ``project``: empty where there is none. A pipe of that name is not waited for.

    Raises:
        ConfigurationError: It cannot be read, is no UTF-8 text, or is too large.
    """
    path = project / ".env"
    try:
        # Asked of the open file: what the name leads to can change between a look and the opening.
        with open(path, "rb", opener=_without_waiting) as file:
            status = os.fstat(file.fileno())
            return _text(path, file) if stat.S_ISREG(status.st_mode) else ""
    except (FileNotFoundError, IsADirectoryError):
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error}", cure="see that it is UTF-8 text and yours"
        ) from None  # a traceback of the decoder would hold the text


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _text(path: Path, file: BinaryIO) -> str:
    data = file.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise ConfigurationError(
            f"{path} is larger than {LONGEST // 1024} KiB: that is not a file of settings",
            cure="keep nothing in it but the settings of release-async and of the project",
        )
    return data.decode("utf-8-sig")
