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


def is_intact(artifact: Artifact) -> bool:
    """Whether a pinned file still holds its bytes."""
    try:
        with artifact.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == artifact.sha256
    except OSError:
        return False


def write_all(root: Path, changes: Iterable[Change]) -> None:
    """Write every change below ``root``, or none: on any surprise the files written so far are restored.

    Raises:
        OSError: A file cannot be written, or may not be: it is reached by a link, lies outside or is missing,
            is read-only, or does not hold the bytes that the change starts from. Nothing is written then.
    """
    wanted = tuple(changes)
    for change in wanted:
        _check(root, change)
    with contextlib.ExitStack() as undo:
        for change in wanted:
            path = root / change.path
            undo.callback(_replace, path, change.before)
            _replace(path, change.after)
            if path.read_bytes() != change.after:
                raise OSError(f"{change.path} does not hold what was written")
        undo.pop_all()


def _check(root: Path, change: Change) -> None:
    """Refuse a file that is not, in every respect, the one ordinary file that the change means."""
    path = root / change.path
    inside = Path(change.path)
    if inside.is_absolute() or ".." in inside.parts or ".git" in {part.lower() for part in inside.parts}:
        raise OSError(f"{change.path} leads out of the project's own files")
    if not os.path.lexists(path):
        raise OSError(
            f"{change.path} is not on the disk: a sparse checkout may leave it out (git sparse-checkout add)"
        )
    if path.resolve() != root.resolve() / change.path:
        raise OSError(f"{change.path} is reached by a link, and what else it leads to is not known")
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(f"{change.path} is no regular file")
    if status.st_nlink > 1:
        raise OSError(f"{change.path} has another name (a hard link), which would keep the old bytes")
    if not status.st_mode & stat.S_IWUSR:
        raise OSError(f"{change.path} is read-only: make it writable first (chmod u+w)")
    if any((root / parent / ".git").exists() for parent in inside.parents[:-1]):
        raise OSError(f"{change.path} is in a submodule, a repository of its own")
    if path.read_bytes() != change.before:
        raise OSError(f"{change.path} has changed meanwhile")


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


def remove_tree(path: Path, last: str = "") -> None:
    """Remove a directory and all below it, read-only directories included; absent is fine.

    Args:
        path: The directory, or a file.
        last: An entry of the directory that goes when everything else in it is gone.
    """
    for directory in _directories(path):
        with contextlib.suppress(OSError):
            directory.chmod(stat.S_IRWXU)
    for entry in path.iterdir() if last and path.is_dir() else ():
        if entry.name != last:
            remove_tree(entry)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _directories(path: Path) -> Iterator[Path]:
    for directory, _, _ in os.walk(path):
        yield Path(directory)
