"""Writes the output of child processes to log files, one for each source, without secrets and escapes.

A file is created for its first line, goes on where a resumed run had ended, and says at its end what it left
out once it has grown too long. Errors of the disk are ignored: a full one does not stop a release.
"""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from release_async.base import files
from release_async.base.printable_text import printable
from release_async.base.secret import Secret
from release_async.base.secret_masking import redactor

KEPT_RUNS = 5
"""How many runs keep their logs, however they ended."""

MAX_LOG_BYTES = 64 * 1024**2
"""Maximum size of a log, in bytes: a child that never stops must not fill the disk or keep us masking."""


class LogFiles:
    """The logs of one run."""

    def __init__(self, directory: Path, secrets: Iterable[Secret] = ()) -> None:
        self.directory = directory
        self._redact = redactor(secrets)
        self._logs: dict[str, _Log] = {}

    def sink(self, source: str) -> Callable[[str], None]:
        """A function that writes one line to the log of ``source``."""
        log = self._logs.setdefault(source, _Log(self.directory / f"{source}.log"))

        def write(line: str) -> None:
            if log.is_full:
                log.leave_out(line)
            else:
                log.write(self._redact(printable(line)))

        return write

    def output_hint(self, source: str) -> str:
        """A line that tells a person where the log of ``source`` is; empty where it wrote nothing."""
        log = self._logs.get(source)
        if not log or not log.path.exists():
            return ""
        return f"the {'beginning of the' if log.is_full else 'whole'} output: {_from_here(log.path)}"

    def is_named_in(self, text: str) -> bool:
        """Whether a text tells where one of the logs is."""
        return any(str(_from_here(log.path)) in text for log in self._logs.values())

    def close(self) -> None:
        """Stop writing."""
        for log in self._logs.values():
            log.close()


def _from_here(path: Path) -> Path:
    """A path as it is typed in the folder where the command was, if it is below that."""
    with suppress(OSError, ValueError):  # that folder may be gone by now
        return path.relative_to(Path.cwd())
    return path


class _Log:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = -1
        self._bytes_left = MAX_LOG_BYTES
        self._left_out = 0

    @property
    def is_full(self) -> bool:
        return self._bytes_left <= 0

    def write(self, line: str) -> None:
        # Unbuffered: it can be followed while it grows, and is complete even if we are killed.
        data = f"{line}\n".encode(errors="backslashreplace")
        self._bytes_left -= len(data)
        if self.is_full:
            self.leave_out(line)
            return
        try:
            os.write(self._descriptor(), data)
        except OSError:
            self.close()

    def leave_out(self, line: str) -> None:
        self._left_out += len(line) + 1

    def close(self) -> None:
        if self._file >= 0:
            if self._left_out:
                with suppress(OSError):
                    os.write(self._file, f"... {self._left_out} characters were left out here\n".encode())
            os.close(self._file)
        self._file, self._bytes_left = -1, 0

    def _descriptor(self) -> int:
        if self._file < 0:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            mode = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
            self._file = os.open(self.path, mode, 0o600)
            self._bytes_left -= os.fstat(self._file).st_size  # of what an earlier attempt has written
        return self._file


def remove_old(home: Path) -> None:
    """Remove the logs of all runs below ``home`` except the newest; their names sort by time."""
    runs = sorted(entry for entry in home.glob("*") if entry.is_dir())
    for directory in runs[: -(KEPT_RUNS - 1)]:
        files.remove_tree(directory)
