"""Writes several files of the work tree, all or none. Never decides which, and stages nothing.

Imports the standard library only, and little of it: the hook that edits files uses it too.
"""

# ruff: noqa: PTH101, PTH105, PTH108, PTH117, PTH118, PTH123 - pathlib would cost the hook its import

import contextlib
import os
import stat
from collections.abc import Iterable

from release_async.repository.git_process import Root
from release_async.versions.text_encoding import plain
from release_async.versions.version_edits import Change


def write_all(root: Root, changes: Iterable[Change]) -> None:
    """Write every change below ``root``, or none: on any error the files written so far are restored.

    Raises:
        OSError: A file cannot be written, or ``check`` refuses it. Nothing is changed then.
    """
    all_changes = tuple(changes)
    check(root, all_changes)
    with contextlib.ExitStack() as undo:
        for change in all_changes:
            path = os.path.join(root, change.path)
            undo.callback(_restore, path, change.before)
            _replace(path, change.after)
            if _content(path) != change.after:
                raise OSError(f"{plain(change.path)} does not contain what was written")
        undo.pop_all()


def check(root: Root, changes: Iterable[Change]) -> None:
    """Check that every change below ``root`` may be made; write nothing.

    Raises:
        OSError: A file is reached through a link, outside ``root``, missing, read-only or changed meanwhile;
            or a file to be created exists already.
    """
    for change in changes:
        _check(root, change)


def _check(root: Root, change: Change) -> None:
    """Refuse a path that leaves the project: through ``..``, a submodule or a symbolic link."""
    name, path = plain(change.path), os.path.join(root, change.path)
    parts = change.path.split("/")
    if os.path.isabs(change.path) or ".." in parts or ".git" in map(str.lower, parts):
        raise OSError(f"{name} is outside the project's own files")
    if any(os.path.lexists(os.path.join(root, *parts[:at], ".git")) for at in range(1, len(parts))):
        raise OSError(f"{name} is in a submodule, which is a repository of its own")
    if os.path.realpath(path) != os.path.join(os.path.realpath(root), *parts):
        raise OSError(f"{name} is reached by a link, and may be a file of something else")
    if change.before is None:
        if os.path.lexists(path):
            raise OSError(f"{name} was created meanwhile")
        return
    _check_content(path, change)


def _check_content(path: str, change: Change) -> None:
    """Refuse a file that is missing, not regular, hard-linked, read-only or changed since it was read."""
    name = plain(change.path)
    if not os.path.lexists(path):
        raise OSError(
            f"{name} is not on the disk: a sparse checkout may leave it out (git sparse-checkout add)"
        )
    status = os.lstat(path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(f"{name} is not a regular file")
    if status.st_nlink > 1:
        raise OSError(f"{name} has another name (a hard link), which would keep the old content")
    if not status.st_mode & stat.S_IWUSR:
        raise OSError(f"{name} is read-only: make it writable first (chmod u+w)")
    if _content(path) != change.before:
        raise OSError(f"{name} has changed meanwhile")


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _restore(path: str, before: bytes | None) -> None:
    if before is not None:
        _replace(path, before)
    else:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def _replace(path: str, data: bytes) -> None:
    """Replace a file by writing a new one and renaming it, keeping its mode and, if permitted, its owner.

    A file that did not exist gets the mode that the umask gives.
    """
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.{os.urandom(4).hex()}")
    status = os.lstat(path) if os.path.lexists(path) else None
    try:
        with open(temporary, "xb", opener=_private if status else None) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if status:
            _copy_owner_and_mode(temporary, status)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, stat.S_IRUSR | stat.S_IWUSR)


def _copy_owner_and_mode(path: str, status: os.stat_result) -> None:
    """Set owner and mode; the owner first, because changing it clears special mode bits."""
    own = os.lstat(path)
    if (own.st_uid, own.st_gid) != (status.st_uid, status.st_gid):
        with contextlib.suppress(PermissionError):
            os.chown(path, status.st_uid, status.st_gid)
    os.chmod(path, stat.S_IMODE(status.st_mode))
