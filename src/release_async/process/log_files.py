"""Writes the output of child processes to log files, one for each source, without secrets and escapes.

A file is created for its first line. Write errors are ignored: a full disk does not stop a release.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from release_async.base import files
from release_async.base.printable_text import printable
from release_async.base.secret import Secret
from release_async.base.secret_masking import redactor

KEPT_RUNS = 5
"""How many runs keep their logs, however they ended."""

MAX_LOG_BYTES = 2 * 1024**3
"""Maximum size of a log, in bytes: a child that never stops must not fill the disk."""


class LogFiles:
    """The logs of one run."""

    def __init__(self, directory: Path, secrets: Iterable[Secret] = ()) -> None:
        self.directory = directory
        self._redact = redactor(secrets)
        self._logs: dict[str, _Log] = {}

    def sink(self, source: str) -> Callable[[str], None]:
        """A function that writes one line to the log of ``source``."""
        log = self._logs.setdefault(source, _Log(self.directory / f"{source}.log"))
        return lambda line: log.write(self._redact(printable(line)))

    def output_hint(self, source: str) -> str:
        """A line that tells a person where the log of ``source`` is; empty where it wrote nothing."""
        log = self._logs.get(source)
        return f"the whole output: {log.path}" if log and log.path.exists() else ""

    def close(self) -> None:
        """Stop writing."""
        for log in self._logs.values():
            log.close()


class _Log:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = -1
        self._bytes_left = MAX_LOG_BYTES

    def write(self, line: str) -> None:
        # Unbuffered: it can be followed while it grows, and is complete even if we are killed.
        data = f"{line}\n".encode(errors="backslashreplace")
        self._bytes_left -= len(data)
        try:
            if self._bytes_left > 0:
                os.write(self._descriptor(), data)
        except OSError:
            self.close()

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file, self._bytes_left = -1, 0

    def _descriptor(self) -> int:
        if self._file < 0:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        return self._file


def remove_old(home: Path) -> None:
    """Remove the logs of all runs below ``home`` except the newest; their names sort by time."""
    runs = sorted(entry for entry in home.glob("*") if entry.is_dir())
    for directory in runs[: -(KEPT_RUNS - 1)]:
        files.remove_tree(directory)
