"""Hashes files, makes them read-only, removes directory trees. Never decides which."""

import contextlib
import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Artifact:
    """One built file, read-only and with a known digest.

    Attributes:
        path: Where it is kept.
        sha256: Its digest, in hexadecimal.
        size: Its size in bytes.
    """

    path: Path
    sha256: str
    size: int

    @property
    def name(self) -> str:
        """The file name, as the index lists it."""
        return self.path.name


def pin(path: Path) -> Artifact:
    """Make a built file read-only, sync it to the disk and hash it.

    Raises:
        OSError: The file cannot be read or synchronised.
    """
    artifact = pin_for_now(path)
    make_durable(path)
    return artifact


def pin_for_now(path: Path) -> Artifact:
    """As ``pin``, but a power cut may take it until ``make_durable`` is called.

    Raises:
        OSError: The file cannot be read.
    """
    path.chmod(stat.S_IRUSR)
    with opened(path) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Artifact(path, digest, os.fstat(file.fileno()).st_size)


def pinned_copy(source: Path, target: Path) -> Artifact:
    """Copy a file and pin the copy, as ``pin_for_now`` does, in one pass over the bytes.

    Args:
        source: What is copied.
        target: Where to; a file that is there is replaced.

    Raises:
        OSError: One of the two cannot be read or written.
    """
    digest, size, block = hashlib.sha256(), 0, memoryview(bytearray(_BLOCK))
    with opened(source) as original, target.open("wb") as copy:
        while count := original.readinto(block):
            copy.write(block[:count])
            digest.update(block[:count])
            size += count
    target.chmod(stat.S_IRUSR)
    return Artifact(target, digest.hexdigest(), size)


_BLOCK = 1 << 20


def make_durable(path: Path) -> None:
    """Wait until a file is on the disk.

    Raises:
        OSError: It cannot be synchronised.
    """
    with opened(path) as file:
        os.fsync(file.fileno())


def fingerprint(path: Path) -> tuple[str, int]:
    """The SHA-256 of a file, in hexadecimal, and its size in bytes."""
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), os.fstat(file.fileno()).st_size


def is_intact(artifact: Artifact) -> bool:
    """Whether a built file still has its digest."""
    try:
        with opened(artifact.path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == artifact.sha256
    except OSError:
        return False


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """A file to read; what is not one, such as a FIFO or a device, is an error and never waited for."""
    with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:  # noqa: PTH123 - of a descriptor
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        yield file


def begins_with(artifact: Artifact, size: int, sha256: str) -> bool:
    """Whether the first ``size`` bytes of a built file have a digest."""
    digest = hashlib.sha256()
    try:
        with opened(artifact.path) as file:
            while size > 0 and (chunk := file.read(min(size, 1 << 20))):
                digest.update(chunk)
                size -= len(chunk)
    except OSError:
        return False
    return digest.hexdigest() == sha256


def remove_tree(path: Path, last: str = "") -> None:
    """Remove a directory and everything below it, read-only directories included; a missing one is fine.

    Args:
        path: The directory, or a file.
        last: An entry of the directory that is removed after all others.
    """
    if path.is_symlink():
        path.unlink()  # what it leads to is not below it
        return
    for directory in _directories(path):
        with contextlib.suppress(OSError):
            directory.chmod(stat.S_IRWXU)
    for entry in path.iterdir() if last and path.is_dir() else ():
        if entry.name != last:
            remove_tree(entry)
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _directories(path: Path) -> Iterator[Path]:
    for directory, _, _ in os.walk(path):
        yield Path(directory)
