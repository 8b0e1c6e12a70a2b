"""Writes files of the work tree: all that one change means, or none. Never decides which, and stages nothing.

Imports the standard library only, and little of it: a hook that mends files writes them here too.
"""

# ruff: noqa: PTH101, PTH105, PTH108, PTH117, PTH118, PTH123 - pathlib would cost the hook its import

import contextlib
import os
import stat
from collections.abc import Iterable

from release_async.repository.git_process import Root
from release_async.versions.edit import Change
from release_async.versions.encoding import plain


def write_all(root: Root, changes: Iterable[Change]) -> None:
    """Write every change below ``root``, or none: on any surprise the files written so far are restored.

    Raises:
        OSError: A file cannot be written, or may not be: see ``check``. Nothing is written then.
    """
    wanted = tuple(changes)
    check(root, wanted)
    with contextlib.ExitStack() as undo:
        for change in wanted:
            path = os.path.join(root, change.path)
            undo.callback(_restore, path, change.before)
            _replace(path, change.after)
            if _content(path) != change.after:
                raise OSError(f"{plain(change.path)} does not hold what was written")
        undo.pop_all()


def check(root: Root, changes: Iterable[Change]) -> None:
    """Make sure that every change below ``root`` may be made; it writes nothing.

    Raises:
        OSError: A file is reached by a link, lies outside or is missing, is read-only, or does not hold the
            bytes that the change starts from; or one that is to be made is there already.
    """
    for change in changes:
        _check(root, change)


def _check(root: Root, change: Change) -> None:
    """Refuse a file that is not, in every respect, the one ordinary file that the change means."""
    name, path = plain(change.path), os.path.join(root, change.path)
    parts = change.path.split("/")
    if os.path.isabs(change.path) or ".." in parts or ".git" in map(str.lower, parts):
        raise OSError(f"{name} leads out of the project's own files")
    if any(os.path.lexists(os.path.join(root, *parts[:at], ".git")) for at in range(1, len(parts))):
        raise OSError(f"{name} is in a submodule, a repository of its own")
    if os.path.realpath(path) != os.path.join(os.path.realpath(root), *parts):
        raise OSError(f"{name} is reached by a link, and what else it leads to is not known")
    if change.before is None:
        if os.path.lexists(path):
            raise OSError(f"{name} was made meanwhile")
        return
    _check_content(path, change)


def _check_content(path: str, change: Change) -> None:
    """Refuse what is no file of its own, may not be written, or is not what the change starts from."""
    name = plain(change.path)
    if not os.path.lexists(path):
        raise OSError(
            f"{name} is not on the disk: a sparse checkout may leave it out (git sparse-checkout add)"
        )
    status = os.lstat(path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(f"{name} is no regular file")
    if status.st_nlink > 1:
        raise OSError(f"{name} has another name (a hard link), which would keep the old bytes")
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
    """Replace a file's bytes by a new file and a rename, keeping its mode and, where it may be, its owner.

    A file that is made anew has the mode that the person's umask gives.
    """
    folder, name = os.path.split(path)
    beside = os.path.join(folder, f".{name}.{os.urandom(4).hex()}")
    status = os.lstat(path) if os.path.lexists(path) else None
    try:
        with open(beside, "xb", opener=_private if status else None) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if status:
            _give(beside, status)
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
        raise


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, stat.S_IRUSR | stat.S_IWUSR)


def _give(path: str, wanted: os.stat_result) -> None:
    """The owner first: a change of it takes special bits of the mode away."""
    own = os.lstat(path)
    if (own.st_uid, own.st_gid) != (wanted.st_uid, wanted.st_gid):
        with contextlib.suppress(PermissionError):
            os.chown(path, wanted.st_uid, wanted.st_gid)
    os.chmod(path, stat.S_IMODE(wanted.st_mode))
