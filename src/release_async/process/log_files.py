"""Writes down all that the children of a run say, one file a source, free of secrets and escapes.

A file begins with the first line for it. What cannot be written is left out: a full disk ends no release.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from release_async.base import files
from release_async.base.printable import printable
from release_async.base.secret import Secret
from release_async.base.secret_masking import redactor

KEPT_RUNS = 5
"""The logs of so many runs are kept, however they ended."""

LONGEST_LOG = 2 * 1024**3
"""Bytes after which a log takes no more: a child that never stops must not fill the disk."""


class LogFiles:
    """The logs of one run."""

    def __init__(self, directory: Path, secrets: Iterable[Secret] = ()) -> None:
        self.directory = directory
        self._redacted = redactor(secrets)
        self._logs: dict[str, _Log] = {}

    def sink(self, source: str) -> Callable[[str], None]:
        """What takes the lines of one source."""
        log = self._logs.setdefault(source, _Log(self.directory / f"{source}.log"))
        return lambda line: log.write(self._redacted(printable(line)))

    def whole_output(self, source: str) -> str:
        """Where a person finds all of it, as a line to be shown; empty where nothing was said."""
        log = self._logs.get(source)
        return f"the whole output: {log.path}" if log and log.path.exists() else ""

    def close(self) -> None:
        """Write no more."""
        for log in self._logs.values():
            log.close()


class _Log:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = -1
        self._room = LONGEST_LOG

    def write(self, line: str) -> None:
        # Unbuffered: it can be watched while it grows, and is whole also where we are killed.
        data = f"{line}\n".encode(errors="backslashreplace")
        self._room -= len(data)
        try:
            if self._room > 0:
                os.write(self._opened(), data)
        except OSError:
            self.close()

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file, self._room = -1, 0

    def _opened(self) -> int:
        if self._file < 0:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        return self._file


def sweep(home: Path) -> None:
    """Remove the logs of all runs below ``home`` but the last; their names sort by time."""
    runs = sorted(entry for entry in home.glob("*") if entry.is_dir())
    for directory in runs[: -(KEPT_RUNS - 1)]:
        files.remove_tree(directory)
