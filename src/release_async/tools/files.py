"""Files on the disk: written whole or not at all, hashed, copied, removed. It never decides which."""

import contextlib
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from release_async.versions.edit import Change


@dataclass(frozen=True, slots=True)
class Artifact:
    """One built file, pinned.

    Attributes:
        path: Where its bytes are kept, read-only.
        sha256: Their digest, in hexadecimal.
        size: Their number.
    """

    path: Path
    sha256: str
    size: int

    @property
    def name(self) -> str:
        """The file name that the index knows it by."""
        return self.path.name


def pin(path: Path) -> Artifact:
    """Make a built file read-only and durable, and fingerprint it.

    Raises:
        OSError: The file cannot be read or synchronised.
    """
    path.chmod(stat.S_IRUSR)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
        return Artifact(path, digest, os.fstat(file.fileno()).st_size)


def write_all(root: Path, changes: Iterable[Change]) -> None:
    """Write every change below ``root``, or none: on any surprise the files written so far are restored.

    Raises:
        OSError: A file cannot be written, or does not hold the bytes that the change starts from.
    """
    with contextlib.ExitStack() as undo:
        for change in changes:
            path = root / change.path
            if path.resolve() != root.resolve() / change.path or path.stat().st_nlink > 1:
                raise OSError(f"{change.path} is reached by a link, and what else it leads to is not known")
            if path.read_bytes() != change.before:
                raise OSError(f"{change.path} has changed meanwhile")
            undo.callback(_replace, path, change.before)
            _replace(path, change.after)
        undo.pop_all()


def _replace(path: Path, data: bytes) -> None:
    """Replace a file's bytes by temporary file and rename, keeping its mode."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(path, temporary)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def remove_tree(path: Path) -> None:
    """Remove a directory and all below it, read-only directories included; absent is fine."""
    for directory in _directories(path):
        with contextlib.suppress(OSError):
            directory.chmod(stat.S_IRWXU)
    shutil.rmtree(path, ignore_errors=True)


def _directories(path: Path) -> Iterator[Path]:
    for directory, _, _ in os.walk(path):
        yield Path(directory)
